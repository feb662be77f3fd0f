// Writes of the columns of one resource: of the mapping's table, of those beside it, of the side table.
import { own } from '../../protocol/message.ts';
import type { Attributes } from '../../protocol/validate.ts';
import { joinSql, rawSql, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import { Aliased, columnValue, hasAnyKey, inSameScope, keySql } from './aliased.ts';
import type { AppColumn } from './app-database.ts';
import type { Assignments, Values } from './assignments.ts';
import type { Compiled } from './compiled.ts';
import { type Words, writeScalar } from './scalar.ts';
import type { Session } from './session.ts';
import { sideColumn } from './side-table.ts';
import type { Beside, Column } from './source.ts';
import { writeRows } from './write-rows.ts';

/** What is written to one table. */
export const valuesOf = ({ columns }: Assignments, beside: Beside): Values => new Map(columns.get(beside));

/** Secrets as their columns take them, from where they are by their names, those of extensions too; what has no column, nobody keeps. */
export async function secretsOf({ secrets, words }: Compiled, sent: Attributes): Promise<Values> {
  const values: Values = new Map();
  for (const { scalar, column } of secrets.values()) {
    const secret = own(sent, scalar.attribute.name);
    if (secret === undefined) continue;
    const { write } = scalar;
    // Whatever makes a hash of it may take its time. One that was removed is unassigned.
    const given = secret ?? undefined;
    const value = write ? await write(given as never) : writeScalar(scalar, given, words);
    values.set(column.name, { column, value: columnValue(column, value, words) });
  }
  return values;
}

/** Secrets of whoever had the row before, taken away, but for those that are given. */
export async function onlySecretsOf(mapping: Compiled, sent: Attributes): Promise<Values> {
  const none = [...mapping.secrets.values()].map(({ scalar }) => [scalar.attribute.name, null] as const);
  return secretsOf(mapping, { ...Object.fromEntries(none), ...sent });
}

/** Adds a column with a value, unless it has one. */
const complete = (values: Values, column: AppColumn, value: SqlValue): void => {
  if (!values.has(column.name)) values.set(column.name, { column, value });
};

/** What new rows get in columns that have no value. */
function fillIn(values: Values, { defaults, key }: Beside, words: Words): void {
  for (const [column, value] of defaults) {
    if (column.name === key?.name || values.has(column.name)) continue;
    complete(values, column, columnValue(column, value, words));
  }
}

export async function insertRoot(
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
  fillIn(values, root, words);
  const columns = [...values.values()];
  const returning = `RETURNING ${mapping.key.name} AS c0`;
  const [row] = await session.run(
    columns.length === 0
      ? rawSql(`INSERT INTO ${root.table.name} DEFAULT VALUES ${returning}`)
      : {
          text: `INSERT INTO ${root.table.name} (${namesOf(columns)}) VALUES (${marksFor(columns)}) ${returning}`,
          parameters: columns.map(({ value }) => value),
        },
  );
  return String(row?.c0);
}

type Value = Values extends Map<string, infer Each> ? Each : never;

const namesOf = (columns: readonly Value[]): string => columns.map(({ column }) => column.name).join(', ');
const marksFor = (columns: readonly Value[]): string => columns.map(() => '?').join(', ');

export async function insertBeside(
  session: Session,
  beside: Beside,
  key: string,
  given: Values,
): Promise<void> {
  const { table, key: refers } = beside;
  const values: Values = new Map(given);
  fillIn(values, beside, session.scoped.mapping.words);
  const columns = [...values.values()];
  const names = `${(refers as AppColumn).name}, ${namesOf(columns)}`;
  const own = keySql(session.scoped.mapping, key);
  await session.run({
    text: `INSERT INTO ${table.name} (${names}) VALUES (${own.text}, ${marksFor(columns)})`,
    parameters: [...own.parameters, ...columns.map(({ value }) => value)],
  });
}

export async function insertSide(
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
export async function update(
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
  const { version, lastModified, words } = mapping;
  const sets: Sql[] = [];
  if (version?.beside === beside) {
    const column = rawSql(version.column.name);
    sets.push(sql`${column} = coalesce(${column}, 0) + 1`);
  }
  const times = new Map<string, { readonly column: AppColumn; readonly value: unknown }>();
  for (const column of beside.renewed) times.set(column.name, { column, value: column.renewed });
  if (lastModified?.beside === beside) {
    const { column } = lastModified;
    times.set(column.name, { column, value: session.now });
  }
  for (const [name, { column, value }] of times) {
    if (!values.has(name)) sets.push(sql`${rawSql(name)} = ${columnValue(column, value, words)}`);
  }
  return sets;
}

/** New versions of resources whose relations changed, as far as anybody may see them. */
export async function touch(session: Session, mapping: Compiled, keys: readonly string[]): Promise<void> {
  for (const beside of mapping.side ? [mapping.root, mapping.side] : [mapping.root]) {
    const sets = counted(session, mapping, beside, new Map());
    if (sets.length === 0) continue;
    const at = new Aliased(mapping, 'h');
    const meant = sql`${hasAnyKey(mapping, at.key, keys)} AND ${at.isVisible(inSameScope(session.scoped, mapping))}`;
    const key = rawSql((beside.key ?? mapping.key).name);
    await session.run(
      sql`UPDATE ${rawSql(beside.table.name)} SET ${joinSql(sets, ', ')} WHERE ${key} IN (SELECT ${at.key} FROM ${at.from()} WHERE ${meant})`,
    );
  }
}
