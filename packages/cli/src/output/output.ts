// -o, --output: the same things as a table, as JSON, as JSON lines, or as CSV, as they come.
import { stringify } from 'csv-stringify/sync';
import { type Command, Option } from 'commander';
import { printable, printableLines } from '../printable.ts';
import { print } from './standard-output.ts';
import { padded, widthOf } from './width.ts';

/** The formats. */
const FORMATS = ['table', 'json', 'jsonl', 'csv'] as const;
/** A format of what is printed. */
export type Format = (typeof FORMATS)[number];

/** A column of tables and CSV. */
export interface Column<Item> {
  readonly name: string;
  /** Its value; several are joined. */
  readonly read: (item: Item) => unknown;
}

/** What is printed of any kind of things. */
export interface OutputOptions {
  readonly output?: Format;
  /** False: --no-formula-guard. */
  readonly formulaGuard?: boolean;
}

/** Adds --output and what belongs to it. */
export function addOutputOptions(command: Command, fallback: Format): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'how it is printed')
        .choices([...FORMATS])
        .default(fallback)
        .helpGroup('Output:'),
    )
    .addOption(
      new Option(
        '--no-formula-guard',
        "CSV: leave values that a spreadsheet takes for a formula as they are, instead of putting ' before them",
      ).helpGroup('Output:'),
    );
}

/** Prints things one after the other. */
export interface Printer<Item> {
  print(item: Item): Promise<void>;
  end(): Promise<void>;
}

/** A printer in a format. `json` of many is an array, of `single` the thing alone. */
export function createPrinter<Item>(
  { output = 'json', formulaGuard = true }: OutputOptions,
  columns: readonly Column<Item>[],
  isSingle = false,
): Printer<Item> {
  switch (output) {
    case 'table':
      return new TablePrinter(columns);
    case 'csv':
      return new CsvPrinter(columns, formulaGuard);
    case 'jsonl':
      return { print: (item) => print(`${jsonText(item)}\n`), end: async () => {} };
    case 'json':
      return isSingle
        ? { print: (item) => print(`${jsonText(item, 2)}\n`), end: async () => {} }
        : new JsonPrinter();
  }
}

/** JSON that is safe for a terminal, and still the same JSON. */
export function jsonText(value: unknown, indent?: number): string {
  return printableLines(JSON.stringify(value, undefined, indent) ?? 'null');
}

/** An array that is begun at once and closed at the end: what broke off is no JSON, so that nobody takes it for all. */
class JsonPrinter<Item> implements Printer<Item> {
  private isFirst = true;

  async print(item: Item): Promise<void> {
    const text = jsonText(item, 2).replaceAll('\n', '\n  ');
    await print(`${this.isFirst ? '[' : ','}\n  ${text}`);
    this.isFirst = false;
  }

  async end(): Promise<void> {
    await print(this.isFirst ? '[]\n' : '\n]\n');
  }
}

/** A value as people read it: several values with commas, of complex ones their "value". */
function cellOf(value: unknown, separator: string): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) {
    return value
      .filter((each) => each !== undefined && each !== null)
      .map((each) => cellOf(each, separator))
      .join(separator);
  }
  if (typeof value !== 'object') return String(value);
  const main = (value as { readonly value?: unknown }).value;
  return typeof main === 'string' ? main : JSON.stringify(value);
}

/** How many rows decide how wide columns are; later ones are printed as they come. */
const MEASURED_ROWS = 200;

class TablePrinter<Item> implements Printer<Item> {
  private readonly columns: readonly Column<Item>[];
  private waiting: string[][] = [];
  private widths: readonly number[] | undefined;

  constructor(columns: readonly Column<Item>[]) {
    this.columns = columns;
    this.waiting.push(columns.map(({ name }) => printable(name.toUpperCase())));
  }

  async print(item: Item): Promise<void> {
    this.waiting.push(this.columns.map(({ read }) => printable(cellOf(read(item), ', '))));
    if (this.widths || this.waiting.length > MEASURED_ROWS) await this.flush();
  }

  async end(): Promise<void> {
    await this.flush();
  }

  private async flush(): Promise<void> {
    const rows = this.waiting;
    this.widths ??= this.columns.map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ''))));
    const { widths } = this;
    this.waiting = [];
    const lines = rows.map((row) => row.map((cell, at) => padded(cell, widths[at] ?? 0)).join('  '));
    if (lines.length > 0) await print(`${lines.map((line) => line.trimEnd()).join('\n')}\n`);
  }
}

/** What spreadsheets run (OWASP, CSV injection); numbers with a sign, those of telephones too, are no formulas. */
const FORMULA = /^[=@\t\r]|^[+-](?![\d\s().-]*$)/;

class CsvPrinter<Item> implements Printer<Item> {
  private readonly columns: readonly Column<Item>[];
  private readonly isGuarded: boolean;
  private isBegun = false;

  constructor(columns: readonly Column<Item>[], isGuarded: boolean) {
    this.columns = columns;
    this.isGuarded = isGuarded;
  }

  async print(item: Item): Promise<void> {
    await this.begin();
    const cells = this.columns.map(({ read }) => printableLines(cellOf(read(item), ';')));
    await print(stringify([cells.map((cell) => (this.isGuarded && FORMULA.test(cell) ? `'${cell}` : cell))]));
  }

  async end(): Promise<void> {
    await this.begin();
  }

  private async begin(): Promise<void> {
    if (this.isBegun) return;
    this.isBegun = true;
    await print(stringify([this.columns.map(({ name }) => printable(name))]));
  }
}
