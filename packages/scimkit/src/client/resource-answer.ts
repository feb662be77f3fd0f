// RFC 7643 §3, RFC 7644 §3.1: a resource as a service provider sends it, read as it is meant.
import { quote } from '../protocol/error.ts';
import { isObject, type JsonObject, setOwn } from '../protocol/message.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { type Answer, invalidAnswer } from './answer.ts';
import type { ReportDeparture } from './departure.ts';

/** A resource as it was sent, with `id`, `schemas` and `meta`. */
export interface ReceivedResource {
  readonly id: string;
  readonly schemas: readonly string[];
  readonly meta: JsonObject;
  readonly [attribute: string]: unknown;
}

function booleans(attribute: ResolvedAttribute, value: unknown, depart: ReportDeparture): unknown {
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  if (attribute.type !== 'boolean' || (text !== 'true' && text !== 'false')) return value;
  depart('boolean-strings', attribute.path);
  return text === 'true';
}

/** An attribute's value as its schema has it; the same object where nothing departs. */
function readValue(attribute: ResolvedAttribute, value: unknown, depart: ReportDeparture): unknown {
  if (Array.isArray(value)) {
    // Arrays in arrays are no values of anything, and may go deep.
    const read = value.map((element) =>
      Array.isArray(element) ? element : readValue(attribute, element, depart),
    );
    return read.every((element, index) => element === value[index]) ? value : read;
  }
  if (!isObject(value)) return booleans(attribute, value, depart);
  return attribute.type === 'complex' ? readNames(attribute.sub, value, depart) : value;
}

/** The members of an object under the names that the schema gives them. */
function readNames(
  byName: ReadonlyMap<string, ResolvedAttribute>,
  object: JsonObject,
  depart: ReportDeparture,
  rename: (key: string) => string | undefined = () => undefined,
): JsonObject {
  const read: Record<string, unknown> = {};
  let isSame = true;
  for (const key of Object.keys(object)) {
    const attribute = byName.get(key.toLowerCase());
    const name = attribute?.name ?? rename(key) ?? key;
    const value = attribute ? readValue(attribute, object[key], depart) : object[key];
    if (name !== key) depart('attribute-case', key);
    if (name !== key || value !== object[key]) isSame = false;
    // A name that is there twice counts as it is spelled by the schema.
    if (name === key || !Object.hasOwn(object, name)) setOwn(read, name, value);
  }
  return isSame ? object : read;
}

/** What a resource says that it is, where all that it says speaks against a type. */
function otherType(type: ResourceType, { schemas, meta }: JsonObject): string | undefined {
  const told = isObject(meta) ? meta.resourceType : undefined;
  if (typeof told !== 'string' || told.toLowerCase() === type.name.toLowerCase()) return undefined;
  const isOwn = (urn: unknown) => typeof urn === 'string' && urn.toLowerCase() === type.urn.toLowerCase();
  return Array.isArray(schemas) && schemas.length > 0 && !schemas.some(isOwn) ? told : undefined;
}

/**
 * A resource in an answer, or in a list.
 *
 * @throws RequestError `invalidAnswer` for what is no resource of the type.
 */
export function readResource(type: ResourceType, json: unknown, answer: Answer): ReceivedResource {
  const { depart } = answer;
  if (!isObject(json)) throw invalidAnswer(answer, `the answer has no ${type.name}, which is a JSON object.`);
  const extensionName = (key: string) => type.byUrn.get(key.toLowerCase())?.urn;
  const named = readNames(type.byName, json, depart, extensionName);
  const resource: Record<string, unknown> = { ...named };
  for (const { urn, byName } of type.extensions) {
    const part = Object.hasOwn(resource, urn) ? resource[urn] : undefined;
    if (isObject(part)) resource[urn] = readNames(byName, part, depart);
  }
  if (typeof resource.id === 'number') {
    depart('id', 'id');
    resource.id = String(resource.id);
  }
  if (typeof resource.id !== 'string' || resource.id === '') {
    throw invalidAnswer(answer, `the answer has no ${type.name}: it lacks an "id".`);
  }
  const other = otherType(type, resource);
  if (other !== undefined)
    throw invalidAnswer(answer, `the answer has no ${type.name}, but what is said to be a ${quote(other)}.`);
  if (!Array.isArray(resource.schemas)) {
    depart('schemas', 'schemas');
    resource.schemas = [type.urn];
  }
  if (!isObject(resource.meta)) {
    // Clients may ask for `attributes`, and then nobody promised it.
    resource.meta = { resourceType: type.name };
  }
  return resource as unknown as ReceivedResource;
}

/** The id at the end of a path or URL. */
export function idIn(location: string | null): string | undefined {
  const last = location?.split(/[?#]/, 1)[0]?.replace(/\/+$/, '').split('/').at(-1);
  try {
    return last ? decodeURIComponent(last) : undefined;
  } catch {
    return undefined;
  }
}

/** What the answer to a request must be. */
export interface Expected {
  /** The resource that was asked for; undefined: one that was created. */
  readonly id?: string | undefined;
}

/**
 * The resource that an answer carries, with its ETag as `meta.version`; undefined for an answer without a body.
 *
 * @throws RequestError `invalidAnswer` for one that is about another resource.
 */
export function readResourceAnswer(
  type: ResourceType,
  answer: Answer,
  expected: Expected,
): ReceivedResource | undefined {
  const { body, headers, depart } = answer;
  if (body === undefined) return undefined;
  let json = body;
  if (isObject(body) && body.id === undefined && expected.id === undefined) {
    const id = idIn(headers.get('location'));
    if (id !== undefined) {
      depart('id', 'id');
      json = { ...body, id };
    }
  }
  const resource = readResource(type, json, answer);
  if (expected.id !== undefined && resource.id !== expected.id) {
    throw invalidAnswer(answer, `it is about ${type.name} "${resource.id}", which was not asked for.`);
  }
  if (!isObject(body) || !isObject(body.meta)) depart('meta', 'meta');
  const etag = headers.get('etag');
  if (etag === null || resource.meta.version !== undefined) return resource;
  return { ...resource, meta: { ...resource.meta, version: etag } };
}

/** Where an answer says that the resource is, if it says it. */
export function locationId(answer: Answer): string | undefined {
  return idIn(answer.headers.get('location'));
}
