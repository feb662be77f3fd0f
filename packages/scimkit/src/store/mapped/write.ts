// RFC 7644 §3.3, §3.5, §3.6: writes of the app's tables. What a write decides on, it reads itself, under a lock.
import { applyPatch, type RelationChange } from '../../protocol/apply-patch.ts';
import { ScimError } from '../../protocol/error.ts';
import { foldAttribute } from '../../protocol/fold.ts';
import { isObject, type JsonObject, own, setOwn } from '../../protocol/message.ts';
import { findAttribute } from '../../protocol/path.ts';
import type { PatchChange } from '../../protocol/patch.ts';
import { type Attributes, type Input, replaceAttributes } from '../../protocol/validate.ts';
import { checkPrecondition } from '../../protocol/version.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { mergeDeltas } from '../relation-delta.ts';
import { joinSql, rawSql, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import type { RelationDelta, ReplaceOptions, WriteOptions, Written } from '../store.ts';
import { type Aliased, columnValue, keySql } from './aliased.ts';
import { type Assignments, assign, isTheApps, type Values, valueAt } from './assignments.ts';
import { type Claimed, claimRow, claimValues, lockRow } from './claim.ts';
import type { AppColumn } from './app-database.ts';
import type { Compiled } from './compiled.ts';
import { forget, lockHolders, relate } from './membership.ts';
import { readWhere, select } from './read.ts';
import type { MappedRow } from './row.ts';
import { writeScalar } from './scalar.ts';
import type { Session } from './session.ts';
import { sideColumn } from './side-table.ts';
import type { Beside, Column } from './source.ts';
import { removeRows, writeRows } from './write-rows.ts';

const NONE: Attributes = {};

/** What a create has done before relations are written. */
export interface Inserted {
  readonly key: string;
  /** The attributes of the account that it is linked to. */
  readonly before: Attributes | undefined;
}

/** The first half of a create: the row, or an account or a row that was kept, which it becomes. */
export async function insert(
  session: Session,
  input: Input,
  options: WriteOptions,
  id: string | undefined,
): Promise<Inserted> {
  const { mapping } = session.scoped;
  const claimed = await claimRow(session, input.attributes);
  if (claimed) return adopt(session, claimed, input, options, id);
  await claimValues(session, NONE, input.attributes, undefined);
  const assignments = assign(mapping, NONE, input.attributes, options.report);
  const secrets = await secretsOf(mapping, input.secrets);
  const key = await insertRoot(session, valuesOf(assignments, mapping.root), secrets, id);
  for (const beside of mapping.joins) {
    const values = valuesOf(assignments, beside);
    if (values.size > 0) await insertBeside(session, beside, key, values);
  }
  if (mapping.side)
    await insertSide(session, mapping.side, key, valuesOf(assignments, mapping.side), id, false);
  for (const change of assignments.rows) await writeRows(session, key, change);
  return { key, before: undefined };
}

/** The second half of a create: the resources that it refers to, which exist by now. */
export async function link(
  session: Session,
  { key, before }: Inserted,
  input: Input,
  options: WriteOptions,
): Promise<Written> {
  const deltas: RelationDelta[] = [];
  for (const [path, ids] of input.relations) {
    deltas.push(await relate(session, key, replacement(session, path, ids), options));
  }
  const row = await readByKey(session, key);
  return written(session, row, before, true, deltas, options);
}

/** RFC 7644 §3.5.1. */
export async function replace(
  session: Session,
  id: string,
  input: Input,
  options: ReplaceOptions,
): Promise<Written | undefined> {
  const { keepAbsent = false } = options;
  const { type } = session.scoped.mapping;
  const relations = type.holders.flatMap(({ path }) => {
    const ids = input.relations.get(path) ?? (keepAbsent ? undefined : []);
    return ids ? [replacement(session, path, ids)] : [];
  });
  return change(session, id, options, (before) => ({
    attributes: replaceAttributes(type, before, input, keepAbsent),
    relations,
    secrets: input.secrets,
  }));
}

/** RFC 7644 §3.5.2: the changes in order, all or nothing. */
export async function patch(
  session: Session,
  id: string,
  changes: readonly PatchChange[],
  options: WriteOptions,
): Promise<Written | undefined> {
  return change(session, id, options, (before) =>
    applyPatch(session.scoped.mapping.type, before, changes, options.report),
  );
}

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
  const [row] = await readWhere(session, isMeant, lockClause(mapping, 'toRemove'));
  if (!row) return undefined;
  const { key, stored } = row;
  checkPrecondition(options.precondition, stored.version);
  for (const { holder, keys } of await forget(session, key)) {
    for (const each of new Set(keys)) await touch(session, holder, each);
  }
  if (mapping.deletion.mode === 'hard') await erase(session, key);
  else await retain(session, row);
  return { id, version: stored.version, changed: true, before: stored.attributes };
}

