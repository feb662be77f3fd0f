// RFC 7644 §3.4.2.4: paging by index.
import { quote, ScimError } from './error.ts';

/** A page that is asked for: the 1-based index of its first resource, and how many at most. */
export interface IndexPage {
  readonly startIndex: number;
  readonly count: number;
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

/**
 * Reads `startIndex` and `count`, from a query string or a SearchRequest: a startIndex below 1 is 1, a negative
 * count is 0, a count above the limit is the limit, no count is the default.
 *
 * @throws ScimError `invalidValue` when they are no whole numbers.
 */
export function readIndexPage(
  startIndex: unknown,
  count: unknown,
  limits: { readonly defaultCount: number; readonly maxCount: number },
): IndexPage {
  const start = readInteger('startIndex', startIndex) ?? 1;
  const wanted = readInteger('count', count) ?? limits.defaultCount;
  return {
    startIndex: Math.min(Math.max(start, 1), Number.MAX_SAFE_INTEGER),
    count: Math.min(Math.max(wanted, 0), limits.maxCount),
  };
}
