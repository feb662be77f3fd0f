// Rows of many INSERT statements that are alike, by one statement of PostgreSQL.
import type { SqlValue } from '../../packages/scimkit/src/store/sql/fragment.ts';

/** An INSERT of a fixed number of rows that are alike. */
export interface Insertion {
  readonly table: string;
  readonly columns: string;
  /** One row as SQL, with `?` for its parameters. */
  readonly row: string;
  /** What follows the rows, but for what is returned. */
  readonly tail: string;
  /** Parameters of one row. */
  readonly width: number;
}

const INSERT = /^\s*INSERT INTO (\w+) \(([^)]*)\)\s+VALUES\s+/;

/**
 * Takes the text of an INSERT apart.
 *
 * @throws Error for one with rows that are written differently, or that come from a query.
 */
export function parseInsertion(text: string): Insertion {
  const head = INSERT.exec(text);
  if (!head) throw new Error(`This is no INSERT with VALUES: ${text}`);
  const [whole, table = '', columns = ''] = head;
  let rest = text.slice(whole.length);
  const row = firstRow(rest);
  while (rest.startsWith(row)) rest = rest.slice(row.length).replace(/^\s*,\s*/, '');
  if (rest.startsWith('(')) throw new Error(`The rows of an INSERT are written differently: ${text}`);
  const tail = rest.replace(/\s*RETURNING [\s\S]*$/, '').trim();
  return { table, columns, row, tail, width: row.split('?').length - 1 };
}

/** The row at the beginning: up to its last parenthesis. */
function firstRow(text: string): string {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '(') depth++;
    else if (text[index] === ')' && --depth === 0) return text.slice(0, index + 1);
  }
  throw new Error(`A row has no end: ${text}`);
}

/** Rows of one insertion, column by column. */
export class Rows {
  readonly insertion: Insertion;
  private columns: SqlValue[][];

  constructor(insertion: Insertion) {
    this.insertion = insertion;
    this.columns = this.empty();
  }

  /** Adds the rows of one statement. */
  add(parameters: readonly SqlValue[]): void {
    const { width } = this.insertion;
    for (let start = 0; start < parameters.length; start += width) {
      for (let column = 0; column < width; column++) {
        this.columns[column]?.push(parameters[start + column] as SqlValue);
      }
    }
  }

  /** The statement for all that were added, which are forgotten. What all rows have in common is sent once. */
  take(): { readonly text: string; readonly values: unknown[] } {
    const { table, columns: names, row, tail } = this.insertion;
    const columns = this.columns;
    this.columns = this.empty();
    const values: unknown[] = [];
    const arrays: string[] = [];
    const aliases: string[] = [];
    const terms = columns.map((column, index) => {
      const [first] = column;
      const type = typeof first === 'number' ? 'bigint' : 'text';
      if (column.length > 1 && column.every((value) => value === first))
        return `$${values.push(first)}::${type}`;
      arrays.push(`$${values.push(column)}::${type}[]`);
      aliases.push(`c${index}`);
      return `u.c${index}`;
    });
    const selected = row.slice(1, -1).replaceAll('?', () => terms.shift() as string);
    const text = `INSERT INTO ${table} (${names}) SELECT ${selected}
      FROM unnest(${arrays.join(', ')}) AS u(${aliases.join(', ')}) ${tail}`;
    return { text, values };
  }

  private empty(): SqlValue[][] {
    return Array.from({ length: this.insertion.width }, () => []);
  }
}
