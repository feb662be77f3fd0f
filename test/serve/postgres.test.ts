// Two server processes on one PostgreSQL database: what one does, the other one knows.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareConcurrency } from '../../packages/scimkit/test/concurrency.ts';
import { group, made, patchOp, type Send, toAnswer, user } from '../../packages/scimkit/test/fixture.ts';
import { createTestDatabase, hasPostgres } from '../postgres/test-database.ts';
import { isWithoutRecordings, replay } from '../replay.ts';
import { cleanUp, run, type Serving, serve, stop } from './command.ts';

const TOKEN = 'token-of-the-test';

/** A client of a server. */
const clientOf =
  (server: Serving): Send =>
  async (method, path, body, headers = {}) => {
    const given = Object.entries(headers).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const init: RequestInit = { method, headers: Object.fromEntries(given) };
    if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
    return toAnswer(await server.fetch(path, init, TOKEN));
  };

/** A client of several servers in turn. */
function inTurn(clients: readonly Send[]): Send {
  let turn = 0;
  return (...request) => (clients[turn++ % clients.length] as Send)(...request);
}

const count = (statuses: readonly number[], status: number) => statuses.filter((s) => s === status).length;

describe.skipIf(!hasPostgres)('scimkit serve on PostgreSQL', () => {
  let url: string;
  const drops: (() => Promise<void>)[] = [];
  const start = (args: readonly string[] = [], database = url) =>
    serve(['--database', database, '--bearer-token', TOKEN, '--log-level', 'warn', ...args]);

  async function newDatabase(): Promise<string> {
    const database = await createTestDatabase();
    drops.push(database.drop);
    return database.url;
  }

  beforeAll(async () => {
    url = await newDatabase();
  });

  afterAll(async () => {
    cleanUp();
    for (const drop of drops) await drop();
  });

  describe('two processes', () => {
    let first: Serving;
    let second: Serving;
    let clients: readonly Send[];
    const ready = Promise.withResolvers<Send>();

    beforeAll(async () => {
      // At once: the tables are made by one of them.
      // Behind one address, as behind a balancer.
      const args = ['--base-url', 'https://scim.example.com/scim/v2'];
      [first, second] = await Promise.all([start(args), start(args)]);
      clients = [first, second].map(clientOf);
      ready.resolve(inTurn(clients));
    });

    declareConcurrency(ready.promise);

    test('creates, patches and deletes by both at once: totals, members and versions add up', async () => {
      const send = inTurn(clients);
      const before = (await send('GET', '/Users?count=0')).body.totalResults as number;
      const ids = await Promise.all(
        Array.from({ length: 120 }, (_, i) => made(send, '/Users', user(`both${i}`))),
      );
      const groups = await Promise.all(['A', 'B', 'C'].map((name) => made(send, '/Groups', group(name))));
      const add = (id: string) => patchOp({ op: 'add', path: 'members', value: [{ value: id }] });
      const statuses = await Promise.all(
        ids.flatMap((id, i) => [
          ...groups.map((into) => send('PATCH', `/Groups/${into}`, add(id))),
          send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', path: 'title', value: `t${i}` })),
          ...(i % 4 === 0 ? [send('DELETE', `/Users/${id}`)] : []),
        ]),
      ).then((answers) => answers.map(({ status }) => status));
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
      const left = ids.filter((_, i) => i % 4 !== 0).toSorted();
      for (const client of clients) {
        expect((await client('GET', '/Users?count=0')).body.totalResults).toBe(before + left.length);
        for (const id of groups) {
          const { members } = (await client('GET', `/Groups/${id}`)).body;
          expect(members.map(({ value }: { value: string }) => value).toSorted()).toEqual(left);
        }
      }
    });

    test('a cursor that one gave leads on in the other', async () => {
      const [one, other] = clients as [Send, Send];
      const { nextCursor } = (await one('GET', '/Users?cursor&count=10')).body;
      const there = await other('GET', `/Users?cursor=${nextCursor}&count=10`);
      expect(there.status).toBe(200);
      const here = await one('GET', `/Users?cursor=${nextCursor}&count=10`);
      const idsOf = ({ body }: typeof here) => body.Resources.map(({ id }: { id: string }) => id);
      expect(idsOf(there)).toEqual(idsOf(here));
      expect(idsOf(there)).toHaveLength(10);
    });

    test('kill -9 of one in the middle of writes: what was acknowledged is there, the other goes on', async () => {
      const victim = await start();
      const [mine, others] = [clientOf(victim), clients[0] as Send];
      const created: string[] = [];
      const isLate = Promise.withResolvers<void>();
      const writing = Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let i = 0; ; i++) {
            const answer = await mine('POST', '/Users', user(`killed-${writer}-${i}`)).catch(() => undefined);
            if (!answer) return;
            expect(answer.status).toBe(201);
            created.push(answer.body.id);
            if (created.length === 60) isLate.resolve();
          }
        }),
      );
      const going = Promise.all(
        Array.from({ length: 100 }, (_, i) => others('POST', '/Users', user(`going-${i}`))),
      );
      await isLate.promise;
      victim.child.kill('SIGKILL');
      await writing;
      expect(
        count(
          (await going).map(({ status }) => status),
          201,
        ),
      ).toBe(100);
      for (const id of created) expect((await others('GET', `/Users/${id}`)).status).toBe(200);
      // And nothing of the victim's is in the way.
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, writer) => others('POST', '/Users', user(`killed-${writer}-0`))),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 409));
      const { totalResults } = (await others('GET', '/Users?count=0')).body;
      let seen = 0;
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const { body }: { body: { Resources: unknown[]; nextCursor?: string } } = await others(
          'GET',
          `/Users?count=1000&cursor=${cursor}`,
        );
        seen += body.Resources.length;
        cursor = body.nextCursor;
      }
      expect(seen).toBe(totalResults);
    });

    test('both stop in order', async () => {
      expect(await Promise.all([stop(first), stop(second)])).toEqual([0, 0]);
      for (const { output } of [first, second]) expect(output.stderr).not.toMatch(/"level":"?(error|50)/);
    });
  });

  test.skipIf(isWithoutRecordings)('every step of every recording passes', async () => {
    const server = await start([], await newDatabase());
    expect(await replay(server.baseUrl, TOKEN)).toEqual([]);
    expect(await stop(server)).toBe(0);
  });

  test('a token that one process made is good in another, and its hash alone is stored', async () => {
    const database = await newDatabase();
    const maker = await serve(['--database', database, '--create-token']);
    const token = maker.token as string;
    const other = await serve(['--database', database, '--create-token']);
    expect(other.token).toBeUndefined();
    expect((await other.fetch('/Users', {}, token)).status).toBe(200);
    expect((await other.fetch('/Users', {}, `${token}x`)).status).toBe(401);
    await Promise.all([stop(maker), stop(other)]);
  });

  test('a database that is not there is told in one sentence, without the password', async () => {
    const { code, stderr } = await run([
      ...['serve', '--port', '0', '--create-token', '--database'],
      'postgres://someone:hunter2-in-clear@127.0.0.1:1/nothing',
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: the database postgres:\/\/someone@127\.0\.0\.1:1\/nothing can't be opened: .+\n$/,
    );
    expect(stderr).not.toContain('hunter2');
  });

  test('when the database is away, /readyz says 503, requests fail, and all is well once it is back', async () => {
    const database = await newDatabase();
    const server = await start([], database);
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
    expect(server.output.stdout + server.output.stderr).not.toContain(new URL(database).password || '\0');
    await stop(server);
  });
});
