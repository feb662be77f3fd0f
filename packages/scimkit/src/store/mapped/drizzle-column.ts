// What Drizzle knows of a column: what it holds, how the driver's values become it, and what Drizzle fills in.
import { type Column, is, SQL } from 'drizzle-orm';
import type { AppColumn, ColumnKind } from './app-database.ts';

const SECOND = 1_000;
const DAY = 86_400_000;

/** By the class of the column. Of the others the database knows more than Drizzle: enumerations, arrays, own types. */
const KINDS: Readonly<Record<string, ColumnKind>> = {
  PgText: 'text',
  PgVarchar: 'text',
  PgChar: 'text',
  PgUUID: 'uuid',
  PgInteger: 'integer',
  PgSmallInt: 'integer',
  PgSerial: 'integer',
  PgSmallSerial: 'integer',
  PgBigInt53: 'integer',
  PgBigSerial53: 'integer',
  PgBigInt64: 'integer',
  PgBigSerial64: 'integer',
  PgReal: 'number',
  PgDoublePrecision: 'number',
  PgNumeric: 'number',
  PgNumericNumber: 'number',
  PgBoolean: 'boolean',
  PgTimestamp: 'instant',
  PgTimestampString: 'instant',
  PgDate: 'instant',
  PgJson: 'json',
  PgJsonb: 'json',
  SQLiteText: 'text',
  SQLiteInteger: 'integer',
  SQLiteReal: 'number',
  SQLiteNumeric: 'number',
  SQLiteNumericNumber: 'number',
  SQLiteBoolean: 'boolean',
  SQLiteTimestamp: 'instant',
  SQLiteTextJson: 'json',
};

/** What some classes of columns know besides. */
type Details = Column & {
  readonly mode?: string;
  readonly withTimezone?: boolean;
  readonly precision?: number | undefined;
};

/** A column. The database calls it `name`. */
export function toAppColumn(column: Column, name: string, dialect: 'sqlite' | 'postgres'): AppColumn {
  const kind = KINDS[column.columnType];
  const app: AppColumn = {
    name,
    kind,
    ...(kind === 'instant' && { unit: unitOf(column) }),
    decode: (value) =>
      value === null || value === undefined ? null : simple(column, column.mapFromDriverValue(value)),
    // What Drizzle fills in may be SQL: `run` puts it in.
    encode: (value) =>
      value === null || value === undefined || is(value, SQL)
        ? (value ?? null)
        : column.mapToDriverValue(declared(column, value)),
  };
  const initial = initialOf(column, dialect);
  const { onUpdateFn } = column;
  return {
    ...app,
    ...(initial && { initial: () => simple(column, initial()) }),
    ...(onUpdateFn && { renewed: () => simple(column, onUpdateFn()) }),
  };
}

/** As in Drizzle's own INSERT. On SQLite it puts in even values that are the database's default as well. */
function initialOf(column: Column, dialect: 'sqlite' | 'postgres'): (() => unknown) | undefined {
  const { default: value, defaultFn, onUpdateFn } = column;
  if (value === undefined || value === null) return defaultFn ?? onUpdateFn;
  if (dialect === 'postgres') return defaultFn;
  return is(value, SQL) ? undefined : () => value;
}

function unitOf(column: Details): number {
  if (column.columnType === 'PgDate') return DAY;
  if (column.columnType === 'SQLiteTimestamp') return column.mode === 'timestamp' ? SECOND : 1;
  const { precision } = column;
  return precision !== undefined && precision < 3 ? SECOND / 10 ** precision : 1;
}

/** What an app declared a column to hold, as a text, number, boolean or Date. */
function simple(column: Details, value: unknown): unknown {
  // Keys may be longer than what a number holds exactly.
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'string') return value ?? null;
  if (column.columnType === 'PgTimestampString') return parseTimestamp(value, column.withTimezone === true);
  return KINDS[column.columnType] === 'number' ? Number(value) : value;
}

/** The reverse. */
function declared(column: Column, value: unknown): unknown {
  if (column.dataType === 'bigint' && typeof value !== 'bigint') return BigInt(value as number | string);
  if (column.dataType === 'string') return value instanceof Date ? value.toISOString() : String(value);
  return value;
}

/** PostgreSQL writes `2024-02-29 12:34:56.789+00`, and without the zone where the type has none. */
function parseTimestamp(text: string, withTimezone: boolean): Date {
  return new Date(withTimezone || /[zZ]$/.test(text) ? text : `${text}+0000`);
}
