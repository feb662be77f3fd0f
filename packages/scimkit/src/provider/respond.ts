// RFC 7644 §3.12, §8.1: answers.
import type { ScimResponse } from '../authentication/request.ts';
import { ScimError } from '../protocol/error.ts';
import type { Representation } from './represent.ts';

/** An answer that carries one resource, with its location and ETag (RFC 7644 §3.1, §3.14). */
export function resourceResponse(status: number, representation: Representation): ScimResponse {
  const { json, location, etag } = representation;
  return { status, headers: { location, etag }, body: json };
}

/** An answer that carries a message. */
export function messageResponse(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): ScimResponse {
  return { status, headers, body };
}

/**
 * The answer to a failure. What the protocol names is told; of anything else, only a reference under which the log
 * has the cause.
 */
export function errorResponse(error: unknown, reference: () => string): ScimResponse {
  const scimError =
    error instanceof ScimError
      ? error
      : new ScimError(
          500,
          `The service failed to answer. Its log has the cause under the reference ${reference()}.`,
        );
  return { status: scimError.status, headers: { ...scimError.headers }, body: JSON.stringify(scimError) };
}
