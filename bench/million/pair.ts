// Two server processes on one database, against one: each may use the same small part of a processor, so that it is the
// servers that limit what is carried, and neither the database nor the client.
import { type Effort, median, nextSlice, remove, takeSlice } from '../slice.ts';
import { CREATE, FILTER_BY_USER_NAME, GET_BY_ID, type Operation, PATCH_ACTIVE } from './operations.ts';
import { idleSeconds } from './processor-time.ts';
import { createQuota, type Quota } from './quota.ts';
import type { Subject } from './subject.ts';

/** The part of a processor that each server has. */
export const PART = 0.25;

/** How much more two must carry. */
const MIN_GAIN = 1.6;

/** The part of all processors that must be idle: less, and the servers were not what limited. */
const MIN_IDLE = 0.05;

/** Seconds that a slice should have. */
const SLICE = 2;

const LOADS: readonly Operation[] = [GET_BY_ID, FILTER_BY_USER_NAME, PATCH_ACTIVE, CREATE];

/** What some servers carried. */
export interface Carried {
  /** Requests per second. */
  readonly throughput: number;
  /** Milliseconds of processor time per request: of the servers, and of the database. */
  readonly server: number;
  readonly database: number;
  /** Processors in use: by the servers, the database and the client; and those that were idle. */
  readonly use: {
    readonly servers: number;
    readonly database: number;
    readonly client: number;
    readonly idle: number;
  };
}

/** What one and two carried. */
export interface Doubled {
  readonly name: string;
  readonly one: Carried;
  readonly two: Carried;
  /** How much more two carried: the median of the rounds' quotients. */
  readonly gain: number;
  readonly missed: readonly string[];
}

/** Compares one server with two. Undefined where processes can't be limited. */
export async function doubles(
  start: () => Promise<Subject>,
  processors: number,
  effort: Effort,
  isWanted: (name: string) => boolean,
): Promise<readonly Doubled[] | undefined> {
  const subjects: Subject[] = [];
  const quotas: Quota[] = [];
  try {
    for (const name of ['one', 'other']) {
      const quota = createQuota(name, PART);
      if (!quota) return undefined;
      quotas.push(quota);
      const subject = await start();
      subjects.push(subject);
      // Warm before it is limited: it would take four times as long.
      for (const load of LOADS) {
        if (!isWanted(load.name)) continue;
        const count = Math.ceil(load.requests * effort.share);
        for (let slice = 0; slice < effort.warmUp; slice++) await takeSlice(subject, load, count);
      }
      quota.apply(subject.process.pid);
    }
    const [first] = subjects;
    if (!first) return undefined;
    const results: Doubled[] = [];
    for (const load of LOADS) {
      if (isWanted(load.name)) results.push(await double(load, first, subjects, processors, effort));
    }
    return results;
  } finally {
    for (const subject of subjects) await subject.close();
    for (const quota of quotas) await quota.remove();
  }
}

async function double(
  load: Operation,
  first: Subject,
  subjects: readonly Subject[],
  processors: number,
  effort: Effort,
): Promise<Doubled> {
  const trial = await carry(load, [first], 64);
  const count = Math.max(32, Math.round(trial.throughput * SLICE * effort.share));
  const ones: Carried[] = [];
  const twos: Carried[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    ones.push(await carry(load, [first], count));
    twos.push(await carry(load, subjects, count));
  }
  const gain = median(twos.map(({ throughput }, round) => throughput / (ones[round] as Carried).throughput));
  const [one, two] = [medianOf(ones), medianOf(twos)];
  const missed: string[] = [];
  if (gain < MIN_GAIN) missed.push(`two carry ${gain.toFixed(2)} x of one, less than ${MIN_GAIN} x`);
  if (two.use.idle < MIN_IDLE * processors) {
    missed.push('the machine had nothing left: what two could carry was not measured');
  }
  return {
    name: load.name,
    one,
    two,
    gain,
    missed: missed.map((text) => `two processes, ${load.name}: ${text}`),
  };
}

/** Sends `count` requests to each server at once. */
async function carry(load: Operation, subjects: readonly Subject[], count: number): Promise<Carried> {
  const times = async () => {
    let servers = 0;
    for (const { process } of subjects) servers += await process.cpu();
    const database = (await subjects[0]?.database?.cpu()) ?? 0;
    const { user, system } = process.cpuUsage();
    return {
      servers,
      database,
      client: user + system,
      idle: idleSeconds() * 1_000_000,
      now: performance.now(),
    };
  };
  const before = await times();
  const outcomes = await Promise.all(
    subjects.map(({ connections, population }) => {
      const slice = nextSlice();
      return connections.drive(count, (step, last) => load.request(population, slice, step, last));
    }),
  );
  const after = await times();
  for (const [index, { locations }] of outcomes.entries()) {
    if (load.creates) await remove((subjects[index] as Subject).connections, locations);
  }
  const requests = outcomes.reduce((sum, { latencies }) => sum + latencies.length, 0);
  const seconds = (after.now - before.now) / 1_000;
  const spent = (part: 'servers' | 'database' | 'client' | 'idle') => after[part] - before[part];
  const used = (part: Parameters<typeof spent>[0]) => spent(part) / 1_000_000 / seconds;
  return {
    // Of each in its own time: the last one is alone for a moment.
    throughput: outcomes.reduce((sum, { latencies, seconds }) => sum + latencies.length / seconds, 0),
    server: spent('servers') / requests / 1_000,
    database: spent('database') / requests / 1_000,
    use: {
      servers: used('servers'),
      database: used('database'),
      client: used('client'),
      idle: used('idle'),
    },
  };
}

function medianOf(all: readonly Carried[]): Carried {
  const of = (part: (carried: Carried) => number) => median(all.map(part));
  return {
    throughput: of(({ throughput }) => throughput),
    server: of(({ server }) => server),
    database: of(({ database }) => database),
    use: {
      servers: of(({ use }) => use.servers),
      database: of(({ use }) => use.database),
      client: of(({ use }) => use.client),
      idle: of(({ use }) => use.idle),
    },
  };
}
