// What the target has: its resources page by page, with the mapped attributes alone.
import { evaluate, type Filter, parseFilter, resolveFilter, type ResourceType, strict } from 'scimkit';
import type { ScimClient } from 'scimkit/client';
import { isObject, type JsonObject, type Place } from './json-place.ts';
import { elementsAt, readMapped } from './mapped-path.ts';
import { foldKey, keyOf, type Mapping } from './mapping.ts';
import type { Problem } from './row.ts';

/** A resource as the target has it. */
export interface TargetResource {
  readonly id: string;
  /** Undefined: it has none, and is nobody's. */
  readonly key: string | undefined;
  readonly folded: string | undefined;
  /** In the order of the mapping's attributes. */
  readonly values: readonly unknown[];
  /** How many values each selector of the mapping finds. */
  readonly found: ReadonlyMap<string, number>;
  /** Whether it may be removed when the source lacks it. */
  readonly isManaged: boolean;
  /** `active`, where it is written. */
  readonly isActive: boolean;
  /** The ids of the members, where they were asked for. */
  readonly members: ReadonlySet<string>;
}

/** What the target has of one type. */
export interface TargetSet {
  readonly byId: ReadonlyMap<string, TargetResource>;
  readonly byKey: ReadonlyMap<string, TargetResource>;
  /** Keys that several resources have: none of them is touched. */
  readonly ambiguous: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** What is asked of the target for one type. */
export interface TargetQuery {
  readonly mapping: Mapping;
  readonly managed: Place | undefined;
  readonly hasMembers: boolean;
  /** How many resources a page may have. */
  readonly count: number;
}

/** The attributes that a filter speaks of. */
function pathsIn(filter: Filter): readonly string[] {
  if ('filters' in filter) return filter.filters.flatMap(pathsIn);
  return filter.kind === 'not' ? pathsIn(filter.filter) : [filter.path];
}

/** Which of some resources a filter finds: judged here, so that it works whatever filters the target has. */
function filterOf(type: ResourceType, place: Place | undefined) {
  if (!place) return { paths: [], find: () => true };
  try {
    const tree = parseFilter(place.text('externalId pr'));
    const filter = resolveFilter(type, tree, { leniency: strict });
    const find = ({ id, meta: _, schemas: __, ...attributes }: JsonObject) => {
      const stored = { id: String(id), version: '', created: '', lastModified: '', attributes };
      const query = {
        filter,
        page: { startIndex: 1, count: 1 },
        selection: { relations: new Set<string>() },
      };
      return evaluate(type, query, [stored]).resources.length > 0;
    };
    return { paths: pathsIn(tree), find };
  } catch (error) {
    throw place.wrong(`is no filter that works here. ${(error as Error).message}`);
  }
}

/** The top of a path, which is what some service providers alone understand in `attributes`. */
const topOf = (path: string): string => {
  const from = path.lastIndexOf(':') + 1;
  return path.slice(0, from) + (path.slice(from).split('.', 1)[0] ?? '');
};

/** The ids of the members of a group. */
export function membersOf(resource: JsonObject): readonly string[] {
  const list = Array.isArray(resource.members) ? resource.members : [];
  return list
    .map((member: unknown) => (isObject(member) ? member.value : member))
    .filter((id): id is string => typeof id === 'string');
}

/** The attributes that are asked for, so that a mapping can be compared. */
export function selectionOf({ attributes }: Mapping): readonly string[] {
  const mapped = attributes
    .filter(({ isSecret }) => !isSecret)
    .map((attribute) => attribute.mapped.attribute);
  return [...new Set(mapped.map((attribute) => topOf((attribute.parent ?? attribute).path)))];
}

/** How a resource is read as a mapping sees it. */
export function resourceReader(
  mapping: Mapping,
  isManaged: (resource: JsonObject) => boolean,
): (resource: JsonObject) => TargetResource {
  const { attributes, match, active } = mapping;
  const selectors = attributes.map(({ mapped }) => mapped).filter(({ kind }) => kind === 'element');
  // Most resources are alike in this, and share it.
  const known = new Map<string, ReadonlyMap<string, number>>();
  const foundIn = (resource: JsonObject) => {
    const counts = selectors.map((mapped) => [mapped.selector, elementsAt(mapped, resource).length] as const);
    const text = counts.join();
    const found = known.get(text) ?? new Map(counts);
    known.set(text, found);
    return found;
  };
  return (resource) => {
    const key = keyOf(readMapped(match.mapped, resource));
    return {
      id: String(resource.id),
      key,
      folded: key === undefined ? undefined : foldKey(match, key),
      values: attributes.map(({ mapped, isSecret }) => (isSecret ? undefined : readMapped(mapped, resource))),
      found: foundIn(resource),
      isManaged: key !== undefined && isManaged(resource),
      isActive: active === undefined || readMapped(active.mapped, resource) !== false,
      members: new Set(membersOf(resource)),
    };
  };
}

/** Reads all resources of a type; `onPage` is told how many there are so far. */
export async function readTarget(
  client: ScimClient,
  { mapping, managed, hasMembers, count }: TargetQuery,
  onPage: (read: number, total: number | undefined) => void = () => {},
): Promise<TargetSet> {
  const { type, match } = mapping;
  const filter = filterOf(type, managed);
  const more = [...filter.paths.map(topOf), ...(hasMembers ? ['members'] : [])];
  const selection = [...new Set([...selectionOf(mapping), ...more])];
  const toTarget = resourceReader(mapping, filter.find);
  const byId = new Map<string, TargetResource>();
  const byKey = new Map<string, TargetResource>();
  const ambiguous = new Map<string, string[]>();
  const pages = client.resources(type).pages({ attributes: selection, count });
  for await (const page of pages) {
    for (const resource of page.resources as readonly unknown[] as readonly JsonObject[]) {
      const read = toTarget(resource);
      const { id, folded } = read;
      if (byId.has(id)) continue;
      byId.set(id, read);
      if (folded === undefined) continue;
      const other = byKey.get(folded);
      if (other) ambiguous.set(folded, [...(ambiguous.get(folded) ?? [other.id]), id]);
      else byKey.set(folded, read);
    }
    onPage(byId.size, page.totalResults);
  }
  const problems = [...ambiguous].map(([folded, ids]) => {
    const { key } = byKey.get(folded) as TargetResource;
    return {
      where: 'target',
      text: `${ids.length} ${type.name} resources have the ${match.mapped.path} ${JSON.stringify(key)} (ids ${ids.join(', ')}): none is touched.`,
    };
  });
  for (const folded of ambiguous.keys()) byKey.delete(folded);
  return { byId, byKey, ambiguous: new Set(ambiguous.keys()), problems };
}
