// RFC 7644 §3.4, RFC 9865: reads as units of work.
import type { CursorPage, IndexPage } from '../../protocol/page.ts';
import type { ResolvedFilter } from '../../protocol/resolve-filter.ts';
import { type Keyset, parseKeyset, turnPage } from '../keyset.ts';
import type { Page, Query, Reference, Selection, StoredResource } from '../store.ts';
import { compileCandidates, compileLookup } from './candidates.ts';
import { compileFilter } from './compile-filter.ts';
import { compileBeyond, compileSort, sortKeyOf } from './compile-sort.ts';
import { readSlots, type Slots, slotsColumn, slotsOf, totalOf } from './counter.ts';
import { all, one, type Row, rawSql, type Sql, sql, type Work } from './fragment.ts';
import { membersAfter } from './membership.ts';
import { holds, type PageMarks } from './page-marks.ts';
import { inPlace, type Place } from './place.ts';
import type { Plan } from './plan.ts';
import { RESOURCE_COLUMNS } from './resource-row.ts';
import { select } from './write.ts';

/** One resource by its id. */
export function* get(place: Place, id: string, selection: Selection): Work<StoredResource | undefined> {
  const row = yield* one(
    sql`SELECT ${RESOURCE_COLUMNS} FROM scimkit_resource r WHERE ${inPlace(place, 'r.')} AND r.id = ${id}`,
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
  const row = yield* one(
    sql`SELECT 1 FROM scimkit_resource r WHERE ${inPlace(place, 'r.')} AND r.id = ${id}`,
  );
  return row && found;
}

/** What a query is about: rows `r` of resources, and the column that orders them by id. */
interface Matches {
  readonly from: Sql;
  readonly condition: Sql;
  readonly id: Sql;
}

const RESOURCES = rawSql('scimkit_resource r');
const LOOKED_UP = rawSql('scimkit_value v CROSS JOIN scimkit_resource r');
const RESOURCE_ID = rawSql('r.id');
const LOOKED_UP_ID = rawSql('v.id');

/** The scope, and within it the filter: no filter can make the result wider than the scope. */
function* matchesOf(place: Place, plan: Plan, filter: ResolvedFilter | undefined): Work<Matches> {
  const scope = inPlace(place, 'r.');
  if (!filter) return { from: RESOURCES, condition: scope, id: RESOURCE_ID };
  const lookup = compileLookup(filter, place, plan.isIndexed);
  if (lookup) {
    const found = sql`${lookup.condition} AND ${scope} AND r.id = v.id`;
    if (lookup.isExact) return { from: LOOKED_UP, condition: found, id: LOOKED_UP_ID };
    const exact = compileFilter(filter, place, lookup.isUnique);
    return {
      from: sql`${LOOKED_UP} ${exact.from}`,
      condition: sql`${found} AND (${exact.condition})`,
      id: LOOKED_UP_ID,
    };
  }
  const exact = compileFilter(filter, place, false);
  const candidates = yield* compileCandidates(filter, place, plan.isIndexed);
  const condition = candidates
    ? sql`${scope} AND ${candidates} AND (${exact.condition})`
    : sql`${scope} AND (${exact.condition})`;
  return { from: sql`${RESOURCES} ${exact.from}`, condition, id: RESOURCE_ID };
}

/** A page of a query. What `marks` knows of the order of ids is used, and added to. */
export function* query(place: Place, plan: Plan, query: Query, marks: PageMarks): Work<Page> {
  const { filter, sort, page } = query;
  const matches = yield* matchesOf(place, plan, filter);
  if (page.count === 0) return { resources: [], total: yield* total(place, filter, matches) };
  if (!('startIndex' in page)) return yield* pageByCursor(place, query, page, matches);
  if (filter || sort) return yield* pageByIndex(place, query, page, matches);
  return yield* pageById(place, query, page, matches, marks);
}

/** A page of what a filter finds, or of what is sorted. */
function* pageByIndex(
  place: Place,
  { filter, sort, selection }: Query,
  { startIndex, count }: IndexPage,
  matches: Matches,
): Work<Page> {
  const offset = startIndex - 1;
  const rows = yield* all(pageOf(place, matches, { filter, sort, count, offset }));
  const resources = yield* select(place, rows, selection);
  // A page that isn't full is the last one, and tells the total.
  const isLast = filter && rows.length < count && (rows.length > 0 || offset === 0);
  return {
    resources,
    total: isLast ? offset + rows.length : yield* total(place, filter, matches, rows),
  };
}

/** A page of all resources, by id: from the nearest mark on that is true. */
function* pageById(
  place: Place,
  { selection }: Query,
  { startIndex, count }: IndexPage,
  matches: Matches,
  marks: PageMarks,
): Work<Page> {
  const offset = startIndex - 1;
  // Beyond what was there lately, most often there is nothing: to find that out, no index is read to its end.
  if (offset > 0 && offset >= marks.total) {
    const total = totalOf(yield* slotsOf(place));
    if (offset >= total) return { resources: [], total };
  }
  for (;;) {
    const mark = marks.before(offset);
    const from = mark ? { ...matches, condition: sql`${matches.condition} AND r.id >= ${mark.id}` } : matches;
    const rows = yield* all(pageOf(place, from, { count, offset: offset - (mark?.offset ?? 0) }));
    // Of the same moment as the rows: whether the mark held there is known only now.
    const slots = yield* slotsWith(place, rows);
    if (mark && !holds(mark, slots)) {
      marks.drop(slots);
      continue;
    }
    const ids = rows.map((row) => String(row.id));
    marks.note(offset, ids, slots);
    // Slots that were read alone are of a later moment, and may count what came behind the empty page.
    const total = rows.length > 0 ? totalOf(slots) : Math.min(totalOf(slots), offset);
    return { resources: yield* select(place, rows, selection), total };
  }
}

/** A page from where another one ended, or began: nothing is passed over. */
function* pageByCursor(
  place: Place,
  { filter, sort, selection }: Query,
  { cursor, count }: CursorPage,
  matches: Matches,
): Work<Page> {
  const keyset = parseKeyset(cursor);
  // One more tells whether there is a page behind.
  const read = yield* all(pageOf(place, matches, { filter, sort, count: count + 1, keyset }));
  const { rows, ...neighbours } = turnPage(keyset, read, count, (row) => ({
    id: String(row.id),
    key: sort && sortKeyOf(place.type, sort, row),
  }));
  const resources = yield* select(place, rows, selection);
  return {
    resources,
    total: yield* totalByCursor(place, filter, matches, keyset, read, count),
    ...neighbours,
  };
}

/** Matches of a filter are counted for the first page alone: to count on each would cost what paging saves. */
function* totalByCursor(
  place: Place,
  filter: ResolvedFilter | undefined,
  matches: Matches,
  { mark, backward }: Keyset,
  read: readonly Row[],
  count: number,
): Work<number | undefined> {
  if (!filter) return yield* total(place, filter, matches, read);
  if (mark || backward) return undefined;
  return read.length <= count ? read.length : yield* total(place, filter, matches);
}

/** Which rows of all matches are a page. */
interface Part {
  readonly filter?: ResolvedFilter | undefined;
  readonly sort?: Query['sort'];
  readonly count: number;
  readonly offset?: number;
  readonly keyset?: Keyset;
}

/** The rows of a page; without a filter, with the slots of that moment beside the first one. */
function pageOf(place: Place, { from, condition, id }: Matches, part: Part): Sql {
  const { dialect } = place;
  const { filter, sort, count, offset = 0, keyset } = part;
  const { backward = false, mark } = keyset ?? {};
  const columnsInOrder = (order: Sql) =>
    filter
      ? RESOURCE_COLUMNS
      : sql`${RESOURCE_COLUMNS}, ${dialect.inFirstRow(slotsColumn(place), order)} AS slots`;
  // "+ 0": of a bare parameter, SQLite's planner reads the value, and prepares the statement anew for each one.
  const limit = keyset ? sql`LIMIT ${count} + 0` : sql`LIMIT ${count} + 0 OFFSET ${offset}`;
  if (sort) {
    // What is sorted is ids; whole rows are read for the page only.
    const order = compileSort(sort, dialect, backward);
    const beyond = mark ? sql`${condition} AND ${compileBeyond(sort, mark, backward, dialect)}` : condition;
    const ids = sql`SELECT r.id FROM ${from} WHERE ${beyond} ORDER BY ${order} ${limit}`;
    return sql`SELECT ${columnsInOrder(order)} FROM scimkit_resource r WHERE ${inPlace(place, 'r.')} AND r.id IN (${ids})
        ORDER BY ${order}`;
  }
  const order = sql`${id}${rawSql(backward ? ' DESC' : '')}`;
  const beyond = mark ? sql`${condition} AND ${id} ${rawSql(backward ? '<' : '>')} ${mark.id}` : condition;
  // By id, an index has the order.
  if (offset === 0) {
    return sql`SELECT ${columnsInOrder(order)} FROM ${from} WHERE ${beyond} ORDER BY ${order} ${limit}`;
  }
  // Of what is passed over, the index alone is read.
  const ids = sql`SELECT ${id} AS id FROM ${from} WHERE ${beyond} ORDER BY ${id} ${limit}`;
  return sql`SELECT ${columnsInOrder(rawSql('p.id'))} FROM (${ids}) AS p CROSS JOIN scimkit_resource r
      WHERE ${inPlace(place, 'r.')} AND r.id = p.id ORDER BY p.id`;
}

/** The slots that came with rows; where there are none, as they are now. */
function* slotsWith(place: Place, [first]: readonly Row[]): Work<Slots> {
  return first ? readSlots(first) : yield* slotsOf(place);
}

/** How many matches there are: counted, or without a filter from the counter, which the rows of a page bring along. */
function* total(
  place: Place,
  filter: ResolvedFilter | undefined,
  { from, condition }: Matches,
  rows: readonly Row[] = [],
): Work<number> {
  if (!filter) return totalOf(yield* slotsWith(place, rows));
  const row = yield* one(sql`SELECT count(*) AS total FROM ${from} WHERE ${condition}`);
  return Number(row?.total ?? 0);
}
