// What a write did to relations, for events and for the version: deltas, never lists.
import type { ResolvedAttribute } from '../schema/resource-type.ts';
import type { RelationDelta } from './store.ts';

/** One delta per relation; what was added and removed again is no change. */
export function mergeDeltas(deltas: readonly RelationDelta[]): readonly RelationDelta[] {
  const merged = new Map<ResolvedAttribute, { added: Set<string>; removed: Set<string> }>();
  for (const { attribute, added, removed } of deltas) {
    const net = merged.get(attribute) ?? { added: new Set(), removed: new Set() };
    merged.set(attribute, net);
    for (const id of removed) if (!net.added.delete(id)) net.removed.add(id);
    for (const id of added) if (!net.removed.delete(id)) net.added.add(id);
  }
  return [...merged]
    .map(([attribute, net]) => ({ attribute, added: [...net.added], removed: [...net.removed] }))
    .filter(({ added, removed }) => added.length > 0 || removed.length > 0);
}
