// RFC 7644 §3.4.2.3: what the app's rows are sorted by.
import { ScimError } from '../../protocol/error.ts';
import type { Comparable } from '../../protocol/fold.ts';
import { sortKey } from '../../protocol/sort.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { foldStored } from '../evaluate.ts';
import type { StoredResource } from '../store.ts';
import { documentSortValue } from '../sql/compile-sort.ts';
import { rawSql, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import type { Aliased, Scoped } from './aliased.ts';
import type { Compiled } from './compiled.ts';
import { columnsIn, timeScalar } from './look.ts';
import type { ColumnSql } from './mapping.ts';
import { presentScalar, sortedText, toParameter, writeScalar } from './scalar.ts';
import { sideColumn } from './side-table.ts';
import type { Column, InRows, InSlots, Scalar } from './source.ts';

const refused = (path: string): ScimError =>
  new ScimError(
    'invalidPath',
    `Resources can't be sorted by "${path}" here: the database has no such value to compare.`,
  );

/** The value that a resource is sorted by: of several values the primary one's, or else the first one's. */
export function compileOrder(attribute: ResolvedAttribute, scoped: Scoped, at: Aliased): Sql {
  const { mapping } = scoped;
  if (attribute.path === 'id') return mapping.words.isPostgres ? sql`(${at.id} COLLATE "C")` : at.id;
  const time = timeOf(attribute, mapping);
  if (time) return scalarOrder(timeScalar(attribute, time), at.column(time), at);
  const top = attribute.parent ?? attribute;
  const source = mapping.byPath.get(attribute.path) ?? mapping.byPath.get(top.path);
  switch (source?.kind) {
    case 'column':
      return scalarOrder(source.scalar, at.column(source), at);
    case 'computed': {
      if (!source.filter || source.attribute.path !== attribute.path) throw refused(attribute.path);
      const column = { name: '' };
      const scalar: Scalar = {
        ...{ attribute, column, read: undefined, write: undefined },
        filter: source.filter,
        collation: 'lower',
      };
      return scalarOrder(scalar, rawSql(''), at);
    }
    case 'rows':
      return rowsOrder(source, attribute, at);
    case 'slots':
      return slotsOrder(source, attribute, at);
    case 'document': {
      const folded = at.column({ beside: mapping.side as Column['beside'], column: sideColumn('folded') });
      return documentSortValue(folded, attribute, mapping.words.sql);
    }
    default:
      throw refused(attribute.path);
  }
}

function timeOf({ path }: ResolvedAttribute, mapping: Compiled): Column | undefined {
  if (path !== 'meta.created' && path !== 'meta.lastModified') return undefined;
  const column = path === 'meta.created' ? mapping.created : mapping.lastModified;
  if (!column) throw refused(path);
  return column;
}

/** A value as it sorts: NULL where there is none. */
function scalarOrder(scalar: Scalar, column: Sql, at: Aliased, columns: ColumnSql = at.at): Sql {
  const { words } = at.mapping;
  const { attribute } = scalar;
  if (scalar.read && !scalar.filter) throw refused(attribute.path);
  const value = scalar.filter ? sql`(${scalar.filter(columns)})` : column;
  switch (attribute.type) {
    case 'integer':
    case 'decimal':
      return value;
    case 'boolean':
      return scalar.filter ? sql`(CASE WHEN ${value} THEN 1 WHEN NOT ${value} THEN 0 END)` : value;
    case 'dateTime':
      // As it is handed out: in milliseconds.
      return words.isPostgres && isTime(scalar) ? sql`date_trunc('milliseconds', ${value})` : value;
    default:
      return sql`(CASE WHEN ${presentScalar(scalar, column, columns, words)} THEN ${sortedText(scalar, value, words)} END)`;
  }
}

/** Whether the database knows a column as a time: in the side table, and by the developer's own conversion, it is something else. */
const isTime = ({ column, read }: Scalar): boolean => column.kind !== 'text' && !read;

const nameIn = (attribute: ResolvedAttribute, whole: ResolvedAttribute): string =>
  attribute.path === whole.path ? 'value' : attribute.name;

function rowsOrder(source: InRows, attribute: ResolvedAttribute, at: Aliased): Sql {
  const part = source.parts.get(nameIn(attribute, source.attribute));
  if (!part) throw refused(attribute.path);
  const primary = source.parts.get('primary');
  const first = primary
    ? sql`coalesce(${rawSql(`e.${primary.column.name}`)} = ${writeScalar(primary, true, at.mapping.words)}, FALSE) DESC, `
    : rawSql('');
  const value = scalarOrder(part, rawSql(`e.${part.column.name}`), at, columnsIn(source));
  return sql`(SELECT ${value} FROM ${rawSql(source.table.name)} e WHERE ${rawSql(`e.${source.key.name}`)} = ${at.key}
    ORDER BY ${first}${rawSql(`e.${source.order.name}`)} LIMIT 1)`;
}

/** The primary slot's value, if there is one; else that of the first slot which has one. */
function slotsOrder(source: InSlots, attribute: ResolvedAttribute, at: Aliased): Sql {
  const name = nameIn(attribute, source.attribute);
  const isPrimary = (slot: InSlots['slots'][number]) => slot.constants.get('primary')?.value === true;
  const slots = [...source.slots].sort((a, b) => Number(isPrimary(b)) - Number(isPrimary(a)));
  if (slots.some((slot) => slot.parts.has('primary'))) throw refused(attribute.path);
  const cases = slots.map((slot) => {
    const part = slot.parts.get(name);
    const constant = slot.constants.get(name);
    const value = part
      ? scalarOrder(part.scalar, at.column(part), at)
      : constant
        ? constantOrder(constant.value, attribute)
        : rawSql('NULL');
    const present = [...slot.parts.values()].map((each) =>
      presentScalar(each.scalar, at.column(each), at.at, at.mapping.words),
    );
    return sql`WHEN ${present.reduce((all, one) => sql`${all} OR ${one}`)} THEN ${value}`;
  });
  return sql`(CASE ${cases.reduce((all, one) => sql`${all} ${one}`)} END)`;
}

function constantOrder(value: string | boolean | number, { caseExact }: ResolvedAttribute): Sql {
  if (typeof value !== 'string') return rawSql(String(Number(value)));
  return sql`CAST(${caseExact ? value : value.toLowerCase()} AS TEXT)`;
}

/**
 * What a row is sorted by, for a cursor: as the database has it, so that it compares as it did, whatever the database takes for
 * lower case. Times come in many forms, and are kept as they are handed out.
 */
export function sortMark(
  { type: resourceType }: Compiled,
  attribute: ResolvedAttribute,
  value: unknown,
  stored: StoredResource,
): Comparable | undefined {
  if (attribute.type === 'dateTime') return sortKey(foldStored(resourceType, stored), attribute);
  if (value === null || value === undefined) return undefined;
  return typeof value === 'boolean' || typeof value === 'number' ? value : String(value);
}

/** What is in a cursor, as a parameter that compares with what rows are sorted by. */
export function sortParameter(attribute: ResolvedAttribute, key: Comparable, mapping: Compiled): SqlValue {
  if (attribute.type !== 'dateTime') return toParameter(key, mapping.words);
  const iso = `${String(key).slice(0, 23)}Z`;
  const time = timeOf(attribute, mapping);
  if (time) return writeScalar(timeScalar(attribute, time), iso, mapping.words);
  const source = mapping.byPath.get(attribute.path);
  return source?.kind === 'column' && !source.scalar.filter
    ? writeScalar(source.scalar, iso, mapping.words)
    : key;
}
