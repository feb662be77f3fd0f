// RFC 7644 §3.4.2: filter, sort and page in memory, for stores that can't query.
import { foldAttribute, foldResource } from '../protocol/fold.ts';
import { matches } from '../protocol/match.ts';
import { type JsonObject, setOwn } from '../protocol/message.ts';
import type { CursorPage } from '../protocol/page.ts';
import type { ResolvedFilter } from '../protocol/resolve-filter.ts';
import { compareSortKeys, sortKey } from '../protocol/sort.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { foldMeta, toDocument } from './document.ts';
import { type Mark, parseKeyset, type Turned, turnPage } from './keyset.ts';
import type { Page, Query, Reference, StoredResource } from './store.ts';

/** The values of a relation, or of its inverse, that a resource has. */
export type RelationLookUp = (id: string, attribute: ResolvedAttribute) => readonly Reference[];

/** The relations, or inverses, that a filter speaks of. */
export function relationsIn(filter: ResolvedFilter | undefined): ReadonlySet<ResolvedAttribute> {
  const found = new Set<ResolvedAttribute>();
  const walk = (f: ResolvedFilter): void => {
    if ('filters' in f) f.filters.forEach(walk);
    else if (f.kind === 'not') walk(f.filter);
    else if (f.kind !== 'constant') {
      const top = f.attribute.parent ?? f.attribute;
      if (top.relation) found.add(top);
    }
  };
  if (filter) walk(filter);
  return found;
}

/** A resource as filters and sorting see it; with the relations that are asked for. */
export function foldStored(
  type: ResourceType,
  stored: StoredResource,
  relations: Iterable<ResolvedAttribute> = [],
  lookUp: RelationLookUp = (_, attribute) => stored.relations?.get(attribute.path) ?? [],
): JsonObject {
  const folded: Record<string, unknown> = {
    ...foldResource(type, toDocument(type, stored.id, stored.attributes)),
    meta: foldMeta(stored),
  };
  for (const attribute of relations) {
    const value = foldAttribute(attribute, lookUp(stored.id, attribute));
    if (value !== undefined) setOwn(folded, attribute.name, value);
  }
  return folded;
}

interface Candidate {
  readonly stored: StoredResource;
  /** Its place in the order. */
  readonly mark: Mark;
}

/**
 * Filters, sorts and pages resources in memory: the query of a store that holds few, and the meaning that the
 * databases' queries are tested against.
 *
 * @example
 * const page = evaluate(User, query, await loadAll());
 */
export function evaluate(
  type: ResourceType,
  query: Query,
  resources: Iterable<StoredResource>,
  fold: (stored: StoredResource) => JsonObject = (stored) =>
    foldStored(type, stored, relationsIn(query.filter)),
): Page {
  const { filter, sort, page } = query;
  const found: Candidate[] = [];
  for (const stored of resources) {
    const folded = fold(stored);
    if (filter && !matches(filter, folded)) continue;
    found.push({ stored, mark: { id: stored.id, key: sort && sortKey(folded, sort.attribute) } });
  }
  const compare = (a: Mark, b: Mark) =>
    (sort && compareSortKeys(a.key, b.key, sort.descending)) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  found.sort((a, b) => compare(a.mark, b.mark));
  const total = found.length;
  if ('startIndex' in page) {
    const start = page.startIndex - 1;
    return { resources: found.slice(start, start + page.count).map(({ stored }) => stored), total };
  }
  const { rows, ...neighbours } = turn(found, page, compare);
  return { resources: rows.map(({ stored }) => stored), total, ...neighbours };
}

/** The page by cursor of a list that is in order. */
function turn(
  all: readonly Candidate[],
  { cursor, count }: CursorPage,
  compare: (a: Mark, b: Mark) => number,
): Turned<Candidate> {
  const keyset = parseKeyset(cursor);
  const { backward, mark } = keyset;
  const beyond = all.filter((each) => !mark || compare(each.mark, mark) * (backward ? -1 : 1) > 0);
  return turnPage(keyset, backward ? beyond.reverse() : beyond, count, (each) => each.mark);
}
