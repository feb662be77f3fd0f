// The server's log: one JSON line per exchange. No credential, no body, no query: filters name people.
import type { Exchange } from 'scimkit';
import { type Logger, pino } from 'pino';

/** Makes the log. */
export function createLog(destination?: { write(line: string): void }): Logger {
  const options = { name: 'scimkit', base: null };
  return destination ? pino(options, destination) : pino(options, pino.destination(2));
}

/** Why a request was refused, for the log: the error itself, or what failed behind a 500. */
function reasonOf(error: unknown) {
  if (error === undefined) return {};
  const { message, scimType, cause, stack } = error as { [name: string]: unknown };
  const isRefusal = (error as { name?: unknown }).name === 'ScimError';
  return isRefusal
    ? {
        detail: message,
        ...(scimType !== undefined && { scimType }),
        ...(cause !== undefined && { cause: String(cause) }),
      }
    : { cause: stack ?? String(error) };
}

/** Writes one exchange to the log. */
export function logExchange(log: Logger, exchange: Exchange<unknown>): void {
  const { request, response, operations, notes, error, reference, duration } = exchange;
  const failed = operations.filter((entry) => entry.error !== undefined);
  const line = {
    method: request.method,
    path: new URL(request.url).pathname,
    status: response.status,
    duration: Math.round(duration * 10) / 10,
    ...(request.remoteAddress && { remoteAddress: request.remoteAddress }),
    ...(reference && { reference }),
    ...(notes.length > 0 && { notes }),
    ...reasonOf(error),
    ...(error === undefined && failed.length > 0 && { failed: failed.map((entry) => reasonOf(entry.error)) }),
  };
  if (response.status >= 500) log.error(line, 'failed');
  else if (response.status >= 400) log.warn(line, 'refused');
  else log.info(line, 'answered');
}
