// RFC 7644 §3.4.2.2: filters on the app's own tables. Each attribute is compared where it is; what can't be compared there is
// refused, so that no filter is ever worked out on rows that were cut off before.
import { ScimError } from '../../protocol/error.ts';
import type { ResolvedComparison, ResolvedFilter } from '../../protocol/resolve-filter.ts';
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
import { joinSql, joinSqlEvenly, rawSql, type Sql, sql } from '../sql/fragment.ts';
import type { Aliased, Scoped } from './aliased.ts';
import type { ColumnSql } from './mapping.ts';
import { holderRows, memberRows, type ReferenceRows } from './reference-rows.ts';
import { compareScalar, presentScalar } from './scalar.ts';
import { sideColumn } from './side-table.ts';
import type { Beside, Column, Computed, Elements, InColumn, InRows, InSlots, Scalar } from './source.ts';

const refused = (path: string): ScimError =>
  new ScimError(
    'invalidFilter',
    `"${path}" can't be filtered on here: the database has no such value to compare. Filter on another attribute.`,
  );

/** The look into a resource that a statement calls by an alias. */
function lookInto(scoped: Scoped, at: Aliased): Look {
  const { mapping } = scoped;
  const { words } = mapping;
  const document = () =>
    inDocument(at.column({ beside: mapping.side as Beside, column: sideColumn('folded') }), words.sql);
  const rowsOf = (attribute: ResolvedAttribute): ReferenceRows =>
    attribute.relation === 'holder' ? memberRows(scoped, attribute, at.key) : holderRows(scoped, at.key);
  const look: Look = {
    of: (attribute) => {
      const common = commonAccess(attribute, at);
      if (common) return common;
      if (attribute.path === 'schemas') return schemasAccess(look, mapping.type);
      const top = attribute.parent ?? attribute;
      if (top.relation) {
        const { from } = rowsOf(top);
        const within = attribute.parent ? referenceLook(scoped).of(attribute) : ALWAYS;
        return { ...within, rows: { from } };
      }
      const source = mapping.byPath.get(attribute.path) ?? mapping.byPath.get(top.path);
      switch (source?.kind) {
        case 'column':
          return scalarAccess(source.scalar, at.column(source), at);
        case 'computed':
          if (source.attribute.path !== attribute.path) throw refused(attribute.path);
          return computedAccess(source, at);
        case 'rows':
          return { ...elementLook(source, at, scoped).of(attribute), rows: rowsFrom(source, at) };
        case 'slots':
          return { ...slotLook(source, scoped).of(attribute), rows: { from: slotRows(source, at) } };
        case 'document':
          return document().of(attribute);
        default:
          return complexAccess(attribute, look);
      }
    },
    valuePath: (attribute, filter) => {
      if (attribute.relation) {
        return exists(
          { from: rowsOf(attribute).from },
          compileCondition(filter, referenceLook(scoped)),
          filter,
        );
      }
      if (attribute.path === 'schemas') return schemasCondition(look, mapping.type, filter);
      const source = mapping.byPath.get(attribute.path);
      switch (source?.kind) {
        case 'rows':
          return exists(
            rowsFrom(source, at),
            compileCondition(filter, elementLook(source, at, scoped)),
            filter,
          );
        case 'slots':
          return exists(
            { from: slotRows(source, at) },
            compileCondition(filter, slotLook(source, scoped)),
            filter,
          );
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

const ALWAYS: Access = { compare: () => rawSql('FALSE'), present: rawSql('TRUE') };

/** `id` and `meta`, which are no attributes of a schema. */
function commonAccess(attribute: ResolvedAttribute, at: Aliased): Access | undefined {
  const { mapping } = at;
  switch (attribute.path) {
    case 'id':
      return {
        present: rawSql('TRUE'),
        compare: (comparison) =>
          comparison.operator === 'eq'
            ? at.hasId(String(comparison.value))
            : compareValue(
                mapping.words.isPostgres ? sql`(${at.id} COLLATE "C")` : at.id,
                comparison,
                mapping.words.sql,
              ),
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
  return scalarAccess(timeScalar(attribute, column), at.column(column), at);
}

/** `meta.created` and `meta.lastModified`, in columns of the app's or in the side table. */
export function timeScalar(attribute: ResolvedAttribute, { column }: Column): Scalar {
  return {
    ...{ attribute, column, read: undefined, write: undefined, filter: undefined },
    collation: 'exact',
  };
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

function computedAccess({ attribute, filter }: Computed, at: Aliased): Access {
  if (!filter) throw refused(attribute.path);
  const column = { name: '' };
  return scalarAccess(
    { ...{ attribute, column, filter, read: undefined, write: undefined }, collation: 'lower' },
    rawSql(''),
    at,
  );
}

/** A complex attribute of one value is there when a part of it is. */
function complexAccess(attribute: ResolvedAttribute, look: Look): Access {
  const parts = attribute.subAttributes.map((sub) => look.of(sub).present);
  if (parts.length === 0) throw refused(attribute.path);
  return { compare: () => rawSql('FALSE'), present: joinSqlEvenly(parts, ' OR ') };
}

/** What a part of a value is compared with where it is the same in all values. */
function constantAccess(value: string | boolean | number, sub: ResolvedAttribute, scoped: Scoped): Access {
  const { words } = scoped.mapping;
  const text = typeof value === 'string' && !sub.caseExact ? value.toLowerCase() : value;
  const literal = typeof text === 'string' ? sql`CAST(${text} AS TEXT)` : sql`${Number(text)}`;
  return {
    present: rawSql('TRUE'),
    compare: (comparison: ResolvedComparison) =>
      typeof text === 'boolean'
        ? rawSql(comparison.value === text ? 'TRUE' : 'FALSE')
        : compareValue(literal, comparison, words.sql),
  };
}

const nameIn = (attribute: ResolvedAttribute, whole: ResolvedAttribute): string =>
  attribute.path === whole.path ? 'value' : attribute.name;

/** The rows `e` of a multi-valued attribute that are beside a resource. */
function rowsFrom(source: InRows, at: Aliased): Rows {
  const { table, key } = source;
  const from = rawSql(`${table.name} e`);
  const owner = rawSql(`e.${key.name}`);
  return {
    from,
    where: sql`${owner} = ${at.key}`,
    // Where few rows have the value, SQLite has to be told to begin with those: it would look at each resource's.
    ...(!at.mapping.words.isPostgres && {
      holds: (condition, filter) =>
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
  return nameIn(filter.attribute, source.attribute) === 'value';
}

function elementLook(source: InRows, at: Aliased, scoped: Scoped): Look {
  return lookWithin((attribute) => {
    // A row is a value.
    if (attribute.path === source.attribute.path && attribute.type === 'complex') return ALWAYS;
    const name = nameIn(attribute, source.attribute);
    const constant = source.constants.get(name);
    if (constant) return constantAccess(constant.value, attribute, scoped);
    const part = source.parts.get(name);
    if (!part) throw refused(attribute.path);
    return scalarAccess(part, rawSql(`e.${part.column.name}`), at, columnsIn(source));
  });
}

const slotColumn = (name: string): string => `"${name}"`;

/** The parts that any slot has; what a slot doesn't have is absent there. */
function slotParts({ slots }: InSlots): ReadonlyMap<string, Scalar | undefined> {
  const parts = new Map<string, Scalar | undefined>();
  for (const slot of slots) {
    for (const [name, part] of slot.parts) parts.set(name, part.scalar);
    for (const name of slot.constants.keys()) if (!parts.has(name)) parts.set(name, undefined);
  }
  return parts;
}

/** The slots of a resource that have a value, as rows `e`. */
function slotRows(source: InSlots, at: Aliased): Sql {
  const names = [...slotParts(source).keys()];
  const rows = source.slots.map((slot) => {
    const columns = names.map((name) => sql`${slotValue(slot, name, at)} AS ${rawSql(slotColumn(name))}`);
    const present = [...slot.parts.values()].map((part) =>
      presentScalar(part.scalar, at.column(part), at.at, at.mapping.words),
    );
    return sql`SELECT ${joinSql(columns, ', ')} WHERE ${joinSqlEvenly(present, ' OR ')}`;
  });
  return sql`(${joinSql(rows, ' UNION ALL ')}) AS e`;
}

function slotValue(slot: Elements<InColumn>, name: string, at: Aliased): Sql {
  const part = slot.parts.get(name);
  if (part) return at.column(part);
  const constant = slot.constants.get(name);
  if (!constant) return rawSql('NULL');
  const { value } = constant;
  return typeof value === 'string' ? sql`CAST(${value} AS TEXT)` : rawSql(String(Number(value)));
}

function slotLook(source: InSlots, scoped: Scoped): Look {
  const { words } = scoped.mapping;
  const parts = slotParts(source);
  return lookWithin((attribute) => {
    if (attribute.path === source.attribute.path && attribute.type === 'complex') return ALWAYS;
    const name = nameIn(attribute, source.attribute);
    if (!parts.has(name)) throw refused(attribute.path);
    const column = rawSql(`e.${slotColumn(name)}`);
    const part = parts.get(name);
    if (part) {
      const nowhere = () => {
        throw refused(attribute.path);
      };
      return {
        compare: (comparison) => compareScalar(part, column, nowhere, comparison, words),
        present: presentScalar(part, column, nowhere, words),
      };
    }
    const value = attribute.caseExact || attribute.type !== 'string' ? column : sql`lower(${column})`;
    return {
      compare: (comparison) => compareValue(value, comparison, words.sql),
      present: sql`${column} IS NOT NULL`,
    };
  });
}

/** The look into rows `m` of references. */
export function referenceLook({ mapping: { words } }: Scoped): Look {
  return lookWithin((attribute) => {
    const column = rawSql(`m.${attribute.name === '$ref' ? 'value' : attribute.name}`);
    const text = attribute.caseExact ? column : sql`lower(${column})`;
    const value = words.isPostgres ? sql`(${text} COLLATE "C")` : text;
    return {
      compare: (comparison) => compareValue(value, comparison, words.sql),
      present: sql`${column} IS NOT NULL`,
    };
  });
}
