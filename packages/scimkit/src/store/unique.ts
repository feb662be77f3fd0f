// RFC 7643 §2.2, §7: "uniqueness". Which values of a resource are unique, and within which bounds.
import { quote, ScimError } from '../protocol/error.ts';
import { valuesOf } from '../protocol/match.ts';
import type { JsonObject } from '../protocol/message.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';

/** A value that no other resource may have. */
export interface UniqueValue {
  readonly attribute: ResolvedAttribute;
  /** The resource type within which it is unique; "" for all of the tenant (uniqueness "global"). */
  readonly within: string;
  /** Folded, as text. */
  readonly value: string;
}

/** The attributes of a type whose values are unique, sub-attributes included; `id` is the store's own business. */
export function uniqueAttributes(type: ResourceType): readonly ResolvedAttribute[] {
  const top = [...type.attributes, ...type.extensions.flatMap((extension) => extension.attributes)];
  return top
    .filter((attribute) => !attribute.relation && attribute.name !== 'meta')
    .flatMap((attribute) => [attribute, ...attribute.subAttributes])
    .filter((attribute) => attribute.uniqueness !== 'none' && attribute.path !== 'id');
}

/** The values of the given attributes in a folded document. */
export function uniqueValues(
  type: ResourceType,
  attributes: readonly ResolvedAttribute[],
  folded: JsonObject,
): readonly UniqueValue[] {
  return attributes.flatMap((attribute) => {
    const values = valuesOf(folded, attribute).map((value) => String(value));
    const within = attribute.uniqueness === 'global' ? '' : type.name;
    return [...new Set(values)].map((value) => ({ attribute, within, value }));
  });
}

/** The error for a value that is taken (RFC 7644 §3.3: 409). */
export function taken({ attribute, value }: UniqueValue): ScimError {
  return new ScimError(
    'uniqueness',
    `The value ${quote(value)} of "${attribute.path}" is taken by another resource. Look that resource up by a ` +
      'filter and update it, or send another value.',
  );
}
