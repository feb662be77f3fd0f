// Rows of files: CSV (RFC 4180) with a header, and JSON lines.
import { createReadStream, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { OptionError } from '../option-error.ts';
import { isObject, type JsonObject } from './json-place.ts';
import { isEmpty } from './mapped-path.ts';
import type { BrokenRow, Row, Rows } from './row.ts';

/** The first line that is not in UTF-8: no character of it has an octet that ends a line. */
async function brokenLineOf(file: string): Promise<number> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(file, 'latin1'),
    crlfDelay: Infinity,
  })) {
    number++;
    try {
      decoder.decode(Buffer.from(line, 'latin1'));
    } catch {
      return number;
    }
  }
  return number;
}

/** The text of a file; a file in another encoding would sync names that nobody has. */
async function* textOf(file: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = async (bytes?: Buffer) => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw new OptionError(`${file}:${await brokenLineOf(file)} is not in UTF-8: save the file as UTF-8.`);
    }
  };
  const stream: AsyncIterable<Buffer> = createReadStream(file);
  for await (const bytes of stream) {
    yield await decode(bytes);
  }
  yield await decode();
}

function assertFile(file: string): void {
  if (!existsSync(file)) throw new OptionError(`${file} is not there.`);
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** The rows of a CSV file, whose first line names the columns. */
export async function csvRows(folder: string, from: string, delimiter: string): Promise<Rows> {
  const file = join(folder, from);
  assertFile(file);
  const name = basename(from);
  const parser = parse({
    ...{ delimiter, bom: true, info: true, trim: true },
    ...{ relax_column_count: true, skip_empty_lines: true },
  });
  // What fails ends the parser, which is read to its end below.
  pipeline(Readable.from(textOf(file)), parser, () => {});
  const parsed = (parser as AsyncIterable<Parsed>)[Symbol.asyncIterator]();
  const next = async (): Promise<Parsed | undefined> => {
    try {
      const { value, done } = await parsed.next();
      return done ? undefined : value;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      // What follows an open quote can't be told from what is in it.
      throw new OptionError(`${file} is no CSV: ${error.message}. Nothing was written.`);
    }
  };
  const columns = (await next())?.record ?? [];
  if (columns.length === 0) throw new OptionError(`${file} is empty: its first line must name the columns.`);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw new OptionError(`${file} has the column ${JSON.stringify(twice)} twice.`);
  const places = new Map(columns.map((column, index) => [column, index]));
  async function* all(): AsyncGenerator<Row | BrokenRow, void, undefined> {
    for (let row = await next(); row; row = await next()) {
      const { record, info } = row;
      const where = `${name}:${info.lines}`;
      if (record.length === columns.length) {
        yield { where, value: (column) => record[places.get(column) ?? -1] || undefined };
      } else {
        const problem = `has ${record.length} cells, but there are ${columns.length} columns. Is there a quote missing?`;
        yield { where, problem };
      }
    }
  }
  return { name, columns, all: all() };
}

/** A member of a JSON object, or what is further inside: "name.first". */
function memberAt(object: JsonObject, column: string): unknown {
  if (Object.hasOwn(object, column)) return object[column];
  let value: unknown = object;
  for (const part of column.split('.')) {
    value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/** The rows of a file with a JSON object on each line; `used` are the columns of which at least one row must have a value. */
export async function jsonlRows(folder: string, from: string, used: readonly string[]): Promise<Rows> {
  const file = join(folder, from);
  assertFile(file);
  const name = basename(from);
  async function* all(): AsyncGenerator<Row | BrokenRow, void, undefined> {
    const unseen = new Set(used);
    let number = 0;
    for await (const line of createInterface({ input: Readable.from(textOf(file)), crlfDelay: Infinity })) {
      const text = number++ === 0 ? line.replace(/^\uFEFF/, '') : line;
      if (text.trim() === '') continue;
      const where = `${name}:${number}`;
      let object: unknown;
      try {
        object = JSON.parse(text);
      } catch (error) {
        yield { where, problem: `is no JSON: ${(error as Error).message}.` };
        continue;
      }
      if (!isObject(object)) {
        yield { where, problem: 'is no JSON object.' };
        continue;
      }
      const members = object;
      for (const column of unseen) if (memberAt(members, column) !== undefined) unseen.delete(column);
      yield {
        where,
        value: (column) => {
          const value = memberAt(members, column);
          return isEmpty(value) ? undefined : value;
        },
      };
    }
    // A misspelt name would clear the attribute of everybody.
    const [missing] = unseen;
    if (missing !== undefined && number > 0) {
      throw new OptionError(`${file} has no member ${JSON.stringify(missing)} in any line.`);
    }
  }
  return { name, all: all() };
}
