// RFC 7644 §3.4.2.4: paging by index. RFC 9865: paging by cursor.
import { quote, ScimError } from './error.ts';

/** A page that is asked for by index: the 1-based index of its first resource, and how many at most. */
export interface IndexPage {
  readonly startIndex: number;
  readonly count: number;
}

/** A page that is asked for by cursor: where another page said that it begins, or undefined for the first one. */
export interface CursorPage {
  readonly cursor: string | undefined;
  readonly count: number;
}

/** A page that is asked for. */
export type PageRequest = IndexPage | CursorPage;

/** The parameters that say which page is meant, from a query string or a SearchRequest. */
export interface PageParameters {
  readonly startIndex?: unknown;
  readonly count?: unknown;
  readonly cursor?: string | undefined;
}

/** What pages may be asked for. */
export interface PageRules {
  readonly defaultCount: number;
  readonly maxCount: number;
  /** Whether there are cursors. */
  readonly cursor: boolean;
  /** The method of a request that names none. */
  readonly defaultMethod: 'index' | 'cursor';
  /** Refuse what RFC 9865 refuses, instead of clamping. */
  readonly strict: boolean;
}

function readInteger(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const isText = typeof value === 'string' && /^[+-]?\d+$/.test(value);
  const number = typeof value === 'number' || isText ? Number(value) : Number.NaN;
  if (!Number.isInteger(number)) {
    throw new ScimError('invalidValue', `"${name}" must be a whole number, not ${quote(value)}.`);
  }
  return number;
}

/** RFC 9865 §2.2: who says `startIndex` means an index, who says `cursor` a cursor, even an empty one. */
function isByCursor(
  { startIndex, cursor }: { readonly startIndex: number | undefined; readonly cursor: string | undefined },
  rules: PageRules,
): boolean {
  if (!rules.cursor) {
    if (!cursor) return false;
    throw new ScimError(
      'invalidCursor',
      'There are no cursors here. Leave out "cursor", and page by "startIndex" and "count".',
    );
  }
  if (cursor === undefined) return startIndex === undefined && rules.defaultMethod === 'cursor';
  // The first page is the same either way; without a nextCursor, the client would take it for the last one.
  if (startIndex === undefined || (cursor === '' && startIndex <= 1)) return true;
  throw new ScimError(
    'invalidValue',
    '"startIndex" and "cursor" are two ways of paging. Send "cursor" and "count", or "startIndex" and "count".',
  );
}

/**
 * Reads which page is asked for: a startIndex below 1 is 1, a negative count is 0, a count above the limit is the limit,
 * no count is the default.
 *
 * @throws ScimError `invalidValue` for what is no whole number, and for an index and a cursor at once; `invalidCursor`
 * where there are no cursors; in strict mode `invalidCount` for a count out of bounds beside a cursor.
 */
export function readPage(parameters: PageParameters, rules: PageRules): PageRequest {
  const { cursor } = parameters;
  const startIndex = readInteger('startIndex', parameters.startIndex);
  const wanted = readInteger('count', parameters.count) ?? rules.defaultCount;
  const count = Math.min(Math.max(wanted, 0), rules.maxCount);
  if (!isByCursor({ startIndex, cursor }, rules)) {
    return { startIndex: Math.min(Math.max(startIndex ?? 1, 1), Number.MAX_SAFE_INTEGER), count };
  }
  if (rules.strict && count !== wanted) {
    throw new ScimError(
      'invalidCount',
      `"count" must be between 0 and ${rules.maxCount}, not ${wanted} (RFC 9865 §2.1).`,
    );
  }
  return { cursor: cursor === '' ? undefined : cursor, count };
}
