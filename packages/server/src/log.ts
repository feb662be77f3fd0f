// The server's log: one JSON line per exchange. No credential, no body, no query: filters name people.
import { type Logger, pino } from 'pino';
import { type Exchange, ScimError } from 'scimkit';
import type { ServerOptions } from './options.ts';
import type { Scope } from './scope.ts';

/** Characters that wait to be written at most, and for how many milliseconds. */
const MAX_WAITING = 65_536;
const MAX_DELAY = 20;

/** One for the process, as the standard error is. */
let standardError: { write(line: string): void } | undefined;

/** Makes the log. */
export function createLog({ log: destination, logLevel: level = 'info' }: ServerOptions): Logger {
  standardError ??= batched();
  return pino({ name: 'scimkit', base: null, level }, destination ?? standardError);
}

/** The standard error. Lines that come shortly one after the other are written together. */
function batched(): { write(line: string): void } {
  // Its own buffer would be synchronised with the disk each time, which costs as much as a commit.
  const stream = pino.destination({ dest: 2, sync: true, minLength: 0 });
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = '';
    if (lines !== '') stream.write(lines);
  };
  process.once('exit', flush);
  return {
    write(line) {
      waiting += line;
      if (waiting.length >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, MAX_DELAY);
    },
  };
}

/**
 * Why a request was refused, for the log: the error itself, or what failed behind a 500. The cause of a refusal stays
 * out: that of malformed JSON quotes the body.
 */
function reasonOf(error: unknown) {
  if (error === undefined) return {};
  if (!(error instanceof ScimError)) return { cause: error instanceof Error ? error.stack : String(error) };
  const { detail, scimType, status, cause } = error;
  return {
    detail,
    ...(scimType && { scimType }),
    ...(status >= 500 && cause !== undefined && { cause: String(cause) }),
  };
}

/** The path of an absolute URL, as it was sent: what is malformed is logged too. */
function pathOf(url: string): string {
  return /^(?:[a-z]+:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? '';
}

/** Writes one exchange to the log. */
export function logExchange(log: Logger, exchange: Exchange<Scope>): void {
  const { request, response, auth, operations, notes, error, isComplete, reference, duration } = exchange;
  // Who was refused is told by the tenant that was asked for.
  const tenant = auth?.tenant ?? exchange.tenant;
  const failed = operations.filter((entry) => entry.error !== undefined);
  const line = {
    method: request.method,
    path: pathOf(request.url),
    status: response.status,
    duration: Math.round(duration * 10) / 10,
    ...(tenant !== undefined && { tenant }),
    ...(auth && { connection: auth.connection }),
    ...(request.remoteAddress && { remoteAddress: request.remoteAddress }),
    ...(reference && { reference }),
    ...(notes.length > 0 && { notes }),
    ...(!isComplete && { isComplete }),
    ...reasonOf(error),
    ...(error === undefined && failed.length > 0 && { failed: failed.map((entry) => reasonOf(entry.error)) }),
  };
  // A large answer whose making failed has begun as a success.
  if (response.status >= 500 || (!isComplete && error !== undefined)) log.error(line, 'failed');
  else if (response.status >= 400) log.warn(line, 'refused');
  else log.info(line, 'answered');
}
