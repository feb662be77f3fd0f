// Two cases of an operation side by side: a small population and a large one, or a small group and a large one.
import { calibrate, type Effort, median, quantile, type Share, type Slice, takeSlice } from '../slice.ts';
import { CONTAINS, MEMBER_OF_10, MEMBER_OF_MANY, OPERATIONS, type Operation } from './operations.ts';
import type { Subject } from './subject.ts';

/** How much more an operation may cost in the large case. */
const MAX_GROWTH = 1.5;

/** Milliseconds of processor time that a search within addresses may take at the largest size. */
const MAX_CONTAINS = 10;

interface Case {
  readonly subject: Subject;
  readonly operation: Operation;
}

/** What is compared. */
interface Comparison {
  readonly name: string;
  readonly small: Case;
  readonly large: Case;
  readonly maxGrowth?: number;
  /** Milliseconds per request, in the large case. */
  readonly maxTime?: number;
}

/** What one case costs: milliseconds. */
export interface Cost {
  /** Processor time of the server per request; the median of the rounds. */
  readonly server: number;
  /** That of the database's processes. */
  readonly database: number;
  readonly p50: number;
  readonly p99: number;
}

/** How much more the large case costs: medians of the rounds' quotients. */
interface Growth {
  readonly server: number;
  /** Of the database's processes, and of both together. */
  readonly database?: number;
  readonly sum?: number;
}

/** What came of a comparison. Costs are absent where a request took too long. */
export interface Compared {
  readonly name: string;
  readonly kind: Subject['kind'];
  readonly small: Cost | undefined;
  readonly large: Cost | undefined;
  readonly growth: Growth | undefined;
  /** The ceilings that are missed, each as a sentence. */
  readonly missed: readonly string[];
}

/** The comparisons of all operations, those of one operation on all databases together. */
export function comparisons(pairs: readonly (readonly [small: Subject, large: Subject])[]): Comparison[][] {
  const bySize = OPERATIONS.map((operation) =>
    pairs.map(([small, large]) => ({
      name: operation.name,
      small: { subject: small, operation },
      large: { subject: large, operation },
      ...(operation === CONTAINS ? { maxTime: MAX_CONTAINS } : { maxGrowth: MAX_GROWTH }),
    })),
  );
  const byGroup = pairs.map(([, subject]) => {
    const { users, large } = subject.population.size;
    return {
      name: `one member, on ${large.toLocaleString('en-US')} and on 10, of ${users.toLocaleString('en-US')} users`,
      small: { subject, operation: MEMBER_OF_10 },
      large: { subject, operation: MEMBER_OF_MANY },
      maxGrowth: MAX_GROWTH,
    };
  });
  return [...bySize, byGroup];
}

/** Measures comparisons in turns. Those of which a server doesn't offer the operation are left out. */
export async function compare(all: readonly Comparison[], effort: Effort): Promise<Compared[]> {
  const offered: Comparison[] = [];
  for (const comparison of all) {
    const { subject, operation } = comparison.large;
    if ((await operation.isOffered?.(subject.connections)) !== false) offered.push(comparison);
  }
  const taken = new Map<Case, Slice[]>();
  const shares = new Map<Case, Share>();
  for (const one of offered.flatMap(({ small, large }) => [small, large])) {
    const { subject, operation } = one;
    await operation.prepare?.(subject.population, subject.connections);
    const share = await calibrate(subject, operation, effort);
    if (!share) continue;
    shares.set(one, share);
    taken.set(one, []);
  }
  for (let round = 0; round < effort.rounds; round++) {
    // Who comes first changes: what one leaves behind in the processor's caches is the next one's burden.
    const order = [...shares];
    for (const [one, { count, rounds }] of round % 2 === 0 ? order : order.reverse()) {
      if (round < rounds) taken.get(one)?.push(await takeSlice(one.subject, one.operation, count));
    }
  }
  return offered.map((comparison) => comparedOf(comparison, taken));
}

function comparedOf(comparison: Comparison, taken: ReadonlyMap<Case, readonly Slice[]>): Compared {
  const { name, small, large } = comparison;
  const { kind } = large.subject;
  const base = taken.get(small);
  const slices = taken.get(large);
  const growthOf = (part: (slice: Slice) => number) =>
    median((slices ?? []).map((slice, round) => part(slice) / part(base?.[round] as Slice)));
  const growth: Growth | undefined = base &&
    slices && {
      server: growthOf(({ cpu }) => cpu),
      ...(large.subject.database && {
        database: growthOf(({ database }) => database),
        sum: growthOf(({ cpu, database }) => cpu + database),
      }),
    };
  const cost = slices && costOf(slices);
  const missed = missedOf(comparison, cost, growth).map((text) => `${kind}, ${name}: ${text}`);
  return { name, kind, small: base && costOf(base), large: cost, growth, missed };
}

function costOf(slices: readonly Slice[]): Cost {
  const latencies = slices.flatMap((slice) => slice.latencies);
  return {
    server: median(slices.map(({ cpu }) => cpu)) / 1_000,
    database: median(slices.map(({ database }) => database)) / 1_000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}

function missedOf(
  { maxGrowth, maxTime }: Comparison,
  cost: Cost | undefined,
  growth: Growth | undefined,
): string[] {
  if (!cost) return ['a request took too long'];
  const missed: string[] = [];
  const time = cost.server + cost.database;
  if (maxTime !== undefined && time > maxTime) {
    missed.push(`${time.toFixed(1)} ms of processor time, more than ${maxTime}`);
  }
  for (const [part, times] of Object.entries(growth ?? {})) {
    if (maxGrowth !== undefined && times > maxGrowth) {
      missed.push(`${times.toFixed(2)} x in the large case (${part}), more than ${maxGrowth} x`);
    }
  }
  return missed;
}
