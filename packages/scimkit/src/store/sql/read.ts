// RFC 7644 §3.4: reads as units of work.
import type { ResolvedFilter } from '../../protocol/resolve-filter.ts';
import type { Page, Query, Selection, StoredResource } from '../store.ts';
import { compileCandidates } from './candidates.ts';
import { compileFilter } from './compile-filter.ts';
import { compileSort } from './compile-sort.ts';
import { all, one, type Sql, sql, type Work } from './fragment.ts';
import { inPlace, type Place } from './place.ts';
import type { Plan } from './plan.ts';
import { RESOURCE_COLUMNS } from './resource-row.ts';
import { select } from './write.ts';

/** One resource by its id. */
export function* get(place: Place, id: string, selection: Selection): Work<StoredResource | undefined> {
  const row = yield* one(
    sql`SELECT ${RESOURCE_COLUMNS} FROM resource r WHERE ${inPlace(place, 'r.')} AND r.id = ${id}`,
  );
  return row && (yield* select(place, [row], selection))[0];
}

/** The scope, and within it the filter: no filter can make the result wider than the scope. */
function conditionOf(place: Place, plan: Plan, filter: ResolvedFilter | undefined): Sql {
  const scope = inPlace(place, 'r.');
  if (!filter) return scope;
  const candidates = compileCandidates(filter, place, plan.isIndexed);
  const exact = compileFilter(filter, place);
  return candidates ? sql`${scope} AND ${candidates} AND (${exact})` : sql`${scope} AND (${exact})`;
}

/** A page of a query. */
export function* query(place: Place, plan: Plan, { filter, sort, page, selection }: Query): Work<Page> {
  const condition = conditionOf(place, plan, filter);
  const offset = page.startIndex - 1;
  const { count } = page;
  if (count === 0) return { resources: [], total: yield* total(place, filter, condition) };
  // The ids of a deep page are found in an index alone; rows are read for the page only.
  const ids = sql`SELECT r.id FROM resource r WHERE ${condition} ORDER BY ${compileSort(sort)} LIMIT ${count} OFFSET ${offset}`;
  const rows = yield* all(
    sql`SELECT ${RESOURCE_COLUMNS} FROM resource r WHERE ${inPlace(place, 'r.')} AND r.id IN (${ids})
        ORDER BY ${compileSort(sort)}`,
  );
  // A page that isn't full is the last one, and tells the total.
  const isLast = rows.length < count && (rows.length > 0 || offset === 0);
  return {
    resources: yield* select(place, rows, selection),
    total: isLast ? offset + rows.length : yield* total(place, filter, condition),
  };
}

function* total(place: Place, filter: ResolvedFilter | undefined, condition: Sql): Work<number> {
  const row = yield* one(
    filter
      ? sql`SELECT count(*) AS total FROM resource r WHERE ${condition}`
      : sql`SELECT total FROM counter WHERE ${inPlace(place)}`,
  );
  return Number(row?.total ?? 0);
}
