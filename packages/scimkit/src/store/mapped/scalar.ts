// One simple value in a column: how it is read, written and compared.
import { ScimError } from '../../protocol/error.ts';
import { foldInstant } from '../../protocol/fold.ts';
import type { ResolvedComparison } from '../../protocol/resolve-filter.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { compareValue } from '../sql/condition.ts';
import type { SqlDialect } from '../sql/dialect.ts';
import { rawSql, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import type { ColumnSql } from './mapping.ts';
import type { Scalar } from './source.ts';

/** The words of a database, for the app's tables. */
export interface Words {
  readonly sql: SqlDialect;
  readonly isPostgres: boolean;
}

/** A value as a driver takes it: SQLite has neither booleans nor times. */
export function toParameter(value: unknown, { isPostgres }: Words): SqlValue {
  if (value === undefined || value === null) return null;
  if (isPostgres) return value as SqlValue;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Date ? value.toISOString() : (value as SqlValue);
}

/** What is an instant already, as it is handed out. Every month has these days. */
const INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** An instant as stores hand it out; undefined where it is none. A text without a time zone is UTC. */
export function toInstant(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'number' || typeof value === 'bigint') return isoOf(new Date(Number(value)));
  if (value instanceof Date) return isoOf(value);
  if (typeof value === 'string' && INSTANT.test(value)) return value;
  const text = String(value).replace(' ', 'T');
  const zone = /(?:[Zz]|[+-]\d\d(?::?\d\d)?)$/.exec(text.slice(10));
  const complete = zone
    ? text.replace(/([+-]\d\d)$/, '$1:00')
    : `${text}${text.length <= 10 ? 'T00:00:00' : ''}Z`;
  return isoOf(new Date(complete));
}

const isoOf = (date: Date): string | undefined =>
  Number.isNaN(date.getTime()) ? undefined : date.toISOString();

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** From a column's decoded value to the attribute's; undefined where it is unassigned. */
export function readScalar({ attribute, column, read }: Scalar, raw: unknown): unknown {
  const value = column.decode ? column.decode(raw) : raw;
  const result = read ? read(value as never) : byType(attribute, value);
  return result === null || result === '' ? undefined : result;
}

/** A value by the attribute's type, whatever the database's type is. */
export function byType(attribute: ResolvedAttribute, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  switch (attribute.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : value === 't' || value === 'true' || Number(value) === 1;
    case 'integer':
    case 'decimal':
      return Number(value);
    case 'dateTime':
      return toInstant(value);
    case 'binary':
      return value instanceof Uint8Array ? toBase64(value) : String(value);
    default:
      return value instanceof Date ? isoOf(value) : String(value);
  }
}

/** From an attribute's value, undefined where it is unassigned, to what goes into a statement. */
export function writeScalar(
  { attribute, column, read, write }: Scalar,
  value: unknown,
  words: Words,
): SqlValue {
  if (read && !write) throw new TypeError(`"${attribute.path}" has "read", but no "write"`);
  const plain = write
    ? write(value as never)
    : attribute.type === 'dateTime' && typeof value === 'string'
      ? toDate(value)
      : (value ?? null);
  return toParameter(column.encode ? column.encode(plain) : plain, words);
}

/** In milliseconds; without a time zone it is UTC. */
const toDate = (text: string): Date => new Date(`${foldInstant(text)?.slice(0, 23)}Z`);

const refused = ({ path }: ResolvedAttribute): ScimError =>
  new ScimError(
    'invalidFilter',
    `"${path}" can't be filtered on here: it is not kept in a form that the database can compare. Filter on another ` +
      'attribute, such as one that identifies the resource.',
  );

/** The SQL of what a scalar is worth, and whether it is the developer's own. */
function worthOf(
  scalar: Scalar,
  column: Sql,
  at: ColumnSql,
): { readonly value: Sql; readonly isOwn: boolean } {
  if (scalar.filter) return { value: sql`(${scalar.filter(at)})`, isOwn: true };
  // Where `read` says something else than the column, the column can't be compared.
  const isOrdered = ['integer', 'decimal', 'dateTime'].includes(scalar.attribute.type);
  if (scalar.read && !(isOrdered && scalar.write)) throw refused(scalar.attribute);
  return { value: column, isOwn: false };
}

