// RFC 7644 §3.4.2.3: what the app's rows are sorted by.
import { ScimError } from '../../protocol/error.ts';
import { foldAttribute } from '../../protocol/fold.ts';
import type { ResolvedComparison } from '../../protocol/resolve-filter.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { documentSortValue } from '../sql/compile-sort.ts';
import { rawSql, type Sql, sql } from '../sql/fragment.ts';
import type { Aliased, Scoped } from './aliased.ts';
import type { Compiled } from './compiled.ts';
import { columnsIn, isTaken, rowsFrom } from './look.ts';
import type { ColumnSql } from './mapping.ts';
import { compareScalar, isCompared, sortScalar } from './scalar-condition.ts';
import {
  type Column,
  computedScalar,
  type InRows,
  type InSlots,
  partName,
  plainScalar,
  type Scalar,
} from './source.ts';

const refused = (path: string): ScimError =>
  new ScimError(
    'invalidPath',
    `Resources can't be sorted by "${path}" here: the database has no such value to compare.`,
  );

/** The value that a resource is sorted by: of several values the primary one's, or else the first one's. */
export function compileOrder(attribute: ResolvedAttribute, scoped: Scoped, at: Aliased): Sql {
  const { mapping } = scoped;
  if (attribute.path === 'id') return mapping.words.sql.byCodePoint(at.id);
  // The same for all; of the schemas, the first one is.
  if (attribute.path === 'schemas') return constantOrder(mapping.type.urn, attribute, mapping);
  if (attribute.path === 'meta.resourceType') return constantOrder(mapping.type.name, attribute, mapping);
  const time = timeOf(attribute, mapping);
  if (time) return scalarOrder(plainScalar(attribute, time.column), at.column(time), at);
  const top = attribute.parent ?? attribute;
  const source = mapping.byPath.get(attribute.path) ?? mapping.byPath.get(top.path);
  switch (source?.kind) {
    case 'column':
      if (source.scalar.attribute.path !== attribute.path) throw refused(attribute.path);
      return scalarOrder(source.scalar, at.column(source), at);
    case 'computed': {
      const scalar = computedScalar(source);
      if (!scalar || source.attribute.path !== attribute.path) throw refused(attribute.path);
      return scalarOrder(scalar, rawSql(''), at);
    }
    case 'rows':
      return rowsOrder(source, attribute, at);
    case 'slots':
      return slotsOrder(source, attribute, at);
    case 'document':
      return documentSortValue(at.side('folded'), attribute, mapping.words.sql);
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

function scalarOrder(scalar: Scalar, column: Sql, at: Aliased, columns: ColumnSql = at.at): Sql {
  if (!isCompared(scalar)) throw refused(scalar.attribute.path);
  return sortScalar(scalar, column, columns, at.mapping.words);
}

function rowsOrder(source: InRows, attribute: ResolvedAttribute, at: Aliased): Sql {
  const name = partName(attribute, source.attribute);
  const part = source.parts.get(name);
  const constant = source.constants.get(name);
  if (!part && !constant) throw refused(attribute.path);
  const column = ({ column: { name } }: Scalar) => rawSql(`e.${name}`);
  const columns = columnsIn(source);
  const primary = source.parts.get('primary');
  if (primary && !isCompared(primary)) throw refused(attribute.path);
  const first = primary
    ? sql`${compareScalar(primary, column(primary), columns, isTrue(primary.attribute), at.mapping.words)} DESC, `
    : rawSql('');
  const value = part
    ? scalarOrder(part, column(part), at, columns)
    : constantOrder(constant?.value ?? '', attribute, at.mapping);
  const { from, where } = rowsFrom(source, at);
  return sql`(SELECT ${value} FROM ${from} WHERE ${where} ORDER BY ${first}${rawSql(`e.${source.order.name}`)} LIMIT 1)`;
}

const isTrue = (attribute: ResolvedAttribute): ResolvedComparison => ({
  ...{ kind: 'compare', attribute, operator: 'eq', value: true, literal: true },
});

/** The primary slot's value, if there is one; else that of the first slot which has one. */
function slotsOrder(source: InSlots, attribute: ResolvedAttribute, at: Aliased): Sql {
  const name = partName(attribute, source.attribute);
  const isPrimary = (slot: InSlots['slots'][number]) => slot.constants.get('primary')?.value === true;
  const slots = [...source.slots].sort((a, b) => Number(isPrimary(b)) - Number(isPrimary(a)));
  if (slots.some((slot) => slot.parts.has('primary'))) throw refused(attribute.path);
  if (!slots.some((slot) => slot.parts.has(name) || slot.constants.has(name))) throw refused(attribute.path);
  const cases = slots.map((slot) => {
    const part = slot.parts.get(name);
    const constant = slot.constants.get(name);
    const value = part
      ? scalarOrder(part.scalar, at.column(part), at)
      : constant
        ? constantOrder(constant.value, attribute, at.mapping)
        : rawSql('NULL');
    return sql`WHEN ${isTaken(slot, at)} THEN ${value}`;
  });
  return sql`(CASE ${cases.reduce((all, one) => sql`${all} ${one}`)} END)`;
}

function constantOrder(
  value: string | boolean | number,
  attribute: ResolvedAttribute,
  { words }: Compiled,
): Sql {
  const folded = foldAttribute({ ...attribute, multiValued: false }, value);
  if (typeof folded !== 'string') return rawSql(String(Number(folded)));
  return words.sql.byCodePoint(sql`CAST(${folded} AS TEXT)`);
}

/**
 * What a resource is sorted by as it stands in cursors. It is the database's own value, so that a walk goes on at the same
 * place even where the database orders texts otherwise than we do.
 */
export const markSql = (value: Sql, { words: { isPostgres } }: Compiled): Sql =>
  // The sign makes an expression of a column: libraries convert what is in one that is declared as something.
  isPostgres ? sql`CAST(${value} AS TEXT)` : sql`+${value}`;

/** What `markSql` selects, as a value that a cursor can hold, and a statement compares again. */
export function readMark(value: unknown): string | number | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? value : Number(value);
}
