// Slices of load: what a fixed number of requests costs a server, and its database.
import { type Answer, CONNECTIONS, type Connections, type Request, type Step } from './load.ts';

/** What tells the processor time that it has taken so far, in microseconds. */
interface Metered {
  cpu(): Promise<number>;
}

/** A server that requests are sent to, for resources that it has. */
export interface Driven<Resources> {
  readonly population: Resources;
  readonly connections: Connections;
  readonly process: Metered;
  /** Where its resources are in processes of a database. */
  readonly database?: Metered | undefined;
  /** Whether it only answers what it was told. */
  readonly isBare: boolean;
  /** Begins anew after a request that took too long. */
  restart(): Promise<void>;
}

/** Requests of one kind. */
export interface Load<Resources> {
  /** Requests of one slice. */
  readonly requests: number;
  /** Whether what they create has to be deleted again. */
  readonly creates?: boolean;
  /** The request at one step of the slice `slice`; `last` is what its connection was answered before. */
  readonly request: (resources: Resources, slice: number, step: Step, last: Answer | undefined) => Request;
}

/** How much is measured. */
export interface Effort {
  /** Slices before the first that counts: a server runs for weeks, and compiles in its first seconds what it repeats. */
  readonly warmUp: number;
  readonly rounds: number;
  /** The part of an operation's requests that a slice has. */
  readonly share: number;
}

/** Seconds that a slice should not exceed, for servers that need long. */
const SLICE = 1;

/** What became of the requests of one slice. */
export interface Slice {
  /** Microseconds of processor time per request: the server's. */
  readonly cpu: number;
  /** The database's. */
  readonly database: number;
  readonly seconds: number;
  readonly latencies: readonly number[];
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share of all are below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

/** Names of what is created are never given twice. */
let slices = 0;

/** The number of a slice that is about to begin. */
export const nextSlice = (): number => slices++;

/** Sends the requests of one slice. */
export async function takeSlice<Resources>(
  subject: Driven<Resources>,
  load: Load<Resources>,
  count: number,
): Promise<Slice> {
  const { connections, process, database, population } = subject;
  const slice = nextSlice();
  const before = await process.cpu();
  const databaseBefore = await database?.cpu();
  const { seconds, latencies, locations } = await connections.drive(count, (step, last) =>
    load.request(population, slice, step, last),
  );
  const cpu = (await process.cpu()) - before;
  const databaseCpu = database ? (await database.cpu()) - (databaseBefore as number) : 0;
  if (load.creates && !subject.isBare) await remove(subject.connections, locations);
  return { cpu: cpu / latencies.length, database: databaseCpu / latencies.length, seconds, latencies };
}

/** Deletes what a slice has created. */
export async function remove(connections: Connections, locations: readonly string[]): Promise<void> {
  await connections.drive(locations.length, ({ connection, turn }) => {
    const index = turn * CONNECTIONS + connection;
    // The last turn of some connections has nothing left to do.
    const location = locations[index] ?? '';
    const path = location.replace(/^https?:\/\/[^/]+/, '');
    return index < locations.length
      ? { method: 'DELETE', path }
      : { method: 'GET', path: '/scim/v2/ServiceProviderConfig' };
  });
}

/** How much of an operation a subject takes part in. */
export interface Share {
  readonly count: number;
  readonly rounds: number;
}

/** Warms a subject up, and finds how much it can do in time; undefined when one request alone takes too long. */
export async function calibrate<Resources>(
  subject: Driven<Resources>,
  load: Load<Resources>,
  effort: Effort,
): Promise<Share | undefined> {
  const wanted = load.requests * effort.share;
  try {
    const { seconds, latencies } = await takeSlice(subject, load, 2);
    const fitting = Math.floor((SLICE / seconds) * latencies.length);
    // A server that needs seconds for a request needs no more of them to show it.
    if (fitting <= 2) return { count: 2, rounds: 1 };
    const count = Math.min(wanted, fitting);
    for (let slice = 0; slice < effort.warmUp; slice++) await takeSlice(subject, load, count);
    return { count, rounds: effort.rounds };
  } catch (error) {
    if (!String((error as Error).name).includes('Timeout')) throw error;
    await subject.restart();
    return undefined;
  }
}
