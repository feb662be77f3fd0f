// What makes filters fast: indexes narrow the resources down to those that can match. The exact condition is applied
// to what is left, so an index may give too many, and never too few. Where a filter is one look-up of a value that the
// index has whole, nothing is left to apply.
import { type Comparable, isComparable } from '../../protocol/fold.ts';
import { valuesOf } from '../../protocol/match.ts';
import type { JsonObject } from '../../protocol/message.ts';
import type { ResolvedComparison, ResolvedFilter } from '../../protocol/resolve-filter.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import { joinSql, type Sql, sql } from './fragment.ts';
import { inPlace, inScope, type Place } from './place.ts';

/** Characters of a value that are indexed. */
const INDEXED_LENGTH = 256;

/** The form of a value in the index; of a long one, its beginning, which never ends within a surrogate pair. */
function indexed(value: Comparable): string {
  const text = String(value);
  const isWithinPair = (text.codePointAt(INDEXED_LENGTH - 1) ?? 0) > 0xffff;
  return text.slice(0, isWithinPair ? INDEXED_LENGTH - 1 : INDEXED_LENGTH);
}

function isIndexable(attribute: ResolvedAttribute): boolean {
  const isText =
    attribute.type === 'string' || attribute.type === 'reference' || attribute.type === 'dateTime';
  if (!isText || !isComparable(attribute)) return false;
  const { parent } = attribute;
  if (!parent) return attribute.name !== 'schemas' && attribute.name !== 'id';
  if (parent.name === 'meta' || !isComparable(parent)) return false;
  // Of the values of a multi-valued attribute, what they are; not of what kind.
  return !parent.multiValued || attribute.name === 'value';
}

/** The attributes of a type whose values are in the index. */
export function indexedAttributes(type: ResourceType): readonly ResolvedAttribute[] {
  return [...type.attributes, ...type.extensions.flatMap((extension) => extension.attributes)]
    .filter((attribute) => !attribute.relation)
    .flatMap((attribute) => [attribute, ...attribute.subAttributes])
    .filter(isIndexable);
}

/** A condition `r.id IN (...)` that all matches of a filter meet; undefined where no index helps. */
export function compileCandidates(
  filter: ResolvedFilter,
  place: Place,
  isIndexed: (attribute: ResolvedAttribute) => boolean,
): Sql | undefined {
  const ids = candidates(filter, place, isIndexed);
  return ids && sql`r.id IN (${ids})`;
}

/** The candidates of a filter that demands one value of one attribute: rows `v` of the index, each id once, in order. */
export interface Lookup {
  readonly condition: Sql;
  /** Whether the value is unique. */
  readonly isUnique: boolean;
  /** Whether they are the filter's matches, and not only candidates. */
  readonly isExact: boolean;
}

/** The candidates of a filter that demands one value of one attribute; undefined where it doesn't. */
export function compileLookup(
  filter: ResolvedFilter,
  place: Place,
  isIndexed: IsIndexed,
): Lookup | undefined {
  const equality = equalityOf(filter, isIndexed);
  if (!equality) return undefined;
  const { attribute, value } = equality;
  return {
    condition: sql`${inPlace(place, 'v.')} AND v.attribute = ${attribute.path} AND v.value = ${indexed(value)}`,
    isUnique: attribute.uniqueness !== 'none',
    // The index has the beginning of a longer value alone.
    isExact: filter === equality && String(value).length < INDEXED_LENGTH - 1,
  };
}

function equalityOf(filter: ResolvedFilter, isIndexed: IsIndexed): ResolvedComparison | undefined {
  switch (filter.kind) {
    case 'and':
      for (const part of filter.filters) {
        const equality = equalityOf(part, isIndexed);
        if (equality) return equality;
      }
      return undefined;
    case 'valuePath':
      return equalityOf(filter.filter, isIndexed);
    case 'compare':
      return filter.operator === 'eq' && isIndexed(filter.attribute) ? filter : undefined;
    default:
      return undefined;
  }
}

type IsIndexed = (attribute: ResolvedAttribute) => boolean;

