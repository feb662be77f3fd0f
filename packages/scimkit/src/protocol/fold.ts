// What is compared: RFC 7643 §2.2 (caseExact), §2.3 (types); decisions on order and absence.
//
// Filters, sorting and uniqueness compare folded values, and nothing else does: strings in lower case unless the
// attribute is caseExact, instants as text of one fixed form, empty values dropped. The in-memory matcher and the
// databases work on the same folded values, so they can't disagree about case, time zones or emptiness.
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { isObject, type JsonObject, own, setOwn } from './message.ts';

/** A value that can be compared. */
export type Comparable = string | number | boolean;

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:[Zz]|([+-])(\d\d):(\d\d))?$/;

/**
 * An xsd:dateTime (RFC 7643 §2.3.5) as UTC text with nine fraction digits, whose order is chronological;
 * undefined when it is none. Without a time zone it is taken as UTC.
 */
export function foldInstant(text: string): string | undefined {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  if (sign && (Number(offsetHour) > 14 || Number(offsetMinute) > 59)) return undefined;
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // A day that the month doesn't have, and hour 24, roll over; the day must survive the round trip.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== `${year}-${month}-${day}`) {
    return undefined;
  }
  if (sign) {
    const minutes = Number(offsetHour) * 60 + Number(offsetMinute);
    date.setTime(date.getTime() - (sign === '-' ? -minutes : minutes) * 60_000);
  }
  const utc = date.toISOString();
  if (utc.length !== 24) return undefined;
  return `${utc.slice(0, 19)}.${fraction.slice(0, 9).padEnd(9, '0')}Z`;
}

/** Folds one simple value of an attribute. */
export function foldValue(attribute: ResolvedAttribute, value: Comparable): Comparable {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value === 'boolean') return value;
  if (attribute.type === 'dateTime') return foldInstant(value) ?? value;
  return attribute.caseExact ? value : value.toLowerCase();
}

/** Whether filters and sorting may look at an attribute: nothing that is never sent (CVE-2019-11278's oracle). */
export function isComparable(attribute: ResolvedAttribute): boolean {
  return attribute.returned !== 'never' && attribute.mutability !== 'writeOnly';
}

function foldOne(attribute: ResolvedAttribute, value: unknown): unknown {
  if (attribute.type === 'complex') return isObject(value) ? foldComplex(attribute, value) : undefined;
  if (value === undefined || value === '' || typeof value === 'object') return undefined;
  return foldValue(attribute, value as Comparable);
}

function foldComplex(attribute: ResolvedAttribute, value: JsonObject): JsonObject | undefined {
  return foldMembers(attribute.subAttributes, value);
}

/** Folds an attribute's whole value: one element, or all of a multi-valued one. Undefined when it is empty. */
export function foldAttribute(attribute: ResolvedAttribute, value: unknown): unknown {
  if (!attribute.multiValued) return foldOne(attribute, value);
  if (!Array.isArray(value)) return undefined;
  const folded = value
    .map((element) => foldOne(attribute, element))
    .filter((element) => element !== undefined);
  return folded.length > 0 ? folded : undefined;
}

/** Folds one element of a multi-valued attribute. */
export function foldElement(attribute: ResolvedAttribute, element: unknown): unknown {
  return foldOne(attribute, element);
}

function foldMembers(
  attributes: readonly ResolvedAttribute[],
  object: JsonObject,
): Record<string, unknown> | undefined {
  const folded: Record<string, unknown> = {};
  let empty = true;
  for (const attribute of attributes) {
    if (!isComparable(attribute)) continue;
    const value = foldAttribute(attribute, own(object, attribute.name));
    if (value === undefined) continue;
    setOwn(folded, attribute.name, value);
    empty = false;
  }
  return empty ? undefined : folded;
}

/**
 * Folds a resource: what filters and sorting see of it. Relations are folded when they are in it.
 */
export function foldResource(type: ResourceType, resource: JsonObject): JsonObject {
  const folded = foldMembers(type.attributes, resource) ?? {};
  for (const extension of type.extensions) {
    const value = own(resource, extension.urn);
    const object = isObject(value) ? foldMembers(extension.attributes, value) : undefined;
    if (object) setOwn(folded, extension.urn, object);
  }
  return folded;
}

/** Compares strings by code point, as UTF-8 databases do; JavaScript's own order is by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above U+FFFF, so they sort after U+E000 to U+FFFF.
    const xs = x >= 0xd800 && x <= 0xdfff;
    const ys = y >= 0xd800 && y <= 0xdfff;
    return xs === ys ? x - y : xs ? 1 : -1;
  }
  return a.length - b.length;
}

/** Compares two folded values of one attribute; false sorts before true. */
export function compareFolded(a: Comparable, b: Comparable): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return Number(a) - Number(b);
}
