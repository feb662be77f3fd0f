import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, root, scratch, type Serving, serve, stop } from './command.ts';

afterAll(cleanUp);

const database = (name: string) => ['--database', join(scratch, name)];
const post = (server: Serving, userName: string, more = {}) =>
  server.fetch('/Users', {
    method: 'POST',
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, ...more }),
  });

describe('the token that the server makes', () => {
  test('is shown once, works, survives a restart, and is nowhere in clear (anchor 15; Bitwarden CVE-2026-43640)', async () => {
    const first = await serve([...database('token.db'), '--create-token']);
    const token = first.token as string;
    expect(token).toMatch(/^scimkit_[\w-]{43}$/);
    expect(first.output.stdout).toContain('shown once');
    expect((await post(first, 'ada', { password: 'hunter2-in-clear' })).status).toBe(201);
    await first.fetch(`/Users?filter=${encodeURIComponent('userName eq "ada"')}`);
    await stop(first);
    const second = await serve([...database('token.db'), '--create-token']);
    expect(second.token).toBeUndefined();
    expect(second.output.stdout).toContain('--new-token');
    expect((await second.fetch('/Users', {}, token)).status).toBe(200);
    const third = await stop(second).then(() => serve([...database('token.db'), '--new-token']));
    expect(third.token).toMatch(/^scimkit_/);
    for (const each of [token, third.token as string])
      expect((await third.fetch('/Users', {}, each)).status).toBe(200);
    await stop(third);
    // Neither the files nor the log have tokens, passwords, or what a filter asks for.
    const written = readdirSync(scratch)
      .filter((name) => name.startsWith('token.db'))
      .map((name) => readFileSync(join(scratch, name), 'latin1'));
    const logs = [first, second, third].map((server) => server.output.stderr);
    expect(logs[0]).toContain('"status":201');
    for (const text of [...written, ...logs]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain('hunter2');
    }
    expect(logs.join('')).not.toContain('userName eq');
  });

  test('npm start makes one', async () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const [program, command, ...args] = scripts.start.replace(/^exec /, '').split(' ');
    expect([program, command]).toEqual(['scimkit', 'serve']);
    const server = await serve(args);
    expect((await server.fetch('/Users')).status).toBe(200);
    await stop(server);
  });

  test("the banner's curl line works as it is printed", async () => {
    const server = await serve([...database('curl.db'), '--create-token']);
    const line = /^ *(curl .*)$/m.exec(server.output.stdout)?.[1] as string;
    const output = execFileSync('sh', ['-c', line.replace('curl', 'curl -s')], { encoding: 'utf8' });
    expect(JSON.parse(output)).toMatchObject({ totalResults: 0 });
    await stop(server);
  });
});

describe('outside of SCIM', () => {
  test("/, /healthz, /readyz, and what there isn't", async () => {
    const server = await serve(['--database', ':memory:', '--create-token']);
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(`${server.origin}${path}`, { method });
      return [response.status, await response.text().then((text) => (text ? JSON.parse(text) : undefined))];
    };
    expect(await get('/')).toEqual([200, expect.objectContaining({ baseUrl: server.baseUrl })]);
    expect(await get('/healthz')).toEqual([200, { status: 'ok' }]);
    expect(await get('/readyz?x=1')).toEqual([200, { status: 'ready' }]);
    expect(await get('/readyz', 'HEAD')).toEqual([200, undefined]);
    for (const path of ['/nope', '/scim', '/scim/v2x']) {
      expect(await get(path)).toEqual([
        404,
        {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
          status: '404',
          detail: expect.any(String),
        },
      ]);
    }
    await stop(server);
  });

  test('what is no HTTP is answered 400, and the server goes on', async () => {
    const server = await serve(['--database', ':memory:', '--create-token']);
    const { port } = new URL(server.origin);
    for (const garbage of [
      '\0\0\0\r\n\r\n',
      'GET\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'y'.repeat(50_000)}\r\n\r\n`,
    ]) {
      const socket = connect(Number(port), '127.0.0.1');
      let received = '';
      socket.on('data', (data) => {
        received += data;
      });
      socket.write(garbage);
      await once(socket, 'close');
      expect(received).toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*urn:ietf:params:scim:api:messages:2\.0:Error/);
    }
    expect((await server.fetch('/Users')).status).toBe(200);
    await stop(server);
  });
});

