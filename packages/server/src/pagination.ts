// RFC 9865: how the server divides results into pages.
import type { PaginationOptions } from 'scimkit';
import type { ServerOptions } from './options.ts';

/** The library's options. */
export function toPagination(
  { pagination = 'index', cursorTimeout }: ServerOptions,
  secret: Uint8Array,
): PaginationOptions {
  return {
    secret,
    cursor: pagination === 'index' || pagination === 'cursor',
    default: pagination === 'cursor' ? 'cursor' : 'index',
    published: pagination !== 'unpublished',
    ...(cursorTimeout !== undefined && { cursorTimeout }),
  };
}
