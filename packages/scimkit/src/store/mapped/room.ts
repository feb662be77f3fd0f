// Unique values of rows that are kept after their deletion make room for whoever comes next.
import { joinSql, rawSql, type Sql, sql } from '../sql/fragment.ts';
import { keySql } from './aliased.ts';
import type { AppColumn } from './app-database.ts';
import type { Session } from './session.ts';
import type { Beside } from './source.ts';

/** Puts what nobody asks for in front of the values of a row. */
export async function makeRoom(
  { scoped: { mapping }, run }: Session,
  { table, key: refers }: Beside,
  columns: readonly AppColumn[],
  key: string,
): Promise<void> {
  if (columns.length === 0) return;
  const prefix = `deleted-${key}-`;
  const sets = columns.map(({ name }) => {
    const value = sql`CAST(${prefix} AS TEXT) || ${rawSql(name)}`;
    return sql`${rawSql(name)} = ${mapping.words.isPostgres ? cut(value, table.name, name) : value}`;
  });
  const column = refers ?? mapping.key;
  await run(
    sql`UPDATE ${rawSql(table.name)} SET ${joinSql(sets, ', ')} WHERE ${rawSql(column.name)} = ${keySql(mapping, key)}`,
  );
}

/** No longer than PostgreSQL lets the column be: whoever leaves must not stay because of that. */
function cut(value: Sql, table: string, column: string): Sql {
  const plain = column.replace(/^"(.*)"$/, '$1').replaceAll('""', '"');
  // pg_attribute: a length is kept with four bytes more, and -1 where there is none.
  const length = sql`SELECT atttypmod - 4 FROM pg_attribute
    WHERE attrelid = CAST(CAST(${table} AS TEXT) AS REGCLASS) AND attname = CAST(${plain} AS TEXT) AND atttypmod > 4`;
  return sql`left(${value}, coalesce((${length}), 1000000))`;
}
