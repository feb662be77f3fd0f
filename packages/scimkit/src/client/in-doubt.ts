// Whether a write that may have been carried out was: read off what is stored now. Pure.
import { applyPatch } from '../protocol/apply-patch.ts';
import { type Leniency, strict } from '../protocol/leniency.ts';
import { isObject, type JsonObject, member, ownAt } from '../protocol/message.ts';
import { readPatch } from '../protocol/patch.ts';
import { PATCH_OP_URN } from '../protocol/urn.ts';
import { readResource } from '../protocol/validate.ts';
import { isEmpty } from '../protocol/value.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { diff } from './difference.ts';
import type { ReceivedResource } from './resource-answer.ts';

/** What a service provider sends is read as far as it is known. */
const reading: Leniency = { ...strict, looseSchemas: true, unknownAttributes: true };

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** Whether two values of one attribute are the same, as far as the first says something. */
function agrees(attribute: ResolvedAttribute, wanted: unknown, stored: unknown): boolean {
  const { type, multiValued, relation, subAttributes, caseExact } = attribute;
  if (multiValued && Array.isArray(wanted)) {
    const values: readonly unknown[] = Array.isArray(stored) ? stored : [];
    const one = { ...attribute, multiValued: false };
    return wanted.every((part) => values.some((value) => agrees(one, part, value)));
  }
  if (type === 'complex') {
    const parts = relation ? subAttributes.filter(({ name }) => name === 'value') : subAttributes;
    return isObject(wanted) && isObject(stored) && holds(parts, wanted, stored);
  }
  if (type === 'dateTime') return Date.parse(String(wanted)) === Date.parse(String(stored));
  return caseExact ? wanted === stored : lower(wanted) === lower(stored);
}

/** Whether what was sent is there. More may be: service providers add what they know. */
function holds(attributes: readonly ResolvedAttribute[], sent: JsonObject, stored: JsonObject): boolean {
  return attributes.every((attribute) => {
    const { name, mutability, returned } = attribute;
    const value = member(sent, name);
    const isSeen = name !== 'schemas' && mutability !== 'readOnly' && returned !== 'never';
    return !isSeen || isEmpty(value) || agrees(attribute, value, member(stored, name));
  });
}

/** Whether a resource is what a creation asked for: all of it is there. */
export function isCreated(type: ResourceType, sent: JsonObject, found: ReceivedResource): boolean {
  const part = (resource: JsonObject, urn: string): JsonObject => {
    const value = member(resource, urn);
    return isObject(value) ? value : {};
  };
  return (
    holds(type.attributes, sent, found) &&
    type.extensions.every(({ urn, attributes }) => holds(attributes, part(sent, urn), part(found, urn)))
  );
}

/**
 * Whether the answer to a creation is about something else. The client's own id tells; without one, what must be there tells,
 * though a service provider may alter what it is sent (RFC 7644 §3.3): the wrong id is worse than a question.
 */
export function isAnotherThan(type: ResourceType, sent: JsonObject, answered: ReceivedResource): boolean {
  const { externalId } = answered;
  if (typeof sent.externalId === 'string' && typeof externalId === 'string')
    return externalId !== sent.externalId;
  const names = type.attributes.filter(({ required, name }) => required && name !== 'schemas');
  return names.some((attribute) => {
    const value = member(answered, attribute.name);
    return value !== undefined && !agrees(attribute, member(sent, attribute.name), value);
  });
}

/**
 * Whether a resource is as a replacement asked for, as far as anybody may see: what it did not name is cleared, but for what
 * some service providers keep (booleans, which have defaults, and members).
 */
export function isReplaced(type: ResourceType, sent: JsonObject, current: ReceivedResource): boolean {
  const isKept = (name: string) => {
    const attribute = type.byName.get(name.toLowerCase());
    const isOptional = attribute?.type === 'boolean' || attribute?.relation !== undefined;
    return isOptional && member(sent, name) === undefined;
  };
  const compared = Object.fromEntries(Object.entries(current).filter(([name]) => !isKept(name)));
  const secrets = new Set(
    type.attributes.filter(({ returned }) => returned === 'never').map(({ path }) => path),
  );
  return diff(type, compared, sent).every(({ path }) => secrets.has(path));
}

/** Whether a PATCH would change nothing any more; undefined: that can't be worked out. */
export function isPatched(
  type: ResourceType,
  operations: readonly object[],
  current: ReceivedResource,
): boolean | undefined {
  try {
    const message = { schemas: [PATCH_OP_URN], Operations: operations };
    const { changes } = readPatch(type, message, reading);
    const { attributes } = readResource(type, current, reading);
    const { changed, relations, secrets } = applyPatch(type, attributes, changes);
    if (changed) return false;
    // Whether a secret is there, nobody is told.
    if (Object.keys(secrets).length > 0) return undefined;
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
    // It may find nothing to change because it did.
    return undefined;
  }
}
