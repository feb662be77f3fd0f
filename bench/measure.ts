// Slices of load, taken in turns: what disturbs the machine disturbs all subjects alike, and the median forgets it.
import { CONNECTIONS } from './load.ts';
import type { Operation } from './operations.ts';
import type { Subject } from './subject.ts';

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

/** What an operation costs one subject. */
export interface Figure {
  /** Processor time, as a multiple of a bare answer's in the same round; the median of the rounds. */
  readonly multiple: number;
  /** Microseconds of processor time per request; the median of the rounds. */
  readonly cpu: number;
  /** Requests per second. */
  readonly throughput: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** A figure, why there is none, or undefined where the operation makes no sense. */
export type Result = Figure | 'too slow' | undefined;

/** The results of one operation, by subject. */
export type Row = ReadonlyMap<Subject, Result>;

interface Slice {
  readonly cpu: number;
  readonly seconds: number;
  readonly latencies: readonly number[];
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

/** Names of what is created are never given twice. */
let slices = 0;

async function takeSlice(subject: Subject, operation: Operation, count: number): Promise<Slice> {
  const { connections, process, population } = subject;
  const slice = slices++;
  const before = await process.cpu();
  const { seconds, latencies, locations } = await connections.drive(count, (step) =>
    operation.request(population, slice, step),
  );
  const cpu = (await process.cpu()) - before;
  if (operation.creates && subject.kind !== 'bare') await remove(subject, locations);
  return { cpu: cpu / latencies.length, seconds, latencies };
}

/** Deletes what a slice has created. */
async function remove({ connections }: Subject, locations: readonly string[]): Promise<void> {
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
interface Share {
  readonly count: number;
  readonly rounds: number;
}

/** Warms a subject up, and finds how much it can do in time; undefined when one request alone takes too long. */
async function calibrate(subject: Subject, operation: Operation, effort: Effort): Promise<Share | undefined> {
  const wanted = operation.requests * effort.share;
  try {
    const { seconds, latencies } = await takeSlice(subject, operation, 2);
    const fitting = Math.floor((SLICE / seconds) * latencies.length);
    // A server that needs seconds for a request needs no more of them to show it.
    if (fitting <= 2) return { count: 2, rounds: 1 };
    const count = Math.min(wanted, fitting);
    for (let slice = 0; slice < effort.warmUp; slice++) await takeSlice(subject, operation, count);
    return { count, rounds: effort.rounds };
  } catch (error) {
    if (!String((error as Error).name).includes('Timeout')) throw error;
    await subject.restart();
    return undefined;
  }
}

/** Measures one operation. What the bare subject answers, it is told by `source`. */
export async function measure(
  operation: Operation,
  bare: Subject,
  source: Subject,
  others: readonly Subject[],
  effort: Effort,
): Promise<Row> {
  const answer = await source.connections.send(
    operation.request(source.population, slices++, { connection: 0, turn: 0 }),
  );
  // The step that undoes it, or the deletion of what was created.
  if (operation.creates) await remove(source, [answer.headers.location as string]);
  else await source.connections.send(operation.request(source.population, 0, { connection: 0, turn: 1 }));
  await bare.process.teach(answer);

  const shares = new Map<Subject, Share>();
  const results = new Map<Subject, Result>();
  for (const subject of [bare, ...others]) {
    if (operation.applies && !operation.applies(subject.population)) continue;
    const share = await calibrate(subject, operation, effort);
    if (share === undefined) results.set(subject, 'too slow');
    else shares.set(subject, share);
  }
  const taken = new Map<Subject, Slice[]>([...shares.keys()].map((subject) => [subject, []]));
  for (let round = 0; round < effort.rounds; round++) {
    for (const [subject, { count, rounds }] of shares) {
      if (round < rounds) taken.get(subject)?.push(await takeSlice(subject, operation, count));
    }
  }
  const base = taken.get(bare) as readonly Slice[];
  for (const [subject, slices] of taken) results.set(subject, figureOf(slices, base));
  return results;
}

function figureOf(slices: readonly Slice[], base: readonly Slice[]): Figure {
  const latencies = slices.flatMap((slice) => slice.latencies);
  return {
    multiple: median(slices.map((slice, round) => slice.cpu / (base[round] as Slice).cpu)),
    cpu: median(slices.map((slice) => slice.cpu)),
    throughput: latencies.length / slices.reduce((sum, slice) => sum + slice.seconds, 0),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}
