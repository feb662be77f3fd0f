// RFC 7644 §3.4.2.2: does a resource match a filter? Both are folded (fold.ts, resolve-filter.ts).
import type { ResolvedAttribute } from '../schema/resource-type.ts';
import { type Comparable, compareFolded } from './fold.ts';
import { isObject, type JsonObject, own } from './message.ts';
import type { ResolvedFilter, ResolvedOperator } from './resolve-filter.ts';

/** Compares two folded values as an operator says. */
function compare(actual: Comparable, operator: ResolvedOperator, value: Comparable): boolean {
  if (operator === 'eq') return actual === value;
  if (typeof actual !== typeof value) return false;
  switch (operator) {
    case 'co':
      return String(actual).includes(String(value));
    case 'sw':
      return String(actual).startsWith(String(value));
    case 'ew':
      return String(actual).endsWith(String(value));
    case 'gt':
      return compareFolded(actual, value) > 0;
    case 'ge':
      return compareFolded(actual, value) >= 0;
    case 'lt':
      return compareFolded(actual, value) < 0;
    default:
      return compareFolded(actual, value) <= 0;
  }
}

const NONE: readonly unknown[] = [];

/** All values of an attribute in a folded resource, those of multi-valued ones fanned out. */
export function valuesOf(resource: JsonObject, { keys }: ResolvedAttribute): readonly unknown[] {
  return valuesAt(resource, keys, 0);
}

function valuesAt(value: unknown, keys: readonly string[], index: number): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => valuesAt(each, keys, index));
  const key = keys[index];
  if (key === undefined) return [value];
  const child = isObject(value) ? own(value, key) : undefined;
  return child === undefined ? NONE : valuesAt(child, keys, index + 1);
}

/**
 * Whether a folded resource matches a resolved filter. Values of a multi-valued attribute match when any of
 * them does; within a value path all conditions hold for one and the same element.
 */
export function matches(filter: ResolvedFilter, resource: JsonObject): boolean {
  return evaluate(filter, (attribute) => valuesOf(resource, attribute));
}

/** Whether one folded element of a multi-valued attribute matches the filter of a value path. */
export function matchesElement(filter: ResolvedFilter, element: unknown): boolean {
  return evaluate(filter, (attribute) => {
    if (!isObject(element)) return [element];
    const value = own(element, attribute.name);
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  });
}

function evaluate(
  filter: ResolvedFilter,
  values: (attribute: ResolvedAttribute) => readonly unknown[],
): boolean {
  switch (filter.kind) {
    case 'constant':
      return filter.value;
    case 'and':
      return filter.filters.every((f) => evaluate(f, values));
    case 'or':
      return filter.filters.some((f) => evaluate(f, values));
    case 'not':
      return !evaluate(filter.filter, values);
    case 'present':
      return values(filter.attribute).length > 0;
    case 'valuePath':
      return values(filter.attribute).some((element) => matchesElement(filter.filter, element));
    default:
      return values(filter.attribute).some((value) =>
        compare(value as Comparable, filter.operator, filter.value),
      );
  }
}
