// RFC 7644 §3.4.2.2: filters on the app's own tables. Each attribute is compared where it is; what can't be compared there is
// refused, so that no filter is ever worked out on rows that were cut off before.
import { ScimError } from '../../protocol/error.ts';
import type { ResolvedFilter } from '../../protocol/resolve-filter.ts';
import { foldAttribute } from '../../protocol/fold.ts';
import { matchesElement } from '../../protocol/match.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import { inDocument } from '../sql/compile-filter.ts';
import {
  type Access,
  compareValue,
  compileCondition,
  exists,
  type Look,
  lookWithin,
  type Rows,
} from '../sql/condition.ts';
import { joinSqlEvenly, rawSql, type Sql, sql } from '../sql/fragment.ts';
import type { Aliased, Scoped } from './aliased.ts';
import type { ColumnSql } from './mapping.ts';
import { hasMember, isHeld, type OnReference } from './reference-rows.ts';
import { compareScalar, isCompared, presentScalar } from './scalar-condition.ts';
import {
  type Column,
  type Computed,
  computedScalar,
  type Elements,
  type InColumn,
  type InRows,
  type InSlots,
  partName,
  plainScalar,
  type Scalar,
} from './source.ts';

const refused = (path: string): ScimError =>
  new ScimError(
    'invalidFilter',
    `"${path}" can't be filtered on here: the database has no such value to compare. Filter on another attribute.`,
  );

/** The look into a resource that a statement calls by an alias. */
function lookInto(scoped: Scoped, at: Aliased): Look {
  const { mapping } = scoped;
  const { words } = mapping;
  const document = () => inDocument(at.side('folded'), words.sql);
  const anyReference = ({ path, relation }: ResolvedAttribute, condition: OnReference): Sql =>
    relation === 'holder' ? hasMember(scoped, path, at.key, condition) : isHeld(scoped, at.key, condition);
  const look: Look = {
    of: (attribute) => {
      const common = commonAccess(attribute, at);
      if (common) return common;
      if (attribute.path === 'schemas') return schemasAccess(look, mapping.type);
      const top = attribute.parent ?? attribute;
      if (top.relation) return relationAccess(top, attribute, anyReference);
      const source = mapping.byPath.get(attribute.path) ?? mapping.byPath.get(top.path);
      switch (source?.kind) {
        case 'column':
          if (source.scalar.attribute.path !== attribute.path) throw refused(attribute.path);
          return scalarAccess(source.scalar, at.column(source), at);
        case 'computed':
          if (source.attribute.path !== attribute.path) throw refused(attribute.path);
          return computedAccess(source, at);
        case 'rows':
          return { ...elementLook(source, at).of(attribute), rows: rowsFrom(source, at) };
        case 'slots':
          return slotsAccess(source, attribute, at);
        case 'document':
          return document().of(attribute);
        default:
          return complexAccess(attribute, look);
      }
    },
    valuePath: (attribute, filter) => {
      if (attribute.relation) return anyReference(attribute, (within) => compileCondition(filter, within));
      if (attribute.path === 'schemas') return schemasCondition(look, mapping.type, filter);
      const source = mapping.byPath.get(attribute.path);
      switch (source?.kind) {
        case 'rows':
          return exists(rowsFrom(source, at), compileCondition(filter, elementLook(source, at)), filter);
        case 'slots':
          return inAnySlot(source, at, (within) => compileCondition(filter, within));
        case 'document':
          return document().valuePath(attribute, filter);
        case 'computed':
          throw refused(attribute.path);
        default:
          return sql`(${look.of(attribute).present} AND ${compileCondition(filter, look)})`;
      }
    },
  };
  return look;
}

/** The condition of a filter on resources that a statement calls by an alias. */
export function compileFilter(filter: ResolvedFilter, scoped: Scoped, at: Aliased): Sql {
  return compileCondition(filter, lookInto(scoped, at));
}

