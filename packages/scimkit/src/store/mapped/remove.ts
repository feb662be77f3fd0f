// RFC 7644 §3.6: DELETE, whatever of the app's row stays.
import { rawSql, sql } from '../sql/fragment.ts';
import type { WriteOptions, Written } from '../store.ts';
import { checkPrecondition } from '../../protocol/version.ts';
import { type Aliased, columnValue, keySql } from './aliased.ts';
import type { AppColumn } from './app-database.ts';
import { type Assignments, assign, type Values } from './assignments.ts';
import { forget, lockHolders } from './membership.ts';
import { readLocked } from './read.ts';
import { makeRoom } from './room.ts';
import type { MappedRow } from './row.ts';
import type { Session } from './session.ts';
import type { Column } from './source.ts';
import { touch, update } from './write-columns.ts';
import { removeRows } from './write-rows.ts';

/** RFC 7644 §3.6: the resource, and whatever refers to it. What stays of the row, nobody sees. */
export async function remove(
  session: Session,
  id: string,
  options: WriteOptions,
): Promise<Written | undefined> {
  const { mapping } = session.scoped;
  const isMeant = (at: Aliased) => sql`${at.hasId(id)} AND ${at.isVisible(session.scoped)}`;
  // Who holds it is changed too, and is locked before it: as by whoever adds a member.
  await lockHolders(session, isMeant);
  const row = await readLocked(session, id, 'toRemove');
  if (!row) return undefined;
  const { key, stored } = row;
  checkPrecondition(options.precondition, stored.version);
  for (const { holder, keys } of await forget(session, key)) await touch(session, holder, keys);
  if (mapping.deletion.mode === 'hard') await erase(session, key);
  else await retain(session, row);
  return { id, version: stored.version, changed: true, before: stored.attributes };
}

/** The row and those that belong to it alone. */
async function erase(session: Session, key: string): Promise<void> {
  const { mapping } = session.scoped;
  for (const { source } of session.reading.rows) await removeRows(session, source, key);
  const besides = mapping.side ? [...mapping.joins, mapping.side] : mapping.joins;
  for (const { table, key: column } of besides) {
    await session.run(
      sql`DELETE FROM ${rawSql(table.name)} WHERE ${rawSql((column as AppColumn).name)} = ${keySql(mapping, key)}`,
    );
  }
  await session.run(
    sql`DELETE FROM ${rawSql(mapping.root.table.name)} WHERE ${rawSql(mapping.key.name)} = ${keySql(mapping, key)}`,
  );
}

/** Marks the row as deleted, and makes room for who comes after it. */
async function retain(session: Session, { key, stored }: MappedRow): Promise<void> {
  const { mapping } = session.scoped;
  const { mode, at, renamed } = mapping.deletion;
  const assignments: Assignments =
    mode === 'deactivate'
      ? assign(mapping, stored.attributes, { ...stored.attributes, active: false }, undefined)
      : { paths: [], columns: new Map(), rows: [] };
  const { beside, column } = at as Column;
  const marked = new Map(assignments.columns);
  const values: Values = new Map(marked.get(beside));
  values.set(column.name, { column, value: columnValue(column, session.now, mapping.words) });
  marked.set(beside, values);
  await update(session, key, { ...assignments, columns: marked }, new Map());
  await makeRoom(session, mapping.root, renamed, key);
}
