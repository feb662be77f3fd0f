// What makes filters fast: indexes narrow the resources down to those that can match. The exact condition is applied
// to what is left, so an index may give too many, and never too few. Where a filter is one look-up of a value that the
// index has whole, nothing is left to apply.
import type { Comparable } from '../../protocol/fold.ts';
import type { ResolvedComparison, ResolvedFilter } from '../../protocol/resolve-filter.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { containing, type SearchBudget, searchBudget } from './containing.ts';
import { joinSql, type Sql, sql, type Work } from './fragment.ts';
import { inPlace, inScope, type Place } from './place.ts';
import { indexed, isIndexedWhole, longValuesOf } from './value-index.ts';

/**
 * A condition `r.id IN (...)` that all matches of a filter meet; undefined where no index helps. To choose an index, the
 * database may be asked.
 */
export function* compileCandidates(
  filter: ResolvedFilter,
  place: Place,
  isIndexed: IsIndexed,
): Work<Sql | undefined> {
  const ids = yield* candidates(filter, { place, isIndexed, budget: searchBudget(place) });
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
    isExact: filter === equality && isIndexedWhole(value),
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

/** What it takes to find candidates: a look-up, a range, a search, a look at all values. */
const EFFORT: Readonly<Record<string, number>> = { eq: 0, sw: 1, co: 2, ew: 2 };

function effortOf(filter: ResolvedFilter): number {
  switch (filter.kind) {
    case 'and':
      return Math.min(...filter.filters.map(effortOf));
    case 'or':
      return Math.max(...filter.filters.map(effortOf));
    case 'valuePath':
      return effortOf(filter.filter);
    case 'compare':
      return EFFORT[filter.operator] ?? Number.POSITIVE_INFINITY;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** What candidates are looked for with. */
interface Finder {
  readonly place: Place;
  readonly isIndexed: IsIndexed;
  readonly budget: SearchBudget;
}

function* candidates(filter: ResolvedFilter, finder: Finder): Work<Sql | undefined> {
  switch (filter.kind) {
    case 'and':
      // One part is enough: the one that is found most easily.
      for (const part of [...filter.filters].sort((a, b) => effortOf(a) - effortOf(b))) {
        const found = yield* candidates(part, finder);
        if (found) return found;
      }
      return undefined;
    case 'or': {
      const found: Sql[] = [];
      // What has no candidates takes all of them away; it comes to light before any search.
      for (const part of [...filter.filters].sort((a, b) => effortOf(b) - effortOf(a))) {
        const ids = yield* candidates(part, finder);
        if (!ids) return undefined;
        found.push(ids);
      }
      return union(found);
    }
    case 'valuePath':
      return yield* candidates(filter.filter, finder);
    case 'compare':
      return yield* comparisonCandidates(filter, finder);
    default:
      return undefined;
  }
}

/** Terms of one UNION; SQLite takes 500, and a selection may have two. */
const MAX_TERMS = 100;

/** The rows of all selections, in as many levels as it takes. */
function union(selections: readonly Sql[]): Sql {
  if (selections.length <= MAX_TERMS) return joinSql(selections, ' UNION ');
  const chunks: Sql[] = [];
  for (let i = 0; i < selections.length; i += MAX_TERMS) {
    chunks.push(sql`SELECT * FROM (${joinSql(selections.slice(i, i + MAX_TERMS), ' UNION ')}) AS u`);
  }
  return union(chunks);
}

function* comparisonCandidates(
  filter: ResolvedComparison,
  { place, isIndexed, budget }: Finder,
): Work<Sql | undefined> {
  const { attribute, operator, value } = filter;
  if (attribute.path === 'id') return operator === 'eq' ? sql`SELECT ${value as string}` : undefined;
  const relation = attribute.parent?.relation ?? attribute.relation;
  if (relation === 'holder' && attribute.name === 'value' && attribute.caseExact && operator === 'eq') {
    return sql`SELECT m.holder FROM scimkit_membership m WHERE ${inScope(place, 'm.')} AND m.member = ${value as string}`;
  }
  if (!isIndexed(attribute)) return undefined;
  const rows = sql`SELECT v.id FROM scimkit_value v WHERE ${valuesOf(place, attribute.path)}`;
  const text = indexed(value as Comparable);
  switch (operator) {
    case 'eq':
      return sql`${rows} AND v.value = ${text}`;
    case 'sw':
      return startingWith(rows, text);
    case 'co':
    case 'ew':
      return yield* containing(
        {
          ...{ place, operator, text: String(value) },
          values: valuesOf(place, attribute.path),
          longValues: valuesOf(place, longValuesOf(attribute)),
        },
        budget,
      );
    default:
      return undefined;
  }
}

/** The index's rows `v` of one attribute. */
const valuesOf = (place: Place, path: string): Sql => sql`${inPlace(place, 'v.')} AND v.attribute = ${path}`;

/** The rows whose value begins with a text: from it to the text after all that begin so. */
function startingWith(rows: Sql, text: string): Sql {
  const from = sql`${rows} AND v.value >= ${text}`;
  const points = [...text];
  const last = (points.pop() as string).codePointAt(0) as number;
  if (last === 0x10ffff) return from;
  const next = last === 0xd7ff ? 0xe000 : last + 1;
  return sql`${from} AND v.value < ${points.join('') + String.fromCodePoint(next)}`;
}
