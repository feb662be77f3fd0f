import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { hasPostgres } from '../postgres/test-database.ts';
import { isWithoutRecordings } from '../replay.ts';
import { cleanUp, root } from '../serve/command.ts';
import { mutate, mutation, type Step } from './mutate.ts';
import { Deadline } from './socket.ts';
import { inProcess, onPostgres, standalone, Target, MAPPED_TARGETS } from './target.ts';
import { randomRun } from '../../packages/scimkit/test/random-run.ts';

// What identity providers send, mutated, over real sockets: no answer but 2xx, 3xx, 4xx and the deliberate 501 (decision
// 24; anchors 8 to 10, 18), each error a SCIM error, no prototype changed, nothing done to what was not named, and
// afterwards everything works. Each batch has a fresh server and a seed of its own: SCIMKIT_SEED=<that> SCIMKIT_RUNS=1000
// repeats it.
const BATCH = 1_000;
const { seed: firstSeed, runs } = randomRun('hostile mutations', 10_000);

const folder = join(root, '../shared/idp');
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** What no identity provider was recorded with: Bulk, POST .search, value paths on everything. */
const OURS: readonly Step[] = [
  {
    method: 'POST',
    path: '/Bulk',
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      failOnErrors: 5,
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'a', data: { schemas: [USER], userName: 'bulk-{{run}}' } },
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'b',
          data: {
            schemas: [GROUP],
            displayName: 'bulk',
            members: [{ value: 'bulkId:a' }, { value: '{{userId}}' }],
          },
        },
        {
          method: 'PATCH',
          path: '/Users/{{userId}}',
          version: 'W/"1"',
          data: {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations: [{ op: 'replace', path: 'emails[type eq "work"].display', value: 'x' }],
          },
        },
        { method: 'PUT', path: '/Users/bulkId:a', data: { schemas: [USER], userName: 'bulk-put-{{run}}' } },
        { method: 'DELETE', path: '/Users/bulkId:a' },
      ],
    },
  },
  ...['/.search', '/Users/.search', '/Groups/.search'].map((path) => ({
    method: 'POST',
    path,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
      filter: 'not (displayName eq "x") and (meta.created gt "2020-01-01T00:00:00Z" or id pr)',
      sortBy: 'displayName',
      sortOrder: 'descending',
      attributes: ['displayName', 'members.value'],
      startIndex: 1,
      cursor: '',
      count: 10,
    },
  })),
];

/** The requests of all recordings, with their variables as they stand. */
function recorded(): readonly Step[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { steps: Step[] }).steps)
    .filter((step) => step.method !== undefined && step.path !== undefined);
}

/** A user and a group for the requests to name; those that a request deletes are made anew. */
class Victims {
  private readonly target: Target;
  private made = 0;
  userId = '';
  groupId = '';

  constructor(target: Target) {
    this.target = target;
  }

  async renew(): Promise<void> {
    const isThere = async (path: string) => (await this.target.ask({ method: 'HEAD', path })).status === 200;
    const name = `victim-${this.made++}`;
    if (!this.userId || !(await isThere(`/Users/${this.userId}`))) {
      const emails = [{ value: `${name}@example.com`, type: 'work' }];
      this.userId = await this.target.make('/Users', { schemas: [USER], userName: name, emails });
    }
    if (!this.groupId || !(await isThere(`/Groups/${this.groupId}`))) {
      const members = [{ value: this.userId }];
      this.groupId = await this.target.make('/Groups', { schemas: [GROUP], displayName: name, members });
    }
  }

  /** Puts ids in the place of the variables that stand for some. */
  fill(text: string): string {
    return text
      .replaceAll(/\{\{\w*[gG]roup\w*\}\}/g, this.groupId)
      .replaceAll(/\{\{(\w*[uU]ser\w*|m\d|boss\w*|id)\}\}/g, this.userId)
      .replaceAll('{{run}}', () => `run${this.made++}`);
  }
}

/** One batch of requests, each mutated up to three times. */
async function attack(target: Target, seed: number, numRuns: number): Promise<Map<number, number>> {
  const victims = new Victims(target);
  await victims.renew();
  const statuses = new Map<number, number>();
  const steps = [...recorded(), ...OURS.flatMap((step) => Array<Step>(10).fill(step))];
  let hangs = false;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...steps),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      async (step, mutations) => {
        // A server that hangs answers nothing more; there is no smaller case to look for.
        fc.pre(!hangs);
        const request = mutate(step, mutations, (text) => victims.fill(text));
        const isOdd = request.excess || /^(TRACE|QUERY)$/.test(request.method);
        try {
          const answers = isOdd
            ? await target.askAll({
                ...request,
                headers: [...(request.headers ?? []), ['Connection', 'close']],
              })
            : [await target.ask(request)];
          expect(answers.length).toBeGreaterThan(0);
          for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
        } catch (error) {
          hangs = error instanceof Deadline;
          throw error;
        }
        if (request.method === 'DELETE' || request.method === 'POST') await victims.renew();
      },
    ),
    { seed, numRuns },
  );
  return statuses;
}

afterAll(cleanUp);

// In CI the recordings must be there; elsewhere the tests count as skipped.
describe.skipIf(isWithoutRecordings || !existsSync(folder))('mutated recordings', () => {
  test.each<readonly [name: string, run: () => ReturnType<typeof standalone>, runs: number]>([
    ['scimkit serve on SQLite', () => standalone(), runs],
    ...(hasPostgres ? [['scimkit serve on PostgreSQL', onPostgres, Math.ceil(runs / 5)] as const] : []),
    ['the library on the memory store', () => inProcess(), Math.ceil(runs / 10)],
    ...MAPPED_TARGETS.map(([name, run]) => [name, run, Math.ceil(runs / 10)] as const),
  ])(
    '%s',
    async (_name, run, total) => {
      const statuses = new Map<number, number>();
      for (let done = 0, seed = firstSeed; done < total; done += BATCH, seed++) {
        const target = await Target.start(run);
        try {
          const batch = await attack(target, seed, Math.min(BATCH, total - done));
          for (const [status, count] of batch) statuses.set(status, (statuses.get(status) ?? 0) + count);
          await target.assertUnharmed();
        } finally {
          await target.stop();
        }
      }
      // The mutations are no good when they don't get past the door, or hurt nothing.
      const share = (...wanted: number[]) =>
        [...statuses].reduce((sum, [status, count]) => sum + (wanted.includes(status) ? count : 0), 0) /
        total;
      console.log(`hostile mutations: ${JSON.stringify([...statuses].sort(([a], [b]) => a - b))}`);
      expect(share(200, 201, 204)).toBeGreaterThan(0.1);
      expect(share(400)).toBeGreaterThan(0.1);
    },
    3_600_000,
  );
});
