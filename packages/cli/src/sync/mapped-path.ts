// RFC 7644 §3.10: one attribute that a sync writes, `emails[type eq "work"].value`: found in the schema, read, and changed.
import { type Filter, formatFilter, type Literal, parseFilter } from 'scimkit';
import type { ResolvedAttribute, ResourceType } from 'scimkit';
import { diff } from 'scimkit/client';
import { attributeHint } from './attribute-hint.ts';
import { isObject, type JsonObject } from './json-place.ts';

/** One attribute of a resource type, as a sync speaks of it. */
export interface MappedPath {
  /** As it is written in a PATCH, in the spelling of the schema. */
  readonly path: string;
  /** What has the value: an attribute, or a sub-attribute. */
  readonly attribute: ResolvedAttribute;
  /** `single`: one value; `element`: a part of one value of several; `many`: all values. */
  readonly kind: 'single' | 'element' | 'many';
  /** Of an element: what it is found by, as a path and as its sub-attributes. */
  readonly selector: string;
  readonly conditions: readonly (readonly [name: string, value: Literal])[];
}

/** Whether there is no value (RFC 7643 §2.5). */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function findAttribute(type: ResourceType, path: string): ResolvedAttribute | undefined {
  const text = path.toLowerCase();
  const colon = text.lastIndexOf(':');
  const urn = text.slice(0, Math.max(colon, 0));
  const byName = colon < 0 || urn === type.urn.toLowerCase() ? type.byName : type.byUrn.get(urn)?.byName;
  const [name = '', sub, ...rest] = text.slice(colon + 1).split('.');
  const attribute = byName?.get(name);
  if (rest.length > 0) return undefined;
  return sub === undefined ? attribute : attribute?.sub.get(sub);
}

/** The comparisons of `type eq "work" and primary eq true`; undefined for anything else. */
function conditionsOf(top: ResolvedAttribute, filter: Filter): MappedPath['conditions'] | undefined {
  const parts = filter.kind === 'and' ? filter.filters : [filter];
  const found = parts.map((part) => {
    if (part.kind !== 'compare' || part.operator !== 'eq' || part.value === null) return undefined;
    const name = top.sub.get(part.path.toLowerCase())?.name;
    return name === undefined ? undefined : ([name, part.value] as const);
  });
  return found.every((condition) => condition !== undefined) ? found : undefined;
}

/**
 * Finds what a path of a sync file means.
 *
 * @throws Error that says what is wrong with it, to be told behind its place.
 */
export function parseMappedPath(type: ResourceType, text: string): MappedPath {
  const [, top = text, condition, sub] = /^([^[\]]+)\[(.*)\](?:\.([^.[\]]+))?$/.exec(text) ?? [];
  const attribute = findAttribute(type, top);
  if (!attribute) {
    throw new Error(`is no attribute of ${type.name} at the service provider.${attributeHint(type, top)}`);
  }
  const { path, multiValued, parent } = attribute;
  const plain = { selector: '', conditions: [], attribute, path };
  if (condition === undefined) {
    if (parent?.multiValued) {
      throw new Error(
        `must say which value it means, such as ${parent.path}[type eq "work"].${attribute.name}.`,
      );
    }
    if (multiValued) return { ...plain, kind: 'many' };
    if (attribute.type !== 'complex') return { ...plain, kind: 'single' };
    const names = attribute.subAttributes.map(({ name }) => `${path}.${name}`);
    throw new Error(`has parts: map them one by one, such as ${names.slice(0, 2).join(' and ')}.`);
  }
  if (!multiValued || attribute.type !== 'complex')
    throw new Error('has no values to choose from with [...].');
  let conditions: MappedPath['conditions'] | undefined;
  try {
    conditions = conditionsOf(attribute, parseFilter(condition));
  } catch (error) {
    throw new Error(`has a wrong filter. ${(error as Error).message}`, { cause: error });
  }
  const part = attribute.sub.get((sub ?? '').toLowerCase());
  if (!conditions || !part) {
    throw new Error(`must be written like ${path}[type eq "work"].value.`);
  }
  const filters = conditions.map(
    ([name, value]) => ({ kind: 'compare', path: name, operator: 'eq', value }) as const,
  );
  const selector = `${path}[${formatFilter({ kind: 'and', filters })}]`;
  return { path: `${selector}.${part.name}`, attribute: part, kind: 'element', selector, conditions };
}

/** What is at the keys of an attribute. */
function valueAt(resource: unknown, keys: readonly string[]): unknown {
  let value = resource;
  for (const key of keys) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isEmpty(value) ? undefined : value;
}

