// RFC 7644 §3.4.1, §3.14: how a resource that is meant is named in a request, and what is sent of it.
import { quote } from '../protocol/error.ts';
import { isObject, type JsonObject, member } from '../protocol/message.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Target } from './resource-client.ts';

/**
 * An id in a path.
 *
 * @throws TypeError for one that no path can have.
 */
export const segment = (id: string): string => {
  if (typeof id !== 'string' || id === '') throw new TypeError('The id is empty, or no string.');
  // URL parsers take "." and ".." away, and "%2E" as well: it would be another URL.
  if (id === '.' || id === '..') throw new TypeError(`The id is "${id}", which no URL can end with.`);
  if (!id.isWellFormed()) throw new TypeError('The id has half of a surrogate pair, which no URL can have.');
  return encodeURIComponent(id);
};

/** The id of a target. */
export const idOf = (target: Target): string => (typeof target === 'string' ? target : target.id);

/**
 * A version as an entity tag; some service providers leave out the quotes.
 *
 * @throws TypeError for one that no header can carry.
 */
export function entityTag(version: string): string {
  if (!/^[\x20-\x7e\x80-\xff]*$/.test(version))
    throw new TypeError(`The version ${quote(version)} has characters that no header can carry.`);
  return version === '*' || /^(W\/)?"/.test(version) ? version : `"${version}"`;
}

/** What `If-Match` is sent for a target. */
export function ifMatchOf(target: Target, ifMatch: string | false | undefined): string | undefined {
  const version = ifMatch ?? (typeof target === 'string' ? undefined : target.meta?.version);
  return version === undefined || version === false ? undefined : entityTag(version);
}

/** The body of a POST or PUT: without what the service provider alone may write, with the schemas that are used. */
export function bodyOf(type: ResourceType, input: JsonObject): JsonObject {
  const isFixed = (name: string) => type.byName.get(name.toLowerCase())?.mutability === 'readOnly';
  const given = Object.entries(input).filter(([name, value]) => !isFixed(name) && value !== undefined);
  const extensions = type.extensions.filter(({ urn }) => isObject(member(input, urn))).map(({ urn }) => urn);
  const schemas: readonly unknown[] = Array.isArray(input.schemas) ? input.schemas : [];
  return { ...Object.fromEntries(given), schemas: [...new Set([type.urn, ...extensions, ...schemas])] };
}
