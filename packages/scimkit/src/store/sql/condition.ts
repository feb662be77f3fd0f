// RFC 7644 §3.4.2.2: a filter as one condition in SQL, with the meaning of protocol/match.ts to the letter; wherever the
// values are. Conditions are two-valued: what is absent makes a comparison false, never NULL, so that `not` means "not".
import type { ResolvedComparison, ResolvedFilter } from '../../protocol/resolve-filter.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { SqlDialect } from './dialect.ts';
import { joinSqlEvenly, rawSql, type Sql, sql } from './fragment.ts';

/** How the value of an attribute is reached, or the values, in rows of their own. */
export interface Access {
  /** That a value compares as is wanted. */
  readonly compare: (comparison: ResolvedComparison) => Sql;
  /** That there is a value. */
  readonly present: Sql;
  /** Where the values are rows: one of them must meet the condition. */
  readonly rows?: Rows | undefined;
}

/** Rows of values. */
export interface Rows {
  readonly from: Sql;
  readonly where?: Sql | undefined;
  /** Another way to say that there is a row which meets a condition, where there is one that costs less. */
  readonly holds?: (condition: Sql, filter: ResolvedFilter) => Sql | undefined;
}

/** What attributes are looked up in: a resource, one element of a multi-valued attribute, or a relation's row. */
export interface Look {
  readonly of: (attribute: ResolvedAttribute) => Access;
  /** That one value of an attribute meets all of a filter (a value path). */
  readonly valuePath: (attribute: ResolvedAttribute, filter: ResolvedFilter) => Sql;
}

/** A look in which there are no further value paths: they don't stand in each other. */
export const lookWithin = (of: Look['of']): Look => ({
  of,
  valuePath: () => rawSql('FALSE'),
});

/** The condition of a filter. */
export function compileCondition(filter: ResolvedFilter, look: Look): Sql {
  switch (filter.kind) {
    case 'constant':
      return rawSql(filter.value ? 'TRUE' : 'FALSE');
    case 'and':
    case 'or': {
      const parts = filter.filters.map((part) => compileCondition(part, look));
      return joinSqlEvenly(parts, filter.kind === 'and' ? ' AND ' : ' OR ');
    }
    case 'not':
      return sql`(NOT ${compileCondition(filter.filter, look)})`;
    case 'present': {
      const { rows, present } = look.of(filter.attribute);
      return rows ? exists(rows, present, filter) : present;
    }
    case 'valuePath':
      return look.valuePath(filter.attribute, filter.filter);
    default: {
      const { rows, compare } = look.of(filter.attribute);
      const condition = compare(filter);
      return rows ? exists(rows, condition, filter) : condition;
    }
  }
}

/** That one of some rows meets a condition, which is a filter's. */
export function exists({ from, where, holds }: Rows, condition: Sql, filter: ResolvedFilter): Sql {
  const held = holds?.(condition, filter);
  if (held) return held;
  return where
    ? sql`EXISTS (SELECT 1 FROM ${from} WHERE ${where} AND ${condition})`
    : sql`EXISTS (SELECT 1 FROM ${from} WHERE ${condition})`;
}

/** Compares a value that may be NULL. `isColumn`: it never is, and an index can serve the bare comparison. */
export function compareValue(
  stored: Sql,
  { attribute, operator, value: wanted }: ResolvedComparison,
  dialect: SqlDialect,
  isColumn = false,
): Sql {
  // A decimal without a fraction is read as an integer, and beyond 2^53 that isn't the number that JSON means.
  const value = attribute.type === 'decimal' ? sql`CAST(${stored} AS DOUBLE PRECISION)` : stored;
  const literal = typeof wanted === 'boolean' ? Number(wanted) : wanted;
  const text = String(literal);
  switch (operator) {
    case 'eq':
      return isColumn ? sql`${value} = ${literal}` : dialect.equals(value, literal);
    case 'co':
      return dialect.contains(value, text);
    case 'sw':
      return sql`coalesce(substr(${value}, 1, ${[...text].length}) = ${text}, FALSE)`;
    case 'ew':
      return dialect.endsWith(value, text);
    case 'gt':
      return sql`coalesce(${value} > ${literal}, FALSE)`;
    case 'ge':
      return sql`coalesce(${value} >= ${literal}, FALSE)`;
    case 'lt':
      return sql`coalesce(${value} < ${literal}, FALSE)`;
    default:
      return sql`coalesce(${value} <= ${literal}, FALSE)`;
  }
}
