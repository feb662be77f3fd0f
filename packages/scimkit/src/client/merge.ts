// What a resource is after new values of some of its attributes. Pure.
import { isObject, type JsonObject, member, setOwn } from '../protocol/message.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';

/** An object with the members of another in their places, whatever the case of their names. */
function over(
  before: JsonObject,
  changes: JsonObject,
  nameOf: (key: string) => string | undefined,
): Record<string, unknown> {
  const after: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(changes)) setOwn(after, nameOf(key) ?? key, value);
  return after;
}

const inAttributes = (byName: ReadonlyMap<string, ResolvedAttribute>) => (key: string) =>
  byName.get(key.toLowerCase())?.name;

/**
 * A resource with new values of the attributes that are named, those of extensions each for itself. What isn't named stays;
 * null and undefined clear.
 *
 * @throws TypeError for what is no object of attributes.
 */
export function mergeChanges(type: ResourceType, before: JsonObject, changes: unknown): JsonObject {
  if (!isObject(changes) || typeof changes.then === 'function') {
    throw new TypeError(
      `What "change" returns must be an object of the ${type.name}'s attributes, and no promise: read what you need before.`,
    );
  }
  const urnOf = (key: string) => type.byUrn.get(key.toLowerCase())?.urn;
  const nameOf = (key: string) => inAttributes(type.byName)(key) ?? urnOf(key);
  const after = over(before, changes, nameOf);
  for (const { urn, byName } of type.extensions) {
    const was = member(before, urn);
    const is = after[urn];
    if (isObject(was) && isObject(is)) after[urn] = over(was, is, inAttributes(byName));
  }
  return after;
}
