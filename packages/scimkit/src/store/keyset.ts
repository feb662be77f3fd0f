// RFC 9865: pages by cursor. Where a walk stands in the order of a query, so that it goes on there whatever has come and
// gone in between.
import { ScimError } from '../protocol/error.ts';
import type { Comparable } from '../protocol/fold.ts';

/** The place of a resource in the order of a query: what it is sorted by, if it has that, and its id. */
export interface Mark {
  readonly id: string;
  readonly key: Comparable | undefined;
}

/** Where a page by cursor begins, and in which direction it goes. */
export interface Keyset {
  readonly backward: boolean;
  /** The resource beside which the page begins; undefined: at the start of all, or backward at their end. */
  readonly mark: Mark | undefined;
}

const START: Keyset = { backward: false, mark: undefined };

/** A keyset as a store hands it out. */
function formatKeyset({ backward, mark }: Keyset): string {
  return JSON.stringify(mark ? [Number(backward), mark.id, mark.key] : [Number(backward)]);
}

/**
 * Reads what `turnPage` gave out; undefined is the start.
 *
 * @throws ScimError `invalidCursor` for anything else.
 */
export function parseKeyset(text: string | undefined): Keyset {
  if (text === undefined) return START;
  const parts = parseArray(text);
  const [direction, id, key] = parts;
  const isKnown =
    (direction === 0 || direction === 1) &&
    (id === undefined || typeof id === 'string') &&
    (typeof key !== 'object' || key === null);
  if (!isKnown || parts.length === 0) {
    throw new ScimError(
      'invalidCursor',
      'The store gave no such cursor. Start again with an empty "cursor".',
    );
  }
  // JSON writes null for a key that is absent.
  const mark = id === undefined ? undefined : { id, key: (key ?? undefined) as Comparable | undefined };
  return { backward: direction === 1, mark };
}

function parseArray(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** A page by cursor, and where its neighbours begin. */
export interface Turned<Row> {
  readonly rows: readonly Row[];
  readonly next?: string;
  readonly previous?: string;
}

/**
 * Makes a page of the rows from a keyset on, in the direction in which it goes: one more than `count`, if there are as
 * many.
 */
export function turnPage<Row>(
  { backward, mark }: Keyset,
  read: readonly Row[],
  count: number,
  markOf: (row: Row) => Mark,
): Turned<Row> {
  if (count === 0) return { rows: [] };
  const rows = read.slice(0, count);
  const [first] = rows;
  const last = rows.at(-1);
  const ahead =
    last !== undefined && read.length > count ? formatKeyset({ backward, mark: markOf(last) }) : undefined;
  // Where there is no row left, whatever is behind is all that there is.
  const behind = mark && formatKeyset({ backward: !backward, mark: first && markOf(first) });
  const [next, previous] = backward ? [behind, ahead] : [ahead, behind];
  return {
    rows: backward ? rows.reverse() : rows,
    ...(next !== undefined && { next }),
    ...(previous !== undefined && { previous }),
  };
}
