// RFC 7643 §2.3.5: instants, in whatever form the database has them.
import type { ResolvedComparison } from '../../protocol/resolve-filter.ts';
import { rawSql, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import { compareConverted, convert, signOf } from './converted.ts';
import { type Words, writeScalar } from './scalar.ts';
import type { Scalar } from './source.ts';

/** Whether SQLite may have an instant in any form: as a text, with a time zone or without, or in milliseconds. */
const isOfAnyForm = ({ column, read, filter }: Scalar, { isPostgres }: Words): boolean =>
  !isPostgres && (filter !== undefined || (column.kind === undefined && !read));

/** An instant as it compares. */
export function instantSql(scalar: Scalar, value: Sql, words: Words): Sql {
  if (!isOfAnyForm(scalar, words)) return value;
  const form = rawSql("'%Y-%m-%dT%H:%M:%fZ'");
  return sql`(CASE typeof(${value}) WHEN 'text' THEN strftime(${form}, ${value}) ELSE strftime(${form}, ${value} / 1000.0, 'unixepoch') END)`;
}

/** An instant in the form of `instantSql`. */
function parameter(scalar: Scalar, iso: string, words: Words): SqlValue {
  if (isOfAnyForm(scalar, words)) return iso;
  return scalar.filter ? new Date(iso) : writeScalar(scalar, iso, words);
}

/** The last millisecond of the year 9999: no text has a later one. */
const LAST = 253_402_300_799_999;

/**
 * Instants are handed out in milliseconds, or in the column's unit, and compare as they are handed out, whatever the
 * database keeps besides: each is a span of it.
 */
export function compareInstant(
  scalar: Scalar,
  value: Sql,
  { operator, value: wanted }: ResolvedComparison,
  words: Words,
): Sql {
  const text = String(wanted);
  const unit = scalar.filter ? 1 : (scalar.column.unit ?? 1);
  const time = Date.parse(`${text.slice(0, 23)}Z`);
  const start = Math.floor(time / unit) * unit;
  const isBetween = start !== time || /[1-9]/.test(text.slice(23));
  const next = start + unit;
  const bounded = (by: 'ge' | 'lt', instant: number): Sql => {
    if (instant > LAST) return rawSql(by === 'lt' ? 'TRUE' : 'FALSE');
    const iso = new Date(instant).toISOString();
    return scalar.read && !scalar.filter
      ? compareConverted(value, by, convert(scalar, iso, words), words)
      : sql`${value} ${signOf(by)} ${parameter(scalar, iso, words)}`;
  };
  switch (operator) {
    case 'eq':
      return isBetween ? rawSql('FALSE') : sql`${bounded('ge', start)} AND ${bounded('lt', next)}`;
    case 'gt':
      return bounded('ge', next);
    case 'ge':
      return bounded('ge', isBetween ? next : start);
    case 'lt':
      return bounded('lt', isBetween ? next : start);
    default:
      return bounded('lt', next);
  }
}
