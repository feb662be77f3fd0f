// PostgreSQL's words, as far as Citus, CockroachDB and YugabyteDB document that they take them too.
import type { AttributeType } from '../../schema/attribute.ts';
import type { SqlDialect } from './dialect.ts';
import { rawSql, type Sql, sql } from './fragment.ts';

/** The path of nested members, as a literal of text[]. Keys have neither `"` nor `\`. */
const pathOf = (keys: readonly string[]): Sql =>
  sql`${`{${keys.map((key) => `"${key}"`).join(',')}}`}::text[]`;

const byCodePoint = (text: Sql): Sql => sql`(${text} COLLATE "C")`;

/** A scalar as what it is compared as; of another type than the schema says, it is no value. */
function scalar(value: Sql, text: Sql, type: AttributeType): Sql {
  switch (type) {
    case 'boolean':
      return sql`(CASE ${text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END)`;
    case 'integer':
    case 'decimal':
      return sql`(CASE jsonb_typeof(${value}) WHEN 'number' THEN (${text})::numeric END)`;
    default:
      return byCodePoint(text);
  }
}

const textList = (texts: readonly string[], alias: string): Sql =>
  sql`unnest(${texts}::text[]) AS ${rawSql(alias)}(value)`;

/** Bytes of a value that an index holds whole; PostgreSQL's limit is 2,704 for all columns together. */
const MAX_KEY = 1_000;

/** PostgreSQL, from 14 on. */
export const postgresDialect: SqlDialect = {
  jsonValue: (json, keys, type) =>
    scalar(sql`(${json} #> ${pathOf(keys)})`, sql`(${json} #>> ${pathOf(keys)})`, type),
  jsonHas: (json, keys) => sql`(${json} #> ${pathOf(keys)}) IS NOT NULL`,
  jsonEach: (json, keys, alias) => {
    const array = sql`(${json} #> ${pathOf(keys)})`;
    return sql`jsonb_array_elements(CASE jsonb_typeof(${array}) WHEN 'array' THEN ${array} END)
      WITH ORDINALITY AS ${rawSql(alias)}(value, key)`;
  },
  elementValue: (alias, type) => scalar(rawSql(`${alias}.value`), rawSql(`(${alias}.value #>> '{}')`), type),
  // What is computed is in memory, and OFFSET 0 keeps it from being computed in each place where it is used.
  unpacked: {
    from: rawSql("CROSS JOIN LATERAL (SELECT r.folded || '{}'::jsonb AS folded OFFSET 0) AS u"),
    folded: rawSql('u.folded'),
  },
  byCodePoint,
  jsonStored: (json) => sql`${json}::jsonb`,
  jsonRows: (columns) => sql`json_agg(json_build_array(${columns}))::text`,
  inFirstRow: (value, order) => sql`CASE row_number() OVER (ORDER BY ${order}) WHEN 1 THEN ${value} END`,
  textList,
  isAnyOf: (column, texts) => sql`${column} = ANY(${texts}::text[])`,
  isNoneOf: (column, texts) =>
    sql`NOT EXISTS (SELECT 1 FROM ${textList(texts, 'j')} WHERE j.value = ${column})`,
  equals: (value, literal) => sql`coalesce(${value} = ${literal}, FALSE)`,
  contains: (value, literal) => sql`coalesce(strpos(${value}, ${literal}) > 0, FALSE)`,
  endsWith: (value, literal) => sql`coalesce(right(${value}, ${[...literal].length}) = ${literal}, FALSE)`,
  columnContains: (column, words) => sql`${column} LIKE ${`%${words.join('%')}%`}`,
  // The digest tells long values apart that begin alike.
  uniqueKey: (value) =>
    value.length * 3 <= MAX_KEY ? sql`${value}` : sql`left(${value}::text, 200) || md5(${value}::text)`,
  locks: {
    toRefer: rawSql('FOR KEY SHARE'),
    toChange: rawSql('FOR NO KEY UPDATE'),
    toRemove: rawSql('FOR UPDATE'),
  },
};
