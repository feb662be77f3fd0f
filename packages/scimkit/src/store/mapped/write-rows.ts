// Writes of an attribute whose values are rows of their own. A row is known by its value, so that what else the app keeps in
// it, such as whether an address was verified, stays with it.
import { joinSql, rawSql, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import { columnValue, keySql, selected } from './aliased.ts';
import { partOf, type RowsChange } from './assignments.ts';
import { readScalar, writeScalar } from './scalar.ts';
import type { Session } from './session.ts';
import type { InRows, Scalar } from './source.ts';

/** What tells the values of one resource apart. */
function identity({ parts }: InRows): readonly (readonly [string, Scalar])[] {
  const value = parts.get('value');
  return value ? [['value', value]] : [...parts];
}

const identityOf = (source: InRows, element: unknown): string =>
  JSON.stringify(identity(source).map(([name]) => partOf(element, name, source.attribute) ?? null));

/** Makes the rows of a resource those that it should have. */
export async function writeRows(
  session: Session,
  key: string,
  { source, before, after }: RowsChange,
): Promise<void> {
  const was = Map.groupBy(before, (element) => identityOf(source, element));
  const is = Map.groupBy(after, (element) => identityOf(source, element));
  const fresh: unknown[] = [];
  const stored = await storedIdentities(session, source, key);
  for (const [id, elements] of was) {
    const wanted = is.get(id) ?? [];
    const [old] = elements;
    const [changed] = wanted;
    if (JSON.stringify(elements) === JSON.stringify(wanted)) continue;
    if (elements.length === 1 && wanted.length === 1)
      await update(session, source, key, stored, old, changed);
    else {
      await remove(session, source, key, stored, old);
      fresh.push(...wanted);
    }
  }
  for (const [id, elements] of is) if (!was.has(id)) fresh.push(...elements);
  await insert(session, source, key, fresh);
}

/** What stands in the columns that tell values apart, by what is read from them. */
type Stored = ReadonlyMap<string, readonly SqlValue[]>;

/** Where `read` makes something else of a column, its rows are known by what stands there, and not by what was read. */
async function storedIdentities(session: Session, source: InRows, key: string): Promise<Stored | undefined> {
  const parts = identity(source);
  if (parts.every(([, { read }]) => !read)) return undefined;
  const columns = selected(parts.map(([, { column }]) => rawSql(column.name)));
  const rows = await session.run(
    sql`SELECT ${columns} FROM ${rawSql(source.table.name)}
      WHERE ${rawSql(source.key.name)} = ${keySql(session.scoped.mapping, key)}`,
  );
  return new Map(
    rows.map((row) => {
      const raw = parts.map((_, index) => row[`c${index}`] as SqlValue);
      const values = parts.map(([, part], index) => readScalar(part, raw[index]) ?? null);
      return [JSON.stringify(values), raw] as const;
    }),
  );
}

/** The rows of a resource that have a value. */
function isRow(
  { scoped: { mapping } }: Session,
  source: InRows,
  key: string,
  stored: Stored | undefined,
  element: unknown,
): Sql {
  const raw = stored?.get(identityOf(source, element));
  const conditions = identity(source).map(([name, part], index) => {
    const value = raw
      ? raw[index]
      : writeScalar(part, partOf(element, name, source.attribute), mapping.words);
    const column = rawSql(part.column.name);
    return value === null ? sql`${column} IS NULL` : sql`${column} = ${value as SqlValue}`;
  });
  return joinSql([sql`${rawSql(source.key.name)} = ${keySql(mapping, key)}`, ...conditions], ' AND ');
}

async function remove(
  session: Session,
  source: InRows,
  key: string,
  stored: Stored | undefined,
  element: unknown,
): Promise<void> {
  await session.run(
    sql`DELETE FROM ${rawSql(source.table.name)} WHERE ${isRow(session, source, key, stored, element)}`,
  );
}

async function update(
  session: Session,
  source: InRows,
  key: string,
  stored: Stored | undefined,
  before: unknown,
  after: unknown,
): Promise<void> {
  const { words } = session.scoped.mapping;
  const sets = [...source.parts].flatMap(([name, part]) => {
    const was = partOf(before, name, source.attribute);
    const is = partOf(after, name, source.attribute);
    if (was === is) return [];
    // What is no longer said to be primary, is not (RFC 7643 §2.4).
    const value = writeScalar(part, name === 'primary' && is === undefined ? false : is, words);
    return [sql`${rawSql(part.column.name)} = ${value}`];
  });
  for (const column of source.renewed)
    sets.push(sql`${rawSql(column.name)} = ${columnValue(column, column.renewed, words)}`);
  await session.run(
    sql`UPDATE ${rawSql(source.table.name)} SET ${joinSql(sets, ', ')} WHERE ${isRow(session, source, key, stored, before)}`,
  );
}

const ROWS_AT_ONCE = 500;

/** Rows in order. What a value doesn't have, the database gives it: so those that have the same go together. */
async function insert(
  session: Session,
  source: InRows,
  key: string,
  elements: readonly unknown[],
): Promise<void> {
  const given = (element: unknown) =>
    [...source.parts].filter(([name]) => partOf(element, name, source.attribute) !== undefined);
  let start = 0;
  while (start < elements.length) {
    const parts = given(elements[start]);
    const isAlike = (element: unknown) =>
      given(element)
        .map(([name]) => name)
        .join() === parts.map(([name]) => name).join();
    let end = start + 1;
    while (end < elements.length && end - start < ROWS_AT_ONCE && isAlike(elements[end])) end += 1;
    await insertAlike(session, source, key, parts, elements.slice(start, end));
    start = end;
  }
}

async function insertAlike(
  session: Session,
  source: InRows,
  key: string,
  parts: readonly (readonly [string, Scalar])[],
  elements: readonly unknown[],
): Promise<void> {
  const { mapping } = session.scoped;
  const { words } = mapping;
  const named = new Set(parts.map(([, { column }]) => column.name));
  const more = [...source.defaults].filter(([column]) => !named.has(column.name));
  const columns = [source.key, ...parts.map(([, { column }]) => column), ...more.map(([column]) => column)];
  const list = joinSql(
    columns.map(({ name }) => rawSql(name)),
    ', ',
  );
  const rows = elements.map((element) => {
    const values = [
      ...parts.map(([name, part]) => writeScalar(part, partOf(element, name, source.attribute), words)),
      ...more.map(([column, value]) => columnValue(column, value, words)),
    ];
    return sql`(${joinSql([keySql(mapping, key), ...values.map((value) => sql`${value}`)], ', ')})`;
  });
  await session.run(sql`INSERT INTO ${rawSql(source.table.name)} (${list}) VALUES ${joinSql(rows, ', ')}`);
}

/** Removes all rows of a resource. */
export async function removeRows(session: Session, source: InRows, key: string): Promise<void> {
  const { mapping } = session.scoped;
  await session.run(
    sql`DELETE FROM ${rawSql(source.table.name)} WHERE ${rawSql(source.key.name)} = ${keySql(mapping, key)}`,
  );
}
