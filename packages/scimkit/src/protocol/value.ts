// RFC 7643 §2.3 (types), §2.5 (unassigned): from a client's JSON value to the value of an attribute.
import type { AttributeType } from '../schema/attribute.ts';
import type { ResolvedAttribute } from '../schema/resource-type.ts';
import { assertEmail } from './email.ts';
import { quote, ScimError } from './error.ts';
import { foldInstant } from './fold.ts';
import { ignoreUnknown, type Leniency } from './leniency.ts';
import { isObject, type JsonObject, setOwn } from './message.ts';

/** What is expected, and the section of RFC 7643 that says so. */
const EXPECTED: Readonly<Record<AttributeType | 'array', readonly [what: string, section: string]>> = {
  array: ['an array', '§2.4'],
  string: ['a string', '§2.3.1'],
  boolean: ['true or false, without quotes', '§2.3.2'],
  decimal: ['a number', '§2.3.3'],
  integer: ['a whole number', '§2.3.4'],
  dateTime: ['a time such as "2026-01-31T12:00:00Z"', '§2.3.5'],
  binary: ['a string in base64', '§2.3.6'],
  reference: ['a string that holds a URI', '§2.3.7'],
  complex: ['an object', '§2.3.8'],
};

/** White space after "=" alone, so that no piece of a text can be matched in two ways, which takes quadratic time. */
const BASE64 = /^[A-Za-z0-9+/_\s-]*(?:={1,2}\s*)?$/;

function fits(expected: AttributeType | 'array', value: unknown): boolean {
  switch (expected) {
    case 'array':
      return Array.isArray(value);
    case 'complex':
      return isObject(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'decimal':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'dateTime':
      return typeof value === 'string' && foldInstant(value) !== undefined;
    case 'binary':
      return typeof value === 'string' && BASE64.test(value);
    default:
      return typeof value === 'string';
  }
}

/** Whether a value means "unassigned": null, "" , [] and {} do (RFC 7643 §2.5), at any depth. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function fit(
  attribute: ResolvedAttribute,
  expected: AttributeType | 'array',
  raw: unknown,
  leniency: Leniency,
) {
  let value = raw;
  // A rewrite may uncover what another one mends: ["x"] for a complex value is "x" first.
  for (let round = 0; round < 3 && !fits(expected, value); round++) {
    const mended = leniency.value(attribute, expected, value);
    if (mended === undefined) break;
    value = mended;
    if (isEmpty(value)) return undefined;
  }
  if (fits(expected, value)) return value;
  const [what, section] = EXPECTED[expected];
  throw new ScimError(
    'invalidValue',
    `"${attribute.path}" must be ${what}, not ${quote(raw)} (RFC 7643 ${section}).`,
  );
}

/** Text that databases can't hold: U+0000, and halves of surrogate pairs, which no UTF-8 can express. */
function assertText(attribute: ResolvedAttribute, value: string): void {
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new ScimError(
      'invalidValue',
      `"${attribute.path}" holds U+0000 or half of a surrogate pair; send valid Unicode text without U+0000.`,
    );
  }
}

function readOne(attribute: ResolvedAttribute, raw: unknown, leniency: Leniency): unknown {
  if (isEmpty(raw)) return undefined;
  const value = fit(attribute, attribute.type, raw, leniency);
  if (attribute.type === 'complex') {
    const object = value === undefined ? undefined : readComplex(attribute, value as JsonObject, leniency);
    if (attribute.relation && object?.value === undefined) {
      throw new ScimError(
        'invalidValue',
        `Each value of "${attribute.path}" needs "value": the id of a resource.`,
      );
    }
    return object;
  }
  if (typeof value === 'string') {
    assertText(attribute, value);
    assertCanonical(attribute, value);
    if (leniency.checkEmails) assertEmail(attribute, value);
  }
  return value;
}