/** The row and those that belong to it alone. */
async function erase(session: Session, key: string): Promise<void> {
  const { mapping } = session.scoped;
  for (const source of session.reading.rows) await removeRows(session, source, key);
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
      : { columns: new Map(), rows: [] };
  const { beside, column } = at as Column;
  const marked = new Map(assignments.columns);
  const values: Values = new Map(marked.get(beside));
  values.set(column.name, { column, value: columnValue(column, session.now, mapping.words) });
  marked.set(beside, values);
  await update(session, key, { ...assignments, columns: marked }, new Map());
  if (renamed.length === 0) return;
  const sets = renamed.map(({ name }) => {
    const prefix = `deleted-${key}-`;
    return sql`${rawSql(name)} = CAST(${prefix} AS TEXT) || ${rawSql(name)}`;
  });
  await session.run(
    sql`UPDATE ${rawSql(mapping.root.table.name)} SET ${joinSql(sets, ', ')} WHERE ${rawSql(mapping.key.name)} = ${keySql(mapping, key)}`,
  );
}

const lockClause = ({ words: { sql: dialect } }: Compiled, lock: 'toChange' | 'toRemove'): Sql =>
  dialect.locks ? sql`${dialect.locks[lock]} OF r` : rawSql('');

function replacement({ scoped }: Session, path: string, ids: readonly string[]): RelationChange {
  const attribute = findAttribute(scoped.mapping.type, path) as ResolvedAttribute;
  return { attribute, op: 'replace', ids, filter: undefined, mustMatch: false };
}

/** What a write makes of a resource. */
interface Changed {
  readonly attributes: Attributes;
  readonly relations: readonly RelationChange[];
  readonly secrets: Attributes;
}

/** Compares, changes and writes back, in one transaction. */
async function change(
  session: Session,
  id: string,
  options: WriteOptions,
  to: (before: Attributes) => Changed,
): Promise<Written | undefined> {
  const { scoped } = session;
  const { mapping } = scoped;
  const isMeant = (at: Aliased) => sql`${at.hasId(id)} AND ${at.isVisible(scoped)}`;
  const [row] = await readWhere(session, isMeant, lockClause(mapping, 'toChange'));
  if (!row) return undefined;
  const { key, stored } = row;
  checkPrecondition(options.precondition, stored.version);
  const before = stored.attributes;
  const { attributes: wanted, relations, secrets } = to(before);
  const attributes = row.isLinked ? withIdentity(mapping, before, wanted) : wanted;
  await claimValues(session, before, attributes, key);
  const assignments = assign(mapping, before, attributes, options.report);
  const deltas: RelationDelta[] = [];
  for (const relation of relations) deltas.push(await relate(session, key, relation, options));
  const net = mergeDeltas(deltas);
  const newSecrets = await secretsOf(mapping, secrets);
  const isSame = assignments.columns.size === 0 && assignments.rows.length === 0;
  if (isSame && net.length === 0 && newSecrets.size === 0)
    return written(session, row, before, false, net, options);
  await update(session, key, assignments, newSecrets);
  return written(session, await readByKey(session, key), before, true, net, options);
}