describe('stopping', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: what is under way is answered, what is new is not; exit 0',
    async (signal) => {
      const server = await serve([...database(`${signal}.db`), '--create-token']);
      const { port } = new URL(server.origin);
      const body = JSON.stringify({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'slow',
      });
      const open = (path: string) => {
        const socket = connect(Number(port), '127.0.0.1');
        const seen = { socket, text: '' };
        socket.on('data', (data) => {
          seen.text += data;
        });
        socket.write(`POST /scim/v2${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n`);
        socket.write(`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`);
        return seen;
      };
      // A request whose body is still on its way, and a connection that begins a request only afterwards.
      const slow = open('/Users');
      slow.socket.write(body.slice(0, 10));
      const late = connect(Number(port), '127.0.0.1');
      let answered = '';
      late.on('data', (data) => {
        answered += data;
      });
      late.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
      await new Promise((resolve) => setTimeout(resolve, 100));
      server.child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await expect(fetch(`${server.origin}/healthz`)).rejects.toThrow();
      late.write('\r\n');
      late.write(`GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n\r\n`);
      slow.socket.write(body.slice(10));
      expect(await server.exited).toBe(0);
      expect(slow.text).toMatch(/^HTTP\/1\.1 201 /);
      expect(answered).toMatch(/^HTTP\/1\.1 200 /);
      const again = await serve([...database(`${signal}.db`)]);
      expect((await again.fetch('/Users?count=0', {}, server.token)).status).toBe(200);
      await stop(again);
    },
  );

  test('a request that never ends is cut off after --drain-timeout; a second signal ends at once', async () => {
    for (const [timeout, signals, code] of [
      ['1', 1, 0],
      ['600', 2, 143],
    ] as const) {
      const server = await serve(['--database', ':memory:', '--create-token', '--drain-timeout', timeout]);
      const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write('POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n');
      socket.write(`Authorization: Bearer ${server.token}\r\nContent-Length: 100\r\n\r\n{`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (let i = 0; i < signals; i++) {
        server.child.kill('SIGTERM');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(await server.exited).toBe(code);
    }
  });
});

test('kill -9 in the middle of writes loses no answered one (decision 23)', async () => {
  const path = database('killed.db');
  let token: string | undefined;
  for (let round = 0; round < 3; round++) {
    const server = await serve([...path, '--create-token']);
    token ??= server.token;
    const answered: string[] = [];
    const stopped = new AbortController();
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let i = 0; !stopped.signal.aborted; i++) {
        try {
          const body = JSON.stringify({
            schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
            userName: `r${round}-w${writer}-${i}`,
          });
          const response = await server.fetch('/Users', { method: 'POST', body }, token);
          if (response.status === 201) answered.push(((await response.json()) as { id: string }).id);
        } catch {
          return;
        }
      }
    });
    await expect.poll(() => answered.length, { timeout: 20_000 }).toBeGreaterThan(60 + 40 * round);
    server.child.kill('SIGKILL');
    stopped.abort();
    await Promise.all([...writers, server.exited]);
    const again = await serve([...path]);
    for (const id of answered) expect((await again.fetch(`/Users/${id}`, {}, token)).status).toBe(200);
    const total = async (filter: string) => {
      const response = await again.fetch(`/Users?count=0${filter}`, {}, token);
      return ((await response.json()) as { totalResults: number }).totalResults;
    };
    expect(await total('')).toBe(await total('&filter=userName+pr'));
    await stop(again);
  }
});