function candidates(filter: ResolvedFilter, place: Place, isIndexed: IsIndexed): Sql | undefined {
  switch (filter.kind) {
    case 'and': {
      const found = filter.filters
        .map((f) => ({ f, ids: candidates(f, place, isIndexed) }))
        .filter(({ ids }) => ids);
      const equal = found.find(({ f }) => f.kind === 'compare' && f.operator === 'eq');
      return (equal ?? found[0])?.ids;
    }
    case 'or': {
      const found = filter.filters.map((f) => candidates(f, place, isIndexed));
      const all = found.filter((ids) => ids !== undefined);
      return all.length === found.length ? union(all) : undefined;
    }
    case 'valuePath':
      return candidates(filter.filter, place, isIndexed);
    case 'compare':
      return comparisonCandidates(filter, place, isIndexed);
    default:
      return undefined;
  }
}

/** Terms of one UNION; SQLite takes 500. */
const MAX_TERMS = 100;

/** The rows of all selections, in as many levels as it takes. */
function union(selections: readonly Sql[]): Sql {
  if (selections.length <= MAX_TERMS) return joinSql(selections, ' UNION ');
  const chunks: Sql[] = [];
  for (let i = 0; i < selections.length; i += MAX_TERMS) {
    chunks.push(sql`SELECT * FROM (${joinSql(selections.slice(i, i + MAX_TERMS), ' UNION ')})`);
  }
  return union(chunks);
}

function comparisonCandidates(
  filter: ResolvedComparison,
  place: Place,
  isIndexed: IsIndexed,
): Sql | undefined {
  const { attribute, operator, value } = filter;
  if (attribute.path === 'id') return operator === 'eq' ? sql`SELECT ${value as string}` : undefined;
  const relation = attribute.parent?.relation ?? attribute.relation;
  if (relation === 'holder' && attribute.name === 'value' && attribute.caseExact && operator === 'eq') {
    return sql`SELECT m.holder FROM scimkit_membership m WHERE ${inScope(place, 'm.')} AND m.member = ${value as string}`;
  }
  if (!isIndexed(attribute)) return undefined;
  const rows = sql`SELECT v.id FROM scimkit_value v WHERE ${inPlace(place, 'v.')} AND v.attribute = ${attribute.path}`;
  const text = indexed(value as Comparable);
  switch (operator) {
    case 'eq':
      return sql`${rows} AND v.value = ${text}`;
    case 'sw':
      return startingWith(rows, text);
    default:
      return undefined;
  }
}

/** The rows whose value begins with a text: from it to the text after all that begin so. */
function startingWith(rows: Sql, text: string): Sql {
  const from = sql`${rows} AND v.value >= ${text}`;
  const points = [...text];
  const last = (points.pop() as string).codePointAt(0) as number;
  if (last === 0x10ffff) return from;
  const next = last === 0xd7ff ? 0xe000 : last + 1;
  return sql`${from} AND v.value < ${points.join('') + String.fromCodePoint(next)}`;
}

/** A row of the index: an attribute's path and a value. */
export type IndexRow = readonly [path: string, value: string];

/** What a change of a folded document is to the index; undefined: the document isn't there, or no longer. */
export function indexChanges(
  attributes: readonly ResolvedAttribute[],
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): { readonly gone: readonly IndexRow[]; readonly fresh: readonly IndexRow[] } {
  const gone: IndexRow[] = [];
  const fresh: IndexRow[] = [];
  for (const attribute of attributes) {
    const was = indexedValues(attribute, before);
    const is = indexedValues(attribute, after);
    if (was.size === 0 && is.size === 0) continue;
    for (const value of was) if (!is.has(value)) gone.push([attribute.path, value]);
    for (const value of is) if (!was.has(value)) fresh.push([attribute.path, value]);
  }
  return { gone, fresh };
}

const NO_VALUES: ReadonlySet<string> = new Set();

function indexedValues(attribute: ResolvedAttribute, folded: JsonObject | undefined): ReadonlySet<string> {
  const values = folded ? valuesOf(folded, attribute) : [];
  return values.length === 0 ? NO_VALUES : new Set(values.map((value) => indexed(value as Comparable)));
}
