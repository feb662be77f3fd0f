// RFC 7643 §3.1, RFC 7644 §3.9: from what a store keeps to what a client gets.
import type { Projection } from '../protocol/project.ts';
import { digestText, formatEtag } from '../protocol/version.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { schemasOf } from '../store/document.ts';
import type { Reference, Selection, StoredResource } from '../store/store.ts';
import { type Context, locationOf } from './context.ts';
import type { Inverse } from './service.ts';

/** A resource as it is sent: its JSON, its location and its ETag. */
export interface Representation {
  readonly json: string;
  readonly location: string;
  readonly etag: string;
}

/** What a projection needs of the store. */
export function selectionFor(type: ResourceType, projection: Projection): Selection {
  const wanted = type.holders.filter((attribute) => projection.includes(attribute));
  return { relations: new Set(wanted.map((attribute) => attribute.path)) };
}

type Computed = ReadonlyMap<ResolvedAttribute, ReadonlyMap<string, readonly Reference[]>>;
const NOTHING: Computed = new Map();

/** The computed relations of all resources of a page: one look-up per type that holds. */
async function computeInverses<Auth>(
  context: Context<Auth>,
  inverses: readonly Inverse[],
  ids: readonly string[],
): Promise<Computed> {
  const computed = new Map<ResolvedAttribute, ReadonlyMap<string, readonly Reference[]>>();
  for (const { attribute, holders } of inverses) {
    let byId: ReadonlyMap<string, readonly Reference[]> = new Map();
    for (const holder of holders) {
      const groups = await context.store(holder).groupsOf?.(ids);
      if (groups) byId = byId.size > 0 ? merge(byId, groups) : groups;
    }
    computed.set(attribute, byId);
  }
  return computed;
}

function merge(
  some: ReadonlyMap<string, readonly Reference[]>,
  more: ReadonlyMap<string, readonly Reference[]>,
): ReadonlyMap<string, readonly Reference[]> {
  const merged = new Map(some);
  for (const [id, references] of more) merged.set(id, [...(merged.get(id) ?? []), ...references]);
  return merged;
}

/** References as they are sent: with `$ref`, which depends on the base URL. */
function represent<Auth>(
  context: Context<Auth>,
  references: readonly Reference[],
): Record<string, unknown>[] {
  return references.map(({ value, type, resourceType, display }) => {
    const target = context.service.byName.get(resourceType ?? type)?.type;
    return {
      value,
      ...(target && { $ref: locationOf(context, target, value) }),
      ...(display !== undefined && { display }),
      type,
    };
  });
}

/** What an ETag tells apart. Lengths go before texts, so that no two lists look alike. */
const textOf = ({ value, type, display = '' }: Reference): string =>
  `${type}${value.length} ${value}${display.length} ${display}`;

/** The representations of resources of one type, in order. */
export async function representAll<Auth>(
  context: Context<Auth>,
  type: ResourceType,
  projection: Projection,
  resources: readonly StoredResource[],
): Promise<Representation[]> {
  const ids = resources.map((resource) => resource.id);
  const inverses = context.service.inverses.get(type.name) as readonly Inverse[];
  const wanted = ids.length > 0 ? inverses.filter(({ attribute }) => projection.includes(attribute)) : [];
  const computed = wanted.length > 0 ? await computeInverses(context, wanted, ids) : NOTHING;
  return resources.map((stored) => {
    const location = locationOf(context, type, stored.id);
    const relations: Record<string, unknown> = {};
    let digest: string | undefined;
    for (const [attribute, byId] of computed) {
      const references = byId.get(stored.id) ?? [];
      if (references.length === 0) continue;
      relations[attribute.name] = represent(context, references);
      digest = digestText(`${digest ?? ''}${references.map(textOf).join()}`);
    }
    for (const [path, references] of stored.relations ?? []) {
      const attribute = type.holders.find((holder) => holder.path === path) as ResolvedAttribute;
      relations[attribute.name] = represent(context, references);
    }
    const etag = formatEtag(stored.version, digest);
    const meta = {
      resourceType: type.name,
      created: stored.created,
      lastModified: stored.lastModified,
      location,
      version: etag,
    };
    const json = toJson(type, stored, projection, relations, meta);
    return { json, location, etag };
  });
}

/** One resource's representation. */
export async function representOne<Auth>(
  context: Context<Auth>,
  type: ResourceType,
  projection: Projection,
  stored: StoredResource,
): Promise<Representation> {
  return (await representAll(context, type, projection, [stored]))[0] as Representation;
}

function toJson(
  type: ResourceType,
  stored: StoredResource,
  projection: Projection,
  relations: Record<string, unknown>,
  meta: Record<string, unknown>,
): string {
  if (projection.isWhole && stored.text !== undefined) {
    // The stored text is the answer but for what depends on the request.
    relations.meta = meta;
    const more = JSON.stringify(relations);
    return `${stored.text.slice(0, -1)},${more.slice(1)}`;
  }
  const { id, attributes } = stored;
  const whole = { schemas: schemasOf(type, attributes), id, ...attributes, ...relations, meta };
  return JSON.stringify(projection.project(whole));
}
