// RFC 7644 §3.4.2.3: sorting as SQL, in the order of protocol/sort.ts.
import { type Sort, sortKey } from '../../protocol/sort.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import type { Mark } from '../keyset.ts';
import { type Row, rawSql, type Sql, sql } from './fragment.ts';
import { jsonEach, jsonValue } from './json.ts';
import { attributesOf, foldAttributes } from './resource-row.ts';

const FOLDED = rawSql('r.folded');
const COLUMNS: ReadonlyMap<string, Sql> = new Map([
  ['id', rawSql('r.id')],
  ['meta.created', rawSql('r.created')],
  ['meta.lastModified', rawSql('r.last_modified')],
]);

/** The value that a resource `r` is sorted by: of several values the primary one's, or else the first one's. */
function sortValue(attribute: ResolvedAttribute): Sql {
  const column = COLUMNS.get(attribute.path);
  if (column) return column;
  const value = foldedValue(attribute);
  // A decimal without a fraction is read as an integer, and beyond 2^53 that isn't the number that JSON means.
  return attribute.type === 'decimal' ? sql`CAST(${value} AS DOUBLE PRECISION)` : value;
}

function foldedValue(attribute: ResolvedAttribute): Sql {
  const top = attribute.parent ?? attribute;
  if (!top.multiValued) {
    return attribute.multiValued ? first(FOLDED, attribute.keys) : jsonValue(FOLDED, attribute.keys);
  }
  if (attribute === top) return first(FOLDED, top.keys);
  const element = rawSql('e.value');
  const value = attribute.multiValued
    ? first(element, [attribute.name], 'f')
    : jsonValue(element, [attribute.name]);
  return sql`(
    SELECT ${value} FROM ${jsonEach(FOLDED, top.keys, 'e')}
    ORDER BY ${jsonValue(element, ['primary'])} IS 1 DESC, e.key LIMIT 1
  )`;
}

function first(json: Sql, keys: readonly string[], alias = 'e'): Sql {
  const a = rawSql(alias);
  return sql`(SELECT ${a}.value FROM ${jsonEach(json, keys, alias)} ORDER BY ${a}.key LIMIT 1)`;
}

/**
 * The terms of ORDER BY. Resources without a value come last ascending and first descending; then by id. Backward, all of
 * it is turned around.
 */
export function compileSort(sort: Sort, backward = false): Sql {
  const value = sortValue(sort.attribute);
  const id = rawSql(backward ? 'r.id DESC' : 'r.id');
  return sort.descending === backward
    ? sql`(${value}) IS NULL, (${value}), ${id}`
    : sql`(${value}) IS NOT NULL, (${value}) DESC, ${id}`;
}

/** The condition that a resource comes behind a mark in the order of a sort; backward: before it. */
export function compileBeyond(sort: Sort, { id, key }: Mark, backward: boolean): Sql {
  const value = sortValue(sort.attribute);
  const isUpward = sort.descending === backward;
  const then = sql`r.id ${rawSql(backward ? '<' : '>')} ${id}`;
  if (key === undefined) {
    return isUpward ? sql`((${value}) IS NULL AND ${then})` : sql`((${value}) IS NOT NULL OR ${then})`;
  }
  const literal = typeof key === 'boolean' ? Number(key) : key;
  const equal = sql`(${value}) = ${literal} AND ${then}`;
  return isUpward
    ? sql`((${value}) > ${literal} OR ${equal} OR (${value}) IS NULL)`
    : sql`((${value}) < ${literal} OR ${equal})`;
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
