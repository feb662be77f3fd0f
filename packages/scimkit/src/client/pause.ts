// RFC 9110 §10.2.3 (Retry-After): how long to wait before a request is sent again.
import type { RetryOptions } from './options.ts';

/** What runtimes can wait for at most, in milliseconds: beyond it, they don't wait at all. */
export const MAX_PAUSE_MS = 2 ** 31 - 1;

/** The options with their defaults. */
export function retryRules(options: RetryOptions = {}): Required<RetryOptions> {
  const { attempts = 5, delayMs = 250, maxDelayMs = 60_000 } = options;
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new TypeError('"retry.attempts" must be a whole number of at least 1.');
  if (!(delayMs >= 0) || !(maxDelayMs >= 0))
    throw new TypeError('"retry.delayMs" and "retry.maxDelayMs" must be numbers of at least 0.');
  return { attempts, delayMs, maxDelayMs };
}

/** What `Retry-After` asks for, in milliseconds; undefined: nothing that can be read. */
function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

/**
 * The pause after an attempt, in milliseconds; undefined: longer than the rules allow. It is never shorter than what the
 * service provider asked for; some of it is left to chance, so that clients that failed together don't come back together.
 */
export function pauseAfter(
  attempt: number,
  rules: Required<RetryOptions>,
  header: string | null,
): number | undefined {
  const { delayMs, maxDelayMs } = rules;
  const wanted = Math.min(delayMs * 2 ** (attempt - 1), maxDelayMs);
  const asked = retryAfter(header, Date.now());
  if (asked === undefined) return wanted / 2 + (Math.random() * wanted) / 2;
  if (asked > maxDelayMs) return undefined;
  return asked + Math.random() * Math.min(asked / 10 + delayMs, 5_000);
}

/** Waits, or rejects with the signal's reason. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      // The reason is whatever the caller gave.
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', end);
        resolve();
      },
      Math.min(ms, MAX_PAUSE_MS),
    );
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** What comes of a work, or the signal's reason, whichever is first. The work goes on: others may wait for it too. */
export function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason as Error);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
