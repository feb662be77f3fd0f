// One simple value in a column: how it is read and written.
import { foldInstant } from '../../protocol/fold.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { SqlDialect } from '../sql/dialect.ts';
import type { SqlValue } from '../sql/fragment.ts';
import type { Scalar } from './source.ts';

/** The words of a database, for the app's tables. */
export interface Words {
  readonly sql: SqlDialect;
  readonly isPostgres: boolean;
}

/** A value as a library takes it: SQLite has no booleans. What becomes of times, each library knows. */
export function toParameter(value: unknown, { isPostgres }: Words): SqlValue {
  if (value === undefined || value === null) return null;
  if (isPostgres) return value as SqlValue;
  return typeof value === 'boolean' ? Number(value) : (value as SqlValue);
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
