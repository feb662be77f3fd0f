// What can go wrong between a client and a service provider besides the errors that the service provider answers.

/**
 * Why a request came to nothing:
 * - `network`: no connection, or one that broke;
 * - `timeout`: no answer in time;
 * - `invalidAnswer`: an answer that is no SCIM, that belongs to something else, or, in strict mode, that departs from the RFCs;
 * - `unauthorized`: no credential could be had to send;
 * - `unknownOutcome`: a write may have been carried out or not, and that could not be found out.
 */
export type FailureReason = 'network' | 'timeout' | 'invalidAnswer' | 'unauthorized' | 'unknownOutcome';

/** What is known of a request that failed. */
export interface FailureOptions {
  readonly method: string;
  readonly url: string;
  readonly cause?: unknown;
  /** The status of the answer, where there was one. */
  readonly status?: number | undefined;
  /** Whether the service provider may have carried the request out. Default: true. */
  readonly mayBeDone?: boolean;
}

/**
 * A request that came to nothing without an error of the service provider's: those are `ScimError`s. The message has
 * the method and the URL, never a credential.
 *
 * @example
 * try {
 *   await users.create({ userName: 'lovelace' });
 * } catch (error) {
 *   if (error instanceof RequestError && error.reason === 'unknownOutcome') console.error(error.message);
 *   else throw error;
 * }
 */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly reason: FailureReason;
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;
  /** Whether the service provider may have carried the request out all the same. */
  readonly mayBeDone: boolean;

  constructor(reason: FailureReason, problem: string, options: FailureOptions) {
    const { method, url, cause, status, mayBeDone = true } = options;
    super(`${method} ${url}: ${problem}`, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.method = method;
    this.url = url;
    this.status = status;
    this.mayBeDone = mayBeDone;
  }
}

/** An answer that says the same however often it is asked for: no repetition makes it better. */
export class SettledError extends RequestError {}

/** The error of a write of which it can't be found out whether it was carried out; `error` is what raised the question. */
export function unknownOutcome(
  error: unknown,
  problem: string,
  { method, url }: { readonly method: string; readonly url: string },
  cause: unknown = error,
): RequestError {
  const failed = (error instanceof Error ? error.message : String(error)).replace(`${method} ${url}: `, '');
  const status = (error as { readonly status?: unknown } | undefined)?.status;
  return new RequestError('unknownOutcome', `${failed} It is not known whether it was done: ${problem}`, {
    ...{ method, url, cause },
    status: typeof status === 'number' ? status : undefined,
  });
}
