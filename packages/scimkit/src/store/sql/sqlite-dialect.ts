// SQLite's words. The database's own functions are named here and nowhere else.
import type { SqlDialect } from './dialect.ts';
import { rawSql, type Sql, sql } from './fragment.ts';
import { sqliteTexts } from './sqlite-texts.ts';

/** The path of nested members, for JSON functions; a parameter like any value. Keys have neither `"` nor `\`. */
const pathOf = (keys: readonly string[]) => `$${keys.map((key) => `."${key}"`).join('')}`;

const textList = (texts: readonly string[], alias: string): Sql =>
  sql`json_each(${JSON.stringify(texts)}) AS ${rawSql(alias)}`;

/** SQLite, from 3.45 on: one process writes at a time, so no row needs a lock. */
export const sqliteDialect: SqlDialect = {
  jsonValue: (json, keys) => sql`json_extract(${json}, ${pathOf(keys)})`,
  jsonHas: (json, keys) => sql`json_type(${json}, ${pathOf(keys)}) IS NOT NULL`,
  jsonEach: (json, keys, alias) => sql`json_each(${json}, ${pathOf(keys)}) AS ${rawSql(alias)}`,
  elementValue: (alias) => rawSql(`${alias}.value`),
  byCodePoint: (text) => text,
  jsonStored: (json) => sql`jsonb(${json})`,
  jsonRows: (columns) => sql`json_group_array(json_array(${columns}))`,
  inFirstRow: (value) => value,
  textList,
  isAnyOf: (column, texts) => sql`${column} IN (SELECT j.value FROM ${textList(texts, 'j')})`,
  isNoneOf: (column, texts) => sql`${column} NOT IN (SELECT j.value FROM ${textList(texts, 'j')})`,
  equals: (value, literal) => sql`${value} IS ${literal}`,
  contains: (value, literal) => sql`coalesce(instr(${value}, ${literal}) > 0, FALSE)`,
  endsWith: (value, literal) => sql`coalesce(substr(${value}, ${-[...literal].length}) = ${literal}, FALSE)`,
  texts: sqliteTexts,
  uniqueKey: (value) => sql`${value}`,
};