function assertCanonical(attribute: ResolvedAttribute, value: string): void {
  if (!attribute.canonicalValuesOnly) return;
  const same = attribute.caseExact
    ? (canonical: string) => canonical === value
    : (canonical: string) => canonical.toLowerCase() === value.toLowerCase();
  if (attribute.canonicalValues.some(same)) return;
  const choices = attribute.canonicalValues.map((canonical) => JSON.stringify(canonical)).join(', ');
  throw new ScimError('invalidValue', `"${attribute.path}" must be one of ${choices}, not ${quote(value)}.`);
}

function readComplex(
  attribute: ResolvedAttribute,
  object: JsonObject,
  leniency: Leniency,
): JsonObject | undefined {
  const given = new Map<ResolvedAttribute, unknown>();
  for (const key of Object.keys(object)) {
    const sub = attribute.sub.get(key.toLowerCase());
    if (!sub) ignoreUnknown(leniency, `${attribute.path}.${key}`);
    else if (sub.mutability === 'readOnly') {
      leniency.report({ kind: 'ignored', name: 'readOnly', where: sub.path });
    } else if (given.has(sub)) {
      throw new ScimError('invalidSyntax', `"${sub.path}" is given twice, in different case.`);
    } else given.set(sub, object[key]);
  }
  const value: Record<string, unknown> = {};
  let empty = true;
  for (const sub of attribute.subAttributes) {
    if (!given.has(sub)) continue;
    const part = readValue(sub, given.get(sub), leniency);
    if (part === undefined) continue;
    setOwn(value, sub.name, part);
    empty = false;
  }
  return empty ? undefined : value;
}

/**
 * Reads one element of a multi-valued attribute, or the value of a singular one. Undefined: unassigned.
 *
 * @throws ScimError `invalidValue`
 */
export function readElement(attribute: ResolvedAttribute, raw: unknown, leniency: Leniency): unknown {
  return readOne(attribute, raw, leniency);
}

/**
 * Reads an attribute's whole value: of its type, its sub-attributes in the schema's order and spelling, without
 * what is unassigned, unknown or readOnly. Undefined: unassigned.
 *
 * @throws ScimError `invalidValue` for a value of another type, `invalidSyntax` for one that is given twice.
 */
export function readValue(attribute: ResolvedAttribute, raw: unknown, leniency: Leniency): unknown {
  if (isEmpty(raw)) return undefined;
  if (!attribute.multiValued) return readOne(attribute, raw, leniency);
  const array = fit(attribute, 'array', raw, leniency) as readonly unknown[] | undefined;
  const elements = (array ?? [])
    .map((element) => readOne(attribute, element, leniency))
    .filter((element) => element !== undefined);
  return elements.length > 0 ? keepOnePrimary(attribute, elements, leniency) : undefined;
}

/**
 * Refuses more values of a multi-valued attribute than one resource may have.
 *
 * @throws ScimError `invalidValue`
 */
export function assertCount(attribute: ResolvedAttribute, value: unknown, maxValues: number): void {
  if (!attribute.multiValued || !Array.isArray(value)) return;
  if (value.length <= maxValues) return;
  throw new ScimError(
    'invalidValue',
    `"${attribute.path}" would have ${value.length} values; at most ${maxValues} are accepted (values).`,
  );
}

/** At most one value is primary (RFC 7643 §2.4). */
function keepOnePrimary(attribute: ResolvedAttribute, elements: unknown[], leniency: Leniency): unknown[] {
  if (!attribute.sub.has('primary')) return elements;
  const first = elements.findIndex(isPrimary);
  if (first < 0 || !elements.some((element, i) => i > first && isPrimary(element))) return elements;
  if (!leniency.onePrimary) {
    throw new ScimError(
      'invalidValue',
      `"${attribute.path}" has several primary values; at most one may be (RFC 7643 §2.4).`,
    );
  }
  leniency.report({ kind: 'rewrite', name: 'one-primary', where: attribute.path });
  return elements.map((element, i) => (i > first && isPrimary(element) ? demote(element) : element));
}

/** Whether an element of a multi-valued attribute is the primary one. */
export function isPrimary(element: unknown): boolean {
  return isObject(element) && element.primary === true;
}

/** The element with `primary` set to false (RFC 7644 §3.5.2). */
export function demote(element: unknown): unknown {
  return { ...(element as JsonObject), primary: false };
}
