// One request of a client, sent as often as is safe, and its answer as data.
import { ScimError } from '../protocol/error.ts';
import type { Answer } from './answer.ts';
import { type DepartureName, sectionOf } from './departure.ts';
import { readError } from './error-answer.ts';
import { type FailureOptions, RequestError, SettledError } from './failure.ts';
import type { Attempt, ClientOptions } from './options.ts';
import { MAX_PAUSE_MS, pause, pauseAfter, retryRules, unlessAborted } from './pause.ts';

/** A request, as far as it is the same in each attempt. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Behind the base URL, with a slash before it. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Whether it may be sent again when it may have been carried out already. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Throws where an answer can't be the one to this request. */
  readonly check?: (answer: Answer) => void;
  /** Told when an attempt failed that may have been carried out all the same. */
  readonly onDoubt?: () => void;
}

/** Statuses that say "later": the request itself is not at fault (RFC 6585 §4, RFC 9110 §15.6). */
const LATER = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Of those, the ones that say that nothing was done. */
const NOTHING_DONE = new Set([425, 429]);

/** Redirects that say to send the same elsewhere: others may come after the fact (RFC 9110 §15.4). */
const NOT_HERE = new Set([301, 307, 308]);

/** Codes of runtimes for a connection that never was. */
const NO_CONNECTION =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused)$/;
/** Codes that no later attempt will do without. */
const NO_HOPE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL|UND_ERR_INVALID/;

function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}

function readBaseUrl(baseUrl: string | URL): string {
  const text = String(baseUrl);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('"baseUrl" must be an absolute URL, such as "https://app.example.com/scim/v2".');
  }
  if (url.username || url.password)
    throw new TypeError('"baseUrl" must have no credential: give it as "authorization".');
  if (url.search || url.hash) throw new TypeError('"baseUrl" must end with a path: no "?" and no "#".');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** The headers of every request. An error must not repeat a value: it may be a credential. */
function readHeaders(given: Readonly<Record<string, string>> = {}): Headers {
  const headers = new Headers({ accept: 'application/scim+json, application/json;q=0.9' });
  for (const [name, value] of Object.entries(given)) {
    try {
      headers.set(name, value);
    } catch {
      throw new TypeError(`"headers": ${JSON.stringify(name)}, or its value, can't be sent as a header.`);
    }
  }
  return headers;
}

/** Sends the requests of one client. */
export class Sender {
  readonly baseUrl: string;
  private readonly options: ClientOptions;
  private readonly rules: ReturnType<typeof retryRules>;
  private readonly timeoutMs: number;
  private readonly headers: Headers;
  private readonly fetch: (request: Request) => Promise<Response>;

  constructor(options: ClientOptions) {
    this.options = options;
    this.baseUrl = readBaseUrl(options.baseUrl);
    this.rules = retryRules(options.retry);
    this.timeoutMs = options.timeoutMs ?? 30_000;
    if (!Number.isInteger(this.timeoutMs) || this.timeoutMs < 1 || this.timeoutMs > MAX_PAUSE_MS)
      throw new TypeError(`"timeoutMs" must be a whole number from 1 to ${MAX_PAUSE_MS}.`);
    this.headers = readHeaders(options.headers);
    this.fetch = options.fetch ?? ((request) => globalThis.fetch(request));
  }

  /** How often a request is sent at most. */
  get attempts(): number {
    return this.rules.attempts;
  }

  /**
   * Waits before something is tried again that was tried so often, as long as the error asks for.
   *
   * @throws that error, where it asks for longer than the rules allow.
   */
  async wait(attempt: number, signal: AbortSignal | undefined, error?: unknown): Promise<void> {
    const ms = pauseAfter(attempt, this.rules, retryAfterOf(error));
    if (ms === undefined) throw error;
    await pause(ms, signal);
  }

