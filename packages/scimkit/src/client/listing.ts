// RFC 7644 §3.4.2.4, RFC 9865 §2: all results of a query, page after page.
import { RequestError } from './failure.ts';
import type { ListPage } from './list-answer.ts';

/** Which page comes next. */
export type PagePosition = { readonly startIndex: number } | { readonly cursor: string };

/** One page of a listing; the URL is for error texts. */
export type ReadPage<Resource> = (
  position: PagePosition,
) => Promise<ListPage<Resource> & { readonly url: string }>;

/** Pages without a resource, one after the other: more than that is no list that ends. */
const MAX_EMPTY_PAGES = 1_000;

const idOf = (resource: unknown): unknown => (resource as { readonly id?: unknown } | undefined)?.id;

/** Where the page after this one begins; undefined: it is the last one. */
function positionAfter(position: PagePosition, page: ListPage<unknown>): PagePosition | undefined {
  const { resources, totalResults, nextCursor } = page;
  if (nextCursor !== undefined) return { cursor: nextCursor };
  // Later pages by cursor say so if there are more. The first one may come from who knows no cursors.
  if ('cursor' in position && position.cursor !== '') return undefined;
  if (resources.length === 0) return undefined;
  const startIndex = ('startIndex' in position ? position.startIndex : 1) + resources.length;
  if (totalResults !== undefined && startIndex > totalResults) return undefined;
  return totalResults === undefined && 'cursor' in position ? undefined : { startIndex };
}

/**
 * The pages of a query. By index, it goes on until as many resources have come as there are, or a page is empty: service
 * providers send fewer than asked for. By cursor, until there is no next one.
 *
 * @throws RequestError `invalidAnswer` where a page comes again, or nothing but empty ones: it would never end.
 */
export async function* listPages<Resource>(
  first: PagePosition,
  read: ReadPage<Resource>,
): AsyncGenerator<ListPage<Resource>, void, undefined> {
  const cursors = new Set<string>();
  let previous: unknown;
  let empty = 0;
  for (let position: PagePosition | undefined = first; position; ) {
    const page = await read(position);
    const id = idOf(page.resources[0]);
    if (id !== undefined && id === previous) {
      // Who counts nothing may know no pages either, and have sent all.
      if ('startIndex' in position && page.totalResults === undefined) return;
      throw comesAgain(page.url);
    }
    yield page;
    empty = page.resources.length === 0 ? empty + 1 : 0;
    if (empty > MAX_EMPTY_PAGES) throw endless(page.url, `${empty} pages in a row are empty.`);
    previous = id;
    position = positionAfter(position, page);
    if (!position || !('cursor' in position)) continue;
    if (cursors.has(position.cursor)) throw comesAgain(page.url);
    cursors.add(position.cursor);
  }
}

const comesAgain = (url: string): RequestError =>
  endless(url, 'the same page came again: the service provider passes over "startIndex" or "cursor".');

function endless(url: string, problem: string): RequestError {
  return new RequestError('invalidAnswer', problem, { method: 'GET', url, status: 200 });
}
