// From rows of the app's tables to resources.
import { type JsonObject, ownAt, setOwn } from '../../protocol/message.ts';
import { digestText } from '../../protocol/version.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { Row, Sql } from '../sql/fragment.ts';
import type { StoredResource } from '../store.ts';
import { type Aliased, selected } from './aliased.ts';
import type { Compiled } from './compiled.ts';
import { readElement } from './element.ts';
import { ElementRows } from './element-rows.ts';
import { byType, readScalar, toInstant } from './scalar.ts';
import { type SideColumn, sideColumn } from './side-table.ts';
import {
  type Beside,
  type Column,
  columnName,
  type Computed,
  type InColumn,
  type InRows,
  type Source,
} from './source.ts';

/** A resource as it is read: with the key that the app knows it by. */
export interface MappedRow {
  readonly key: string;
  /** Whether it was the app's account before SCIM managed it. */
  readonly isLinked: boolean;
  readonly stored: StoredResource;
}

/** The values of attributes in rows of their own, by the source and the key of the resource. */
export type ElementsByKey = ReadonlyMap<InRows, ReadonlyMap<string, readonly unknown[]>>;

/** What of a resource is not in its row: in rows of its own, in the side table's document. */
interface Beyond {
  readonly key: string;
  readonly elements: ElementsByKey;
  readonly document: JsonObject;
}

/** Reads one value of a resource. */
type Read = (row: Row, beyond: Beyond) => unknown;

/** What is put into an object, by its name. */
type Parts = readonly (readonly [name: string, read: Read])[];

const ENVELOPE: ReadonlySet<string> = new Set(['schemas', 'id', 'meta']);

/** The columns that make a resource, in the order in which a statement selects them, and how they make it. */
export class Reading {
  readonly mapping: Compiled;
  /** Attributes whose values are rows of their own. */
  readonly rows: readonly ElementRows[];
  private readonly columns: Column[] = [];
  private readonly places = new Map<string, number>();
  private readonly besides: ReadonlySet<Beside>;
  /** By the alias of the table. */
  private readonly lists = new Map<string, Sql>();
  private readonly attributes: Parts;
  private readonly extensions: readonly (readonly [urn: string, parts: Parts])[];
  private readonly id: Read;
  private readonly count: Read | undefined;
  private readonly created: Read | undefined;
  private readonly lastModified: Read | undefined;
  private readonly isLinked: Read | undefined;
  private readonly document: Read | undefined;

  constructor(mapping: Compiled) {
    this.mapping = mapping;
    this.rows = mapping.sources.flatMap((source) =>
      source.kind === 'rows' ? [new ElementRows(mapping, source)] : [],
    );
    const { root, key, id, version, created, lastModified, side, idPrefix } = mapping;
    this.add({ beside: root, column: key });
    this.id = id ? this.value(id) : (_, beyond) => `${idPrefix}${beyond.key}`;
    this.count = version && this.value(version);
    this.created = created && this.value(created);
    this.lastModified = lastModified && this.value(lastModified);
    const inSide = (name: SideColumn) => side && this.value({ beside: side, column: sideColumn(name) });
    this.isLinked = inSide('isLinked');
    this.document = inSide('document');
    for (const column of mapping.sources.flatMap(columnsOf)) this.add(column);
    this.besides = new Set(this.columns.map(({ beside }) => beside));
    const { attributes, extensions } = mapping.type;
    this.attributes = this.parts(attributes.filter(({ path }) => !ENVELOPE.has(path)));
    this.extensions = extensions.map(({ urn, attributes: list }) => [urn, this.parts(list)] as const);
  }

  /** Selects a column; what it is called. */
  private add(column: Column): string {
    const name = columnName(column);
    let place = this.places.get(name);
    if (place === undefined) {
      place = this.columns.length;
      this.places.set(name, place);
      this.columns.push(column);
    }
    return `c${place}`;
  }

  /** A column's value, as the library decodes it. */
  private value(column: Column): Read {
    const name = this.add(column);
    const decode = column.column.decode?.bind(column.column);
    return decode ? (row) => decode(row[name]) : (row) => row[name];
  }

