// How much a client may ask for, and how long it may take.
import type { Limits } from 'scimkit';
import { OptionError } from './option-error.ts';

/** What HTTP itself may cost. Times are milliseconds. */
export interface HttpLimits {
  /** Bytes of a request's headers. Default: 32,768. */
  readonly headerSize?: number;
  /** Milliseconds until a request's headers have come. Default: 20,000. */
  readonly headersTimeout?: number;
  /** Milliseconds until all of a request has come. Default: 60,000. */
  readonly requestTimeout?: number;
  /** Milliseconds that an idle connection is kept. Default: 65,000. */
  readonly keepAliveTimeout?: number;
  /** Milliseconds without a byte on a connection whose answer is under way, until it is closed. Default: 120,000. */
  readonly silenceTimeout?: number;
}

/** All limits of a server. */
export type ServerLimits = Limits & HttpLimits;

const HTTP_LIMITS: Required<HttpLimits> = {
  headerSize: 32_768,
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  silenceTimeout: 120_000,
};

/** The names of the limits that the service provider keeps. */
const SCIM_LIMITS: readonly (keyof Limits)[] = [
  ...(['bodySize', 'bodyDepth', 'bodyValues', 'urlLength'] as const),
  ...(['filterLength', 'filterNodes', 'filterDepth', 'filterComputed'] as const),
  ...(['patchOperations', 'members', 'values', 'defaultPageSize', 'maxPageSize'] as const),
  ...(['bulkOperations', 'bulkPayloadSize'] as const),
];

/** The names of all limits. */
export const LIMIT_NAMES: readonly string[] = [...SCIM_LIMITS, ...Object.keys(HTTP_LIMITS)];

/** What timers can wait at most; it is 24 days. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * Those of the service provider, and those of HTTP with their defaults.
 *
 * @throws OptionError for a name that there isn't, and for what is no whole number from 1.
 */
export function splitLimits(limits: ServerLimits): {
  readonly scim: Limits;
  readonly http: Required<HttpLimits>;
} {
  for (const [name, value] of Object.entries(limits)) {
    if (!LIMIT_NAMES.includes(name)) {
      throw new OptionError(`--limit: there is no "${name}"; the limits are ${LIMIT_NAMES.join(', ')}.`);
    }
    const isTimeout = name.endsWith('Timeout');
    if (!Number.isSafeInteger(value) || value < 1 || (isTimeout && value > MAX_TIMEOUT)) {
      const most = isTimeout ? `, of at most ${MAX_TIMEOUT} milliseconds` : '';
      throw new OptionError(`--limit ${name} must be a whole number of at least 1${most}.`);
    }
  }
  const names = (keys: readonly string[]) =>
    Object.fromEntries(Object.entries(limits).filter(([name]) => keys.includes(name)));
  const http = { ...HTTP_LIMITS, ...names(Object.keys(HTTP_LIMITS)) };
  if (http.requestTimeout < http.headersTimeout) {
    throw new OptionError(
      '--limit requestTimeout must not be shorter than headersTimeout, which is a part of it.',
    );
  }
  return { scim: names(SCIM_LIMITS), http };
}
