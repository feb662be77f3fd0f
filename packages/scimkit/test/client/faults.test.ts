import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import {
  addMembers,
  bearerToken,
  bulkFor,
  createClient,
  Group,
  RequestError,
  type Resource,
  ScimError,
  type ScimClient,
  User,
} from 'scimkit/client';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { takeTimeouts } from './fault-clock.ts';
import { created, startFaultPlace } from './fault-place.ts';
import { FAULTS, type Fault } from './fault-proxy.ts';

// What a caller gets, for each fault and each operation: between the client and a real service provider, over real sockets.

/**
 * A fault in the first request of an operation: what the caller gets, how often it was sent, and how often the service provider
 * carried it out. An error is told by its status, or by its reason. A Bulk counts with the POSTs that find out about it.
 */
const ONCE = `
                        | get      | list     | create             | create+id | replace  | patch    | modify   | delete   | add members | bulk
reset before            | done 2/1 | done 2/1 | unknownOutcome 1/0 | done 2/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/1    | done 3/2
reset after             | done 2/2 | done 2/2 | unknownOutcome 1/1 | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
silence before          | done 2/1 | done 2/1 | unknownOutcome 1/0 | done 2/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/1    | done 3/2
silence after           | done 2/2 | done 2/2 | unknownOutcome 1/1 | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
429 in seconds          | done 2/1 | done 2/1 | done 2/1           | done 2/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/1    | done 2/1
429 at a date           | done 2/1 | done 2/1 | done 2/1           | done 2/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/1    | done 2/1
500 before              | done 2/1 | done 2/1 | 500 1/0            | done 2/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/1    | done 3/2
500 after               | done 2/2 | done 2/2 | 500 1/1            | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
502 page before         | done 2/1 | done 2/1 | 502 1/0            | done 2/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/1    | done 3/2
502 page after          | done 2/2 | done 2/2 | 502 1/1            | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
503 empty before        | done 2/1 | done 2/1 | 503 1/0            | done 2/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/1    | done 3/2
503 empty after         | done 2/2 | done 2/2 | 503 1/1            | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
too short               | done 2/2 | done 2/2 | unknownOutcome 1/1 | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
cut chunks              | done 2/2 | done 2/2 | unknownOutcome 1/1 | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
cut JSON                | done 2/2 | done 2/2 | unknownOutcome 1/1 | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
answered twice          | done 1/1 | done 1/1 | done 1/1           | done 1/1  | done 1/1 | done 1/1 | done 1/1 | done 1/1 | done 1/1    | done 1/1
another's answer before | done 2/1 | done 2/1 | unknownOutcome 1/0 | done 2/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/1    | done 3/2
another's answer after  | done 2/2 | done 2/2 | unknownOutcome 1/1 | done 1/1  | done 2/1 | done 2/1 | done 2/1 | done 2/1 | done 2/2    | done 1/1
`;

