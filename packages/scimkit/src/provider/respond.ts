// RFC 7644 §3.12, §8.1: answers.
import type { ResponseBody, ScimResponse } from '../authentication/request.ts';
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
  body: ResponseBody,
  headers: Record<string, string> = {},
): ScimResponse {
  return { status, headers, body };
}

/** How failures that are not the protocol's are told. */
export interface Failures {
  /** The id under which the log has the cause. */
  readonly reference: () => string;
  /** Whether the answer has the cause, too: for development. */
  readonly isVerbose: boolean;
}

/** An error and those behind it, with their stacks. */
function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? String(error);
  return error.cause === undefined ? own : `${own}\nCaused by: ${causesOf(error.cause)}`;
}

/**
 * The answer to a failure. What the protocol names is told; of anything else, only a reference under which the log
 * has the cause, unless the cause is wanted.
 */
export function errorResponse(error: unknown, { reference, isVerbose }: Failures): ScimResponse {
  let scimError = error;
  if (!(scimError instanceof ScimError)) {
    const text = `The service failed to answer. Its log has the cause under the reference ${reference()}.`;
    scimError = new ScimError(500, isVerbose ? `${text} The cause: ${causesOf(error)}` : text);
  } else if (isVerbose && scimError.status >= 500 && scimError.cause !== undefined) {
    const { status, detail, cause, headers } = scimError;
    scimError = new ScimError(status, `${detail} The cause: ${causesOf(cause)}`, { headers });
  }
  const { status, headers } = scimError as ScimError;
  return { status, headers: { ...headers }, body: JSON.stringify(scimError) };
}
