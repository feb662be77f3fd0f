// RFC 7644 §3.4.2.2: what a filter means for a resource type. One tree, which the in-memory matcher, the SQL
// compiler and PATCH's value paths all read.
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { quote, ScimError } from './error.ts';
import type { ComparisonOperator, Filter, Literal } from './filter.ts';
import { type Comparable, foldInstant, foldValue, isComparable } from './fold.ts';
import type { Leniency } from './leniency.ts';
import { findAttribute, resolveAttribute } from './path.ts';

/** `ne` is `not eq`, so that it is true where there is no value; so the resolved operators are without it. */
export type ResolvedOperator = Exclude<ComparisonOperator, 'ne'>;

/** A comparison whose value has the attribute's type and is folded as the attribute's values are. */
export interface ResolvedComparison {
  readonly kind: 'compare';
  readonly attribute: ResolvedAttribute;
  readonly operator: ResolvedOperator;
  readonly value: Comparable;
  /** The value as the client wrote it. */
  readonly literal: Comparable;
}

/**
 * A filter resolved against one resource type.
 *
 * Absence is settled here: `eq null` is "not present", `""` counts as null, and an attribute that a type doesn't
 * have (in a query over several types) is never present. In a value path the attributes are sub-attributes of
 * its attribute, or, of a multi-valued attribute that is not complex, the attribute itself for "value".
 */
export type ResolvedFilter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly ResolvedFilter[] }
  | { readonly kind: 'not'; readonly filter: ResolvedFilter }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'present'; readonly attribute: ResolvedAttribute }
  | ResolvedComparison
  | { readonly kind: 'valuePath'; readonly attribute: ResolvedAttribute; readonly filter: ResolvedFilter };

/** What a filter is made of besides `and`, `or` and `not`. */
type FilterLeaf = Exclude<ResolvedFilter, { readonly kind: 'and' | 'or' | 'not' }>;

/** The sum of what the parts of a filter count. */
export function sumOf(filter: ResolvedFilter, count: (leaf: FilterLeaf) => number): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.reduce((sum, part) => sum + sumOf(part, count), 0);
    case 'not':
      return sumOf(filter.filter, count);
    default:
      return count(filter);
  }
}

/** What a filter is resolved in. */
export interface FilterContext {
  readonly leniency: Leniency;
  /** The base of `meta.location`: base URL and endpoint, with a slash at its end. */
  readonly locationBase?: string;
  /** Whether an attribute that this type doesn't have is known to another type of the same query. */
  readonly knownElsewhere?: (path: string) => boolean;
}

const NEVER: ResolvedFilter = { kind: 'constant', value: false };
const ALWAYS: ResolvedFilter = { kind: 'constant', value: true };
const negate = (filter: ResolvedFilter): ResolvedFilter =>
  filter.kind === 'constant' ? (filter.value ? NEVER : ALWAYS) : { kind: 'not', filter };

/**
 * Resolves a filter against a resource type.
 *
 * @throws ScimError `invalidFilter`: unknown attribute, wrong type of value, operator that the type doesn't allow,
 * attribute that is never returned.
 */
export function resolveFilter(type: ResourceType, filter: Filter, context: FilterContext): ResolvedFilter {
  const lookUp = (path: string) => {
    if (context.knownElsewhere?.(path) && !findAttribute(type, path)) return undefined;
    return resolveAttribute(type, path, context.leniency, 'invalidFilter');
  };
  return resolve(type, filter, context, lookUp, false);
}

type LookUp = (path: string) => ResolvedAttribute | undefined;

