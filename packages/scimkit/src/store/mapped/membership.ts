// Relations in the app's own join tables: one row per member. No operation on one member touches the others.
import type { RelationChange } from '../../protocol/apply-patch.ts';
import { ScimError } from '../../protocol/error.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { compileCondition } from '../sql/condition.ts';
import { joinSql, rawSql, type Row, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import type { Reference, RelationDelta, WriteOptions } from '../store.ts';
import { Aliased, columnValue, hasAnyKey, inSameScope, keyIn, keySql } from './aliased.ts';
import type { Compiled, Join } from './compiled.ts';
import { displaySql, holdersOf, holdersOfMany, joined, referenceLook, typeOf } from './reference-rows.ts';
import type { Session } from './session.ts';

const joinsOf = ({ scoped: { mapping } }: Session, { path }: ResolvedAttribute): readonly Join[] =>
  mapping.relations.filter(({ attribute }) => attribute.path === path);

const name = ({ name: text }: { readonly name: string }, alias = 'j'): Sql => rawSql(`${alias}.${text}`);

const toReference = (row: Row, type: string, resourceType?: string): Reference => ({
  value: String(row.c1),
  type,
  ...(resourceType !== undefined && { resourceType }),
  display: row.c2 === null || row.c2 === undefined ? undefined : String(row.c2),
});

/** What a join table's members are: `c0` the holder's key, `c1` the id, `c2` the display name. */
function members(
  session: Session,
  join: Join,
  condition: (at: Aliased) => Sql,
  clause = rawSql(''),
  more = rawSql(''),
): Sql {
  const at = new Aliased(join.of, 't');
  const visible = at.isVisible(inSameScope(session.scoped, join.of));
  const where = condition(at);
  const columns = sql`${name(join.holder)} AS c0, ${at.id} AS c1, ${displaySql(at)} AS c2${more}`;
  return sql`SELECT ${columns} FROM ${rawSql(join.table.name)} j JOIN ${joined(at, join)} WHERE ${where} AND ${visible} ${clause}`;
}

/**
 * The members of resources by one relation, by their holders' keys: a statement for each join table. With a limit, there may
 * be one more than that, where there are more.
 */
export async function membersOf(
  session: Session,
  attribute: ResolvedAttribute,
  keys: readonly string[],
  limit?: number,
): Promise<ReadonlyMap<string, readonly Reference[]>> {
  const { mapping } = session.scoped;
  const byKey = new Map<string, Reference[]>(keys.map((key) => [key, []]));
  const joins = joinsOf(session, attribute);
  for (const join of joins) {
    const among = hasAnyKey(mapping, name(join.holder), keys);
    const isLimited = limit !== undefined && joins.length === 1;
    const rows = await session.run(
      isLimited
        ? firstMembers(session, join, among, keys.length, limit + 1)
        : members(session, join, () => among, sql`ORDER BY ${name(join.holder)}, ${name(join.member)}`),
    );
    for (const row of rows) byKey.get(String(row.c0))?.push(toReference(row, join.of.type.name));
  }
  return byKey;
}

/** So many of the members of each holder. */
function firstMembers(session: Session, join: Join, among: Sql, holders: number, count: number): Sql {
  // Of one holder, the database can stop.
  if (holders === 1)
    return members(session, join, () => among, sql`ORDER BY ${name(join.member)} LIMIT ${count}`);
  const place = sql`row_number() OVER (PARTITION BY ${name(join.holder)} ORDER BY ${name(join.member)}) AS c3`;
  const all = members(session, join, () => among, rawSql(''), sql`, ${place}`);
  return sql`SELECT m.c0 AS c0, m.c1 AS c1, m.c2 AS c2 FROM (${all}) AS m WHERE m.c3 <= ${count} ORDER BY m.c0, m.c3`;
}

/** The members of one resource that come after one of them in the order of their keys. */
export async function membersAfter(
  session: Session,
  join: Join,
  key: string,
  after: string | undefined,
  limit: number,
): Promise<readonly Reference[]> {
  const { of } = join;
  const last = after === undefined ? undefined : keyIn(of, after);
  const own = sql`${name(join.holder)} = ${keySql(session.scoped.mapping, key)}`;
  const condition = last === undefined ? own : sql`${own} AND ${name(join.member)} > ${keySql(of, last)}`;
  const rows = await session.run(
    members(session, join, () => condition, sql`ORDER BY ${name(join.member)} LIMIT ${limit}`),
  );
  return rows.map((row) => toReference(row, of.type.name));
}

/** Who of this mapping holds the given resources of another one, directly or through others, by their ids. */
export async function holdersOfIds(
  session: Session,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly Reference[]>> {
  const { mapping } = session.scoped;
  const held = new Map<string, Reference[]>(ids.map((id) => [id, []]));
  for (const target of new Set(mapping.relations.map(({ of }) => of))) {
    const holders = holdersOf(target).find(({ holder }) => holder === mapping);
    // Groups in groups are asked for by nobody: a Group has no "groups".
    if (!holders || target.type.inverses.length === 0) continue;
    const rows = await session.run(holdersOfMany(inSameScope(session.scoped, target), holders, ids));
    for (const row of rows) {
      held.get(String(row.c0))?.push(toReference(row, String(row.c3), mapping.type.name));
    }
  }
  return held;
}

/** Carries out one change of a relation; what really changed is its result. */
export async function relate(
  session: Session,
  key: string,
  change: RelationChange,
  options: WriteOptions,
): Promise<RelationDelta> {
  const { attribute, op, ids } = change;
  const removed = op === 'add' ? [] : await remove(session, key, change);
  const added = op === 'remove' ? [] : await add(session, key, attribute, ids ?? [], options);
  return { attribute, added, removed };
}

async function remove(session: Session, key: string, change: RelationChange): Promise<string[]> {
  const { attribute, op, ids, filter, mustMatch } = change;
  const removed: string[] = [];
  for (const join of joinsOf(session, attribute)) {
    const rows = await session.run(
      members(session, join, (at) => {
        const own = sql`${name(join.holder)} = ${keySql(session.scoped.mapping, key)}`;
        const among = ids && at.hasAnyId(ids);
        if (op === 'replace') return ids?.length ? sql`${own} AND NOT (${among as Sql})` : own;
        const isMeant = among ? sql`${own} AND ${among}` : own;
        if (!filter) return isMeant;
        return sql`${isMeant} AND ${compileCondition(filter, referenceLook(at, typeOf(join)))}`;
      }),
    );
    const found = rows.map((row) => String(row.c1));
    if (found.length > 0) await unlink(session, join, key, found);
    removed.push(...found);
  }
  if (removed.length === 0 && mustMatch) {
    throw new ScimError('noTarget', `No value of "${attribute.path}" matches the path. Add the value first.`);
  }
  return removed;
}

/** Removes rows of a join table. */
async function unlink(session: Session, join: Join, key: string, ids: readonly string[]): Promise<void> {
  const at = new Aliased(join.of, 't');
  const among = at.hasAnyId(ids);
  const keys = sql`SELECT ${at.key} FROM ${at.from()} WHERE ${among}`;
  await session.run(
    sql`DELETE FROM ${rawSql(join.table.name)} WHERE ${rawSql(join.holder.name)} = ${keySql(session.scoped.mapping, key)}
      AND ${rawSql(join.member.name)} IN (${keys})`,
  );
}

async function add(
  session: Session,
  key: string,
  attribute: ResolvedAttribute,
  ids: readonly string[],
  options: WriteOptions,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const { mapping } = session.scoped;
  const holder = keySql(mapping, key);
  const added: string[] = [];
  const known = new Set<string>();
  for (const join of joinsOf(session, attribute)) {
    // What is referred to must not go meanwhile. The holder is locked already: nobody else adds to it.
    const at = new Aliased(join.of, 't');
    const among = at.hasAnyId(ids);
    const visible = at.isVisible(inSameScope(session.scoped, join.of));
    const link = sql`EXISTS (SELECT 1 FROM ${rawSql(join.table.name)} j WHERE ${name(join.holder)} = ${holder} AND ${name(join.member)} = ${at.key})`;
    const { locks } = mapping.words.sql;
    const lock = locks ? sql`${locks.toRefer} OF ${at.lockable}` : rawSql('');
    const rows = await session.run(
      sql`SELECT ${at.key} AS c0, ${at.id} AS c1, CASE WHEN ${link} THEN 1 ELSE 0 END AS c2 FROM ${at.from()} WHERE ${among} AND ${visible}
        ORDER BY ${at.key} ${lock}`,
    );
    for (const row of rows) known.add(String(row.c1));
    const fresh = rows.filter((row) => Number(row.c2) === 0);
    await insertMembers(
      session,
      join,
      holder,
      fresh.map((row) => keySql(join.of, String(row.c0))),
    );
    added.push(...fresh.map((row) => String(row.c1)));
  }
  if (known.size < ids.length)
    reportUnknown(
      session,
      attribute,
      ids.filter((id) => !known.has(id)),
      options,
    );
  return added;
}

const ROWS_AT_ONCE = 1_000;

async function insertMembers(session: Session, join: Join, holder: Sql, keys: readonly Sql[]): Promise<void> {
  const { words } = session.scoped.mapping;
  const more = [...join.defaults];
  const columns = [join.holder, join.member, ...more.map(([column]) => column)].map((column) =>
    rawSql(column.name),
  );
  for (let start = 0; start < keys.length; start += ROWS_AT_ONCE) {
    const rows = keys.slice(start, start + ROWS_AT_ONCE).map((member) => {
      const values: SqlValue[] = more.map(([column, value]) => columnValue(column, value, words));
      return sql`(${joinSql([holder, member, ...values.map((value) => sql`${value}`)], ', ')})`;
    });
    await session.run(
      sql`INSERT INTO ${rawSql(join.table.name)} (${joinSql(columns, ', ')}) VALUES ${joinSql(rows, ', ')}`,
    );
  }
}

function reportUnknown(
  session: Session,
  attribute: ResolvedAttribute,
  unknown: readonly string[],
  options: WriteOptions,
): void {
  for (const id of unknown) {
    if (options.unknownReferences === 'reject') {
      const targets = joinsOf(session, attribute).map(({ of }) => of.type.name);
      throw new ScimError(
        'invalidValue',
        `"${attribute.path}" refers to ${JSON.stringify(id)}, which is no ${targets.join(' or ')} here.`,
      );
    }
    options.report?.({ kind: 'ignored', name: 'unknown reference', where: `${attribute.path} ${id}` });
  }
}

/** Locks the resources that hold one, where others could change them meanwhile; always in the same order. */
export async function lockHolders(session: Session, condition: (at: Aliased) => Sql): Promise<void> {
  const { scoped, run } = session;
  const { locks } = scoped.mapping.words.sql;
  if (!locks) return;
  for (const { holder, direct } of holdersOf(scoped.mapping)) {
    for (const join of direct) {
      const at = new Aliased(scoped.mapping, 'r');
      const where = condition(at);
      const keys = sql`SELECT ${name(join.holder)} FROM ${rawSql(join.table.name)} j WHERE ${name(join.member)} IN (SELECT ${at.key} FROM ${at.from()} WHERE ${where})`;
      const held = rawSql(`h.${holder.key.name}`);
      await run(
        sql`SELECT 1 AS c0 FROM ${rawSql(holder.root.table.name)} h WHERE ${held} IN (${keys}) ORDER BY ${held} ${locks.toChange}`,
      );
    }
  }
}

/**
 * Takes a resource out of all relations. The mappings and keys of the holders that lose it are its result. Those that nobody
 * may see lose it with its row alone, as the database demands.
 */
export async function forget(
  session: Session,
  key: string,
): Promise<readonly { readonly holder: Compiled; readonly keys: readonly string[] }[]> {
  const { mapping } = session.scoped;
  const own = keySql(mapping, key);
  for (const join of mapping.relations) {
    await session.run(sql`DELETE FROM ${rawSql(join.table.name)} WHERE ${rawSql(join.holder.name)} = ${own}`);
  }
  const losers: { holder: Compiled; keys: readonly string[] }[] = [];
  for (const { holder, join } of mapping.inverses) {
    const at = new Aliased(holder, 'h');
    const visible = at.isVisible(inSameScope(session.scoped, holder));
    const isSeen = sql`EXISTS (SELECT 1 FROM ${at.from()} WHERE ${at.key} = ${name(join.holder)} AND ${visible})`;
    const which = mapping.deletion.mode === 'hard' ? rawSql('') : sql` AND ${isSeen}`;
    const rows = await session.run(
      sql`DELETE FROM ${rawSql(join.table.name)} AS j WHERE ${name(join.member)} = ${own}${which} RETURNING ${rawSql(join.holder.name)} AS c0`,
    );
    if (rows.length > 0) losers.push({ holder, keys: rows.map((row) => String(row.c0)) });
  }
  return losers;
}
