// RFC 7644 §3.4.2.2, §3.4.2.3: one simple value in a column, as filters and sorting compare it.
import { ScimError } from '../../protocol/error.ts';
import type { ResolvedComparison } from '../../protocol/resolve-filter.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { compareValue } from '../sql/condition.ts';
import { type Sql, sql } from '../sql/fragment.ts';
import type { ColumnKind } from './app-database.ts';
import { compareConverted, convert, numberSql, signOf } from './converted.ts';
import { compareInstant, instantSql } from './instant.ts';
import type { ColumnSql } from './mapping.ts';
import { type Words, writeScalar } from './scalar.ts';
import type { Scalar } from './source.ts';

const refused = ({ path }: ResolvedAttribute): ScimError =>
  new ScimError(
    'invalidFilter',
    `"${path}" can't be filtered on here: it is not kept in a form that the database can compare. Filter on another ` +
      'attribute, such as one that identifies the resource.',
  );

const TEXTS: ReadonlySet<string> = new Set(['string', 'reference', 'binary']);
const ORDERED: ReadonlySet<string> = new Set(['integer', 'decimal', 'dateTime']);

/** What columns hold whose values the database compares as the attribute's, type by type. */
const KINDS: Readonly<Record<string, readonly ColumnKind[]>> = {
  boolean: ['boolean', 'integer'],
  integer: ['integer', 'number'],
  decimal: ['integer', 'number'],
  dateTime: ['instant', 'text'],
};

const TEXT_KINDS: readonly ColumnKind[] = ['text', 'uuid', 'integer'];

/** Whether the database can compare a value: as it is in the column, by a conversion that keeps the order, or by SQL. */
export function isCompared({ attribute: { type }, column, read, write, filter }: Scalar): boolean {
  if (filter) return true;
  // Where `read` says something else than the column, the column can't be compared.
  if (read) return ORDERED.has(type) && write !== undefined;
  return column.kind === undefined || (KINDS[type] ?? TEXT_KINDS).includes(column.kind);
}

/** The SQL of what a scalar is worth. */
function worthOf(scalar: Scalar, column: Sql, at: ColumnSql, words: Words): Sql {
  if (!isCompared(scalar)) throw refused(scalar.attribute);
  const value = scalar.filter ? sql`(${scalar.filter(at)})` : column;
  const { type } = scalar.attribute;
  if (type === 'dateTime') return instantSql(scalar, value, words);
  return TEXTS.has(type) ? textSql(scalar, value, words) : value;
}

/**
 * A value as text, whatever its column is: an enumeration, a UUID, a number. Of a column that is text already, PostgreSQL's
 * indexes know that it is the same.
 */
function textSql({ collation, column, filter }: Scalar, value: Sql, { isPostgres }: Words): Sql {
  // A type that ignores case is no longer one as a text.
  const isText = isPostgres ? collation === 'native' : filter !== undefined || column.kind !== 'integer';
  return isText ? value : sql`CAST(${value} AS TEXT)`;
}

/** That there is a value. */
export function presentScalar(scalar: Scalar, column: Sql, at: ColumnSql, words: Words): Sql {
  const value = worthOf(scalar, column, at, words);
  return TEXTS.has(scalar.attribute.type) ? isNoEmpty(value) : sql`(${value} IS NOT NULL)`;
}

const isNoEmpty = (text: Sql): Sql => sql`(${text} IS NOT NULL AND ${text} <> '')`;

/** A text as it compares. */
function folded(scalar: Scalar, text: Sql, operator: string, { isPostgres }: Words): Sql {
  const { attribute, collation } = scalar;
  const isBare =
    attribute.caseExact || collation === 'exact' || (collation === 'native' && operator === 'eq');
  const compared = isBare ? text : sql`lower(${text})`;
  // Equality needs no collation, and an index has the column's own.
  if (isPostgres) return operator === 'eq' ? compared : sql`(${compared} COLLATE "C")`;
  return isBare && operator !== 'eq' && isOfAnyKind(scalar) ? sql`CAST(${text} AS TEXT)` : compared;
}

/** Whether a column of SQLite may have numbers, with which texts would be compared as such. */
const isOfAnyKind = ({ column, filter }: Scalar): boolean => !filter && column.kind === undefined;

/** That a text is another one, in words that leave an index of the column its use. */
function equalText(scalar: Scalar, text: Sql, literal: string, words: Words): Sql {
  const compared = folded(scalar, text, 'eq', words);
  const isEqual = sql`${compared} = ${literal}`;
  if (words.isPostgres || compared !== text || !isOfAnyKind(scalar)) return isEqual;
  return sql`${isEqual} AND CAST(${text} AS TEXT) = ${literal}`;
}

/** A value as it sorts: NULL where there is none. */
export function sortScalar(scalar: Scalar, column: Sql, at: ColumnSql, words: Words): Sql {
  const value = worthOf(scalar, column, at, words);
  switch (scalar.attribute.type) {
    case 'integer':
    case 'decimal':
      return value;
    case 'boolean':
      return sql`(CASE WHEN ${value} THEN 1 WHEN NOT ${value} THEN 0 END)`;
    case 'dateTime':
      // As it is handed out: in milliseconds.
      return words.isPostgres && isTime(scalar) ? sql`date_trunc('milliseconds', ${value})` : value;
    default:
      return sql`(CASE WHEN ${isNoEmpty(value)} THEN ${folded(scalar, value, 'gt', words)} END)`;
  }
}

/** Whether the database knows a column as a time: in the side table, and by the developer's own conversion, it is something else. */
const isTime = ({ column, read, filter }: Scalar): boolean =>
  filter !== undefined || (column.kind !== 'text' && !read);

/** That a value compares as is wanted; false where there is none. */
export function compareScalar(
  scalar: Scalar,
  column: Sql,
  at: ColumnSql,
  comparison: ResolvedComparison,
  words: Words,
): Sql {
  const value = worthOf(scalar, column, at, words);
  const { operator } = comparison;
  switch (scalar.attribute.type) {
    case 'boolean': {
      // The developer's own condition is one; a column may be whatever the library makes of booleans.
      if (scalar.filter) return sql`coalesce(${comparison.value ? value : sql`NOT ${value}`}, FALSE)`;
      return both(value, sql`${value} = ${writeScalar(scalar, comparison.value, words)}`);
    }
    case 'integer':
    case 'decimal':
      return both(value, compareNumber(scalar, value, comparison, words));
    case 'dateTime':
      return both(value, compareInstant(scalar, value, comparison, words));
    default: {
      if (operator === 'eq') {
        return both(value, equalText(scalar, value, String(comparison.value), words));
      }
      const text = folded(scalar, value, operator, words);
      const condition = compareValue(text, comparison, words.sql);
      // What is empty is unassigned, and comes before nothing.
      return operator === 'lt' || operator === 'le' ? sql`(${condition} AND ${text} <> '')` : condition;
    }
  }
}

/** Absence makes it false, in words that leave an index of the column its use. */
const both = (value: Sql, condition: Sql): Sql => sql`(${condition} AND ${value} IS NOT NULL)`;

function compareNumber(
  scalar: Scalar,
  value: Sql,
  { operator, value: wanted }: ResolvedComparison,
  words: Words,
): Sql {
  return scalar.read && !scalar.filter
    ? compareConverted(value, operator, convert(scalar, wanted, words), words)
    : sql`${value} ${signOf(operator)} ${numberSql(wanted as number, words)}`;
}
