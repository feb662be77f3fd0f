// RFC 7644 §3.4: reads of the app's tables. A page takes two statements, and one for each attribute in rows of its own.
import type { CursorPage, IndexPage } from '../../protocol/page.ts';
import type { Sort } from '../../protocol/sort.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { type Mark, parseKeyset, turnPage } from '../keyset.ts';
import { beyond, type Order, orderTerms } from '../sql/compile-sort.ts';
import { rawSql, type Row, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import type { Page, Query, Reference, Selection, StoredResource } from '../store.ts';
import { Aliased, keySql } from './aliased.ts';
import type { Compiled } from './compiled.ts';
import { compileFilter } from './look.ts';
import { compileOrder, markSql, readMark } from './order.ts';
import { membersOf } from './membership.ts';
import type { ElementsByKey, MappedRow } from './row.ts';
import type { Session } from './session.ts';
import type { InRows } from './source.ts';

/** The rows that meet a condition on the resource, which is called `r`. */
async function readWhere(
  session: Session,
  condition: (at: Aliased) => Sql,
  clause: Sql = rawSql(''),
): Promise<readonly MappedRow[]> {
  const at = new Aliased(session.scoped.mapping, 'r');
  const where = condition(at);
  const list = session.reading.list(at);
  const rows = await session.run(sql`SELECT ${list} FROM ${at.from()} WHERE ${where} ${clause}`);
  return complete(session, rows);
}

/** Rows with the values that are in rows of their own: a statement for each attribute. */
async function complete(session: Session, rows: readonly Row[]): Promise<readonly MappedRow[]> {
  const { reading } = session;
  const keys = rows.map((row) => reading.key(row));
  const elements = new Map<InRows, ReadonlyMap<string, readonly unknown[]>>();
  if (keys.length > 0) {
    for (const each of reading.rows)
      elements.set(each.source, each.read(await session.run(each.select(keys))));
  }
  return rows.map((row) => reading.read(row, elements as ElementsByKey));
}

/** Resources with the relations that are wanted: a statement for each. */
export async function select(
  session: Session,
  rows: readonly MappedRow[],
  { relations: wanted, limit }: Selection,
): Promise<readonly StoredResource[]> {
  const { mapping } = session.scoped;
  const attributes = mapping.type.holders.filter(({ path }) => wanted.has(path));
  if (attributes.length === 0 || rows.length === 0) return rows.map(({ stored }) => stored);
  const keys = rows.map(({ key }) => key);
  const byAttribute = new Map<ResolvedAttribute, ReadonlyMap<string, readonly Reference[]>>();
  for (const attribute of attributes)
    byAttribute.set(attribute, await membersOf(session, attribute, keys, limit));
  return rows.map(({ key, stored }) => {
    const relations = new Map<string, readonly Reference[]>();
    const continued = new Set<string>();
    for (const [{ path }, byKey] of byAttribute) {
      const references = byKey.get(key) ?? [];
      const isCut = limit !== undefined && references.length > limit;
      relations.set(path, isCut ? references.slice(0, limit) : references);
      if (isCut) continued.add(path);
    }
    return { ...stored, relations, continued };
  });
}

/** The resources that have one of some ids. */
export function readByIds(session: Session, ids: readonly string[]): Promise<readonly MappedRow[]> {
  return readWhere(session, (at) => sql`${at.hasAnyId(ids)} AND ${at.isVisible(session.scoped)}`);
}

/** A resource that is about to be written: nobody else changes it before. */
export async function readLocked(
  session: Session,
  id: string,
  lock: 'toChange' | 'toRemove',
): Promise<MappedRow | undefined> {
  const { scoped } = session;
  const { locks } = scoped.mapping.words.sql;
  const isMeant = (at: Aliased) => sql`${at.hasId(id)} AND ${at.isVisible(scoped)}`;
  if (!locks) return (await readWhere(session, isMeant))[0];
  // What a statement has waited for, it reads anew in the tables that it locks, and as it was before in the others. Those
  // of which there may be no row can't be locked: they are read by a statement that begins afterwards.
  const at = new Aliased(scoped.mapping, 'r');
  const clause = sql`${locks[lock]} OF ${at.lockable}`;
  if (scoped.mapping.joins.length === 0) return (await readWhere(session, isMeant, clause))[0];
  const condition = isMeant(at);
  const [row] = await session.run(sql`SELECT ${at.key} AS c0 FROM ${at.from()} WHERE ${condition} ${clause}`);
  return row && (await readWhere(session, isMeant))[0];
}

/** The resource in a row that was just written. */
export async function readByKey(session: Session, key: string): Promise<MappedRow> {
  const [row] = await readWhere(session, (at) => sql`${at.key} = ${keySql(session.scoped.mapping, key)}`);
  if (!row) throw new Error('A row that was written is not there');
  return row;
}

/** One resource by its id. */
export async function get(
  session: Session,
  id: string,
  selection: Selection,
): Promise<StoredResource | undefined> {
  const { scoped } = session;
  const rows = await readWhere(session, (at) => sql`${at.hasId(id)} AND ${at.isVisible(scoped)}`);
  return (await select(session, rows, selection))[0];
}

/** A page of resources. */
export async function query(session: Session, query: Query): Promise<Page> {
  const { page } = query;
  if ('startIndex' in page) return pageByIndex(session, query, page);
  return pageByCursor(session, query, page);
}

const matching =
  (session: Session, { filter }: Query) =>
  (at: Aliased): Sql => {
    const scope = at.isVisible(session.scoped);
    // The scope, and within it the filter: no filter can make the result wider than the scope.
    return filter ? sql`${scope} AND (${compileFilter(filter, session.scoped, at)})` : scope;
  };

async function pageByIndex(session: Session, query: Query, { startIndex, count }: IndexPage): Promise<Page> {
  const condition = matching(session, query);
  const offset = startIndex - 1;
  if (count === 0) return { resources: [], total: await countOf(session, condition) };
  const rows = await readWhere(
    session,
    (at) => {
      const order = query.sort && orderOf(session, query.sort, at, false);
      return sql`${condition(at)} ORDER BY ${terms(order, at, false)}`;
    },
    sql`LIMIT ${count} OFFSET ${offset}`,
  );
  // A page that isn't full is the last one, and tells how many there are.
  const isLast = rows.length < count && (rows.length > 0 || offset === 0);
  const total = isLast ? offset + rows.length : await countOf(session, condition);
  return { resources: await select(session, rows, query.selection), total };
}

async function countOf({ scoped, run }: Session, condition: (at: Aliased) => Sql): Promise<number> {
  const at = new Aliased(scoped.mapping, 'r');
  const where = condition(at);
  const [row] = await run(sql`SELECT count(*) AS c0 FROM ${at.from()} WHERE ${where}`);
  return Number(row?.c0);
}

function orderOf({ scoped }: Session, sort: Sort, at: Aliased, backward: boolean): Order {
  const value = compileOrder(sort.attribute, scoped, at);
  return { value, id: at.key, descending: sort.descending, backward };
}

async function pageByCursor(session: Session, query: Query, { cursor, count }: CursorPage): Promise<Page> {
  const { scoped, reading } = session;
  const condition = matching(session, query);
  const keyset = parseKeyset(cursor);
  const total = cursor === undefined ? await countOf(session, condition) : undefined;
  if (count === 0) return { resources: [], total };
  const at = new Aliased(scoped.mapping, 'r');
  const order = query.sort && orderOf(session, query.sort, at, keyset.backward);
  const place = keyset.mark
    ? sql`${condition(at)} AND ${behind(scoped.mapping, keyset.mark, keyset.backward, order, at)}`
    : condition(at);
  const list = order
    ? sql`${reading.list(at)}, ${markSql(order.value, scoped.mapping)} AS ${rawSql(`c${reading.size}`)}`
    : reading.list(at);
  const rows = await session.run(
    sql`SELECT ${list} FROM ${at.from()} WHERE ${place} ORDER BY ${terms(order, at, keyset.backward)} LIMIT ${count + 1}`,
  );
  // The place in the order is that of the row in its table: its key, and not the resource's id.
  const markOf = (row: Row): Mark => ({ id: reading.key(row), key: readMark(row[`c${reading.size}`]) });
  const { rows: turned, ...neighbours } = turnPage(keyset, rows, count, markOf);
  const resources = await select(session, await complete(session, turned), query.selection);
  return { resources, total, ...neighbours };
}

function terms(order: Order | undefined, at: Aliased, backward: boolean): Sql {
  if (order) return orderTerms(order);
  return backward ? sql`${at.key} DESC` : at.key;
}

/** That a row comes behind a mark. */
function behind(
  mapping: Compiled,
  { id, key }: Mark,
  backward: boolean,
  order: Order | undefined,
  at: Aliased,
): Sql {
  const place = keySql(mapping, id);
  if (!order) return sql`${at.key} ${rawSql(backward ? '<' : '>')} ${place}`;
  return beyond(order, { id: place, key: key as SqlValue | undefined });
}
