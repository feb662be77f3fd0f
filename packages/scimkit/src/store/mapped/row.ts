// From rows of the app's tables to resources.
import { isObject, type JsonObject, own, setOwn } from '../../protocol/message.ts';
import type { Attributes } from '../../protocol/validate.ts';
import { digestText } from '../../protocol/version.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { joinSql, rawSql, type Row, type Sql, sql } from '../sql/fragment.ts';
import type { StoredResource } from '../store.ts';
import type { Aliased } from './aliased.ts';
import type { Compiled } from './compiled.ts';
import { byType, readScalar, toInstant } from './scalar.ts';
import { type SideColumn, sideColumn } from './side-table.ts';
import type { Column, Computed, Elements, InColumn, InRows, Source } from './source.ts';

/** A resource as it is read: with the key that the app knows it by. */
export interface MappedRow {
  readonly key: string;
  /** How often it was changed, where that is counted. */
  readonly count: number | undefined;
  /** Whether it was the app's account before SCIM managed it. */
  readonly isLinked: boolean;
  /** What the side table has beyond the columns. */
  readonly document: JsonObject;
  readonly stored: StoredResource;
}

/** The values of attributes in rows of their own, by the source and the key of the resource. */
export type ElementsByKey = ReadonlyMap<InRows, ReadonlyMap<string, readonly unknown[]>>;

/** The columns that make a resource, in the order in which a statement selects them. */
export class Reading {
  readonly mapping: Compiled;
  /** Attributes whose values are rows of their own. */
  readonly rows: readonly InRows[];
  private readonly columns: Column[] = [];
  private readonly places = new Map<string, number>();

  constructor(mapping: Compiled) {
    this.mapping = mapping;
    this.rows = mapping.sources.filter((source) => source.kind === 'rows');
    this.add({ beside: mapping.root, column: mapping.key });
    for (const column of [mapping.id, mapping.version, mapping.created, mapping.lastModified]) {
      if (column) this.add(column);
    }
    for (const name of ['isLinked', 'document'] as const) this.addSide(name);
    for (const column of mapping.sources.flatMap(columnsOf)) this.add(column);
  }

  private addSide(name: SideColumn): void {
    const { side } = this.mapping;
    if (side) this.add({ beside: side, column: sideColumn(name) });
  }

  private add(column: Column): void {
    const name = nameOf(column);
    if (this.places.has(name)) return;
    this.places.set(name, this.columns.length);
    this.columns.push(column);
  }

  /** What a SELECT lists. */
  list(at: Aliased): Sql {
    return joinSql(
      this.columns.map((column, index) => sql`${at.column(column)} AS ${rawSql(`c${index}`)}`),
      ', ',
    );
  }

  /** How many columns that are. */
  get size(): number {
    return this.columns.length;
  }

  key(row: Row): string {
    return String(row.c0);
  }

  /** The resource in a row. */
  read(row: Row, elements: ElementsByKey): MappedRow {
    const { mapping } = this;
    const { id, version, created, lastModified } = mapping;
    const key = this.key(row);
    const document = this.document(row);
    const attributes = this.attributes(row, elements, key, document);
    const counted = version && this.value(row, version);
    const count = counted === undefined || counted === null ? undefined : Number(counted);
    const instant = (column: Column | undefined) => (column && toInstant(this.value(row, column))) ?? '';
    return {
      ...{ key, count, document },
      isLinked: mapping.side ? Number(this.value(row, this.side('isLinked'))) === 1 : false,
      stored: {
        id: id ? String(this.value(row, id)) : `${mapping.idPrefix}${key}`,
        version: count === undefined ? digestText(JSON.stringify(attributes)) : String(count),
        created: instant(created),
        lastModified: instant(lastModified),
        attributes,
      },
    };
  }

  private side(name: SideColumn): Column {
    return { beside: this.mapping.side as Column['beside'], column: sideColumn(name) };
  }

  private value(row: Row, column: Column): unknown {
    const raw = row[`c${this.places.get(nameOf(column))}`];
    return column.column.decode ? column.column.decode(raw) : raw;
  }

