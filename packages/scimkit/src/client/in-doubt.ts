// Whether a write that may have been carried out was: read off what is stored now. Pure.
import { applyPatch } from '../protocol/apply-patch.ts';
import { type Leniency, strict } from '../protocol/leniency.ts';
import { isObject, type JsonObject, member, ownAt } from '../protocol/message.ts';
import { readPatch } from '../protocol/patch.ts';
import { PATCH_OP_URN } from '../protocol/urn.ts';
import { readResource } from '../protocol/validate.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { diff } from './difference.ts';
import type { ReceivedResource } from './resource-answer.ts';

/** What a service provider sends is read as far as it is known. */
const reading: Leniency = { ...strict, looseSchemas: true, unknownAttributes: true };

const fold = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** Whether a resource is what a creation asked for: it agrees in all that must be there. */
export function isCreated(type: ResourceType, input: JsonObject, found: ReceivedResource): boolean {
  return type.attributes
    .filter(({ required, name, returned }) => required && name !== 'schemas' && returned !== 'never')
    .every(({ name }) => fold(member(input, name)) === fold(found[name]));
}

/** Whether a resource is as a replacement asked for, in what it named and anybody may see. */
export function isReplaced(type: ResourceType, input: JsonObject, current: ReceivedResource): boolean {
  const named = Object.fromEntries(Object.keys(input).map((key) => [key, member(current, key)]));
  const secrets = new Set(
    type.attributes.filter(({ returned }) => returned === 'never').map(({ path }) => path),
  );
  return diff(type, named, input).every(({ path }) => secrets.has(path));
}

/** Whether a PATCH would change nothing any more. */
export function isPatched(
  type: ResourceType,
  operations: readonly object[],
  current: ReceivedResource,
): boolean {
  try {
    const message = { schemas: [PATCH_OP_URN], Operations: operations };
    const { changes } = readPatch(type, message, reading);
    const { attributes } = readResource(type, current, reading);
    const { changed, relations, secrets } = applyPatch(type, attributes, changes);
    if (changed || Object.keys(secrets).length > 0) return false;
    return relations.every(({ attribute, op, ids = [], filter }) => {
      const value = ownAt(current, attribute.keys);
      const stored = new Set(
        Array.isArray(value) ? value.map((part) => (isObject(part) ? part.value : part)) : [],
      );
      if (filter) return false;
      if (op === 'add') return ids.every((id) => stored.has(id));
      if (op === 'remove') return ids.length > 0 ? !ids.some((id) => stored.has(id)) : stored.size === 0;
      return stored.size === ids.length && ids.every((id) => stored.has(id));
    });
  } catch {
    // What can't be worked out here is not known to be done.
    return false;
  }
}
