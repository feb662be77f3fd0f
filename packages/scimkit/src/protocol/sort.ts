// RFC 7644 §3.4.2.3: sorting. Values compare as in filters; missing ones come last, descending first.
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { quote, ScimError } from './error.ts';
import { type Comparable, compareFolded, isComparable } from './fold.ts';
import type { Leniency } from './leniency.ts';
import { isObject, type JsonObject, own } from './message.ts';
import { isAttributePath, resolveAttribute } from './path.ts';

/** What resources are ordered by. */
export interface Sort {
  /** A simple attribute, or a simple sub-attribute of a complex one. */
  readonly attribute: ResolvedAttribute;
  readonly descending: boolean;
}

/** Attributes that exist only as rows, or are made when a resource is sent. */
function isSortable(attribute: ResolvedAttribute): boolean {
  const top = attribute.parent ?? attribute;
  return !top.relation && attribute.path !== 'meta.location' && attribute.path !== 'meta.version';
}

/**
 * Reads `sortBy` and `sortOrder`. A complex attribute stands for its sub-attribute `value`.
 *
 * @throws ScimError `invalidPath` for an attribute that there isn't or that can't be sorted by, `invalidValue` for
 * another order than "ascending" and "descending".
 */
export function resolveSort(
  type: ResourceType,
  sortBy: string,
  sortOrder: string | undefined,
  leniency: Leniency,
): Sort {
  if (!isAttributePath(sortBy)) {
    throw new ScimError('invalidPath', `"sortBy" must name an attribute, not ${quote(sortBy)}.`);
  }
  const named = resolveAttribute(type, sortBy, leniency, 'invalidPath');
  const attribute = named.type === 'complex' ? named.sub.get('value') : named;
  if (!attribute) {
    const names = named.subAttributes.map((sub) => `${named.path}.${sub.name}`).join(', ');
    throw new ScimError('invalidPath', `${quote(sortBy)} is complex; sort by one of ${names}.`);
  }
  for (let a: ResolvedAttribute | undefined = attribute; a; a = a.parent) {
    if (!isComparable(a)) {
      throw new ScimError('invalidPath', `${quote(sortBy)} is never returned, so it can't be sorted by.`);
    }
  }
  if (!isSortable(attribute)) {
    throw new ScimError('invalidPath', `${quote(sortBy)} is computed; resources can't be sorted by it.`);
  }
  const order = sortOrder?.toLowerCase() || 'ascending';
  if (order !== 'ascending' && order !== 'descending') {
    throw new ScimError(
      'invalidValue',
      `"sortOrder" must be "ascending" or "descending", not ${quote(sortOrder)}.`,
    );
  }
  return { attribute, descending: order === 'descending' };
}

/** The value of a folded resource that it is sorted by: the primary element's, or else the first one's. */
export function sortKey(resource: JsonObject, attribute: ResolvedAttribute): Comparable | undefined {
  let value: unknown = resource;
  for (const key of attribute.keys) {
    value = isObject(value) ? own(value, key) : undefined;
    if (Array.isArray(value)) {
      value = value.find((element) => isObject(element) && element.primary === true) ?? value[0];
    }
  }
  return typeof value === 'object' ? undefined : (value as Comparable | undefined);
}

/** Orders two sort keys. */
export function compareSortKeys(
  a: Comparable | undefined,
  b: Comparable | undefined,
  descending: boolean,
): number {
  const order =
    a === undefined || b === undefined
      ? Number(a === undefined) - Number(b === undefined)
      : compareFolded(a, b);
  return descending ? -order : order;
}
