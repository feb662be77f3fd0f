// Decision 10: an address that SCIM changes is one that nobody has verified yet.
import type { Attributes } from '../../protocol/validate.ts';
import { rawSql, sql } from '../sql/fragment.ts';
import { columnValue, keySql } from './aliased.ts';
import type { AppColumn } from './app-database.ts';
import { type Assignments, type Values, valueAt } from './assignments.ts';
import { writeScalar } from './scalar.ts';
import type { Session } from './session.ts';
import { isSameSpelling } from './spelling.ts';

/** What is written, with `link.verified` taken back where the address changes that it speaks of. */
export async function withoutVerification(
  session: Session,
  key: string,
  before: Attributes,
  assignments: Assignments,
): Promise<Assignments> {
  const { mapping } = session.scoped;
  const { link, root, words } = mapping;
  const source = link === 'reject' ? undefined : mapping.byPath.get(link.by);
  if (link === 'reject' || link.verified === undefined || source?.kind !== 'column') return assignments;
  const change = assignments.columns.get(source.beside)?.get(source.column.name);
  const column = root.table.column(link.verified);
  const values: Values = new Map(assignments.columns.get(root));
  // The same in other capitals is the same address; and the mapping may say itself what becomes of it.
  const was = writeScalar(source.scalar, valueAt(before, source.scalar.attribute), words);
  if (!change || isSameSpelling(change.value, was) || values.has(column.name)) return assignments;
  const [row] = await session.run(
    sql`SELECT ${rawSql(column.name)} AS c0 FROM ${rawSql(root.table.name)} WHERE ${rawSql(mapping.key.name)} = ${keySql(mapping, key)}`,
  );
  if (row?.c0 === null || row?.c0 === undefined) return assignments;
  values.set(column.name, { column, value: columnValue(column, unverified(column, row.c0), words) });
  return { ...assignments, columns: new Map([...assignments.columns, [root, values]]) };
}

/** "Not verified" in a column that is a flag, or has a time. */
function unverified({ kind }: AppColumn, value: unknown): boolean | number | null {
  if (kind === 'boolean' || (kind === undefined && typeof value === 'boolean')) return false;
  return kind !== 'instant' && Number(value) <= 1 && ['number', 'bigint'].includes(typeof value) ? 0 : null;
}
