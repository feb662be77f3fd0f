// All resources of a scope as one JSON document, and back. A ListResponse (RFC 7644 §3.4.2) with what is kept of each.
import { quote, ScimError } from '../protocol/error.ts';
import { foldInstant } from '../protocol/fold.ts';
import { strict } from '../protocol/leniency.ts';
import { isObject, type JsonObject, setOwn } from '../protocol/message.ts';
import { LIST_RESPONSE_URN } from '../protocol/urn.ts';
import { type Attributes, readResource, validate } from '../protocol/validate.ts';
import { formatEtag } from '../protocol/version.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { toDocument } from './document.ts';

/** A resource with all that is kept of it, as it goes from one database to another. */
export interface KeptResource {
  readonly type: ResourceType;
  readonly id: string;
  /** A whole number from 1. */
  readonly version: number;
  /** Instants in UTC: "2026-01-31T12:00:00.000Z". */
  readonly created: string;
  readonly lastModified: string;
  readonly attributes: Attributes;
  /** The ids of what is referred to, and their resource types, by the path of the relation. */
  readonly relations: ReadonlyMap<string, readonly KeptReference[]>;
}

/** What a relation refers to. */
export interface KeptReference {
  readonly value: string;
  readonly type?: string;
}

/** What is never returned is secret, and stays where it is. */
function withoutSecrets(attributes: readonly ResolvedAttribute[], object: JsonObject): JsonObject {
  const open: Record<string, unknown> = {};
  for (const { name, returned, mutability, subAttributes } of attributes) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    if (value === undefined || returned === 'never' || mutability === 'writeOnly') continue;
    const within = (part: unknown) => (isObject(part) ? withoutSecrets(subAttributes, part) : part);
    setOwn(open, name, Array.isArray(value) ? value.map(within) : within(value));
  }
  return open;
}

function toJson({ type, id, version, created, lastModified, attributes, relations }: KeptResource): string {
  const open: Record<string, unknown> = { ...withoutSecrets(type.attributes, attributes) };
  for (const { urn, attributes: list } of type.extensions) {
    const value = attributes[urn];
    if (isObject(value)) open[urn] = withoutSecrets(list, value);
  }
  for (const [path, references] of relations) if (references.length > 0) open[path] = references;
  const meta = { resourceType: type.name, created, lastModified, version: formatEtag(String(version)) };
  return JSON.stringify({ ...toDocument(type, id, open), meta });
}

const HEAD = `{"schemas":["${LIST_RESPONSE_URN}"],"Resources":[`;
const line = (resource: KeptResource, count: number) => `${count === 0 ? '' : ','}\n${toJson(resource)}`;
const tail = (count: number) => `\n],"totalResults":${count}}\n`;

/**
 * The text of a dump, in pieces: a ListResponse of all resources, one on a line, with members and with `meta`, without
 * attributes that are never returned.
 */
export function* dumpResources(resources: Iterable<KeptResource>): Iterable<string> {
  let count = 0;
  yield HEAD;
  for (const resource of resources) yield line(resource, count++);
  yield tail(count);
}

/** The same of resources that come when they come. */
export async function* dumpAll(resources: AsyncIterable<KeptResource>): AsyncIterable<string> {
  let count = 0;
  yield HEAD;
  for await (const resource of resources) yield line(resource, count++);
  yield tail(count);
}

/**
 * Reads a dump: a ListResponse, or an array of resources. `source` names the file in errors.
 *
 * @throws TypeError that names the source, the place and what is wrong.
 */
export function readDump(json: unknown, types: readonly ResourceType[], source: string): KeptResource[] {
  const list = isObject(json) ? json.Resources : json;
  if (!Array.isArray(list)) {
    throw new TypeError(`${source}: a ListResponse with "Resources", or an array of resources, is expected`);
  }
  const ids = new Set<string>();
  return list.map((raw: unknown, index) => {
    const place = `${source}: Resources[${index}]`;
    if (!isObject(raw)) throw new TypeError(`${place}: an object is expected, not ${quote(raw)}`);
    const kept = readKept(raw, types, place);
    if (ids.has(kept.id)) throw new TypeError(`${place}: the id ${quote(kept.id)} is there twice`);
    ids.add(kept.id);
    return kept;
  });
}

function readKept(raw: JsonObject, types: readonly ResourceType[], place: string): KeptResource {
  const { id, meta } = raw;
  const { resourceType, version = 'W/"1"', created, lastModified = created } = isObject(meta) ? meta : {};
  const type = types.find(({ name }) => name === resourceType);
  if (!type) {
    const names = types.map(({ name }) => name).join(', ');
    throw new TypeError(`${place}: "meta.resourceType" must be one of ${names}, not ${quote(resourceType)}`);
  }
  if (typeof id !== 'string' || !/^[^/?#\s]+$/.test(id)) {
    throw new TypeError(`${place}: "id" must be a string without spaces, "/", "?" and "#", not ${quote(id)}`);
  }
  const number = /^(?:W\/)?"(\d{1,15})"$/.exec(String(version))?.[1];
  if (number === undefined) {
    throw new TypeError(`${place}: "meta.version" must be a version such as W/"1", not ${quote(version)}`);
  }
  const instants = [created, lastModified].map((instant) => {
    const folded = typeof instant === 'string' ? foldInstant(instant) : undefined;
    if (folded !== undefined) return `${folded.slice(0, 23)}Z`;
    throw new TypeError(
      `${place}: "meta.created" and "meta.lastModified" must be times, not ${quote(instant)}`,
    );
  }) as [string, string];
  try {
    const { attributes, relations } = readResource(type, raw, strict);
    validate(type, attributes, relations);
    return {
      ...{ type, id, version: Number(number), created: instants[0], lastModified: instants[1], attributes },
      relations: new Map(
        [...relations].map(([path, values]) => [path, values.map((value) => ({ value }))] as const),
      ),
    };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    throw new TypeError(`${place} (${type.name} ${quote(id)}): ${error.detail}`, { cause: error });
  }
}
