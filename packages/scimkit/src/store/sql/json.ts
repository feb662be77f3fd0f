// JSON in SQLite: paths, values, elements. The database's own functions are named here and nowhere else.
import { rawSql, type Sql, sql } from './fragment.ts';

/** The path of nested members, for JSON functions; a parameter like any value. Keys have neither `"` nor `\`. */
function jsonPath(keys: readonly string[]): string {
  return `$${keys.map((key) => `."${key}"`).join('')}`;
}

/** The value at a path: text, a number, 0 or 1 for booleans, or NULL. */
export function jsonValue(json: Sql, keys: readonly string[]): Sql {
  return sql`json_extract(${json}, ${jsonPath(keys)})`;
}

/** Whether there is anything at a path. */
export function jsonHas(json: Sql, keys: readonly string[]): Sql {
  return sql`json_type(${json}, ${jsonPath(keys)}) IS NOT NULL`;
}

/** The elements of the array at a path, as rows with `key` and `value`. */
export function jsonEach(json: Sql, keys: readonly string[], alias: string): Sql {
  return sql`json_each(${json}, ${jsonPath(keys)}) AS ${rawSql(alias)}`;
}

/** A list of texts as rows with `value`, by one parameter. */
export function jsonList(texts: readonly string[], alias: string): Sql {
  return sql`json_each(${JSON.stringify(texts)}) AS ${rawSql(alias)}`;
}

/** JSON as it is stored where only the database reads it. */
export function jsonStored(json: string): Sql {
  return sql`jsonb(${json})`;
}

/** The rows of columns as JSON text, an array of arrays: a selection of one value. NULL or [] where there are none. */
export function jsonRows(columns: Sql, from: Sql): Sql {
  return sql`SELECT json_group_array(json_array(${columns})) FROM ${from}`;
}
