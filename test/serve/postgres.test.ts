// Two server processes on one PostgreSQL database: what one does, the other one knows.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareConcurrency } from '../../packages/scimkit/test/concurrency.ts';
import { group, made, patchOp, type Send, toAnswer, user } from '../../packages/scimkit/test/fixture.ts';
import { createTestDatabase, hasPostgres } from '../postgres/test-database.ts';
import { isWithoutRecordings, replay } from '../replay.ts';
import { cleanUp, run, scratch, type Serving, serve, stop } from './command.ts';

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

  test.each([
    'postgres://scim:2024/hunter2-in-clear@db/x',
    'postgres://scim:12345#hunter2-in-clear@db/x',
    'postgres://scim:12?hunter2-in-clear@db/x',
    'postgres://scim#hunter2-in-clear@db/x',
    'postgres:scim:hunter2-in-clear@db/x',
    'postgres:/scim:hunter2-in-clear@db/x',
    ' postgres://scim:hunter2-in-clear@db/x',
    '"postgres://scim:hunter2-in-clear@db/x"',
  ])(
    'a URL that is written wrong is told in one sentence, without what may be a password: %s',
    async (url) => {
      for (const args of [
        ['serve', '--port', '0', '--create-token', '--database', url],
        ['token', 'list', '--database', url],
      ]) {
        const { code, stdout, stderr } = await run(args);
        expect(code).toBe(2);
        expect(stderr).toMatch(/^error: --database: write postgres:.*%23.*\n$/);
        expect(stdout + stderr).not.toContain('hunter2');
      }
    },
  );

  test('a database that says nothing any more: /readyz says 503 in moments', async () => {
    const database = new URL(await newDatabase());
    const way = await openWay(Number(database.port));
    database.port = String(way.port);
    const server = await start(['--statement-timeout', '1'], database.href);
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
    way.hush();
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(503);
    way.close();
    await way.open();
    await expect
      .poll(async () => (await fetch(`${server.origin}/readyz`)).status, { timeout: 15_000 })
      .toBe(200);
    expect(await stop(server)).toBe(0);
  }, 60_000);

  test('what takes longer than a statement may take at a start is waited for', async () => {
    const database = await newDatabase();
    const before = await start([], database);
    await made(clientOf(before), '/Users', user('held'));
    await stop(before);
    const client = new Client(database);
    await client.connect();
    // As after a change of a schema: the index is made anew, and somebody is still writing.
    await client.query("UPDATE scimkit_type_shape SET shape = 'another' WHERE name = 'User'");
    await client.query('BEGIN; SELECT 1 FROM scimkit_resource FOR UPDATE');
    const starting = start(['--statement-timeout', '1'], database);
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await client.query('COMMIT');
    await client.end();
    const server = await starting;
    expect((await clientOf(server)('GET', '/Users?filter=userName+eq+%22HELD%22')).body.totalResults).toBe(1);
    expect(await stop(server)).toBe(0);
  }, 60_000);

  test('two that load one file at once: one does, the other finds that it has', async () => {
    const dump = join(scratch, 'load.json');
    const maker = await start(['--dump-resources', dump], await newDatabase());
    for (let i = 0; i < 30; i++) await made(clientOf(maker), '/Users', user(`u${i}`));
    await stop(maker);
    const database = await newDatabase();
    const both = await Promise.all([1, 2].map(() => start(['--load-resources', dump], database)));
    for (const server of both) {
      expect((await clientOf(server)('GET', '/Users?count=0')).body.totalResults).toBe(30);
      await stop(server);
    }
  });

  test('when the database is away, /readyz says 503 and requests fail; once it is back, all is well', async () => {
    const database = new URL(await newDatabase());
    const way = await openWay(Number(database.port));
    const direct = database.href;
    database.port = String(way.port);
    const server = await start([], database.href);
    const send = clientOf(server);
    const id = await made(send, '/Users', user('before'));
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
    // Cut for a moment: nobody notices.
    way.cut();
    expect((await send('POST', '/Users', user('meanwhile'))).status).toBe(201);
    way.close();
    const [readiness, { status, body }] = await Promise.all([
      fetch(`${server.origin}/readyz`),
      send('GET', `/Users/${id}`),
    ]);
    expect([readiness.status, status]).toEqual([503, 500]);
    // What the failure was is for the log alone.
    expect(JSON.stringify(body)).not.toMatch(/ECONN|127\.0\.0\.1|postgres/i);
    await expect.poll(() => server.output.stderr).toMatch(/ECONNREFUSED/);
    await way.open();
    await expect.poll(async () => (await fetch(`${server.origin}/readyz`)).status).toBe(200);
    expect((await send('GET', `/Users/${id}`)).status).toBe(200);
    expect((await send('POST', '/Users', user('after'))).status).toBe(201);
    expect(await stop(server)).toBe(0);
    for (const secret of [new URL(direct).password, TOKEN]) {
      if (secret) expect(server.output.stdout + server.output.stderr).not.toContain(secret);
    }
  });

  describe('every option has an effect', () => {
    test('--database-connections', async () => {
      const database = await newDatabase();
      const server = await start(['--database-connections', '2'], database);
      const send = clientOf(server);
      await Promise.all(Array.from({ length: 40 }, (_, i) => send('POST', '/Users', user(`u${i}`))));
      const client = new Client(database);
      await client.connect();
      const { rows } = await client.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'scimkit'",
      );
      await client.end();
      expect(rows[0].n).toBe(2);
      await stop(server);
    });

    test('--statement-timeout', async () => {
      const database = await newDatabase();
      const server = await start(['--statement-timeout', '1'], database);
      const send = clientOf(server);
      await made(send, '/Users', user('u'));
      const client = new Client(database);
      await client.connect();
      await client.query('BEGIN; LOCK TABLE scimkit_resource IN ACCESS EXCLUSIVE MODE');
      const { status, body } = await send('GET', '/Users?filter=title+co+%22t%22');
      await client.query('ROLLBACK');
      await client.end();
      expect([status, body.scimType]).toEqual([400, 'tooMany']);
      await stop(server);
    });

    test('--unprepared: no statement has a name', async () => {
      const namesWith = async (args: readonly string[]) => {
        const database = new URL(await newDatabase());
        const way = await openWay(Number(database.port));
        database.port = String(way.port);
        const server = await start(args, database.href);
        const send = clientOf(server);
        for (let i = 0; i < 10; i++) await send('GET', '/Users/nobody');
        expect((await server.fetch('/Users', {}, 'unknown')).status).toBe(401);
        await stop(server);
        way.close();
        return way.sent().match(/scimkit_(credential_[a-z]+|[a-z\d]{1,8}_\d{1,4})(?=\0)/g) ?? [];
      };
      expect(await namesWith([])).toEqual(
        expect.arrayContaining([expect.stringMatching(/_1$/), 'scimkit_credential_find']),
      );
      expect(await namesWith(['--unprepared'])).toEqual([]);
    });

    test('--pagination and --cursor-timeout', async () => {
      const database = await newDatabase();
      const describe = async (args: readonly string[]) => {
        const server = await start(args, database);
        const send = clientOf(server);
        const { pagination } = (await send('GET', '/ServiceProviderConfig')).body;
        const plain = (await send('GET', '/Users?count=1')).body;
        await stop(server);
        return { pagination, isByCursor: !('startIndex' in plain) };
      };
      expect(await describe([])).toMatchObject({
        pagination: { cursor: true, index: true, defaultPaginationMethod: 'index', cursorTimeout: 3600 },
        isByCursor: false,
      });
      expect(await describe(['--pagination', 'cursor', '--cursor-timeout', '60'])).toMatchObject({
        pagination: { cursor: true, defaultPaginationMethod: 'cursor', cursorTimeout: 60 },
        isByCursor: true,
      });
      expect(await describe(['--pagination', 'index-only'])).toMatchObject({ pagination: { cursor: false } });
      expect(await describe(['--pagination', 'unpublished'])).toEqual({
        pagination: undefined,
        isByCursor: false,
      });
    });
  });

  test('what is dumped at the end is loaded by another server, SQLite or not', async () => {
    const dump = join(scratch, 'dump.json');
    const server = await start(['--dump-resources', dump], await newDatabase());
    const id = await made(clientOf(server), '/Users', user('dumped'));
    expect(await stop(server)).toBe(0);
    for (const database of [await newDatabase(), ':memory:']) {
      const other = await start(['--load-resources', dump], database);
      const { userName, meta } = (await clientOf(other)('GET', `/Users/${id}`)).body;
      expect([userName, meta.version]).toEqual(['dumped', 'W/"1"']);
      await stop(other);
    }
  });

  test('scimkit token sends no parameters of a session, which a proxy would refuse', async () => {
    const database = new URL(await newDatabase());
    const way = await openWay(Number(database.port));
    database.port = String(way.port);
    expect((await run(['token', 'create', '--database', database.href])).code).toBe(0);
    way.close();
    expect(way.sent()).toContain('scimkit_credential');
    expect(way.sent()).not.toMatch(/statement_timeout|idle_in_transaction/);
  });

  test('scimkit token makes, lists and revokes tokens beside servers that run', async () => {
    const database = await newDatabase();
    const server = await start([], database);
    const environment = { SCIMKIT_DATABASE: database };
    const madeToken = await run(['token', 'create', '--tenant', 'acme', '--name', 'theirs'], environment);
    const token = madeToken.stdout.trim();
    expect((await server.fetch('/Users', {}, token)).status).toBe(200);
    const listed = await run(['token', 'list', '--tenant', 'acme'], environment);
    const id = /^([0-9a-f]{12}) +acme/m.exec(listed.stdout)?.[1] as string;
    expect(listed.stdout).not.toContain(token);
    expect((await run(['token', 'revoke', id], environment)).code).toBe(0);
    expect((await server.fetch('/Users', {}, token)).status).toBe(401);
    await stop(server);
  });
});

/** A way to a port, which can be cut and closed, and knows what was sent there. */
async function openWay(target: number) {
  let sent = '';
  let isHushed = false;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const other = connect(target, '127.0.0.1');
    for (const each of [socket, other]) {
      sockets.add(each);
      each.on('error', () => {});
      each.on('close', () => {
        sockets.delete(each);
        socket.destroy();
        other.destroy();
      });
    }
    socket.on('data', (data) => {
      sent += data.toString('latin1');
    });
    socket.pipe(other);
    other.on('data', (data) => {
      if (!isHushed) socket.write(data);
    });
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    ...{ port, cut },
    sent: () => sent,
    hush() {
      isHushed = true;
    },
    open() {
      isHushed = false;
      return listen(port);
    },
    close() {
      server.close();
      cut();
    },
  };
}
