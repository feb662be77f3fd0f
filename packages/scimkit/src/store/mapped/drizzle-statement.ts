// Statements as Drizzle takes them, and the rows that its drivers give.
import { is, SQL, sql } from 'drizzle-orm';
import { MAX_KEPT_TEXT, type Row, type Sql } from '../sql/fragment.ts';
import { withoutNul } from '../sql/postgres-statement.ts';
import type { DrizzleConnection } from './drizzle-connection.ts';

type Dialect = 'sqlite' | 'postgres';

/** A statement as Drizzle takes it: what a template of `sql` has, and whether it gives rows. */
interface Written {
  readonly strings: TemplateStringsArray;
  readonly givesRows: boolean;
}

const known = new Map<string, Written>();

/** Filters make ever new texts; what is used all the time is soon there again. */
const MAX_KNOWN = 2_000;

function written(text: string): Written {
  let entry = known.get(text);
  if (!entry) {
    const pieces = text.split('?');
    const strings = Object.assign(pieces, { raw: pieces });
    entry = { strings, givesRows: hasRows(text) };
    if (text.length > MAX_KEPT_TEXT) return entry;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, entry);
  }
  return entry;
}

/** Runs a statement. */
export async function execute(
  tx: DrizzleConnection,
  { text, parameters }: Sql,
  dialect: Dialect,
): Promise<readonly Row[]> {
  const { strings, givesRows } = written(text);
  const query = sql(strings, ...parameters.map((value) => toChunk(value, dialect)));
  const given = await (dialect === 'postgres'
    ? tx.execute?.(query)
    : givesRows
      ? tx.all?.(query)
      : tx.run?.(query));
  return rowsOf(given);
}

/** A value in a template: simple ones are taken for parameters, which costs less than to say so. */
function toChunk(value: unknown, dialect: Dialect): unknown {
  if (is(value, SQL)) return value;
  const given = toDriver(value, dialect);
  if (given === undefined) return null;
  return typeof given === 'object' && given !== null ? sql.param(given) : given;
}

/** Drivers of SQLite refuse to be asked for rows where there are none. Names and literals may say anything. */
function hasRows(text: string): boolean {
  const words = text.replace(/"[^"]*"|'[^']*'/g, '');
  if (/\bRETURNING\b/i.test(words)) return true;
  const isWrite = /^\s*WITH\b.*\b(INSERT INTO|UPDATE|DELETE FROM)\b/is.test(words);
  return !isWrite && /^\s*(SELECT|VALUES|PRAGMA|WITH)\b/i.test(words);
}

/** Each driver has another result. sqlite-proxy has rows without names. */
function rowsOf(result: unknown): readonly Row[] {
  const rows = Array.isArray(result) ? result : (result as { rows?: unknown } | undefined)?.rows;
  if (!Array.isArray(rows)) return [];
  if (!rows.some(Array.isArray)) return rows as Row[];
  return rows.map((row: unknown) =>
    Array.isArray(row) ? Object.fromEntries(row.map((value, index) => [`c${index}`, value])) : (row as Row),
  );
}

/** What is no column's value, and no column has encoded. Drivers differ in what they make of a Date. */
function toDriver(value: unknown, dialect: Dialect): unknown {
  if (value instanceof Date) return value.toISOString();
  if (dialect === 'sqlite') return typeof value === 'boolean' ? Number(value) : value;
  if (Array.isArray(value)) return value.map((each) => toDriver(each, dialect));
  return typeof value === 'string' ? withoutNul(value) : value;
}
