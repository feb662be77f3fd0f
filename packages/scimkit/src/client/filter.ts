// RFC 7644 §3.4.2.2: filters, written by the client's user. Values are data: none of them can become a part of the grammar.
import { type ComparisonOperator, type Filter, type Literal, parseFilter } from '../protocol/filter.ts';
import type { AttributePath } from '../schema/infer.ts';
import type { AnyType, FilterValue, MultiValuedPath, SubFilterValue, SubName } from './typed-path.ts';

declare const PATHS: unique symbol;

/** A filter over some attributes: those of a resource type, or fewer. */
export type FilterOver<Path extends string> = Filter & { readonly [PATHS]?: Path };

/** What may stand in a filter's template: a value, or a filter. */
export type FilterPart = Literal | Date | Filter;

const KINDS: ReadonlySet<unknown> = new Set(['and', 'or', 'not', 'present', 'compare', 'valuePath']);

function isFilter(part: unknown): part is Filter {
  return typeof part === 'object' && part !== null && 'kind' in part && KINDS.has(part.kind);
}

function toLiteral(value: Literal | Date): Literal {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value === 'object' && value !== null)
    throw new TypeError('A filter has no literal for an object or array, and none for a date that is none.');
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`A filter has no literal for ${value}.`);
  if (value === undefined)
    throw new TypeError('A value in the filter is undefined; for "no value", write null.');
  return value;
}

// In the place of a filter stands a comparison that no attribute can have.
const PLACE = 'urn:scimkit:filter:';

function fill(filter: Filter, parts: readonly FilterPart[]): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, filters: filter.filters.map((part) => fill(part, parts)) };
    case 'not':
      return { kind: 'not', filter: fill(filter.filter, parts) };
    case 'valuePath':
      return { ...filter, filter: fill(filter.filter, parts) };
    case 'present': {
      const part = filter.path.startsWith(PLACE) && parts[Number(filter.path.slice(PLACE.length + 1))];
      return isFilter(part) ? part : filter;
    }
    default:
      return filter;
  }
}

/**
 * A filter from a template: what is put into it is a value, quoted as one, or another filter, in parentheses.
 *
 * @throws ScimError `invalidFilter`, with the place; TypeError for a value that a filter has no literal for.
 *
 * @example
 * const staff = filter`userType eq ${'Employee'} or userType eq ${null}`;
 * const found = await users.query({ filter: filter`userName sw ${name} and ${staff}` });
 */
export function filter(texts: TemplateStringsArray, ...parts: readonly FilterPart[]): Filter {
  const written = texts.map((text, index) => {
    if (index >= parts.length) return text;
    const part = parts[index] as FilterPart;
    // Whole strings apart: no quote is left open.
    if (text.replace(/"(?:[^"\\]|\\.)*"/g, '').includes('"'))
      throw new TypeError('The value in the filter is quoted already: leave out the quotes around it.');
    return text + (isFilter(part) ? `(${PLACE}x${index} pr)` : JSON.stringify(toLiteral(part)));
  });
  return fill(parseFilter(written.join('')), parts);
}

type Comparison = Exclude<ComparisonOperator, 'eq' | 'ne'>;

/** Comparisons with the attributes that are in reach. */
type Comparisons<Path extends string, Value extends { [At in Path]: unknown }> = {
  /** Equal, and not equal; `null` for "no value". */
  readonly [Operator in 'eq' | 'ne']: <At extends Path>(path: At, value: Value[At] | null) => FilterOver<At>;
} & {
  /** Contains, starts with, ends with; greater, less, or equal. */
  readonly [Operator in Comparison]: <At extends Path>(path: At, value: Value[At]) => FilterOver<At>;
} & {
  /** Present: there is a value. */
  readonly pr: <At extends Path>(path: At) => FilterOver<At>;
  readonly and: <At extends Path>(...filters: readonly FilterOver<At>[]) => FilterOver<At>;
  readonly or: <At extends Path>(...filters: readonly FilterOver<At>[]) => FilterOver<At>;
  readonly not: <At extends Path>(filter: FilterOver<At>) => FilterOver<At>;
};

/** Comparisons with the sub-attributes of one attribute. */
export type SubComparisons<Type extends AnyType, Path extends string> = Comparisons<
  SubName<Type, Path>,
  { [Sub in SubName<Type, Path>]: SubFilterValue<Type, Path, Sub> }
>;

/** Builds filters over one resource type. */
export type FilterBuilder<Type extends AnyType> = Comparisons<
  AttributePath<Type>,
  { [Path in AttributePath<Type>]: FilterValue<Type, Path> }
> & {
  /** One value of the attribute for which all of this is true: `emails[type eq "work" and value co "@x"]`. */
  readonly has: <Path extends MultiValuedPath<Type>>(
    path: Path,
    build: (element: SubComparisons<Type, Path>) => FilterOver<SubName<Type, Path>>,
  ) => FilterOver<Path>;
};

const OPERATORS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;

function chain(kind: 'and' | 'or', filters: readonly Filter[]): Filter {
  const [first] = filters;
  if (!first) throw new TypeError(`"${kind}" needs at least one filter.`);
  return filters.length === 1 ? first : { kind, filters };
}

const comparisons = {
  pr: (path: string): Filter => ({ kind: 'present', path }),
  and: (...filters: readonly Filter[]): Filter => chain('and', filters),
  or: (...filters: readonly Filter[]): Filter => chain('or', filters),
  not: (part: Filter): Filter => ({ kind: 'not', filter: part }),
  ...Object.fromEntries(
    OPERATORS.map((operator) => [
      operator,
      (path: string, value: Literal | Date): Filter => ({
        kind: 'compare',
        path,
        operator,
        value: toLiteral(value),
      }),
    ]),
  ),
};

/** The comparisons within one value of an attribute. */
export function subComparisons<Type extends AnyType, Path extends string>(): SubComparisons<Type, Path> {
  return comparisons as unknown as SubComparisons<Type, Path>;
}

/**
 * Builds filters over a resource type: a misspelt attribute, and a value of the wrong type, don't compile.
 *
 * @example
 * const { and, eq, has } = filterFor(User);
 * await users.query({ filter: and(eq('active', true), has('emails', (email) => email.eq('type', 'work'))) });
 */
export function filterFor<Type extends AnyType>(_type: Type): FilterBuilder<Type> {
  const has = (path: string, build: (element: typeof comparisons) => Filter): Filter => ({
    kind: 'valuePath',
    path,
    filter: build(comparisons),
  });
  return { ...comparisons, has } as unknown as FilterBuilder<Type>;
}
