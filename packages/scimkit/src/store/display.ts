// RFC 7643 §2.4: `display`, the name under which a resource appears in references to it.
import { isObject, own } from '../protocol/message.ts';
import type { Attributes } from '../protocol/validate.ts';

/** A resource's display name: displayName, or else the formatted name, or else userName. */
export function displayOf(attributes: Attributes): string | undefined {
  const name = own(attributes, 'name');
  const candidates = [
    own(attributes, 'displayName'),
    isObject(name) ? own(name, 'formatted') : undefined,
    own(attributes, 'userName'),
  ];
  return candidates.find((text): text is string => typeof text === 'string');
}
