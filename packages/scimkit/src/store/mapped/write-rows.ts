// Writes of an attribute whose values are rows of their own. A row is known by its value, so that what else the app keeps in
// it, such as whether an address was verified, stays with it.
import { joinSql, rawSql, type Sql, sql } from '../sql/fragment.ts';
import { columnValue, keySql } from './aliased.ts';
import { partOf, type RowsChange } from './assignments.ts';
import { writeScalar } from './scalar.ts';
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
  for (const [id, elements] of was) {
    const wanted = is.get(id) ?? [];
    const [old] = elements;
    const [changed] = wanted;
    if (JSON.stringify(elements) === JSON.stringify(wanted)) continue;
    if (elements.length === 1 && wanted.length === 1) await update(session, source, key, old, changed);
    else {
      await remove(session, source, key, old);
      fresh.push(...wanted);
    }
  }
  for (const [id, elements] of is) if (!was.has(id)) fresh.push(...elements);
  await insert(session, source, key, fresh);
}

/** The rows of a resource that have a value. */
function isRow({ scoped: { mapping } }: Session, source: InRows, key: string, element: unknown): Sql {
  const conditions = identity(source).map(([name, part]) => {
    const value = writeScalar(part, partOf(element, name, source.attribute), mapping.words);
    const column = rawSql(part.column.name);
    return value === null ? sql`${column} IS NULL` : sql`${column} = ${value}`;
  });
  return joinSql([sql`${rawSql(source.key.name)} = ${keySql(mapping, key)}`, ...conditions], ' AND ');
}

async function remove(session: Session, source: InRows, key: string, element: unknown): Promise<void> {
  await session.run(
    sql`DELETE FROM ${rawSql(source.table.name)} WHERE ${isRow(session, source, key, element)}`,
  );
}

async function update(
  session: Session,
  source: InRows,
  key: string,
  before: unknown,
  after: unknown,
): Promise<void> {
  const { words } = session.scoped.mapping;
  const sets = [...source.parts].map(([name, part]) => {
    const value = writeScalar(part, partOf(after, name, source.attribute), words);
    return sql`${rawSql(part.column.name)} = ${value}`;
  });
  await session.run(
    sql`UPDATE ${rawSql(source.table.name)} SET ${joinSql(sets, ', ')} WHERE ${isRow(session, source, key, before)}`,
  );
}

const ROWS_AT_ONCE = 500;

async function insert(
  session: Session,
  source: InRows,
  key: string,
  elements: readonly unknown[],
): Promise<void> {
  const { mapping } = session.scoped;
  const { words } = mapping;
  const parts = [...source.parts];
  const named = new Set(parts.map(([, { column }]) => column.name));
  const more = [...source.defaults].filter(([column]) => !named.has(column.name));
  const columns = [source.key, ...parts.map(([, { column }]) => column), ...more.map(([column]) => column)];
  const list = joinSql(
    columns.map(({ name }) => rawSql(name)),
    ', ',
  );
  for (let start = 0; start < elements.length; start += ROWS_AT_ONCE) {
    const rows = elements.slice(start, start + ROWS_AT_ONCE).map((element) => {
      const values = [
        ...parts.map(([name, part]) => writeScalar(part, partOf(element, name, source.attribute), words)),
        ...more.map(([column, value]) => columnValue(column, value, words)),
      ];
      return sql`(${joinSql([keySql(mapping, key), ...values.map((value) => sql`${value}`)], ', ')})`;
    });
    await session.run(sql`INSERT INTO ${rawSql(source.table.name)} (${list}) VALUES ${joinSql(rows, ', ')}`);
  }
}

/** Removes all rows of a resource. */
export async function removeRows(session: Session, source: InRows, key: string): Promise<void> {
  const { mapping } = session.scoped;
  await session.run(
    sql`DELETE FROM ${rawSql(source.table.name)} WHERE ${rawSql(source.key.name)} = ${keySql(mapping, key)}`,
  );
}
