// What a client may be told when it is made.
import type { Authorization } from './authorization.ts';
import type { Departure } from './departure.ts';

/** How often, and how soon, what is safe to repeat is repeated. */
export interface RetryOptions {
  /** How often a request is sent at most; 1: never again. Default: 5. */
  readonly attempts?: number;
  /** The first pause, in milliseconds; each is twice the one before it, and half of it is left to chance. Default: 250. */
  readonly delayMs?: number;
  /** The longest pause, in milliseconds, also of what `Retry-After` asks for: beyond it, the error is thrown. Default: 60,000. */
  readonly maxDelayMs?: number;
}

/** One attempt at a request, for logs. No credential, no body. */
export interface Attempt {
  readonly method: string;
  readonly url: string;
  /** From 1. */
  readonly attempt: number;
  /** The status of the answer; absent: there was none. */
  readonly status?: number;
  /** Why there was none, or why it does not count. */
  readonly error?: Error;
  readonly durationMs: number;
  /** The pause before the next attempt, in milliseconds; absent: there is none. */
  readonly pauseMs?: number;
}

/** How pages are asked for. `auto`: by cursor where ServiceProviderConfig tells of them, by index elsewhere. */
export type ClientPagination = 'auto' | 'index' | 'cursor';

/** What `createClient` takes. */
export interface ClientOptions {
  /** The service provider's base URL, up to and without "/Users": "https://app.example.com/scim/v2". */
  readonly baseUrl: string | URL;
  /** What is sent as `Authorization`. Default: nothing. */
  readonly authorization?: Authorization;
  /** Headers of every request besides. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long one attempt may take, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
  readonly retry?: RetryOptions;
  /** Refuse answers that depart from the RFCs, instead of reading what is meant. Default: false. */
  readonly strict?: boolean;
  /** How lists are read to their end. Default: "auto". */
  readonly pagination?: ClientPagination;
  /** Told of each departure of an answer from the RFCs that was read all the same. */
  readonly onDeparture?: (departure: Departure) => void;
  /** Told of each attempt, after it. */
  readonly onAttempt?: (attempt: Attempt) => void;
  /**
   * What requests are sent with. Default: the runtime's own. What it throws is a failed connection, unless it is an error
   * with a name of its own: that is thrown on.
   */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** What any request may be given besides. */
export interface RequestOptions {
  /** Ends the request, its pauses and its repetitions; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