/** A relation is there when it has a value; each value has all of its parts. */
function relationAccess(
  top: ResolvedAttribute,
  attribute: ResolvedAttribute,
  anyReference: (top: ResolvedAttribute, condition: OnReference) => Sql,
): Access {
  return {
    compare: (comparison) => anyReference(top, (within) => within.of(attribute).compare(comparison)),
    get present() {
      return anyReference(top, (within) =>
        attribute.parent ? within.of(attribute).present : rawSql('TRUE'),
      );
    },
  };
}

const NEVER: Access = { compare: () => rawSql('FALSE'), present: rawSql('FALSE') };
const ALWAYS: Access = { compare: () => rawSql('FALSE'), present: rawSql('TRUE') };

/** `id` and `meta`, which are no attributes of a schema. */
function commonAccess(attribute: ResolvedAttribute, at: Aliased): Access | undefined {
  const { mapping } = at;
  const { words } = mapping;
  switch (attribute.path) {
    case 'id':
      return {
        present: rawSql('TRUE'),
        compare: (comparison) =>
          comparison.operator === 'eq'
            ? at.hasId(String(comparison.value))
            : compareValue(words.sql.byCodePoint(at.id), comparison, words.sql),
      };
    case 'meta.created':
      return instantAccess(attribute, mapping.created, at);
    case 'meta.lastModified':
      return instantAccess(attribute, mapping.lastModified, at);
    case 'meta.version':
      throw refused(attribute.path);
    default:
      return undefined;
  }
}

/** `schemas` follows the attributes: an extension's URN is there when something of it is. */
function schemasCondition(look: Look, { urn, extensions }: ResourceType, filter: ResolvedFilter): Sql {
  const isMeant = (text: string) => matchesElement(filter, text.toLowerCase());
  if (isMeant(urn)) return rawSql('TRUE');
  const present = extensions
    .filter((extension) => isMeant(extension.urn))
    .flatMap(({ attributes }) => attributes)
    .filter((attribute) => attribute.mutability !== 'writeOnly')
    .map((attribute) => compileCondition({ kind: 'present', attribute }, look));
  return present.length > 0 ? joinSqlEvenly(present, ' OR ') : rawSql('FALSE');
}

const schemasAccess = (look: Look, type: ResourceType): Access => ({
  present: rawSql('TRUE'),
  compare: (comparison) => schemasCondition(look, type, comparison),
});

function instantAccess(attribute: ResolvedAttribute, column: Column | undefined, at: Aliased): Access {
  if (!column) throw refused(attribute.path);
  return scalarAccess(plainScalar(attribute, column.column), at.column(column), at);
}

function scalarAccess(scalar: Scalar, column: Sql, at: Aliased, columns: ColumnSql = at.at): Access {
  const { words } = at.mapping;
  return {
    compare: (comparison) => compareScalar(scalar, column, columns, comparison, words),
    get present() {
      return presentScalar(scalar, column, columns, words);
    },
  };
}

/** The columns of rows `e`, as the developer's own SQL names them. */
export const columnsIn =
  ({ table }: InRows): ColumnSql =>
  (name) =>
    rawSql(`e.${table.column(name).name}`);

function computedAccess(source: Computed, at: Aliased): Access {
  const scalar = computedScalar(source);
  if (!scalar) throw refused(source.attribute.path);
  return scalarAccess(scalar, rawSql(''), at);
}

/** A complex attribute of one value is there when a part of it is. */
function complexAccess(attribute: ResolvedAttribute, look: Look): Access {
  const parts = attribute.subAttributes.map((sub) => look.of(sub).present);
  if (parts.length === 0) throw refused(attribute.path);
  return { compare: () => rawSql('FALSE'), present: joinSqlEvenly(parts, ' OR ') };
}

/** A part of a value that is the same in all values. */
function constantAccess(value: string | boolean | number, sub: ResolvedAttribute): Access {
  const folded = foldAttribute(sub, value);
  return {
    present: rawSql('TRUE'),
    compare: (comparison) => rawSql(matchesElement(comparison, folded) ? 'TRUE' : 'FALSE'),
  };
}

