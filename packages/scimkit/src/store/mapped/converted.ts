// Numbers and instants that a mapping keeps in another form, such as euros in cents: what a filter wants is brought into that
// form, and the form may be a coarser one.
import { rawSql, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import { readScalar, type Words, writeScalar } from './scalar.ts';
import type { Scalar } from './source.ts';

const SIGNS: Readonly<Record<string, Sql>> = {
  eq: rawSql('='),
  gt: rawSql('>'),
  ge: rawSql('>='),
  lt: rawSql('<'),
  le: rawSql('<='),
};

export const signOf = (operator: string): Sql => SIGNS[operator] as Sql;

/** A number as a parameter; PostgreSQL would take the type of what it is compared with, which it may not fit. */
export function numberSql(literal: number, { isPostgres }: Words): Sql {
  if (!isPostgres) return sql`${literal}`;
  return sql`CAST(${literal} AS ${rawSql(Number.isSafeInteger(literal) ? 'BIGINT' : 'DOUBLE PRECISION')})`;
}

/** What `write` makes of a value, and how that is read again: as less than the value (-1), as the same, or as more. */
export interface Converted {
  readonly written: SqlValue;
  readonly error: number;
}

/** Brings a number, or an instant as text, into the form in which the column has it. */
export function convert(scalar: Scalar, wanted: unknown, words: Words): Converted {
  const written = writeScalar(scalar, wanted, words);
  const isText = written instanceof Date && !words.isPostgres && !scalar.column.decode;
  const back = readScalar(scalar, isText ? written.toISOString() : written);
  const error = Math.sign(toNumber(back) - toNumber(wanted));
  return { written, error: Number.isNaN(error) ? 0 : error };
}

const toNumber = (value: unknown): number =>
  typeof value === 'number' ? value : value instanceof Date ? value.getTime() : Date.parse(String(value));

/** Compares a column with a value that was converted. The conversion keeps the order, but may make equal what is not. */
export function compareConverted(
  column: Sql,
  operator: string,
  { written, error }: Converted,
  words: Words,
): Sql {
  const literal = typeof written === 'number' ? numberSql(written, words) : sql`${written}`;
  if (operator === 'eq') return error === 0 ? sql`${column} = ${literal}` : rawSql('FALSE');
  return sql`${column} ${signOf(signBeside(operator, error))} ${literal}`;
}

/** Whether what is as the converted value belongs to the others depends on where the value itself is. */
function signBeside(operator: string, error: number): string {
  if (error > 0) return { gt: 'ge', le: 'lt' }[operator] ?? operator;
  return error < 0 ? ({ ge: 'gt', lt: 'le' }[operator] ?? operator) : operator;
}
