// RFC 7643 §3: a resource's document as stores keep it: `schemas` and `id` first, then the attributes.
import { foldInstant } from '../protocol/fold.ts';
import { type JsonObject, own } from '../protocol/message.ts';
import type { Attributes } from '../protocol/validate.ts';
import type { ResourceType } from '../schema/resource-type.ts';

/** The URNs of the core schema and of the extensions that a resource has data of, in their canonical spelling. */
export function schemasOf(type: ResourceType, attributes: Attributes): readonly string[] {
  const used = type.extensions.filter((extension) => own(attributes, extension.urn) !== undefined);
  return [type.urn, ...used.map((extension) => extension.urn)];
}

/** A resource's document without `meta` and relations. */
export function toDocument(type: ResourceType, id: string, attributes: Attributes): JsonObject {
  return { schemas: schemasOf(type, attributes), id, ...attributes };
}

/** `meta` as filters and sorting see it. */
export function foldMeta(stored: {
  readonly created: string;
  readonly lastModified: string;
  readonly version: string;
}): JsonObject {
  return {
    created: foldInstant(stored.created),
    lastModified: foldInstant(stored.lastModified),
    version: stored.version,
  };
}