  /**
   * Sends a request until it is answered, as long as that is safe.
   *
   * @throws ScimError as the service provider answered it; RequestError; the signal's reason.
   */
  async send(call: Call): Promise<Answer> {
    const { authorization, onAttempt } = this.options;
    let hasRenewed = false;
    for (let attempt = 1; ; attempt++) {
      call.signal?.throwIfAborted();
      const started = Date.now();
      const tell = (outcome: Pick<Attempt, 'status' | 'error' | 'pauseMs'>) =>
        onAttempt?.({
          ...{ method: call.method, url: this.baseUrl + call.path, attempt },
          ...{ ...outcome, durationMs: Date.now() - started },
        });
      let answer: Answer | undefined;
      let failure: unknown;
      let pauseMs: number | undefined;
      try {
        answer = await this.attempt(call);
      } catch (error) {
        call.signal?.throwIfAborted();
        failure = error instanceof AnsweredError ? error.error : error;
        if (error instanceof AnsweredError && error.error.status === 401 && !hasRenewed) {
          // Nothing was done, so that it is no repetition.
          if (error.sent !== undefined && authorization?.refused?.(error.sent)) {
            hasRenewed = true;
            pauseMs = 0;
          }
        } else if (mayRepeat(failure, call) && attempt < this.rules.attempts) {
          pauseMs = pauseAfter(attempt, this.rules, retryAfterOf(failure));
        }
      }
      if (answer) {
        tell({ status: answer.status });
        return answer;
      }
      tell({
        ...(failure instanceof ScimError ? { status: failure.status } : { error: toError(failure) }),
        ...(pauseMs !== undefined && { pauseMs }),
      });
      if (mayBeDone(failure)) call.onDoubt?.();
      if (pauseMs === undefined) throw failure;
      await pause(pauseMs, call.signal);
    }
  }

