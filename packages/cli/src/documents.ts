// Documents that a command is given: --json, --file, standard input; one, an array, or one JSON per line.
import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { ResourceType } from 'scimkit';
import { unknownName } from './attributes/document-names.ts';
import { OptionError } from './option-error.ts';
import type { Json } from './output/columns.ts';
import { tell } from './output/standard-output.ts';
import { printable } from './printable.ts';

/** The options as commander reads them. */
export interface DocumentOptions {
  readonly json?: string;
  readonly file?: string;
}

/** What was read. */
export interface Documents {
  /** Whether it was an array, or JSON lines. */
  readonly isList: boolean;
  readonly all: readonly { readonly place: string; readonly json: Json }[];
}

/** Adds --json and --file. */
export function addDocumentOptions(command: Command, what: string): Command {
  return command
    .addOption(new Option('--json <json>', `${what}, as JSON`).helpGroup('Input:'))
    .addOption(new Option('--file <path>', `a file with ${what}; - for standard input`).helpGroup('Input:'));
}

/** The text of a file, or of standard input. @throws OptionError */
export async function readInput(file: string, option = '--file'): Promise<string> {
  if (file === '-') return readAll(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new OptionError(
      `${option} ${printable(file)} can't be read: ${(error as NodeJS.ErrnoException).code}.`,
    );
  }
}

function asObject(json: unknown, place: string): Json {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  throw new OptionError(`${place} is no JSON object.`);
}

/** The documents in a text. @throws OptionError that says where it is wrong. */
function parseDocuments(source: string, option: string): Documents {
  const text = source.replace(/^\ufeff/, '');
  if (text.trim() === '') throw new OptionError(`${option} is empty: JSON is expected.`);
  let json: unknown;
  let problem = '';
  try {
    json = JSON.parse(text);
  } catch (error) {
    problem = (error as Error).message;
  }
  if (problem === '') {
    if (!Array.isArray(json))
      return { isList: false, all: [{ place: option, json: asObject(json, option) }] };
    const all = json.map((each: unknown, index) => {
      const place = `${option}, element ${index + 1},`;
      return { place: `${index + 1}`, json: asObject(each, place) };
    });
    return { isList: true, all };
  }
  const lines = text.split(/\r?\n/).map((line, index) => ({ line, number: index + 1 }));
  const full = lines.filter(({ line }) => line.trim() !== '');
  const isLines = full.length > 1 && isJson(full[0]?.line ?? '');
  if (!isLines) throw new OptionError(`${option} is no JSON: ${printable(problem)}`);
  const all = full.map(({ line, number }) => {
    let each: unknown;
    try {
      each = JSON.parse(line);
    } catch (error) {
      throw new OptionError(`${option}, line ${number}, is no JSON: ${printable((error as Error).message)}`);
    }
    return { place: `${number}`, json: asObject(each, `${option}, line ${number},`) };
  });
  return { isList: true, all };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The documents that the options mean; undefined: none. @throws OptionError */
export async function readDocuments({ json, file }: DocumentOptions): Promise<Documents | undefined> {
  if (json !== undefined && file !== undefined) {
    throw new OptionError('--json and --file are two places for one document: give one of them.');
  }
  if (json !== undefined) return parseDocuments(json, '--json');
  return file === undefined ? undefined : parseDocuments(await readInput(file), `--file ${printable(file)}`);
}

/** The one document that the options mean; an empty one, if there is none. @throws OptionError */
export async function readDocument(options: DocumentOptions): Promise<Json | undefined> {
  const documents = await readDocuments(options);
  if (documents?.isList) throw new OptionError('one resource is expected, not a list of them.');
  return documents?.all[0]?.json;
}

/** Tells of a name that the type doesn't have. It is sent all the same: a service provider may know more than it publishes. */
export function tellUnknownName(type: ResourceType, document: Json, place = ''): void {
  const name = unknownName(type, document);
  if (name !== undefined)
    tell(`note: ${place}as far as its schemas tell, ${type.name} has no attribute ${name}`);
}
