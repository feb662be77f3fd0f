// RFC 7644 §3.4.2.3: sorting as SQL, in the order of protocol/sort.ts.
import { type Sort, sortKey } from '../../protocol/sort.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import type { Mark } from '../keyset.ts';
import type { SqlDialect } from './dialect.ts';
import { type Row, rawSql, type Sql, type SqlValue, sql } from './fragment.ts';
import { attributesOf, foldAttributes } from './resource-row.ts';

const FOLDED = rawSql('r.folded');
const COLUMNS: ReadonlyMap<string, Sql> = new Map([
  ['id', rawSql('r.id')],
  ['meta.created', rawSql('r.created')],
  ['meta.lastModified', rawSql('r.last_modified')],
]);

/** The value that a resource `r` is sorted by: of several values the primary one's, or else the first one's. */
function sortValue(attribute: ResolvedAttribute, dialect: SqlDialect): Sql {
  return COLUMNS.get(attribute.path) ?? documentSortValue(FOLDED, attribute, dialect);
}

/** The same in a folded document, which is JSON. */
export function documentSortValue(folded: Sql, attribute: ResolvedAttribute, dialect: SqlDialect): Sql {
  const value = foldedValue(folded, attribute, dialect);
  // A decimal without a fraction is read as an integer, and beyond 2^53 that isn't the number that JSON means.
  return attribute.type === 'decimal' ? sql`CAST(${value} AS DOUBLE PRECISION)` : value;
}

function foldedValue(folded: Sql, attribute: ResolvedAttribute, dialect: SqlDialect): Sql {
  const top = attribute.parent ?? attribute;
  if (!top.multiValued || attribute === top) {
    return valueIn(folded, attribute, attribute.keys, 'e', dialect);
  }
  const element = rawSql('e.value');
  const value = valueIn(element, attribute, [attribute.name], 'f', dialect);
  const isPrimary = dialect.equals(dialect.jsonValue(element, ['primary'], 'boolean'), 1);
  return sql`(
    SELECT ${value} FROM ${dialect.jsonEach(folded, top.keys, 'e')} ORDER BY ${isPrimary} DESC, e.key LIMIT 1
  )`;
}

/** The value of an attribute in an object; of several the first one. */
function valueIn(
  json: Sql,
  attribute: ResolvedAttribute,
  keys: readonly string[],
  alias: string,
  dialect: SqlDialect,
): Sql {
  if (!attribute.multiValued) return dialect.jsonValue(json, keys, attribute.type);
  const value = dialect.elementValue(alias, attribute.type);
  return sql`(SELECT ${value} FROM ${dialect.jsonEach(json, keys, alias)} ORDER BY ${rawSql(alias)}.key LIMIT 1)`;
}

/** What resources are ordered by: a value, and their ids, or whatever stands for those. */
export interface Order {
  readonly value: Sql;
  readonly id: Sql;
  readonly descending: boolean;
  /** All of it turned around. */
  readonly backward: boolean;
}

/**
 * The terms of ORDER BY. Resources without a value come last ascending and first descending; then by id.
 */
export function orderTerms({ value, id, descending, backward }: Order): Sql {
  const byId = backward ? sql`${id} DESC` : id;
  return descending === backward
    ? sql`(${value}) IS NULL, (${value}), ${byId}`
    : sql`(${value}) IS NOT NULL, (${value}) DESC, ${byId}`;
}

/** The condition that a resource comes behind a mark in an order; `then` compares ids alone. */
export function beyond(
  { value, id, descending, backward }: Order,
  mark: { readonly key: SqlValue | undefined; readonly id: Sql },
): Sql {
  const isUpward = descending === backward;
  const then = sql`${id} ${rawSql(backward ? '<' : '>')} ${mark.id}`;
  const { key } = mark;
  if (key === undefined) {
    return isUpward ? sql`((${value}) IS NULL AND ${then})` : sql`((${value}) IS NOT NULL OR ${then})`;
  }
  const equal = sql`(${value}) = ${key} AND ${then}`;
  return isUpward
    ? sql`((${value}) > ${key} OR ${equal} OR (${value}) IS NULL)`
    : sql`((${value}) < ${key} OR ${equal})`;
}

const orderOf = (sort: Sort, dialect: SqlDialect, backward: boolean): Order => ({
  value: sortValue(sort.attribute, dialect),
  id: rawSql('r.id'),
  descending: sort.descending,
  backward,
});

/** The terms of ORDER BY for resources `r`. */
export function compileSort(sort: Sort, dialect: SqlDialect, backward = false): Sql {
  return orderTerms(orderOf(sort, dialect, backward));
}

/** The condition that a resource `r` comes behind a mark in the order of a sort; backward: before it. */
export function compileBeyond(sort: Sort, { id, key }: Mark, backward: boolean, dialect: SqlDialect): Sql {
  const literal = typeof key === 'boolean' ? Number(key) : key;
  return beyond(orderOf(sort, dialect, backward), { key: literal, id: sql`${id}` });
}

/** What a row is sorted by, in the form in which the database compares it. */
export function sortKeyOf(type: ResourceType, sort: Sort, row: Row): Mark['key'] {
  const id = String(row.id);
  switch (sort.attribute.path) {
    case 'id':
      return id;
    case 'meta.created':
      return String(row.created);
    case 'meta.lastModified':
      return String(row.last_modified);
    default:
      return sortKey(foldAttributes(type, id, attributesOf(String(row.document))), sort.attribute);
  }
}
