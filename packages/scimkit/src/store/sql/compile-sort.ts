// RFC 7644 §3.4.2.3: sorting as SQL, in the order of protocol/sort.ts.
import type { Sort } from '../../protocol/sort.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { SqlDialect } from './dialect.ts';
import { rawSql, type Sql, sql } from './fragment.ts';

const FOLDED = rawSql('r.folded');
const COLUMNS: ReadonlyMap<string, Sql> = new Map([
  ['id', rawSql('r.id')],
  ['meta.created', rawSql('r.created')],
  ['meta.lastModified', rawSql('r.last_modified')],
]);

/** The value that a resource `r` is sorted by: of several values the primary one's, or else the first one's. */
function sortValue(attribute: ResolvedAttribute, dialect: SqlDialect): Sql {
  const column = COLUMNS.get(attribute.path);
  if (column) return column;
  const top = attribute.parent ?? attribute;
  if (!top.multiValued || attribute === top) {
    return valueIn(FOLDED, attribute, attribute.keys, 'e', dialect);
  }
  const element = rawSql('e.value');
  const value = valueIn(element, attribute, [attribute.name], 'f', dialect);
  const isPrimary = dialect.equals(dialect.jsonValue(element, ['primary'], 'boolean'), 1);
  return sql`(
    SELECT ${value} FROM ${dialect.jsonEach(FOLDED, top.keys, 'e')} ORDER BY ${isPrimary} DESC, e.key LIMIT 1
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

/** The terms of ORDER BY. Resources without a value come last ascending and first descending; then by id. */
export function compileSort(sort: Sort, dialect: SqlDialect): Sql {
  const value = sortValue(sort.attribute, dialect);
  return sort.descending
    ? sql`(${value}) IS NOT NULL, (${value}) DESC, r.id`
    : sql`(${value}) IS NULL, (${value}), r.id`;
}
