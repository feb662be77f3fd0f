// RFC 7644 §3.5.2: the least PATCH that leads from one state of a resource to another. Pure.
import { formatFilter } from '../protocol/filter.ts';
import { isObject, type JsonObject, member } from '../protocol/message.ts';
import { isEmpty } from '../protocol/value.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import type { PatchOperation } from './patch.ts';
import type { Changes } from './resource-client.ts';
import type { AnyType } from './typed-path.ts';

interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** The JSON of a value in one order of its names, without what is empty: two values with the same text are equal. */
function textOf(value: unknown): string {
  if (Array.isArray(value))
    return `[${value
      .filter((part) => !isEmpty(part))
      .map(textOf)
      .join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const parts = Object.keys(value)
    .filter((key) => !isEmpty(value[key]))
    .toSorted()
    .map((key) => `${JSON.stringify(key.toLowerCase())}:${textOf(value[key])}`);
  return `{${parts.join()}}`;
}

const valueIn = (holder: JsonObject, attribute: ResolvedAttribute): unknown => {
  const value = member(holder, attribute.name);
  return isEmpty(value) ? undefined : value;
};

/** What a client can't write, of a value: it takes no part in the difference. */
function writable(attribute: ResolvedAttribute, value: unknown): unknown {
  if (!isObject(value)) return value;
  const parts = attribute.subAttributes
    .filter(({ mutability }) => mutability !== 'readOnly')
    .map((sub) => [sub.name, valueIn(value, sub)] as const)
    .filter(([, part]) => part !== undefined);
  return parts.length > 0 ? Object.fromEntries(parts) : undefined;
}

function* differenceOf(
  attributes: readonly ResolvedAttribute[],
  before: JsonObject,
  after: JsonObject,
): Generator<Operation> {
  for (const attribute of attributes) {
    const { name, path, mutability, multiValued, type } = attribute;
    if (mutability === 'readOnly' || name === 'schemas') continue;
    const was = valueIn(before, attribute);
    const is = valueIn(after, attribute);
    if (multiValued) yield* differenceOfValues(attribute, elementsOf(was), elementsOf(is));
    else if (type === 'complex')
      yield* differenceOfParts(attribute, writable(attribute, was), writable(attribute, is));
    else if (textOf(was) !== textOf(is)) {
      yield is === undefined ? { op: 'remove', path } : { op: 'replace', path, value: is };
    }
  }
}

function* differenceOfParts(attribute: ResolvedAttribute, was: unknown, is: unknown): Generator<Operation> {
  const { path, subAttributes } = attribute;
  if (isObject(was) && isObject(is)) yield* differenceOf(subAttributes, was, is);
  else if (isObject(is)) yield { op: 'replace', path, value: is };
  else if (isObject(was)) yield { op: 'remove', path };
}

const elementsOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** What a value of an attribute is told apart by: its sub-attribute "value", or itself. */
const keyOf = (element: unknown): unknown => (isObject(element) ? member(element, 'value') : element);

/** The values by their keys; undefined where a key is missing, is no text, or is there twice. */
function byKey(elements: readonly unknown[], isExact: boolean): Map<string, unknown> | undefined {
  const map = new Map<string, unknown>();
  for (const element of elements) {
    const key = keyOf(element);
    if (typeof key !== 'string' || key === '') return undefined;
    const folded = isExact ? key : key.toLowerCase();
    if (map.has(folded)) return undefined;
    map.set(folded, element);
  }
  return map;
}

function* differenceOfValues(
  attribute: ResolvedAttribute,
  before: readonly unknown[],
  after: readonly unknown[],
): Generator<Operation> {
  const { path, relation, sub } = attribute;
  // Of a reference counts whom it means: the rest is computed from that.
  const known = (element: unknown) => (relation ? { value: keyOf(element) } : writable(attribute, element));
  const was = before.map(known).filter((element) => !isEmpty(element));
  const is = after.map(known).filter((element) => !isEmpty(element));
  if (setOf(was) === setOf(is)) return;
  if (is.length === 0) {
    yield { op: 'remove', path };
    return;
  }
  const isExact = (sub.get('value') ?? attribute).caseExact;
  const old = byKey(was, isExact);
  const wanted = byKey(is, isExact);
  if (was.length === 0 && wanted) {
    yield { op: 'add', path, value: is };
    return;
  }
  // Values that are added are one with those that are like them.
  if (!old || !wanted) {
    yield { op: 'replace', path, value: is };
    return;
  }
  // A value that changed goes and comes back: what of it was not known to the client would be kept otherwise.
  const gone = [...old].filter(([key, element]) => {
    const now = wanted.get(key);
    return now === undefined || textOf(now) !== textOf(element);
  });
  const come = [...wanted].filter(([key, element]) => {
    const then = old.get(key);
    return then === undefined || textOf(then) !== textOf(element);
  });
  const isSmall = relation !== undefined || gone.length + come.length < is.length + 1;
  if (!isSmall || !sub.has('value')) {
    yield { op: 'replace', path, value: is };
    return;
  }
  for (const [, element] of gone) {
    const text = formatFilter({
      ...{ kind: 'compare', path: 'value', operator: 'eq' },
      value: String(keyOf(element)),
    });
    yield { op: 'remove', path: `${path}[${text}]` };
  }
  if (come.length > 0) yield { op: 'add', path, value: come.map(([, element]) => element) };
}

/** The order of values says nothing (RFC 7643 §2.4). */
const setOf = (elements: readonly unknown[]): string => elements.map(textOf).toSorted().join();

/**
 * The operations of a PATCH that lead from one state of a resource to another: an attribute that is absent afterwards is
 * removed, what a client can't write takes no part, and a group's members are added and removed one by one. Empty: there is
 * no difference.
 *
 * @example
 * const operations = diff(User, user, { ...user, title: 'Countess' }); // [{ op: 'replace', path: 'title', value: 'Countess' }]
 */
export function diff<Type extends AnyType>(
  type: Type,
  before: Changes<Type>,
  after: Changes<Type>,
): PatchOperation<Type>[] {
  const compiled: ResourceType = type;
  const extension = (resource: object, urn: string): JsonObject => {
    const part = member(resource as JsonObject, urn);
    return isObject(part) ? part : {};
  };
  const operations = [
    ...differenceOf(compiled.attributes, before as JsonObject, after as JsonObject),
    ...compiled.extensions.flatMap(({ urn, attributes }) => [
      ...differenceOf(attributes, extension(before, urn), extension(after, urn)),
    ]),
  ];
  return operations as PatchOperation<Type>[];
}
