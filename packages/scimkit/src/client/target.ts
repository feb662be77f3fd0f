// RFC 7644 §3.4.1, §3.14: how a resource that is meant is named in a request, and what is sent of it.
import { isObject, type JsonObject, member } from '../protocol/message.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Target } from './resource-client.ts';

/** An id in a path. */
export const segment = (id: string): string => {
  if (id === '') throw new TypeError('The id is empty.');
  // "." and ".." would be taken away by URL parsers.
  return encodeURIComponent(id).replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%2E'));
};

/** The id of a target. */
export const idOf = (target: Target): string => (typeof target === 'string' ? target : target.id);

/** A version as an entity tag; some service providers leave out the quotes. */
export function entityTag(version: string): string {
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
