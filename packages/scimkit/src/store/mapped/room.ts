// Unique values of rows that are kept after their deletion make room for whoever comes next.
import { joinSql, rawSql, sql } from '../sql/fragment.ts';
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
  const sets = columns.map(({ name }) => sql`${rawSql(name)} = CAST(${prefix} AS TEXT) || ${rawSql(name)}`);
  const column = refers ?? mapping.key;
  await run(
    sql`UPDATE ${rawSql(table.name)} SET ${joinSql(sets, ', ')} WHERE ${rawSql(column.name)} = ${keySql(mapping, key)}`,
  );
}
