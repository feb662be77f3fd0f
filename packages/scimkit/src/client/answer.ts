// An answer of a service provider, as data.
import type { ReportDeparture } from './departure.ts';
import { RequestError } from './failure.ts';

/** A successful answer. */
export interface Answer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** The JSON of the body; undefined: there is none. */
  readonly body: unknown;
  readonly depart: ReportDeparture;
}

/** An answer that can't be used. */
export function invalidAnswer({ method, url, status }: Answer, problem: string): RequestError {
  return new RequestError('invalidAnswer', problem, { method, url, status });
}
