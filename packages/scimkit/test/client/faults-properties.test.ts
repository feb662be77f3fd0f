import fc from 'fast-check';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import {
  bearerToken,
  type BulkResult,
  createClient,
  RequestError,
  type Resource,
  Group,
  ScimError,
  User,
} from 'scimkit/client';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Send } from '../fixture.ts';
import { randomRun } from '../random-run.ts';
import { takeTimeouts } from './fault-clock.ts';
import { FAULTS, type Fault, type Seen } from './fault-proxy.ts';
import { created, startFaultPlace } from './fault-place.ts';
import {
  type Choice,
  type Effect,
  KINDS,
  operationOf,
  readWorld,
  set,
  textOf,
  type World,
} from './fault-world.ts';

// Random histories of a client, with faults in every exchange: nothing is created twice, what resolved is there, what rejected
// says why, and says that nothing was done only where nothing was.
const { seed, runs } = randomRun('faults-properties', 40);

const timeOut = takeTimeouts();
afterAll(() => {
  vi.restoreAllMocks();
});

interface Step extends Choice {
  /** Whether somebody else changes the same user, while the answer to the first request that writes is on its way. */
  readonly isShared: boolean;
  /** Of the exchanges of this operation, one after the other; then there are none. */
  readonly faults: readonly (Fault | undefined)[];
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    which: fc.nat(5),
    hasExternalId: fc.boolean(),
    isConditional: fc.boolean(),
    isShared: fc.boolean(),
    faults: fc.array(fc.option(fc.constantFrom(...FAULTS), { nil: undefined, freq: 3 }), { maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 8 },
);

const REASONS = ['network', 'timeout', 'invalidAnswer', 'unknownOutcome'];
const isWrite = ({ asked }: Seen) => asked.method !== 'GET' && !asked.path.includes('.search');
const wasDone = ({ truth }: Seen) => truth !== undefined && truth.status < 300;

/** What may be wrong with an error: it has no name, or says what is not so. */
function problemWith(
  error: unknown,
  seen: readonly Seen[],
  { isShared, isConditional }: Step,
): string | undefined {
  if (error instanceof ScimError) {
    if (error.status === 412 && isShared && isConditional) return undefined;
    // What is asked for is valid: only what a proxy answers is an error.
    if (error.status < 500 && error.status !== 429) return `a verdict: ${error.status} ${error.message}`;
    return seen.some(({ told }) => told === error.status) ? undefined : `nobody answered ${error.status}`;
  }
  if (!(error instanceof RequestError)) return `no name: ${String(error)}`;
  if (!REASONS.includes(error.reason)) return `the reason ${error.reason}`;
  const isDone = seen.some((exchange) => isWrite(exchange) && wasDone(exchange));
  return !error.mayBeDone && isDone ? `it says that nothing was done: ${error.message}` : undefined;
}

/** Whether an operation of a Bulk was not sent, because what it refers to has failed. */
const refersToFailed = (error: unknown): boolean =>
  error instanceof ScimError && error.message.includes('which was not created, as far as is known');

/** The worlds that there may be after some effects, of which these are certain, and the others may be. */
function worldsOf(before: World, effects: readonly Effect[], isCertain: (index: number) => boolean): World[] {
  return effects.reduce<World[]>(
    (worlds, effect, index) => [...worlds.map(effect), ...(isCertain(index) ? [] : worlds)],
    [before],
  );
}

describe.each([
  ['memory', () => createMemoryDatabase()],
  ['sqlite', () => createSqliteDatabase({ path: ':memory:' })],
] as const)('random histories with faults, on %s', (_, create) => {
  test('no double create, no lost write, every error named', async () => {
    const place = await startFaultPlace(create());
    let tenants = 0;
    let rejections = 0;
    let injected = 0;

    const history = async (list: readonly Step[]): Promise<void> => {
      const token = `tenant-${tenants++}`;
      const send = place.direct(token);
      await beginWith(send);
      const client = createClient({
        baseUrl: place.baseUrl,
        authorization: bearerToken(token),
        retry: { attempts: 3, delayMs: 1 },
      });
      for (const [turn, step] of list.entries()) {
        const { world: before, ids } = await readWorld(send);
        const operation = operationOf(step, turn, before, ids, await usersOf(send));
        const since = place.proxy.seen.length;
        const faults = [...step.faults];
        place.plan = () => faults.shift();
        place.onSilence = timeOut;
        const nickName = `of-turn-${turn}`;
        let hasChanged = false;
        place.meanwhile = async ({ method, path }) => {
          if (!step.isShared || hasChanged || method === 'GET' || path.includes('.search')) return;
          hasChanged = true;
          const Operations = [{ op: 'replace', path: 'nickName', value: nickName }];
          const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
          await send('PATCH', `/Users/${ids.get(operation.about)}`, body);
        };
        let results: readonly BulkResult[] | undefined;
        let error: unknown;
        try {
          results = await operation.run(client);
        } catch (thrown) {
          error = thrown;
        }
        place.plan = () => undefined;
        place.meanwhile = async () => {};
        const seen = place.proxy.seen.slice(since);
        injected += seen.filter(({ fault }) => fault).length;
        const errors = error === undefined ? (results ?? []).map((result) => result.error) : [error];
        const story = () =>
          `${operation.what} after ${seen.map(({ asked, fault, truth }) => `${asked.method} ${asked.path} [${fault}, ${truth?.status}]`).join(', ')}: ${errors}`;
        const { world, ids: now } = await readWorld(send);
        for (const failed of errors) {
          if (failed === undefined || refersToFailed(failed)) continue;
          rejections++;
          expect(problemWith(failed, seen, step), story()).toBeUndefined();
        }
        const isCertain = (index: number) =>
          error === undefined && (results === undefined || results[index]?.error === undefined);
        const others = hasChanged ? [set(operation.about, { nickName })] : [];
        // What is done under a version is done before somebody else's change, or not at all.
        const orders = step.isConditional ? ['first'] : ['first', 'last'];
        const worlds = (wanted: readonly string[], isDone: (index: number) => boolean) =>
          wanted.flatMap((order) => {
            const { effects } = operation;
            const all = order === 'first' ? [...effects, ...others] : [...others, ...effects];
            const offset = order === 'first' ? 0 : others.length;
            return worldsOf(before, all, (index) => !effects[index - offset] || isDone(index - offset));
          });
        expect(worlds(orders, isCertain).map(textOf), story()).toContain(textOf(world));
        if (error === undefined && operation.fits) expect(operation.fits(world, now), story()).toBe(true);
        if (errors.every((failed) => failed === undefined)) continue;
        await operation.again(client);
        const wanted = worlds(['first', 'last'], () => true).map(textOf);
        expect(wanted, `again: ${story()}`).toContain(textOf((await readWorld(send)).world));
      }
    };

    try {
      await fc.assert(fc.asyncProperty(steps, history), { seed, numRuns: runs });
    } finally {
      await place.close();
    }
    console.log(`${injected} faults, ${rejections} rejections`);
    // The battery is one: faults were met, and some of them could not be overcome.
    expect(injected).toBeGreaterThan(runs);
    expect(rejections).toBeGreaterThan(0);
  }, 3_600_000);
});

async function beginWith(send: Send): Promise<void> {
  const members: { readonly value: string }[] = [];
  for (const userName of ['ada', 'grace', 'joan']) {
    const body = { schemas: [User.urn], userName, externalId: `e-${userName}` };
    members.push({ value: (await created<Resource<typeof User>>(send, '/Users', body)).id });
  }
  await created(send, '/Groups', { schemas: [Group.urn], displayName: 'all', members });
}

async function usersOf(send: Send): Promise<ReadonlyMap<string, Resource<typeof User>>> {
  const users = (await send('GET', '/Users?count=1000')).body.Resources as Resource<typeof User>[];
  return new Map(users.map((user) => [user.userName, user]));
}