  /** What a SELECT lists. */
  list(at: Aliased): Sql {
    for (const beside of this.besides) at.use(beside);
    const known = this.lists.get(at.alias);
    if (known) return known;
    const list = selected(this.columns.map((column) => at.column(column)));
    this.lists.set(at.alias, list);
    return list;
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
    const key = this.key(row);
    const text = this.document?.(row, NOTHING);
    const document = typeof text === 'string' && text !== '{}' ? (JSON.parse(text) as JsonObject) : {};
    const beyond: Beyond = { key, elements, document };
    const attributes: Record<string, unknown> = {};
    fill(attributes, this.attributes, row, beyond);
    for (const [urn, parts] of this.extensions) {
      const extension = objectOf(parts, row, beyond);
      if (extension) setOwn(attributes, urn, extension);
    }
    const counted = this.count?.(row, beyond);
    const count = counted === undefined || counted === null ? undefined : Number(counted);
    return {
      key,
      isLinked: this.isLinked !== undefined && Number(this.isLinked(row, beyond)) === 1,
      stored: {
        id: String(this.id(row, beyond)),
        version: count === undefined ? digestText(JSON.stringify(attributes)) : String(count),
        created: toInstant(this.created?.(row, beyond)) ?? '',
        lastModified: toInstant(this.lastModified?.(row, beyond)) ?? '',
        attributes,
      },
    };
  }

  /** Those of some attributes that have a place. */
  private parts(attributes: readonly ResolvedAttribute[]): Parts {
    return attributes.flatMap((attribute) => {
      const read = this.attribute(attribute);
      return read ? [[attribute.name, read] as const] : [];
    });
  }

  private attribute(attribute: ResolvedAttribute): Read | undefined {
    const source = this.mapping.byPath.get(attribute.path);
    if (source) return this.source(source);
    if (attribute.type !== 'complex' || attribute.multiValued) return undefined;
    const parts = this.parts(attribute.subAttributes);
    return parts.length > 0 ? (row, beyond) => objectOf(parts, row, beyond) : undefined;
  }

  private source(source: Source): Read {
    switch (source.kind) {
      case 'column': {
        const name = this.add(source);
        return (row) => readScalar(source.scalar, row[name]);
      }
      case 'computed': {
        const parts = source.columns.map((column) => [column.name, this.value(column)] as const);
        return (row, beyond) =>
          readComputed(source, Object.fromEntries(parts.map(([name, read]) => [name, read(row, beyond)])));
      }
      case 'rows':
        return (_, { elements, key }) => elements.get(source)?.get(key);
      case 'slots': {
        const names = new Map(
          source.slots.flatMap(({ parts }) =>
            [...parts.values()].map((part) => [part, this.add(part)] as const),
          ),
        );
        return (row) => {
          const read = (part: InColumn) => readScalar(part.scalar, row[names.get(part) as string]);
          const values = source.slots.flatMap((slot) => readElement(source.attribute, slot, read) ?? []);
          return values.length > 0 ? values : undefined;
        };
      }
      default:
        return (_, { document }) => ownAt(document, source.attribute.keys);
    }
  }
}

const NOTHING: Beyond = { key: '', elements: new Map(), document: {} };

/** Puts those parts that have a value into an object. */
function fill(target: Record<string, unknown>, parts: Parts, row: Row, beyond: Beyond): void {
  for (const [name, read] of parts) {
    const value = read(row, beyond);
    if (value !== undefined) setOwn(target, name, value);
  }
}

/** An object of those parts that have a value; undefined where none has one. */
function objectOf(parts: Parts, row: Row, beyond: Beyond): Record<string, unknown> | undefined {
  let object: Record<string, unknown> | undefined;
  for (const [name, read] of parts) {
    const value = read(row, beyond);
    if (value === undefined) continue;
    object ??= {};
    setOwn(object, name, value);
  }
  return object;
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

function readComputed({ attribute, read }: Computed, row: object): unknown {
  const made = read(row as never);
  if (made === null || made === '' || made === undefined) return undefined;
  return attribute.type === 'complex' || Array.isArray(made) ? made : byType(attribute, made);
}