function resolve(
  type: ResourceType,
  filter: Filter,
  context: FilterContext,
  lookUp: LookUp,
  inValuePath: boolean,
): ResolvedFilter {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const filters = filter.filters.map((f) => resolve(type, f, context, lookUp, inValuePath));
      const stops = filter.kind === 'or';
      if (filters.some((f) => f.kind === 'constant' && f.value === stops)) return stops ? ALWAYS : NEVER;
      const rest = filters.filter((f) => f.kind !== 'constant');
      if (rest.length === 0) return stops ? NEVER : ALWAYS;
      return rest.length === 1 ? (rest[0] as ResolvedFilter) : { kind: filter.kind, filters: rest };
    }
    case 'not':
      return negate(resolve(type, filter.filter, context, lookUp, inValuePath));
    case 'valuePath': {
      if (inValuePath) throw invalid(`a value path can't stand in another: ${quote(filter.path)}`);
      const attribute = lookUp(filter.path);
      if (!attribute) return NEVER;
      return resolveValuePath(type, attribute, filter.filter, context);
    }
    case 'present': {
      const attribute = lookUp(filter.path);
      if (!attribute) return NEVER;
      assertComparable(attribute, filter.path);
      return presence(attribute, inValuePath);
    }
    default: {
      const attribute = lookUp(filter.path);
      if (!attribute) return filter.operator === 'ne' ? ALWAYS : NEVER;
      assertComparable(attribute, filter.path);
      return comparison(type, attribute, filter, context, inValuePath);
    }
  }
}

/** Resolves the filter between the brackets of `attribute[...]`, in a filter or in a PATCH path. */
export function resolveValuePath(
  type: ResourceType,
  attribute: ResolvedAttribute,
  filter: Filter,
  context: FilterContext,
): ResolvedFilter {
  assertComparable(attribute, attribute.path);
  if (
    attribute.parent ||
    (attribute.type !== 'complex' && !attribute.multiValued) ||
    attribute.name === 'meta'
  ) {
    throw invalid(`${quote(attribute.path)} has no values to select from with [...]`);
  }
  const within: LookUp = (path) => {
    const name = path.toLowerCase();
    if (attribute.type !== 'complex' && name === 'value') return attribute;
    const sub = attribute.sub.get(name);
    if (!sub) {
      const names = attribute.subAttributes.map((s) => s.name).join(', ') || 'value';
      throw invalid(`${quote(attribute.path)} has no sub-attribute ${quote(path)}: it has ${names}`);
    }
    return sub;
  };
  return { kind: 'valuePath', attribute, filter: resolve(type, filter, context, within, true) };
}

function invalid(detail: string): ScimError {
  return new ScimError('invalidFilter', `The filter can't be applied: ${detail}.`);
}

function assertComparable(attribute: ResolvedAttribute, path: string): void {
  if (attribute.name === '$ref' && attribute.parent?.relation) {
    throw invalid(`${quote(path)} depends on the request; compare "value" instead`);
  }
  for (let a: ResolvedAttribute | undefined = attribute; a; a = a.parent) {
    if (!isComparable(a)) throw invalid(`${quote(path)} is never returned, so it can't be filtered on`);
  }
}

/** Values that exist on every resource, made when it is sent. */
const MADE_WHEN_SENT = new Set(['meta.resourceType', 'meta.location', 'meta.version']);
const ALWAYS_PRESENT = new Set([
  ...['schemas', 'id', 'meta', 'meta.created', 'meta.lastModified'],
  ...MADE_WHEN_SENT,
]);

function presence(attribute: ResolvedAttribute, inValuePath: boolean): ResolvedFilter {
  if (ALWAYS_PRESENT.has(attribute.path)) return ALWAYS;
  // Each row of a relation has all of its parts.
  if (attribute.parent?.relation)
    return inValuePath ? ALWAYS : { kind: 'present', attribute: attribute.parent };
  return { kind: 'present', attribute };
}