/**
 * Of an account that SCIM was linked to, the login identity stays the app's, unless the policy says otherwise. What compares
 * equal is the same identity, and stays as the app writes it.
 */
function withIdentity(mapping: Compiled, before: Attributes, after: Attributes): Attributes {
  if (mapping.link !== 'reject' && mapping.link.identity === 'scim') return after;
  const identity = identityOf(mapping);
  for (const attribute of identity) {
    const [was, is] = [before, after].map((attributes) =>
      JSON.stringify(foldAttribute(attribute, valueAt(attributes, attribute))),
    );
    if (was === is) continue;
    throw new ScimError(
      'mutability',
      `"${attribute.path}" belongs to the account that this resource was linked to, and is changed in the application alone. ` +
        'Leave it out of the attribute mapping, or change it there.',
    );
  }
  return withThoseOf(before, identity, after);
}

/** What people log in by, as far as it is the app's. */
function identityOf(mapping: Compiled): readonly ResolvedAttribute[] {
  return ['userName', 'emails', 'phoneNumbers'].flatMap((path) => {
    const source = mapping.byPath.get(path);
    const attribute = mapping.type.byName.get(path.toLowerCase());
    return source && attribute && isTheApps(source, mapping) ? [attribute] : [];
  });
}

/** Makes a resource of a row that there is. */
async function adopt(
  session: Session,
  { key, how }: Claimed,
  input: Input,
  options: WriteOptions,
  id: string | undefined,
): Promise<Inserted> {
  const { mapping } = session.scoped;
  await lockRow(session, key);
  if (how === 'link') await insertSide(session, mapping.side as Beside, key, new Map(), id, true);
  const row = await readByKey(session, key);
  const before = row.stored.attributes;
  const attributes = how === 'link' ? linkedAttributes(mapping, before, input.attributes) : input.attributes;
  await claimValues(session, before, attributes, key);
  const assignments = assign(mapping, before, attributes, options.report);
  const columns = how === 'link' ? assignments.columns : revived(session, assignments, id);
  await update(session, key, { ...assignments, columns }, await secretsOf(mapping, input.secrets));
  return { key, before: how === 'link' ? before : undefined };
}

/** What the client says goes before what the app has, part by part, but for the login identity. */
function linkedAttributes(mapping: Compiled, before: Attributes, input: Attributes): Attributes {
  const merged = mergeParts(before, input) as Attributes;
  if (mapping.link !== 'reject' && mapping.link.identity === 'scim') return merged;
  return withThoseOf(before, identityOf(mapping), merged);
}

/** Parts of complex attributes and of extensions that the client doesn't name are kept, as whole attributes are. */
function mergeParts(before: JsonObject, input: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(input)) {
    const was = own(before, name);
    setOwn(merged, name, isObject(was) && isObject(value) ? mergeParts(was, value) : value);
  }
  return merged;
}

