// RFC 7644 §3.4: reads as units of work.
import type { ResolvedFilter } from '../../protocol/resolve-filter.ts';
import type { Page, Query, Reference, Selection, StoredResource } from '../store.ts';
import { compileCandidates, compileLookup } from './candidates.ts';
import { compileFilter } from './compile-filter.ts';
import { compileSort } from './compile-sort.ts';
import { all, one, rawSql, type Sql, sql, type Work } from './fragment.ts';
import { membersAfter } from './membership.ts';
import type { PageMarks } from './page-marks.ts';
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

/** More values of a relation; undefined where its resource isn't there, or no longer. */
export function* references(
  place: Place,
  id: string,
  path: string,
  after: string | undefined,
  limit: number,
): Work<readonly Reference[] | undefined> {
  const attribute = place.type.holders.find((holder) => holder.path === path);
  const found = attribute ? yield* membersAfter(place, attribute, id, after ?? '', limit) : [];
  if (found.length > 0) return found;
  const row = yield* one(sql`SELECT 1 FROM resource r WHERE ${inPlace(place, 'r.')} AND r.id = ${id}`);
  return row && found;
}

/** What a query is about: rows `r` of resources, and the column that orders them by id. */
interface Matches {
  readonly from: Sql;
  readonly condition: Sql;
  readonly id: Sql;
}

const RESOURCES = rawSql('resource r');
const LOOKED_UP = rawSql('value v CROSS JOIN resource r');
const RESOURCE_ID = rawSql('r.id');
const LOOKED_UP_ID = rawSql('v.id');

/** The scope, and within it the filter: no filter can make the result wider than the scope. */
function matchesOf(place: Place, plan: Plan, filter: ResolvedFilter | undefined): Matches {
  const scope = inPlace(place, 'r.');
  if (!filter) return { from: RESOURCES, condition: scope, id: RESOURCE_ID };
  const lookup = compileLookup(filter, place, plan.isIndexed);
  if (lookup) {
    const found = sql`${lookup.condition} AND ${scope} AND r.id = v.id`;
    return {
      from: LOOKED_UP,
      condition: lookup.isExact
        ? found
        : sql`${found} AND (${compileFilter(filter, place, lookup.isUnique)})`,
      id: LOOKED_UP_ID,
    };
  }
  const exact = compileFilter(filter, place, false);
  const candidates = compileCandidates(filter, place, plan.isIndexed);
  const condition = candidates
    ? sql`${scope} AND ${candidates} AND (${exact})`
    : sql`${scope} AND (${exact})`;
  return { from: RESOURCES, condition, id: RESOURCE_ID };
}

/** A page of a query. What `marks` knows of the order of ids is used, and added to. */
export function* query(place: Place, plan: Plan, query: Query, marks: PageMarks): Work<Page> {
  const { filter, sort, page, selection } = query;
  const offset = page.startIndex - 1;
  const { count } = page;
  const matches = matchesOf(place, plan, filter);
  if (count === 0) return { resources: [], total: yield* total(place, filter, matches) };
  if (!filter && !sort && offset > 0) return yield* pageById(place, query, offset, marks);
  const rows = yield* all(pageOf(place, matches, sort, count, offset));
  // A page that isn't full is the last one, and tells the total.
  const isLast = rows.length < count && (rows.length > 0 || offset === 0);
  return {
    resources: yield* select(place, rows, selection),
    total: isLast ? offset + rows.length : yield* total(place, filter, matches),
  };
}

/** A page of all resources, by id: from the nearest mark on. */
function* pageById(
  place: Place,
  { page: { count }, selection }: Query,
  offset: number,
  marks: PageMarks,
): Work<Page> {
  const counter = yield* one(sql`SELECT total, generation FROM counter WHERE ${inPlace(place)}`);
  const total = Number(counter?.total ?? 0);
  if (offset >= total) return { resources: [], total };
  const generation = Number(counter?.generation);
  const mark = marks.before(offset, generation) ?? { offset: 0, id: '' };
  const condition = sql`${inPlace(place, 'r.')} AND r.id >= ${mark.id}`;
  const matches = { from: RESOURCES, condition, id: RESOURCE_ID };
  const rows = yield* all(pageOf(place, matches, undefined, count, offset - mark.offset));
  marks.note(
    offset,
    rows.map((row) => String(row.id)),
    generation,
  );
  return { resources: yield* select(place, rows, selection), total };
}

function pageOf(
  place: Place,
  { from, condition, id }: Matches,
  sort: Query['sort'],
  count: number,
  offset: number,
): Sql {
  // "+ 0": of a bare parameter, SQLite's planner reads the value, and prepares the statement anew for each one.
  // By id, an index has the order, and the rows that are passed over are not read.
  if (!sort) {
    return sql`SELECT ${RESOURCE_COLUMNS} FROM ${from} WHERE ${condition} ORDER BY ${id} LIMIT ${count} + 0 OFFSET ${offset}`;
  }
  // What is sorted is ids; whole rows are read for the page only.
  const order = compileSort(sort);
  const ids = sql`SELECT r.id FROM ${from} WHERE ${condition} ORDER BY ${order}
        LIMIT ${count} + 0 OFFSET ${offset}`;
  return sql`SELECT ${RESOURCE_COLUMNS} FROM resource r WHERE ${inPlace(place, 'r.')} AND r.id IN (${ids})
        ORDER BY ${order}`;
}

function* total(
  place: Place,
  filter: ResolvedFilter | undefined,
  { from, condition }: Matches,
): Work<number> {
  const row = yield* one(
    filter
      ? sql`SELECT count(*) AS total FROM ${from} WHERE ${condition}`
      : sql`SELECT total FROM counter WHERE ${inPlace(place)}`,
  );
  return Number(row?.total ?? 0);
}