/** The rows `e` of a multi-valued attribute that are beside a resource. Those of which all is empty are no values. */
export function rowsFrom(source: InRows, at: Aliased): Rows & { readonly where: Sql } {
  const { table, key, parts } = source;
  const from = rawSql(`${table.name} e`);
  const owner = rawSql(`e.${key.name}`);
  const present = [...parts.values()].map((part) =>
    hasAny(part, rawSql(`e.${part.column.name}`), columnsIn(source), at),
  );
  return {
    from,
    where: sql`${owner} = ${at.key} AND ${joinSqlEvenly(present, ' OR ')}`,
    // Where few rows have the value, SQLite has to be told to begin with those: it would look at each resource's.
    ...(!at.mapping.words.isPostgres && {
      holds: (condition: Sql, filter: ResolvedFilter) =>
        namesValue(filter, source)
          ? sql`${at.key} IN (SELECT ${owner} FROM ${from} WHERE ${owner} IS NOT NULL AND ${condition})`
          : undefined,
    }),
  };
}

/** Whether a filter on rows names one value, such as an address: what is the same in many rows is no such value. */
function namesValue(filter: ResolvedFilter, source: InRows): boolean {
  if (filter.kind === 'and') return filter.filters.some((part) => namesValue(part, source));
  if (filter.kind !== 'compare' || filter.operator !== 'eq') return false;
  return partName(filter.attribute, source.attribute) === 'value';
}

/** That a part of a value is there; of what can't be compared, the database knows no more than that it has something. */
function hasAny(part: Scalar, column: Sql, columns: ColumnSql, at: Aliased): Sql {
  return isCompared(part)
    ? presentScalar(part, column, columns, at.mapping.words)
    : sql`(${column} IS NOT NULL)`;
}

function elementLook(source: InRows, at: Aliased): Look {
  return lookWithin((attribute) => {
    // A row is a value.
    if (attribute.path === source.attribute.path && attribute.type === 'complex') return ALWAYS;
    const name = partName(attribute, source.attribute);
    const constant = source.constants.get(name);
    if (constant) return constantAccess(constant.value, attribute);
    const part = source.parts.get(name);
    if (!part) throw refused(attribute.path);
    return scalarAccess(part, rawSql(`e.${part.column.name}`), at, columnsIn(source));
  });
}

/** That a slot has a value. */
export const isTaken = ({ parts }: Slot, at: Aliased): Sql =>
  joinSqlEvenly(
    [...parts.values()].map((part) => hasAny(part.scalar, at.column(part), at.at, at)),
    ' OR ',
  );

type Slot = Elements<InColumn>;

/** That the value in one of the slots meets a condition. */
function inAnySlot(source: InSlots, at: Aliased, condition: (within: Look) => Sql): Sql {
  const met = source.slots.map(
    (slot) => sql`(${isTaken(slot, at)} AND ${condition(slotLook(source, slot, at))})`,
  );
  return joinSqlEvenly(met, ' OR ');
}

/** An attribute whose values are in slots, or a part of them. */
function slotsAccess(source: InSlots, attribute: ResolvedAttribute, at: Aliased): Access {
  return {
    compare: (comparison) => inAnySlot(source, at, (within) => within.of(attribute).compare(comparison)),
    get present() {
      return inAnySlot(source, at, (within) => within.of(attribute).present);
    },
  };
}

/** What no slot has can't be compared; what only other slots have is absent. */
function slotLook(source: InSlots, { parts, constants }: Slot, at: Aliased): Look {
  return lookWithin((attribute) => {
    if (attribute.path === source.attribute.path && attribute.type === 'complex') return ALWAYS;
    const name = partName(attribute, source.attribute);
    const constant = constants.get(name);
    if (constant) return constantAccess(constant.value, attribute);
    const part = parts.get(name);
    if (part) return scalarAccess(part.scalar, at.column(part), at);
    if (source.slots.some((slot) => slot.parts.has(name) || slot.constants.has(name))) return NEVER;
    throw refused(attribute.path);
  });
}
