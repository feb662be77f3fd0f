// RFC 7644 §3.5.2.1 to §3.5.2.3: what one PATCH change does to the value of one attribute.
import type { ResolvedAttribute } from '../schema/resource-type.ts';
import { assertEmail } from './email.ts';
import { quote, ScimError } from './error.ts';
import { foldElement } from './fold.ts';
import type { Report } from './leniency.ts';
import { matchesElement } from './match.ts';
import { isObject, type JsonObject, own, setOwn } from './message.ts';
import type { PatchChange } from './patch.ts';
import type { ResolvedFilter } from './resolve-filter.ts';
import { immutable, isSame } from './validate.ts';
import { assertCount, demote, isEmpty, isPrimary } from './value.ts';

/**
 * What a change makes of the value of its attribute; undefined: unassigned.
 *
 * @throws ScimError `noTarget`, `mutability`
 */
export function applyChange(change: PatchChange, current: unknown, report: Report): unknown {
  const { attribute, sub, filter } = change;
  const value = attribute.multiValued
    ? sub || filter
      ? changeElements(change, asArray(current), report)
      : changeArray(change, asArray(current))
    : filter
      ? changeSelected(change, current, report)
      : sub
        ? changeSub(change, sub, isObject(current) ? current : {})
        : changeSingular(change, current);
  const result = isEmpty(value) ? undefined : value;
  // Of more than may be, some can still be taken away.
  if (asArray(result).length > asArray(current).length) assertCount(attribute, result, change.maxValues);
  if (attribute.mutability === 'immutable' && current !== undefined && !isSame(attribute, current, result)) {
    throw immutable(attribute);
  }
  return result;
}

const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function changeSingular({ attribute, value }: PatchChange, current: unknown): unknown {
  if (value === undefined) return undefined;
  // "Sub-attributes that are not specified are left unchanged" (§3.5.2.3).
  return attribute.type === 'complex' && isObject(current) ? mergeInto(attribute, current, value) : value;
}

/** A value path on a singular complex attribute selects it or nothing. */
function changeSelected(change: PatchChange, current: unknown, report: Report): unknown {
  if (current !== undefined && selects(change, current)) {
    return change.sub
      ? changeSub(change, change.sub, current as JsonObject)
      : changeSingular(change, current);
  }
  if (change.op === 'remove') return current;
  if (current !== undefined) throw noTarget(change);
  return makeMissing(change, report);
}

function changeSub(
  { attribute, op, value }: PatchChange,
  sub: ResolvedAttribute,
  object: JsonObject,
): JsonObject {
  const was = own(object, sub.name);
  const next = op === 'add' && Array.isArray(was) ? append(sub, was, asArray(value)) : value;
  if (sub.mutability === 'immutable' && was !== undefined && !isSame(sub, was, next)) throw immutable(sub);
  return withMember(attribute, object, sub.name, next);
}

/** The object with one sub-attribute set or removed, in the schema's order. */
function withMember(
  attribute: ResolvedAttribute,
  object: JsonObject,
  name: string,
  value: unknown,
): JsonObject {
  const result: Record<string, unknown> = {};
  for (const sub of attribute.subAttributes) {
    const part = sub.name === name ? value : own(object, sub.name);
    if (part !== undefined) setOwn(result, sub.name, part);
  }
  return result;
}

function mergeInto(attribute: ResolvedAttribute, current: JsonObject, value: unknown): JsonObject {
  let merged = current;
  for (const [name, part] of Object.entries(value as JsonObject)) {
    const sub = attribute.sub.get(name.toLowerCase()) as ResolvedAttribute;
    const was = own(merged, name);
    if (sub.mutability === 'immutable' && was !== undefined && !isSame(sub, was, part)) throw immutable(sub);
    merged = withMember(attribute, merged, name, part);
  }
  return merged;
}

function changeArray({ attribute, op, value, elements }: PatchChange, current: readonly unknown[]): unknown {
  if (op === 'remove') {
    if (!elements) return undefined;
    const isMeant = coveredBy(attribute, elements);
    return current.filter((element) => !isMeant(element));
  }
  if (op === 'replace') return value;
  return append(attribute, current, asArray(value));
}

/**
 * Which elements are meant by values that are to be removed: those with the same `value`, and `type` where it is given,
 * or with all that a value without `value` says. Looked up by what is compared, so that many values take one pass.
 */
function coveredBy(attribute: ResolvedAttribute, wanted: readonly unknown[]): (element: unknown) => boolean {
  const simple = new Set<unknown>();
  const complex = new Map<string, { readonly names: readonly string[]; readonly keys: Set<string> }>();
  const keyOf = (names: readonly string[], folded: JsonObject) =>
    JSON.stringify(names.map((name) => own(folded, name) ?? null));
  for (const value of wanted) {
    const folded = foldElement(attribute, value);
    if (!isObject(folded)) {
      simple.add(folded);
      continue;
    }
    const all = Object.keys(folded);
    const names = 'value' in folded ? all.filter((name) => name === 'value' || name === 'type') : all;
    const group = complex.get(names.join()) ?? { names, keys: new Set<string>() };
    complex.set(names.join(), group);
    group.keys.add(keyOf(names, folded));
  }
  return (element) => {
    const folded = foldElement(attribute, element);
    if (!isObject(folded)) return simple.has(folded);
    return [...complex.values()].some(({ names, keys }) => keys.has(keyOf(names, folded)));
  };
}

