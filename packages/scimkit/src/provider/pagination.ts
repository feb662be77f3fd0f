// RFC 9865 §4: the methods of paging, as options and as what ServiceProviderConfig says of them.
import { Cursors, type CursorSecret, MIN_SECRET_LENGTH } from './cursor.ts';

/** How results are divided into pages. By index always; by cursor where the stores have a `scope`. */
export interface PaginationOptions {
  /** Whether pages can be asked for by cursor (RFC 9865). Default: true. */
  readonly cursor?: boolean;
  /**
   * The method of a request that has neither `startIndex` nor `cursor`. Clients that know index paging alone go wrong with
   * "cursor". Default: "index".
   */
  readonly default?: 'index' | 'cursor';
  /** Seconds for which a cursor is good. Default: 3,600. */
  readonly cursorTimeout?: number;
  /**
   * What cursors are encrypted with, at least 32 bytes: the same one wherever several processes answer for one URL. A
   * function is asked at first use. Default: random bytes, so that cursors end with the process.
   */
  readonly secret?: CursorSecret;
  /** Whether ServiceProviderConfig has the attribute `pagination`, which some clients don't expect. Default: true. */
  readonly published?: boolean;
}

/** Paging, compiled from its options. */
export interface Pagination {
  readonly cursors: Cursors | undefined;
  readonly defaultMethod: 'index' | 'cursor';
  readonly cursorTimeout: number;
  readonly isPublished: boolean;
}

/**
 * Compiles the options.
 *
 * @throws TypeError that names the option, when one is wrong.
 */
export function createPagination(options: PaginationOptions = {}): Pagination {
  const { cursor = true, default: defaultMethod = 'index', cursorTimeout = 3_600, secret } = options;
  const { published = true } = options;
  for (const [name, value] of Object.entries({ cursor, published })) {
    if (typeof value !== 'boolean') throw new TypeError(`"pagination.${name}" must be true or false`);
  }
  if (defaultMethod !== 'index' && defaultMethod !== 'cursor') {
    throw new TypeError('"pagination.default" must be "index" or "cursor"');
  }
  if (!cursor && defaultMethod === 'cursor') {
    throw new TypeError('"pagination.default" is "cursor", but "pagination.cursor" is false');
  }
  if (!Number.isSafeInteger(cursorTimeout) || cursorTimeout < 1) {
    throw new TypeError('"pagination.cursorTimeout" must be a whole number of seconds, at least 1');
  }
  if (secret !== undefined && typeof secret !== 'function') assertSecret(secret);
  return {
    cursors: cursor ? new Cursors(cursorTimeout, secret) : undefined,
    defaultMethod,
    cursorTimeout,
    isPublished: published,
  };
}

function assertSecret(secret: unknown): void {
  const isText = typeof secret === 'string';
  const length = isText
    ? new TextEncoder().encode(secret).length
    : secret instanceof Uint8Array && secret.length;
  if (length === false) {
    throw new TypeError('"pagination.secret" must be a text, a Uint8Array, or a function that gives one');
  }
  if (length < MIN_SECRET_LENGTH) {
    throw new TypeError(`"pagination.secret" must have at least ${MIN_SECRET_LENGTH} bytes`);
  }
}

/** ServiceProviderConfig's `pagination` (RFC 9865 §4). */
export function describePagination(
  { cursors, defaultMethod, cursorTimeout }: Pagination,
  sizes: { readonly defaultPageSize: number; readonly maxPageSize: number },
): Readonly<Record<string, unknown>> {
  return {
    cursor: cursors !== undefined,
    index: true,
    defaultPaginationMethod: defaultMethod,
    defaultPageSize: Math.min(sizes.defaultPageSize, sizes.maxPageSize),
    maxPageSize: sizes.maxPageSize,
    ...(cursors && { cursorTimeout }),
  };
}
