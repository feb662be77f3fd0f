// One operation, three ways, side by side: slices that take turns, and the median of what each costs.
import { deepEqual } from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Effort, median } from '../slice.ts';
import { type Directory, mapDirectory } from './directory.ts';
import type { Operation } from './operations.ts';
import { isNow, Recorder, type Script, scriptOf, type Target } from './transcript.ts';
import type { World } from './world.ts';

/** What one way of doing an operation costs. */
interface Cost {
  /** Microseconds of the process's own time for one; the median of the rounds. */
  readonly cpu: number;
  /** As a multiple of the same SQL by hand, in the same round; the median of the rounds. */
  readonly multiple: number;
}

/** The figures of one operation on one app's database. */
export interface Contest {
  readonly app: string;
  readonly operation: string;
  readonly statements: number;
  readonly store: Cost;
  readonly hand: Cost;
  readonly calls: Cost;
}

/** Milliseconds of a slice, and of what is done before any counts. */
const SLICE = 150;
const WARM_UP = 600;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** One way: operations that are ready to be started. */
interface Way {
  readonly name: 'store' | 'hand' | 'calls';
  ready(targets: readonly Target[]): readonly (() => Promise<unknown>)[];
}

/** Measures an operation. */
export async function contest(
  world: World,
  directory: Directory,
  operation: Operation,
  effort: Effort,
): Promise<Contest> {
  const { app } = world;
  const { script, statements } = await scriptFor(world, operation);
  const { kind } = operation;
  const ways: readonly Way[] = [
    {
      name: 'store',
      ready: (targets) =>
        targets.map((target) => {
          const ask = operation.ask(directory, target);
          return () => directory.operate(kind, ask);
        }),
    },
    {
      name: 'hand',
      ready: (targets) =>
        targets.map(
          (target) => () => app.raw.transact(kind, async (tx) => operation.answer(await script(tx, target))),
        ),
    },
    { name: 'calls', ready: (targets) => targets.map((target) => () => operation.call(app.calls, target)) },
  ];
  await assertAgree(world, operation, ways);
  const spent = new Map<Way, number[]>(ways.map((way) => [way, []]));
  const count = await warmUp(world, operation, ways, effort);
  for (let round = 0; round < effort.rounds; round += 1) {
    // Whoever is first has a colder processor.
    for (let turn = 0; turn < ways.length; turn += 1) {
      const way = ways[(round + turn) % ways.length] as Way;
      // Each pays for its own garbage.
      if (effort.rounds > 1) collect();
      spent.get(way)?.push(await slice(world, operation, way, count, round));
    }
  }
  const [store, hand, calls] = ways.map((way) => spent.get(way) as readonly number[]);
  const costOf = (slices: readonly number[] = []): Cost => ({
    cpu: median(slices),
    multiple: median(slices.map((cpu, round) => cpu / (hand?.[round] as number))),
  });
  return {
    ...{ app: app.name, operation: operation.name, statements },
    ...{ store: costOf(store), hand: costOf(hand), calls: costOf(calls) },
  };
}

/** Has the store do it twice, and learns from that what it sends. */
async function scriptFor(
  world: World,
  operation: Operation,
): Promise<{ readonly script: Script; readonly statements: number }> {
  const { app } = world;
  const recorder = new Recorder(app.database);
  const directory = mapDirectory(recorder.database, app.library);
  const targets = await operation.targets(world, 2, 0);
  const [first, second] = targets as [Target, Target];
  const sent = async (target: Target) => {
    await directory.operate(operation.kind, operation.ask(directory, target));
    return recorder.take();
  };
  const taken = [await sent(first), await sent(second)] as const;
  await operation.undo?.(world);
  return { script: scriptOf(app.raw, taken, [first, second]), statements: taken[0].length };
}

/** All ways come to the same, or nothing that is measured means anything. */
async function assertAgree(world: World, operation: Operation, ways: readonly Way[]): Promise<void> {
  const outcomes: unknown[] = [];
  for (const way of ways) {
    const [start] = way.ready(await operation.targets(world, 1, 0));
    const result = await start?.();
    const outcome = way.name === 'store' ? operation.outcome(result) : result;
    outcomes.push({ outcome: comparable(outcome), rows: await world.rows() });
    await operation.undo?.(world);
    deepEqual(
      outcomes.at(-1),
      outcomes[0],
      `${operation.name} on ${world.app.name}: "${way.name}" comes to something else than the store`,
    );
  }
}

/** What is new each time, such as ids and the time, is of no account. */
function comparable(outcome: unknown): unknown {
  const text = JSON.stringify(outcome ?? null).replace(
    /"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g,
    '"id"',
  );
  return JSON.parse(text, (_, value: unknown) => (isNow(value) ? 'now' : value)) as unknown;
}

/** Has all ways do it until they are warm; how many fit a slice. */
async function warmUp(
  world: World,
  operation: Operation,
  ways: readonly Way[],
  { share }: Effort,
): Promise<number> {
  let count = 2;
  for (const way of ways) {
    const begin = performance.now();
    let turns = 0;
    do {
      const cpu = await slice(world, operation, way, count, turns);
      turns += 1;
      if (way.name === 'store') count = fitting(operation, (SLICE * 1_000 * share) / cpu, count);
    } while (performance.now() - begin < WARM_UP * share);
  }
  return count;
}

const fitting = ({ most = Number.POSITIVE_INFINITY }: Operation, wanted: number, before: number): number =>
  Math.ceil(Math.max(2, Math.min(wanted, most, before * 4)));

/** Microseconds of the process's own time for one operation of a slice. */
async function slice(
  world: World,
  operation: Operation,
  way: Way,
  count: number,
  turn: number,
): Promise<number> {
  const starts = way.ready(await operation.targets(world, count, turn * count));
  let next = 0;
  const work = async () => {
    for (let start = starts[next++]; start; start = starts[next++]) await start();
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: world.app.clients }, work));
  const { user, system } = process.cpuUsage(before);
  await operation.undo?.(world);
  return (user + system) / count;
}