/** An object with a value at the keys of an attribute. */
function nest(keys: readonly string[], value: unknown): object {
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

const fold = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** The values that a selector finds. */
export function elementsAt({ attribute, conditions }: MappedPath, resource: unknown): readonly JsonObject[] {
  const all = valueAt(resource, attribute.parent?.keys ?? []);
  if (!Array.isArray(all)) return [];
  return all.filter(
    (element): element is JsonObject =>
      isObject(element) &&
      conditions.every(([name, value]) => {
        const isExact = attribute.parent?.sub.get(name.toLowerCase())?.caseExact ?? false;
        const has = element[name] ?? (typeof value === 'boolean' ? false : undefined);
        return isExact ? has === value : fold(has) === fold(value);
      }),
  );
}

/** What of a value of several a client may write. */
function writableParts(attribute: ResolvedAttribute, element: unknown): unknown {
  if (!isObject(element)) return element;
  const parts = attribute.subAttributes
    .filter(({ mutability, name }) => mutability !== 'readOnly' && name !== '$ref')
    .map(({ name }) => [name, element[name]] as const)
    .filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(parts);
}

/** The value in a resource; of several elements that a selector finds, that of the first. */
export function readMapped(mapped: MappedPath, resource: unknown): unknown {
  const { kind, attribute } = mapped;
  if (kind === 'element') {
    const value = elementsAt(mapped, resource)[0]?.[attribute.name];
    return isEmpty(value) ? undefined : value;
  }
  const value = valueAt(resource, attribute.keys);
  if (kind === 'single' || value === undefined) return value;
  const list = Array.isArray(value) ? value : [value];
  return list.map((element) => writableParts(attribute, element)).filter((element) => !isEmpty(element));
}

/** What differs in one attribute. */
export interface Change {
  readonly mapped: MappedPath;
  readonly before: unknown;
  readonly after: unknown;
}

/** An operation of a PATCH. */
export interface Operation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

const keyOf = (element: unknown): unknown => (isObject(element) ? element.value : element);

/** The values that are wanted, each with what the target has of it besides. */
function merged(mapped: MappedPath, before: unknown, after: unknown): readonly unknown[] {
  const { attribute } = mapped;
  const isExact = attribute.sub.get('value')?.caseExact ?? true;
  const same = (a: unknown, b: unknown) => (isExact ? a === b : fold(a) === fold(b));
  const known = Array.isArray(before) ? before : [];
  return (Array.isArray(after) ? after : []).map((element) => {
    if (!isObject(element) || isEmpty(element.value)) return element;
    const old = known.filter((one) => same(keyOf(one), element.value));
    return old.length === 1 && isObject(old[0]) ? { ...old[0], ...element } : element;
  });
}

/** Whether an attribute has what is wanted. */
export function isSame(type: ResourceType, { mapped, before, after }: Change, ignoreCase = false): boolean {
  const { kind, attribute } = mapped;
  if (kind === 'many') return operationsOfMany(type, { mapped, before, after }).length === 0;
  if (before === after) return true;
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  if (attribute.type === 'dateTime') return Date.parse(before) === Date.parse(after);
  return ignoreCase && before.toLowerCase() === after.toLowerCase();
}

function operationsOfMany(type: ResourceType, { mapped, before, after }: Change): readonly Operation[] {
  const { keys } = mapped.attribute;
  const operations: readonly object[] = diff(
    type,
    nest(keys, before ?? []),
    nest(keys, merged(mapped, before, after)),
  );
  return operations as readonly Operation[];
}

const operationAt = (path: string, before: unknown, after: unknown): Operation =>
  after === undefined
    ? { op: 'remove', path }
    : { op: before === undefined ? 'add' : 'replace', path, value: after };

/** The changes within one value of several. */
function operationsOfElement(changes: readonly Change[], exists: boolean): readonly Operation[] {
  const [{ mapped }] = changes as readonly [Change];
  const { selector, conditions, attribute } = mapped;
  if (!exists) {
    const parts = changes.filter(({ after }) => after !== undefined);
    if (parts.length === 0) return [];
    const value = { ...Object.fromEntries(conditions), ...partsOf(parts) };
    return [{ op: 'add', path: attribute.parent?.path ?? '', value: [value] }];
  }
  // An address without an address is none.
  const isGone = changes.some(
    ({ mapped: at, after }) => at.attribute.name === 'value' && after === undefined,
  );
  if (isGone) return [{ op: 'remove', path: selector }];
  return changes.map(({ mapped: at, before, after }) => operationAt(at.path, before, after));
}

const partsOf = (changes: readonly Pick<Change, 'mapped' | 'after'>[]): JsonObject =>
  Object.fromEntries(changes.map(({ mapped, after }) => [mapped.attribute.name, after]));

/** The least PATCH for some changes; `has` tells which selectors find something at the target. */
export function toOperations(
  type: ResourceType,
  changes: readonly Change[],
  has: (selector: string) => boolean,
): readonly Operation[] {
  const operations: Operation[] = [];
  const bySelector = new Map<string, Change[]>();
  for (const change of changes) {
    const { mapped, before, after } = change;
    if (mapped.kind === 'many') operations.push(...operationsOfMany(type, change));
    else if (mapped.kind === 'single') operations.push(operationAt(mapped.path, before, after));
    else bySelector.set(mapped.selector, [...(bySelector.get(mapped.selector) ?? []), change]);
  }
  for (const [selector, ofElement] of bySelector) {
    operations.push(...operationsOfElement(ofElement, has(selector)));
  }
  return operations;
}

/** A new resource with some values. */
export function toInput(
  values: readonly { readonly mapped: MappedPath; readonly after: unknown }[],
): JsonObject {
  const input: Record<string, unknown> = {};
  const put = (keys: readonly string[], value: unknown) => {
    let at = input;
    for (const key of keys.slice(0, -1)) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    at[keys.at(-1) as string] = value;
  };
  const elements = new Map<string, { readonly mapped: MappedPath; readonly after: unknown }[]>();
  for (const given of values) {
    const { mapped, after } = given;
    if (after === undefined) continue;
    if (mapped.kind !== 'element') put(mapped.attribute.keys, after);
    else elements.set(mapped.selector, [...(elements.get(mapped.selector) ?? []), given]);
  }
  const lists = new Map<ResolvedAttribute, unknown[]>();
  for (const parts of elements.values()) {
    const { mapped } = parts[0] as { readonly mapped: MappedPath };
    const top = mapped.attribute.parent as ResolvedAttribute;
    const list = lists.get(top) ?? [];
    list.push({ ...Object.fromEntries(mapped.conditions), ...partsOf(parts) });
    lists.set(top, list);
  }
  for (const [top, list] of lists) put(top.keys, list);
  return input;
}