  private document(row: Row): JsonObject {
    if (!this.mapping.side) return {};
    const text = this.value(row, this.side('document'));
    return typeof text === 'string' ? (JSON.parse(text) as JsonObject) : {};
  }

  private attributes(row: Row, elements: ElementsByKey, key: string, document: JsonObject): Attributes {
    const { type } = this.mapping;
    const attributes: Record<string, unknown> = {};
    const readAll = (list: readonly ResolvedAttribute[], target: Record<string, unknown>) => {
      for (const attribute of list) {
        if (['schemas', 'id', 'meta'].includes(attribute.path)) continue;
        const value = this.attribute(attribute, row, elements, key, document);
        if (value !== undefined) setOwn(target, attribute.name, value);
      }
    };
    readAll(type.attributes, attributes);
    for (const { urn, attributes: list } of type.extensions) {
      const extension: Record<string, unknown> = {};
      readAll(list, extension);
      if (Object.keys(extension).length > 0) setOwn(attributes, urn, extension);
    }
    return attributes;
  }

  private attribute(
    attribute: ResolvedAttribute,
    row: Row,
    elements: ElementsByKey,
    key: string,
    document: JsonObject,
  ): unknown {
    const source = this.mapping.byPath.get(attribute.path);
    if (source) return this.source(source, row, elements, key, document);
    if (attribute.type !== 'complex' || attribute.multiValued) return undefined;
    const value: Record<string, unknown> = {};
    for (const sub of attribute.subAttributes) {
      const part = this.attribute(sub, row, elements, key, document);
      if (part !== undefined) setOwn(value, sub.name, part);
    }
    return Object.keys(value).length > 0 ? value : undefined;
  }

  private source(
    source: Source,
    row: Row,
    elements: ElementsByKey,
    key: string,
    document: JsonObject,
  ): unknown {
    switch (source.kind) {
      case 'column':
        return readScalar(source.scalar, row[`c${this.places.get(nameOf(source))}`]);
      case 'computed':
        return readComputed(source, (column) => this.value(row, column));
      case 'rows': {
        const values = elements.get(source)?.get(key) ?? [];
        return values.length > 0 ? values : undefined;
      }
      case 'slots': {
        const read = (part: InColumn) => readScalar(part.scalar, row[`c${this.places.get(nameOf(part))}`]);
        const values = source.slots.flatMap((slot) => readElement(source.attribute, slot, read) ?? []);
        return values.length > 0 ? values : undefined;
      }
      default:
        return valueAt(document, source.attribute.keys);
    }
  }
}

/** The columns that a source's values are in, of the mapping's table or of one beside it. */
export function columnsOf(source: Source): readonly Column[] {
  switch (source.kind) {
    case 'column':
      return [source];
    case 'computed':
      return source.columns;
    case 'slots':
      return source.slots.flatMap((slot) => [...slot.parts.values()]);
    default:
      return [];
  }
}

const nameOf = ({ beside, column }: Column): string => `${beside.suffix}.${column.name}`;

function readComputed({ attribute, columns, read }: Computed, value: (column: Column) => unknown): unknown {
  const row = Object.fromEntries(columns.map((column) => [column.name, value(column)]));
  const made = read(row as never);
  if (made === null || made === '' || made === undefined) return undefined;
  return attribute.type === 'complex' || Array.isArray(made) ? made : byType(attribute, made);
}

/** One value of a multi-valued attribute; undefined where none of its columns has one. */
export function readElement<Part>(
  attribute: ResolvedAttribute,
  { parts, constants }: Elements<Part>,
  read: (part: Part) => unknown,
): unknown {
  const values = new Map<string, unknown>();
  for (const [name, part] of parts) {
    const value = read(part);
    if (value !== undefined) values.set(name, value);
  }
  if (values.size === 0) return undefined;
  if (attribute.type !== 'complex') return values.get('value');
  for (const [name, { value }] of constants) values.set(name, value);
  const element: Record<string, unknown> = {};
  for (const { name } of attribute.subAttributes) {
    if (values.has(name)) setOwn(element, name, values.get(name));
  }
  return element;
}

function valueAt(document: JsonObject, keys: readonly string[]): unknown {
  let value: unknown = document;
  for (const key of keys) value = isObject(value) ? own(value, key) : undefined;
  return value;
}