/** Attributes, of which some are as they were. */
function withThoseOf(before: Attributes, kept: readonly ResolvedAttribute[], after: Attributes): Attributes {
  const own = new Map(kept.map(({ name }) => [name, before[name]]));
  return Object.fromEntries(
    Object.entries({ ...before, ...after }).flatMap(([name, given]) => {
      const value = own.has(name) ? own.get(name) : after[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A row that was kept comes back: under a new id (RFC 7644 §3.6), and no longer deleted. */
function revived(
  session: Session,
  { columns }: Assignments,
  id: string | undefined,
): ReadonlyMap<Beside, Values> {
  const { mapping } = session.scoped;
  const all = new Map(columns);
  const set = ({ beside, column }: Column, value: SqlValue) => {
    const values: Values = new Map(all.get(beside));
    values.set(column.name, { column, value });
    all.set(beside, values);
  };
  set(mapping.deletion.at as Column, null);
  set(mapping.id as Column, id ?? (mapping.newId as () => string)());
  const { created } = mapping;
  if (created && created.beside === mapping.side)
    set(created, columnValue(created.column, session.now, mapping.words));
  return all;
}

const valuesOf = ({ columns }: Assignments, beside: Beside): Values => new Map(columns.get(beside));

/** Secrets as their columns take them; what has no column, nobody keeps. */
async function secretsOf({ secrets, words }: Compiled, given: Attributes): Promise<Values> {
  const values: Values = new Map();
  for (const { scalar, column } of secrets.values()) {
    const secret = valueAt(given, scalar.attribute);
    if (secret === undefined) continue;
    const { write } = scalar;
    // Whatever makes a hash of it may take its time.
    const value = write ? await write(secret as never) : writeScalar(scalar, secret ?? undefined, words);
    values.set(column.name, { column, value: columnValue(column, value, words) });
  }
  return values;
}

/** Adds a column with a value, unless it has one. */
const complete = (values: Values, column: AppColumn, value: SqlValue): void => {
  if (!values.has(column.name)) values.set(column.name, { column, value });
};

async function insertRoot(
  session: Session,
  given: Values,
  secrets: Values,
  id: string | undefined,
): Promise<string> {
  const { mapping, values: scope } = session.scoped;
  const { root, words, version, created, lastModified } = mapping;
  const values: Values = new Map([...given, ...secrets]);
  // The scope is no matter of what a client says.
  for (const [name, column] of mapping.where)
    values.set(column.name, { column, value: scope.get(name) ?? null });
  const isOwn = (column: Column | undefined): column is Column => column?.beside === root;
  if (isOwn(mapping.id)) complete(values, mapping.id.column, id ?? (mapping.newId as () => string)());
  else if (!mapping.id && mapping.newId) {
    const made = id ?? mapping.newId();
    values.set(mapping.key.name, { column: mapping.key, value: made.slice(mapping.idPrefix.length) });
  }
  if (isOwn(version)) complete(values, version.column, 1);
  for (const time of [created, lastModified]) {
    if (isOwn(time)) complete(values, time.column, columnValue(time.column, session.now, words));
  }
  for (const [column, value] of mapping.defaults) {
    if (!values.has(column.name)) complete(values, column, columnValue(column, value, words));
  }
  const columns = [...values.values()];
  const table = rawSql(root.table.name);
  const returning = sql`RETURNING ${rawSql(mapping.key.name)} AS c0`;
  const [row] = await session.run(
    columns.length === 0
      ? sql`INSERT INTO ${table} DEFAULT VALUES ${returning}`
      : sql`INSERT INTO ${table} (${namesOf(columns)}) VALUES (${list(columns)}) ${returning}`,
  );
  return String(row?.c0);
}

type Value = Values extends Map<string, infer Each> ? Each : never;

const namesOf = (columns: readonly Value[]): Sql =>
  joinSql(
    columns.map(({ column }) => rawSql(column.name)),
    ', ',
  );

const list = (columns: readonly Value[]): Sql =>
  joinSql(
    columns.map(({ value }) => sql`${value}`),
    ', ',
  );

async function insertBeside(
  session: Session,
  { table, key: refers }: Beside,
  key: string,
  values: Values,
): Promise<void> {
  const columns = [...values.values()];
  const names = sql`${rawSql((refers as AppColumn).name)}, ${namesOf(columns)}`;
  await session.run(
    sql`INSERT INTO ${rawSql(table.name)} (${names}) VALUES (${keySql(session.scoped.mapping, key)}, ${list(columns)})`,
  );
}

async function insertSide(
  session: Session,
  side: Beside,
  key: string,
  given: Values,
  id: string | undefined,
  isLinked: boolean,
): Promise<void> {
  const { mapping } = session.scoped;
  const values: Values = new Map(given);
  const time = columnValue(sideColumn('created'), session.now, mapping.words);
  const fill = (name: Parameters<typeof sideColumn>[0], value: SqlValue) =>
    complete(values, sideColumn(name), value);
  fill('id', id ?? (mapping.newId as () => string)());
  fill('version', 1);
  fill('created', time);
  fill('lastModified', time);
  fill('isLinked', Number(isLinked));
  fill('document', '{}');
  fill('folded', '{}');
  await insertBeside(session, side, key, values);
}

/** Writes what changed, and counts it. */
async function update(
  session: Session,
  key: string,
  assignments: Assignments,
  secrets: Values,
): Promise<void> {
  const { mapping } = session.scoped;
  const root: Values = new Map([...valuesOf(assignments, mapping.root), ...secrets]);
  await updateBeside(session, mapping.root, key, root);
  for (const beside of mapping.joins) {
    const values = valuesOf(assignments, beside);
    if (values.size === 0) continue;
    const isThere = await updateBeside(session, beside, key, values);
    if (!isThere) await insertBeside(session, beside, key, values);
  }
  if (mapping.side) await updateBeside(session, mapping.side, key, valuesOf(assignments, mapping.side));
  for (const change of assignments.rows) await writeRows(session, key, change);
}

/** Whether there is such a row. Nothing is written where nothing is to be: but the version, and the time. */
async function updateBeside(session: Session, beside: Beside, key: string, values: Values): Promise<boolean> {
  const { mapping } = session.scoped;
  const sets = [...values.values()].map(({ column, value }) => sql`${rawSql(column.name)} = ${value}`);
  sets.push(...counted(session, mapping, beside, values));
  if (sets.length === 0) return true;
  const column = beside.key ?? mapping.key;
  const rows = await session.run(
    sql`UPDATE ${rawSql(beside.table.name)} SET ${joinSql(sets, ', ')} WHERE ${rawSql(column.name)} = ${keySql(mapping, key)}
      RETURNING ${rawSql(column.name)} AS c0`,
  );
  return rows.length > 0;
}

/** What every change of a resource changes besides, in one of its tables. */
function counted(session: Session, mapping: Compiled, beside: Beside, values: Values): readonly Sql[] {
  const { version, lastModified, words, root, renewed } = mapping;
  const sets: Sql[] = [];
  if (version?.beside === beside) {
    const column = rawSql(version.column.name);
    sets.push(sql`${column} = ${column} + 1`);
  }
  const times = new Map<string, { readonly column: AppColumn; readonly value: unknown }>();
  if (beside === root)
    for (const column of renewed) times.set(column.name, { column, value: column.renewed });
  if (lastModified?.beside === beside) {
    const { column } = lastModified;
    times.set(column.name, { column, value: session.now });
  }
  for (const [name, { column, value }] of times) {
    if (!values.has(name)) sets.push(sql`${rawSql(name)} = ${columnValue(column, value, words)}`);
  }
  return sets;
}

/** A new version of a resource whose relations changed. */
async function touch(session: Session, holder: Compiled, key: string): Promise<void> {
  for (const beside of holder.side ? [holder.root, holder.side] : [holder.root]) {
    const sets = counted(session, holder, beside, new Map());
    if (sets.length === 0) continue;
    const column = beside.key ?? holder.key;
    await session.run(
      sql`UPDATE ${rawSql(beside.table.name)} SET ${joinSql(sets, ', ')} WHERE ${rawSql(column.name)} = ${keySql(holder, key)}`,
    );
  }
}

async function readByKey(session: Session, key: string): Promise<MappedRow> {
  const [row] = await readWhere(session, (at) => sql`${at.key} = ${keySql(session.scoped.mapping, key)}`);
  if (!row) throw new Error('A row that was written is not there');
  return row;
}

async function written(
  session: Session,
  row: MappedRow,
  before: Attributes | undefined,
  changed: boolean,
  relations: readonly RelationDelta[],
  { selection }: WriteOptions,
): Promise<Written> {
  const { id, version, attributes } = row.stored;
  return {
    ...{ id, version, changed, before, relations },
    after: attributes,
    resource: selection && (await select(session, [row], selection))[0],
  };
}
