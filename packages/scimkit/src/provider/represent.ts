// RFC 7643 §3.1, RFC 7644 §3.9: from what a store keeps to what a client gets.
import type { Projection } from '../protocol/project.ts';
import { digestText, formatEtag } from '../protocol/version.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { schemasOf } from '../store/document.ts';
import type { Reference, Selection, StoredResource } from '../store/store.ts';
import { type Context, locationOf, type Opened, run } from './context.ts';
import {
  appendRelations,
  type Json,
  type LargeRelation,
  type ReadOn,
  readValues,
  VALUES_AT_ONCE,
} from './pieces.ts';
import type { Inverse } from './service.ts';

/** A resource as it is sent: its JSON, its location and its ETag. */
export interface Representation {
  readonly json: Json;
  readonly location: string;
  readonly etag: string;
}

/** Values of a relation that a page of resources takes with it, all together. */
const VALUES_ON_PAGE = 20_000;

/** What a projection needs of the store, for a page of so many resources. */
export function selectionFor(
  opened: Opened,
  type: ResourceType,
  projection: Projection,
  count = 1,
): Selection {
  const wanted = type.holders.filter((attribute) => projection.includes(attribute));
  const relations = new Set(wanted.map((attribute) => attribute.path));
  // A store that can't read on gives all.
  if (wanted.length === 0 || !opened.store(type).references) return { relations };
  const share = Math.floor(VALUES_ON_PAGE / Math.max(count, 1));
  return { relations, limit: Math.max(1, Math.min(VALUES_AT_ONCE, share)) };
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
      const groups = await run(context, 'read', async (opened) => opened.store(holder).groupsOf?.(ids));
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
  if (resources.some(({ continued }) => continued && continued.size > 0)) await assertReadsOn(context, type);
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
    const large: LargeRelation[] = [];
    for (const [path, references] of stored.relations ?? []) {
      const attribute = type.holders.find((holder) => holder.path === path) as ResolvedAttribute;
      if (stored.continued?.has(path)) {
        const pages = readValues(readerOf(context, type, stored.id, path), stored.id, path, references);
        large.push({ attribute, pages });
      } else relations[attribute.name] = represent(context, references);
    }
    // Of a large relation, the version was read with the first values, before the others: whoever writes with it as
    // precondition is answered 412 when the others have changed meanwhile, and never undoes what it hasn't seen.
    const etag = formatEtag(stored.version, digest);
    const meta = {
      resourceType: type.name,
      // A store over an app's tables needn't know when.
      ...(stored.created !== '' && { created: stored.created }),
      ...(stored.lastModified !== '' && { lastModified: stored.lastModified }),
      location,
      version: etag,
    };
    const object = toJson(type, stored, projection, relations, meta);
    const json =
      large.length === 0
        ? object
        : appendRelations(object, large, projection, (references) => represent(context, references));
    return { json, location, etag };
  });
}

/** Before anything is sent: a store that gives a part of a relation must have the others. */
async function assertReadsOn<Auth>(context: Context<Auth>, type: ResourceType): Promise<void> {
  const readsOn = await run(context, 'read', async (opened) => Boolean(opened.store(type).references));
  if (!readsOn)
    throw new Error(`A ${type.name} has "continued" relations, but its store has no "references".`);
}

/** Reads on in a relation of which the store gave a part: each time in a transaction of its own. */
function readerOf<Auth>(context: Context<Auth>, type: ResourceType, id: string, path: string): ReadOn {
  return (after) =>
    run(context, 'read', async (opened) => opened.store(type).references?.(id, path, after, VALUES_AT_ONCE));
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