/** The same where the fault meets every request of the operation: three attempts are made. */
const ALWAYS = `
                        | get               | list              | create             | create+id         | replace           | patch             | modify            | delete            | add members       | bulk
reset before            | network 3/0       | network 3/0       | unknownOutcome 1/0 | network 3/0       | network 3/0       | network 3/0       | network 3/0       | network 3/0       | network 3/0       | network 4/0
reset after             | network 3/3       | network 3/3       | unknownOutcome 1/1 | done 1/1          | network 3/1       | network 3/1       | network 3/1       | network 3/1       | network 3/3       | done 1/1
silence before          | timeout 3/0       | timeout 3/0       | unknownOutcome 1/0 | timeout 3/0       | timeout 3/0       | timeout 3/0       | timeout 3/0       | timeout 3/0       | timeout 3/0       | timeout 4/0
silence after           | timeout 3/3       | timeout 3/3       | unknownOutcome 1/1 | done 1/1          | timeout 3/1       | timeout 3/1       | timeout 3/1       | timeout 3/1       | timeout 3/3       | done 1/1
429 in seconds          | 429 3/0           | 429 3/0           | 429 3/0            | 429 3/0           | 429 3/0           | 429 3/0           | 429 3/0           | 429 3/0           | 429 3/0           | 429 3/0
429 at a date           | 429 3/0           | 429 3/0           | 429 3/0            | 429 3/0           | 429 3/0           | 429 3/0           | 429 3/0           | 429 3/0           | 429 3/0           | 429 3/0
500 before              | 500 3/0           | 500 3/0           | 500 1/0            | 500 3/0           | 500 3/0           | 500 3/0           | 500 3/0           | 500 3/0           | 500 3/0           | 500 4/0
500 after               | 500 3/3           | 500 3/3           | 500 1/1            | done 1/1          | 500 3/1           | 500 3/1           | 500 3/1           | 500 3/1           | 500 3/3           | done 1/1
502 page before         | 502 3/0           | 502 3/0           | 502 1/0            | 502 3/0           | 502 3/0           | 502 3/0           | 502 3/0           | 502 3/0           | 502 3/0           | 502 4/0
502 page after          | 502 3/3           | 502 3/3           | 502 1/1            | done 1/1          | 502 3/1           | 502 3/1           | 502 3/1           | 502 3/1           | 502 3/3           | done 1/1
503 empty before        | 503 3/0           | 503 3/0           | 503 1/0            | 503 3/0           | 503 3/0           | 503 3/0           | 503 3/0           | 503 3/0           | 503 3/0           | 503 4/0
503 empty after         | 503 3/3           | 503 3/3           | 503 1/1            | done 1/1          | 503 3/1           | 503 3/1           | 503 3/1           | 503 3/1           | 503 3/3           | done 1/1
too short               | network 3/3       | network 3/3       | unknownOutcome 1/1 | done 1/1          | network 3/1       | network 3/1       | network 3/1       | network 3/1       | network 3/3       | done 1/1
cut chunks              | network 3/3       | network 3/3       | unknownOutcome 1/1 | done 1/1          | network 3/1       | network 3/1       | network 3/1       | network 3/1       | network 3/3       | done 1/1
cut JSON                | invalidAnswer 3/3 | invalidAnswer 3/3 | unknownOutcome 1/1 | done 1/1          | done 2/1          | done 2/1          | done 2/1          | done 2/1          | network 3/3       | done 1/1
answered twice          | done 1/1          | done 1/1          | done 1/1           | done 1/1          | done 1/1          | done 1/1          | done 1/1          | done 1/1          | done 1/1          | done 1/1
another's answer before | invalidAnswer 3/0 | invalidAnswer 3/0 | unknownOutcome 1/0 | invalidAnswer 3/0 | invalidAnswer 3/0 | invalidAnswer 3/0 | invalidAnswer 3/0 | invalidAnswer 3/0 | invalidAnswer 3/0 | invalidAnswer 4/0
another's answer after  | invalidAnswer 3/3 | invalidAnswer 3/3 | unknownOutcome 1/1 | done 1/1          | invalidAnswer 3/1 | invalidAnswer 3/1 | invalidAnswer 3/1 | invalidAnswer 3/1 | invalidAnswer 3/3 | done 1/1
`;

const timeOut = takeTimeouts();
afterAll(() => {
  vi.restoreAllMocks();
});

/** What is there when an operation begins. */
interface Scene {
  readonly client: ScimClient;
  readonly ada: Resource<typeof User>;
  readonly grace: Resource<typeof User>;
  readonly group: Resource<typeof Group>;
}

/** The operations, with the method of the requests that count. */
const OPERATIONS: Readonly<
  Record<string, readonly [method: string, run: (scene: Scene) => Promise<unknown>]>