/** That there is a value. */
export function presentScalar(scalar: Scalar, column: Sql, at: ColumnSql, words: Words): Sql {
  const { value } = worthOf(scalar, column, at);
  const isText = ['string', 'reference', 'binary'].includes(scalar.attribute.type);
  return isText
    ? sql`(${value} IS NOT NULL AND ${textSql(scalar, value, words)} <> '')`
    : sql`(${value} IS NOT NULL)`;
}

/**
 * A value as text, whatever its column is: an enumeration, a UUID. Of a column that is text already, PostgreSQL's indexes know
 * that it is the same.
 */
function textSql({ collation }: Scalar, value: Sql, { isPostgres }: Words): Sql {
  return isPostgres && collation !== 'native' ? sql`CAST(${value} AS TEXT)` : value;
}

/** A text as it compares. */
function folded(scalar: Scalar, value: Sql, operator: string, words: Words): Sql {
  const { attribute, collation } = scalar;
  const text = textSql(scalar, value, words);
  const isBare =
    attribute.caseExact || collation === 'exact' || (collation === 'native' && operator === 'eq');
  const compared = isBare ? text : sql`lower(${text})`;
  // Equality needs no collation, and an index has the column's own.
  return words.isPostgres && operator !== 'eq' ? sql`(${compared} COLLATE "C")` : compared;
}

/** A text as it sorts. */
export function sortedText(scalar: Scalar, value: Sql, words: Words): Sql {
  return folded(scalar, value, 'gt', words);
}

/** That a value compares as is wanted; false where there is none. */
export function compareScalar(
  scalar: Scalar,
  column: Sql,
  at: ColumnSql,
  comparison: ResolvedComparison,
  words: Words,
): Sql {
  const { value, isOwn } = worthOf(scalar, column, at);
  const { operator } = comparison;
  switch (scalar.attribute.type) {
    case 'boolean': {
      // The developer's own condition is one; a column may be whatever the library makes of booleans.
      if (isOwn) return sql`coalesce(${comparison.value ? value : sql`NOT ${value}`}, FALSE)`;
      return both(value, sql`${value} = ${writeScalar(scalar, comparison.value, words)}`);
    }
    case 'integer':
    case 'decimal':
      return both(value, compareNumber(value, operator, comparison.value as number, words));
    case 'dateTime':
      return both(value, compareInstant(scalar, value, comparison, words));
    default: {
      const text = folded(scalar, value, operator, words);
      if (operator === 'eq') return both(value, sql`${text} = ${String(comparison.value)}`);
      return compareValue(text, comparison, words.sql);
    }
  }
}

/** Absence makes it false, in words that leave an index of the column its use. */
const both = (value: Sql, condition: Sql): Sql => sql`(${condition} AND ${value} IS NOT NULL)`;

const SIGNS: Readonly<Record<string, Sql>> = {
  eq: rawSql('='),
  gt: rawSql('>'),
  ge: rawSql('>='),
  lt: rawSql('<'),
  le: rawSql('<='),
};

const signOf = (operator: string): Sql => SIGNS[operator] as Sql;

function compareNumber(value: Sql, operator: string, literal: number, { isPostgres }: Words): Sql {
  if (!isPostgres) return sql`${value} ${signOf(operator)} ${literal}`;
  const type = rawSql(Number.isSafeInteger(literal) ? 'BIGINT' : 'DOUBLE PRECISION');
  return sql`${value} ${signOf(operator)} CAST(${literal} AS ${type})`;
}

/**
 * Instants are handed out in milliseconds, or in the column's unit, and compare as they are handed out, whatever the
 * database keeps besides: each is a span of it.
 */
function compareInstant(
  scalar: Scalar,
  value: Sql,
  { operator, value: wanted }: ResolvedComparison,
  words: Words,
): Sql {
  const text = String(wanted);
  const unit = scalar.column.unit ?? 1;
  const time = Date.parse(`${text.slice(0, 23)}Z`);
  const start = Math.floor(time / unit) * unit;
  const isBetween = start !== time || /[1-9]/.test(text.slice(23));
  const at = (instant: number) => writeScalar(scalar, new Date(instant).toISOString(), words);
  const next = start + unit;
  switch (operator) {
    case 'eq':
      return isBetween ? rawSql('FALSE') : sql`${value} >= ${at(start)} AND ${value} < ${at(next)}`;
    case 'gt':
      return sql`${value} >= ${at(next)}`;
    case 'ge':
      return sql`${value} >= ${at(isBetween ? next : start)}`;
    case 'lt':
      return sql`${value} < ${at(isBetween ? next : start)}`;
    default:
      return sql`${value} < ${at(next)}`;
  }
}
