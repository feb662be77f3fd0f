// The resources of one connection in memory, with what refers to what, as they are handed out.
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { displayOf } from './display.ts';
import type { MemoryRelations } from './memory-relations.ts';
import type { Reference, Selection, StoredResource } from './store.ts';

/** A resource and its type. */
export interface Row {
  readonly type: ResourceType;
  readonly stored: StoredResource;
}

/** All resources of one connection, and who holds whom. */
export interface Partition {
  readonly rows: Map<string, Row>;
  readonly relations: MemoryRelations;
}

/** A resource with the relations that are wanted of it. */
export function select(
  { rows, relations }: Partition,
  { type, stored }: Row,
  { relations: paths, limit = Number.POSITIVE_INFINITY }: Selection,
): StoredResource {
  const wanted = type.holders.filter((attribute) => paths.has(attribute.path));
  if (wanted.length === 0) return stored;
  const held = wanted.map(({ path }) => [path, relations.inOrder(stored.id, path)] as const);
  const first = (ids: readonly string[]) => ids.slice(0, limit).map((id) => referenceTo(rows, id));
  return {
    ...stored,
    relations: new Map(held.map(([path, ids]) => [path, first(ids)])),
    continued: new Set(held.filter(([, ids]) => ids.length > limit).map(([path]) => path)),
  };
}

/** The values of a relation, or of its inverse, that a resource has. */
export function valuesOf(
  partition: Partition,
  id: string,
  attribute: ResolvedAttribute,
): readonly Reference[] {
  if (attribute.relation === 'inverse') {
    return holdersOf(partition, id, attribute.sub.get('$ref')?.referenceTypes ?? []);
  }
  return partition.relations.inOrder(id, attribute.path).map((member) => referenceTo(partition.rows, member));
}

/** A resource as the value of a relation. */
export function referenceTo(rows: Partition['rows'], id: string): Reference {
  const { type, stored } = rows.get(id) as Row;
  return { value: id, type: type.name, display: displayOf(stored.attributes) };
}

/** Who of some types holds a resource, directly or through others. */
export function holdersOf(
  { rows, relations }: Partition,
  id: string,
  types: readonly string[],
): readonly Reference[] {
  const rowOf = (holder: string) => rows.get(holder) as Row;
  const found = relations.holdersOf(id, (holder) => types.includes(rowOf(holder).type.name));
  return [...found.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, type]) => {
      const row = rowOf(value);
      return { value, type, resourceType: row.type.name, display: displayOf(row.stored.attributes) };
    });
}
