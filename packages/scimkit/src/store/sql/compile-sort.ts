// RFC 7644 §3.4.2.3: sorting as SQL, in the order of protocol/sort.ts.
import type { Sort } from '../../protocol/sort.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { rawSql, type Sql, sql } from './fragment.ts';
import { jsonEach, jsonValue } from './json.ts';

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

/** The terms of ORDER BY. Resources without a value come last ascending and first descending; then by id. */
export function compileSort(sort: Sort): Sql {
  const value = sortValue(sort.attribute);
  return sort.descending
    ? sql`(${value}) IS NOT NULL, (${value}) DESC, r.id`
    : sql`(${value}) IS NULL, (${value}), r.id`;
}