  private async attempt(call: Call): Promise<Answer> {
    const { method, path, body, signal: outer } = call;
    const url = this.baseUrl + path;
    const timeout = AbortSignal.timeout(this.timeoutMs);
    const signal = outer ? AbortSignal.any([outer, timeout]) : timeout;
    const headers = new Headers(this.headers);
    const sent = await this.credential({ method, url, signal, timeout, outer });
    try {
      if (sent !== undefined) headers.set('authorization', sent);
    } catch {
      // The runtime's own words have the credential in them.
      throw unauthorized("the credential can't be sent as a header.", { method, url });
    }
    if (body !== undefined) headers.set('content-type', 'application/scim+json');
    for (const [name, value] of Object.entries(call.headers ?? {})) {
      if (value !== undefined) headers.set(name, value);
    }
    const request = new Request(url, {
      method,
      headers,
      signal,
      redirect: 'manual',
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    let response: Response;
    let text: string;
    try {
      response = await this.fetch(request);
      text = await response.text();
    } catch (cause) {
      throw this.brokenOff(cause, timeout, method, url);
    }
    const answer = this.read(response, text, { method, url });
    if (answer.status >= 400) throw new AnsweredError(readError(answer), sent);
    if (answer.status === 304 && !headers.has('if-none-match')) {
      const problem = 'it is answered as if it had asked whether something changed (304).';
      throw new RequestError('invalidAnswer', problem, { method, url, status: 304 });
    }
    call.check?.(answer);
    return answer;
  }

  private async credential({ method, url, signal, timeout, outer }: Waiting): Promise<string | undefined> {
    try {
      const header = this.options.authorization?.header({ fetch: this.fetch, signal });
      return await unlessAborted(Promise.resolve(header), signal);
    } catch (cause) {
      if (cause instanceof RequestError || outer?.aborted) throw cause;
      const problem = timeout.aborted ? `not within ${this.timeoutMs} ms.` : toError(cause).message;
      throw unauthorized(`no credential could be had: ${problem}`, { method, url, cause });
    }
  }

  private brokenOff(cause: unknown, timeout: AbortSignal, method: string, url: string): unknown {
    // What says itself why it sends nothing, such as a dry run, is no failure of the network.
    if (!isRuntimeError(cause)) return cause;
    if (timeout.aborted) {
      return new RequestError('timeout', `no answer within ${this.timeoutMs} ms.`, { method, url, cause });
    }
    const code = codeOf(cause);
    const Failure = NO_HOPE.test(code) ? SettledError : RequestError;
    return new Failure('network', `the connection failed${code && ` (${code})`}.`, {
      ...{ method, url, cause },
      mayBeDone: !NO_CONNECTION.test(code) && !NO_HOPE.test(code),
    });
  }

  private read(
    response: Response,
    text: string,
    { method, url }: { readonly method: string; readonly url: string },
  ): Answer {
    const { status, headers } = response;
    if (response.type === 'opaqueredirect' || (status >= 300 && status < 400 && status !== 304)) {
      const location = headers.get('location');
      throw new SettledError(
        'invalidAnswer',
        `it is answered by a redirect${location ? ` to ${location}` : ''}. Give the base URL that it leads to.`,
        { method, url, status, mayBeDone: !NOT_HERE.has(status) },
      );
    }
    const depart = (name: DepartureName, where: string) => {
      const section = sectionOf(name);
      if (this.options.strict) {
        const problem = `the answer departs from the RFCs (${where}): ${section}.`;
        throw new SettledError('invalidAnswer', problem, { method, url, status });
      }
      this.options.onDeparture?.({ name, where, section, method, url });
    };
    const answer = { method, url, status, headers, depart };
    if (text.trim() === '') return { ...answer, body: undefined };
    const kind = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (cause) {
      // An error that a proxy answers is an error all the same.
      if (status >= 400) return { ...answer, body: kind.includes('json') ? undefined : text };
      const problem = `the answer (${status}, ${kind || 'no Content-Type'}) is no JSON. Is the base URL that of a SCIM service?`;
      // What calls itself JSON was cut short.
      const Failure = kind.includes('json') ? RequestError : SettledError;
      throw new Failure('invalidAnswer', problem, { method, url, status, cause });
    }
    if (kind !== 'application/scim+json') depart('content-type', kind);
    return { ...answer, body };
  }
}

/** An error that was answered, and the credential that was sent. */
class AnsweredError extends Error {
  readonly error: ScimError;
  readonly sent: string | undefined;

  constructor(error: ScimError, sent: string | undefined) {
    super(error.message, { cause: error });
    this.error = error;
    this.sent = sent;
  }
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** What runtimes call the errors that fetch rejects with; others have names of their own. */
const RUNTIME_ERRORS = new Set(['Error', 'TypeError', 'AbortError', 'TimeoutError', 'NetworkError']);

/** Whether an error is one that a runtime's fetch rejects with. */
function isRuntimeError(error: unknown): boolean {
  return !(error instanceof Error) || RUNTIME_ERRORS.has(error.name) || codeOf(error) !== '';
}

/** An attempt that waits for a credential. */
interface Waiting {
  readonly method: string;
  readonly url: string;
  readonly signal: AbortSignal;
  readonly timeout: AbortSignal;
  readonly outer: AbortSignal | undefined;
}

/** What the user's own code gives no credential for is not asked for again. */
const unauthorized = (problem: string, request: Pick<FailureOptions, 'method' | 'url' | 'cause'>) =>
  new SettledError('unauthorized', problem, { ...request, mayBeDone: false });

/** What an error's answer says about when to come back. */
function retryAfterOf(error: unknown): string | null {
  return error instanceof ScimError ? (error.headers['retry-after'] ?? null) : null;
}

/** Whether a request may have been carried out though it failed. */
export function mayBeDone(error: unknown): boolean {
  if (error instanceof ScimError) return LATER.has(error.status) && !NOTHING_DONE.has(error.status);
  return error instanceof RequestError && error.mayBeDone && !(error instanceof SettledError);
}

/** Whether another attempt may do better, and does no harm. */
function mayRepeat(error: unknown, { repeatable }: Call): boolean {
  const isLater =
    error instanceof ScimError
      ? LATER.has(error.status)
      : error instanceof RequestError && !(error instanceof SettledError);
  return isLater && (repeatable || !mayBeDone(error));
}