/** Adds values; one that is there already (the same `value` and `type`) is not added twice. */
function append(
  attribute: ResolvedAttribute,
  current: readonly unknown[],
  added: readonly unknown[],
): unknown[] {
  const result = [...current];
  const places = new Map<string, number>();
  for (const [index, element] of result.entries()) {
    const key = identity(attribute, element);
    if (!places.has(key)) places.set(key, index);
  }
  let primary = -1;
  for (const element of added) {
    const key = identity(attribute, element);
    const index = places.get(key) ?? result.length;
    places.set(key, index);
    const isNew = index === result.length;
    if (isNew) result.push(element);
    else if (isObject(element)) result[index] = mergeNew(attribute, result[index] as JsonObject, element);
    if (isPrimary(element)) primary = index;
  }
  if (primary >= 0) demoteOthers(result, primary);
  return result;
}

/** What makes two values of an attribute one: their `value` and `type`, or all of them where they have no `value`. */
function identity(attribute: ResolvedAttribute, element: unknown): string {
  const folded = foldElement(attribute, element);
  if (!isObject(folded) || own(folded, 'value') === undefined) return JSON.stringify(folded) ?? '';
  return JSON.stringify([own(folded, 'value'), own(folded, 'type') ?? null]);
}

/** Merges what differs: a value that is there already, in another case perhaps, stays as it is (§3.5.2.1). */
function mergeNew(attribute: ResolvedAttribute, current: JsonObject, value: JsonObject): JsonObject {
  const differs = ([name, part]: [string, unknown]) => {
    const sub = attribute.sub.get(name.toLowerCase()) as ResolvedAttribute;
    return !isSame(sub, own(current, name), part);
  };
  return mergeInto(attribute, current, Object.fromEntries(Object.entries(value).filter(differs)));
}

/** "Setting primary to true SHALL cause the server to set it to false for any other value" (§3.5.2). */
function demoteOthers(elements: unknown[], index: number): void {
  for (const [i, element] of elements.entries()) {
    if (i !== index && isPrimary(element)) elements[i] = demote(element);
  }
}

function selects(change: PatchChange, element: unknown): boolean {
  return !change.filter || matchesElement(change.filter, foldElement(change.attribute, element));
}

/** Changes the elements that a value path selects, or all of them where the path has no filter. */
function changeElements(change: PatchChange, current: readonly unknown[], report: Report): unknown {
  const { attribute, op, sub, value } = change;
  const matched = current.map((element) => selects(change, element));
  if (!matched.includes(true)) {
    if (op === 'remove') return current;
    return demotedIf(makeMissing(change, report), current);
  }
  if (op === 'remove' && !sub) return current.filter((_, i) => !matched[i]);
  let primary = -1;
  const next = current.map((element, i) => {
    if (!matched[i]) return element;
    const changed = sub
      ? withoutRemains(change, changeSub(change, sub, element as JsonObject))
      : op === 'replace' || !isObject(element)
        ? replaceElement(change, element)
        : value === undefined
          ? element
          : mergeInto(attribute, element, value);
    // Of several that are primary now, the first stays so.
    if (isPrimary(changed) && primary < 0) primary = i;
    return changed;
  });
  if (primary >= 0) demoteOthers(next, primary);
  return next.filter((element) => !isEmpty(element));
}

/** The value takes the element's place; what the filter says of it still holds, unless the value says otherwise. */
function replaceElement(change: PatchChange, element: unknown): unknown {
  const { attribute, value } = change;
  if (!isObject(value)) return value;
  let result: JsonObject = value;
  for (const { sub } of impliedBy(change.filter) ?? []) {
    if (own(result, sub.name) === undefined) {
      result = withMember(attribute, result, sub.name, own(element as JsonObject, sub.name));
    }
  }
  return result;
}

/** An element of which nothing is left but what kind of value it was is gone. */
function withoutRemains(change: PatchChange, element: JsonObject): JsonObject | undefined {
  if (change.value !== undefined) return element;
  return Object.keys(element).every((name) => name === 'type' || name === 'primary') ? undefined : element;
}

function demotedIf(created: unknown, current: readonly unknown[]): readonly unknown[] {
  if (created === undefined) return current;
  const result = [...current, created];
  if (isPrimary(created)) demoteOthers(result, result.length - 1);
  return result;
}

/** What an element must be like to match a filter: its equalities. Undefined when the filter says more than that. */
function impliedBy(
  filter: ResolvedFilter | undefined,
): readonly { readonly sub: ResolvedAttribute; readonly value: unknown }[] | undefined {
  if (!filter) return [];
  if (filter.kind === 'and') {
    const parts = filter.filters.map(impliedBy);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || !filter.attribute.parent) return undefined;
  return [{ sub: filter.attribute, value: filter.literal }];
}

function noTarget(change: PatchChange): ScimError {
  return new ScimError(
    'noTarget',
    `No value of "${change.attribute.path}" matches ${quote(change.path)} (RFC 7644 §3.5.2.3). ` +
      'Add the value first, or correct the path.',
  );
}

/** `add` and `replace` at a path that matches nothing: the value that they make, if the path may make one. */
function makeMissing(change: PatchChange, report: Report): unknown {
  const { attribute, filter, sub, value } = change;
  const implied = impliedBy(filter);
  if (!implied || (filter && !change.createsMissing)) throw noTarget(change);
  if (value === undefined) return undefined;
  let element: JsonObject = {};
  for (const { sub: equal, value: part } of implied) {
    if (change.checkEmails) assertEmail(equal, part);
    element = withMember(attribute, element, equal.name, equal.multiValued ? [part] : part);
  }
  // Conditions that no one value can meet.
  if (filter && !matchesElement(filter, foldElement(attribute, element))) throw noTarget(change);
  if (filter) report({ kind: 'rewrite', name: 'missing-element', where: change.path });
  return sub ? withMember(attribute, element, sub.name, value) : mergeInto(attribute, element, value);
}
