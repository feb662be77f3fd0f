// RFC 7644 §3.4.2.1: several types as one list.
import { ScimError } from '../protocol/error.ts';
import type { CursorPage, IndexPage, PageRequest } from '../protocol/page.ts';
import { compareSortKeys, sortKey } from '../protocol/sort.ts';
import { foldStored } from '../store/evaluate.ts';
import type { Mark } from '../store/keyset.ts';
import type { StoredResource } from '../store/store.ts';
import type { Context } from './context.ts';
import { type Part, runPart } from './query-part.ts';

/** Resources that a sorted query at the root merges at most. */
const MAX_MERGED = 10_000;

/** Resources of one type that follow each other in a list: they are represented together, groups looked up once. */
interface Run {
  readonly part: Part;
  readonly resources: readonly StoredResource[];
}

/** A page of a list. */
export interface Listing {
  readonly runs: readonly Run[];
  readonly total: number | undefined;
  readonly next?: string | undefined;
  readonly previous?: string | undefined;
}

/** Without sortBy: type after type in order of declaration, by id within each. */
export async function concatenate<Auth>(
  context: Context<Auth>,
  parts: readonly Part[],
  page: IndexPage,
): Promise<Listing> {
  const runs: Run[] = [];
  let found = 0;
  let total = 0;
  for (const part of parts) {
    // Where this page begins within the part: 1 once an earlier part has begun it.
    const startIndex = Math.max(page.startIndex - total, 1);
    const result = await runPart(context, part, { startIndex, count: page.count - found });
    runs.push({ part, resources: result.resources });
    found += result.resources.length;
    total += result.total ?? 0;
  }
  return { runs, total };
}

/**
 * The same by cursor: from where the last page ended. It has no way back: a store has no words for the end of the type
 * before.
 */
export async function walk<Auth>(
  context: Context<Auth>,
  parts: readonly Part[],
  { cursor, count }: CursorPage,
): Promise<Listing> {
  const [begin, inner]: [number, string | null] = cursor === undefined ? [0, null] : JSON.parse(cursor);
  const runs: Run[] = [];
  let left = count;
  // Counted for the first page alone.
  let total = cursor === undefined ? 0 : undefined;
  let next: string | undefined;
  for (const [index, part] of parts.entries()) {
    if (index < begin) continue;
    if (next !== undefined && total === undefined) break;
    const at = index === begin ? (inner ?? undefined) : undefined;
    const isPeek = left === 0 && next === undefined;
    const result = await runPart(context, part, { cursor: at, count: isPeek ? 1 : left });
    if (total !== undefined) total += result.total ?? 0;
    if (isPeek && result.resources.length > 0) next = JSON.stringify([index, null]);
    if (left === 0) continue;
    runs.push({ part, resources: result.resources });
    left -= result.resources.length;
    if (result.next === undefined) continue;
    next = JSON.stringify([index, result.next]);
    left = 0;
  }
  return { runs, total, next };
}

/** A place in a merged list. */
interface MergedMark extends Mark {
  /** Of the type, in order of declaration. */
  readonly order: number;
}

interface Merged extends MergedMark {
  readonly part: Part;
  readonly stored: StoredResource;
}

/** With sortBy: all parts as one list, as long as it is not too long. */
export async function merge<Auth>(
  context: Context<Auth>,
  parts: readonly Part[],
  page: PageRequest,
): Promise<Listing> {
  const descending = parts.some((part) => part.sort?.descending);
  const compare = (a: MergedMark, b: MergedMark) =>
    compareSortKeys(a.key, b.key, descending) ||
    a.order - b.order ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const all = (await gather(context, parts)).sort(compare);
  const mark = 'cursor' in page ? parseMark(page.cursor) : undefined;
  const behind = mark ? all.findIndex((each) => compare(each, mark) > 0) : 0;
  const start = 'startIndex' in page ? page.startIndex - 1 : behind < 0 ? all.length : behind;
  const found = all.slice(start, start + page.count);
  const last = found.at(-1);
  const isLast = !last || start + found.length === all.length;
  return {
    runs: runsOf(found),
    total: all.length,
    ...('cursor' in page && !isLast && { next: formatMark(last) }),
  };
}

async function gather<Auth>(context: Context<Auth>, parts: readonly Part[]): Promise<Merged[]> {
  const all: Merged[] = [];
  let total = 0;
  for (const [order, part] of parts.entries()) {
    const result = await runPart(context, part, { startIndex: 1, count: MAX_MERGED });
    total += result.total ?? 0;
    if (total > MAX_MERGED) {
      throw new ScimError(
        'tooMany',
        `A sorted query over all types orders at most ${MAX_MERGED} resources; narrow the filter, leave out ` +
          '"sortBy", or query one endpoint.',
      );
    }
    for (const stored of result.resources) {
      const key = part.sort && sortKey(foldStored(part.type, stored), part.sort.attribute);
      all.push({ part, stored, id: stored.id, key, order });
    }
  }
  return all;
}

function formatMark({ order, id, key }: MergedMark): string {
  return JSON.stringify([order, id, key]);
}

function parseMark(text: string | undefined): MergedMark | undefined {
  if (text === undefined) return undefined;
  const [order, id, key] = JSON.parse(text);
  return { order, id, key: key ?? undefined };
}

function runsOf(found: readonly Merged[]): readonly Run[] {
  const runs: { part: Part; resources: StoredResource[] }[] = [];
  for (const { part, stored } of found) {
    const run = runs.at(-1);
    if (run?.part === part) run.resources.push(stored);
    else runs.push({ part, resources: [stored] });
  }
  return runs;
}
