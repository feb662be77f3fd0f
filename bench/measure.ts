// Slices of load, taken in turns: what disturbs the machine disturbs all subjects alike, and the median forgets it.
import type { Operation } from './operations.ts';
import {
  calibrate,
  type Effort,
  median,
  nextSlice,
  quantile,
  remove,
  type Share,
  type Slice,
  takeSlice,
} from './slice.ts';
import type { Subject } from './subject.ts';

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

/** Measures one operation. What the bare subject answers, it is told by `source`. */
export async function measure(
  operation: Operation,
  bare: Subject,
  source: Subject,
  others: readonly Subject[],
  effort: Effort,
): Promise<Row> {
  const answer = await source.connections.send(
    operation.request(source.population, nextSlice(), { connection: 0, turn: 0 }, undefined),
  );
  // The step that undoes it, or the deletion of what was created.
  if (operation.creates) await remove(source.connections, [answer.headers.location as string]);
  else
    await source.connections.send(
      operation.request(source.population, 0, { connection: 0, turn: 1 }, undefined),
    );
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
