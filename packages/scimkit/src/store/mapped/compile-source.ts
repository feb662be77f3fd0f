// Where each attribute is: from a mapping's words to tables and columns.
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import type { AppTable } from './app-database.ts';
import type { MappingTables } from './mapping-tables.ts';
import { type Entry, isEntry } from './raw-mapping.ts';
import { sideColumn } from './side-table.ts';
import {
  type Beside,
  type Computed,
  type Elements,
  type InColumn,
  type InRows,
  type Scalar,
  type Source,
  plainScalar,
} from './source.ts';

/** The place of an attribute. */
export function compileSource(tables: MappingTables, attribute: ResolvedAttribute, entry: unknown): Source {
  const at = attribute.path;
  if (typeof entry === 'string') return compileSource(tables, attribute, { column: entry });
  if (!isEntry(entry)) throw tables.wrong(at, 'it must be the name of a column or an object');
  if ('slots' in entry) return inSlots(tables, attribute, entry);
  if (isEntry(entry.columns)) return inRows(tables, attribute, entry);
  if (Array.isArray(entry.columns)) return computed(tables, attribute, entry);
  if (attribute.multiValued && !entry.read) {
    throw tables.wrong(
      at,
      'a multi-valued attribute is in rows of a table, in slots, or has "read" and "write"',
    );
  }
  if (attribute.type === 'complex' && !entry.read) {
    throw tables.wrong(at, `it has parts: say where each of them is, such as "${at}.${firstOf(attribute)}"`);
  }
  return inColumn(tables, attribute, entry);
}

const firstOf = ({ subAttributes }: ResolvedAttribute): string => subAttributes[0]?.name ?? 'value';

function inColumn(tables: MappingTables, attribute: ResolvedAttribute, entry: Entry): InColumn {
  const beside = entry.table === undefined ? tables.root : tables.joins.get(String(entry.table));
  if (!beside)
    throw tables.wrong(attribute.path, `"joins" doesn't say how "${String(entry.table)}" refers to the key`);
  const scalar = scalarIn(tables, attribute, beside.table, entry);
  return { kind: 'column', beside, column: scalar.column, scalar };
}

function scalarIn(
  tables: MappingTables,
  attribute: ResolvedAttribute,
  table: AppTable,
  entry: string | Entry,
): Scalar {
  const {
    column,
    read,
    write,
    filter,
    collation = 'lower',
  } = (typeof entry === 'string' ? { column: entry } : entry) as Entry;
  if (typeof column !== 'string') throw tables.wrong(attribute.path, '"column" must be the name of a column');
  return { attribute, column: table.column(column), read, write, filter, collation } as Scalar;
}

function computed(tables: MappingTables, attribute: ResolvedAttribute, entry: Entry): Computed {
  const { columns, read, write, filter } = entry as unknown as Pick<Computed, 'read' | 'write' | 'filter'> & {
    readonly columns: readonly string[];
  };
  if (typeof read !== 'function') throw tables.wrong(attribute.path, '"columns" needs "read"');
  const found = columns.map((name) => ({
    name,
    beside: tables.root,
    column: tables.root.table.column(name),
  }));
  return { kind: 'computed', attribute, columns: found, read, write, filter };
}

function inRows(tables: MappingTables, attribute: ResolvedAttribute, entry: Entry): InRows {
  if (!attribute.multiValued)
    throw tables.wrong(attribute.path, 'it has one value: use "joins" and a column');
  const table = tables.app.table(String(entry.table));
  const elements = elementsOf(tables, attribute, entry, (part, place) =>
    scalarIn(tables, part, table, place),
  );
  const value = elements.parts.get('value') ?? elements.parts.values().next().value;
  if (!value) throw tables.wrong(attribute.path, '"columns" is empty');
  return {
    kind: 'rows',
    attribute,
    table,
    key: table.column(String(entry.key)),
    order: entry.order === undefined ? value.column : table.column(String(entry.order)),
    defaults: tables.defaults(table, entry.defaults as Entry | undefined),
    renewed: tables.renewed(table),
    ...elements,
  };
}

function inSlots(
  tables: MappingTables,
  attribute: ResolvedAttribute,
  { slots, others = 'refuse' }: Entry,
): Source {
  if (!attribute.multiValued) throw tables.wrong(attribute.path, 'it has one value: name its column');
  return {
    kind: 'slots',
    attribute,
    others: others as 'refuse' | 'ignore',
    slots: (slots as readonly Entry[]).map((slot) =>
      elementsOf(tables, attribute, slot, (part, place) =>
        inColumn(tables, part, typeof place === 'string' ? { column: place } : place),
      ),
    ),
  };
}

function elementsOf<Part>(
  tables: MappingTables,
  attribute: ResolvedAttribute,
  { columns, constants = {} }: Entry,
  part: (sub: ResolvedAttribute, place: string | Entry) => Part,
): Elements<Part> {
  const sub = (name: string) => {
    if (attribute.type !== 'complex' && name === 'value') return attribute;
    const found = attribute.sub.get(name.toLowerCase());
    if (!found) throw tables.wrong(attribute.path, `it has no sub-attribute "${name}"`);
    return found;
  };
  return {
    parts: new Map(
      Object.entries(columns as Entry).map(([name, place]) => [
        sub(name) === attribute ? 'value' : sub(name).name,
        part(sub(name), place as string | Entry),
      ]),
    ),
    constants: new Map(
      Object.entries(constants as Entry).map(([name, value]) => [
        sub(name).name,
        { attribute: sub(name), value: value as string },
      ]),
    ),
  };
}

/** With a side table, what has no other place is in its document; the externalId is in a column. */
export function* remainingSources(
  tables: MappingTables,
  type: ResourceType,
  byPath: ReadonlyMap<string, Source>,
): Generator<Source> {
  const side = tables.side as Beside;
  const top = [...type.attributes, ...type.extensions.flatMap(({ attributes }) => attributes)];
  for (const attribute of top) {
    const { path, name } = attribute;
    if (
      ['schemas', 'id', 'meta'].includes(path) ||
      attribute.relation ||
      attribute.mutability === 'writeOnly'
    )
      continue;
    if (byPath.has(path)) continue;
    if (name === 'externalId' && !attribute.extension) {
      const column = sideColumn('externalId');
      yield { kind: 'column', beside: side, column, scalar: plainScalar(attribute, column) };
    } else if (attribute.type === 'complex' && !attribute.multiValued) {
      for (const sub of attribute.subAttributes) {
        if (!byPath.has(sub.path)) yield { kind: 'document', attribute: sub };
      }
    } else yield { kind: 'document', attribute };
  }
}

/** The path of what a source holds. */
export function pathOf(source: Source): string {
  return source.kind === 'column' ? source.scalar.attribute.path : source.attribute.path;
}