> = {
  get: ['GET', ({ client, ada }) => client.resources(User).get(ada.id)],
  list: [
    'GET',
    async ({ client }) => {
      const names: string[] = [];
      for await (const { userName } of client.resources(User).list()) names.push(userName);
      expect(names.toSorted()).toEqual(['ada', 'grace']);
    },
  ],
  create: ['POST', ({ client }) => client.resources(User).create({ userName: 'joan' })],
  'create+id': [
    'POST',
    ({ client }) => client.resources(User).create({ userName: 'joan', externalId: 'e-joan' }),
  ],
  replace: [
    'PUT',
    ({ client, ada }) => client.resources(User).replace(ada, { userName: 'ada', title: 'Countess' }),
  ],
  patch: [
    'PATCH',
    ({ client, ada }) =>
      client.resources(User).patch(ada, [{ op: 'replace', path: 'title', value: 'Countess' }]),
  ],
  modify: [
    'PATCH',
    ({ client, ada }) => client.resources(User).modify(ada.id, (user) => ({ ...user, title: 'C' })),
  ],
  delete: ['DELETE', ({ client, ada }) => client.resources(User).delete(ada)],
  'add members': [
    'PATCH',
    ({ client, group, ada, grace }) => addMembers(client.resources(Group), group, [ada.id, grace.id]),
  ],
  bulk: [
    'POST',
    async ({ client, ada }) => {
      const results = await client.bulk([
        bulkFor(User).create({ userName: 'joan', externalId: 'e-joan' }, 'joan'),
        bulkFor(User).patch(ada.id, [{ op: 'replace', path: 'title', value: 'Countess' }]),
        bulkFor(Group).create({ displayName: 'g', externalId: 'e-g', members: [{ value: 'bulkId:joan' }] }),
      ]);
      for (const { error } of results) if (error) throw error;
    },
  ],
};

/** An error in a word. */
function wordFor(error: unknown): string {
  if (error instanceof ScimError) return String(error.status);
  if (!(error instanceof RequestError)) return `nameless: ${String(error)}`;
  return error.mayBeDone ? error.reason : `${error.reason}, not done`;
}

describe.each([
  ['memory', () => createMemoryDatabase()],
  ['sqlite', () => createSqliteDatabase({ path: ':memory:' })],
] as const)('on %s', (_, create) => {
  const starting = startFaultPlace(create());
  let tenants = 0;
  afterAll(async () => (await starting).close());

  async function outcome(name: string, fault: Fault, times: number): Promise<string> {
    const place = await starting;
    const token = `tenant-${tenants++}`;
    const send = place.direct(token);
    const user = (userName: string) =>
      created<Resource<typeof User>>(send, '/Users', { schemas: [User.urn], userName });
    const scene = {
      client: createClient({
        baseUrl: place.baseUrl,
        authorization: bearerToken(token),
        retry: { attempts: 3, delayMs: 1 },
      }),
      ada: await user('ada'),
      grace: await user('grace'),
      group: await created<Resource<typeof Group>>(send, '/Groups', {
        schemas: [Group.urn],
        displayName: 'all',
      }),
    };
    const [method, run] = OPERATIONS[name] as (typeof OPERATIONS)[string];
    // What a client asks about the service provider is no part of it.
    await scene.client.resources(User).modify(scene.ada.id, (same) => same);
    const since = place.proxy.seen.length;
    let left = times;
    place.plan = (asked) => (asked.method === method && left-- > 0 ? fault : undefined);
    place.onSilence = timeOut;
    const word = await run(scene).then(() => 'done', wordFor);
    place.plan = () => undefined;
    const sent = place.proxy.seen.slice(since).filter(({ asked }) => asked.method === method);
    const carriedOut = sent.filter(({ truth }) => truth && truth.status < 300);
    return `${word} ${sent.length}/${carriedOut.length}`;
  }

  /** A table of all faults and operations, each with what came of it, how often it was sent, and how often it was carried out. */
  async function table(times: number): Promise<string> {
    const names = Object.keys(OPERATIONS);
    const rows = [['', ...names]];
    for (const fault of FAULTS) {
      const row = [fault as string];
      for (const name of names) row.push(await outcome(name, fault, times));
      rows.push(row);
    }
    const widths = rows[0]!.map((_cell, at) => Math.max(...rows.map((row) => row[at]!.length)));
    return rows
      .map((row) =>
        row
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join(' | ')
          .trimEnd(),
      )
      .join('\n');
  }

  test('each fault, once', async () => {
    expect(`\n${await table(1)}\n`).toBe(ONCE);
  }, 120_000);

  test('each fault, in every attempt', async () => {
    expect(`\n${await table(Number.POSITIVE_INFINITY)}\n`).toBe(ALWAYS);
  }, 120_000);
});