function comparison(
  type: ResourceType,
  named: ResolvedAttribute,
  filter: Filter & { kind: 'compare' },
  context: FilterContext,
  inValuePath: boolean,
): ResolvedFilter {
  // A complex attribute is compared by its default sub-attribute, `value` (RFC 7643 §2.4).
  const attribute = named.type === 'complex' ? named.sub.get('value') : named;
  if (!attribute) {
    const names = named.subAttributes.map((sub) => `${named.path}.${sub.name}`).join(', ');
    throw invalid(`${quote(filter.path)} is complex; compare one of ${names}`);
  }
  const { operator } = filter;
  if (filter.value === null || filter.value === '') {
    // What is empty is unassigned (RFC 7643 §2.5): it equals null, and it is a part of every text.
    if (operator === 'eq') return negate(presence(attribute, inValuePath));
    if (
      operator === 'ne' ||
      (filter.value === '' && (operator === 'co' || operator === 'sw' || operator === 'ew'))
    ) {
      return presence(attribute, inValuePath);
    }
    throw invalid(`"${operator}" needs a value to compare ${quote(filter.path)} with`);
  }
  if (operator === 'ne') {
    return negate(comparison(type, named, { ...filter, operator: 'eq' }, context, inValuePath));
  }
  const literal = fit(attribute, filter.value, filter, context.leniency);
  if (typeof literal === 'string' && (literal.includes('\0') || !literal.isWellFormed())) {
    throw invalid(
      `the value for ${quote(filter.path)} holds U+0000 or half of a surrogate pair, which no value has`,
    );
  }
  assertOperator(attribute, operator, filter.path);
  if (MADE_WHEN_SENT.has(attribute.path)) {
    return madeWhenSent(type, attribute, operator, String(literal), context);
  }
  return { kind: 'compare', attribute, operator, value: foldValue(attribute, literal), literal };
}

const EXPECTED: Readonly<Record<string, string>> = {
  boolean: 'true or false without quotes',
  integer: 'a whole number',
  decimal: 'a number',
  dateTime: 'a time in quotes such as "2026-01-31T12:00:00Z"',
};

function fits(attribute: ResolvedAttribute, value: Literal): boolean {
  switch (attribute.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
    case 'decimal':
      return typeof value === 'number';
    case 'dateTime':
      return typeof value === 'string' && foldInstant(value) !== undefined;
    default:
      return typeof value === 'string';
  }
}

function fit(
  attribute: ResolvedAttribute,
  value: Comparable,
  filter: Filter & { kind: 'compare' },
  leniency: Leniency,
): Comparable {
  if (fits(attribute, value)) return value;
  // A number that stands for a text is taken as it was written.
  const mended = leniency.value(attribute, attribute.type, filter.text ?? value);
  if (mended !== undefined && fits(attribute, mended as Literal)) return mended as Comparable;
  throw invalid(
    `${quote(filter.path)} is compared with ${EXPECTED[attribute.type] ?? 'a string in double quotes'}, ` +
      `not with ${quote(filter.text ?? filter.value)}`,
  );
}

function assertOperator(attribute: ResolvedAttribute, operator: ComparisonOperator, path: string): void {
  const isOrder = operator === 'gt' || operator === 'ge' || operator === 'lt' || operator === 'le';
  const isText = operator === 'co' || operator === 'sw' || operator === 'ew';
  const { type } = attribute;
  const refused =
    (isOrder && (type === 'boolean' || type === 'binary')) ||
    (isText && type !== 'string' && type !== 'reference' && type !== 'binary');
  if (refused) throw invalid(`"${operator}" does not apply to ${quote(path)}, which is of type ${type}`);
}

function madeWhenSent(
  type: ResourceType,
  attribute: ResolvedAttribute,
  operator: ResolvedOperator,
  literal: string,
  context: FilterContext,
): ResolvedFilter {
  if (attribute.path === 'meta.resourceType') {
    return compareTexts(type.name, operator, literal) ? ALWAYS : NEVER;
  }
  if (operator !== 'eq') throw invalid(`"${attribute.path}" can be compared with eq and ne alone`);
  if (attribute.path === 'meta.version') {
    const value = literal
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1')
      .replace(/\..*$/, '');
    return { kind: 'compare', attribute, operator, value, literal };
  }
  const base = context.locationBase;
  const id = type.byName.get('id') as ResolvedAttribute;
  if (base === undefined || !literal.startsWith(base)) return NEVER;
  const value = literal.slice(base.length);
  return { kind: 'compare', attribute: id, operator, value, literal: value };
}

function compareTexts(actual: string, operator: ResolvedOperator, value: string): boolean {
  switch (operator) {
    case 'eq':
      return actual === value;
    case 'co':
      return actual.includes(value);
    case 'sw':
      return actual.startsWith(value);
    case 'ew':
      return actual.endsWith(value);
    case 'gt':
      return actual > value;
    case 'ge':
      return actual >= value;
    case 'lt':
      return actual < value;
    default:
      return actual <= value;
  }
}
