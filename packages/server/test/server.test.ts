import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createServer, isLoopback, OptionError, type ServerOptions } from '@scimkit/server';
import { afterEach, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'scimkit-server-'));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const SCIM_ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const USER = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'] };
const BEARER = 'Authorization: Bearer a-token\r\n';

/** A server that listens, with what it logs. */
async function serve(options: ServerOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const server = await createServer({
    database: ':memory:',
    port: 0,
    bearerTokens: ['a-token'],
    log: { write: (line) => lines.push(JSON.parse(line)) },
    ...options,
  });
  ends.push(() => server.close());
  const listening = await server.listen();
  const { origin, port } = new URL(listening.localUrl);
  return {
    ...listening,
    server,
    lines,
    origin,
    port: Number(port),
    fetch: (path: string, init: RequestInit = {}) =>
      fetch(`${listening.localUrl}${path}`, {
        ...init,
        headers: { authorization: 'Bearer a-token', 'content-type': 'application/json', ...init.headers },
      }),
  };
}

/** Opens a connection and collects what comes. */
function open(port: number) {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  ends.push(() => socket.destroy());
  const seen = {
    text: '',
    socket,
    ended: once(socket, 'close'),
    async until(pattern: RegExp) {
      while (!pattern.test(seen.text)) await once(socket, 'data');
    },
  };
  socket.on('data', (data) => {
    seen.text += data;
  });
  return seen;
}

/** Sends bytes on a connection of their own; what comes until it is closed. */
async function exchange(port: number, bytes: string): Promise<string> {
  const { socket, ended } = open(port);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.write(bytes);
  await ended;
  return text;
}

const post = (body: string) =>
  `POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n${BEARER}Content-Type: application/json\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('options', () => {
  test.each<[string, ServerOptions, RegExp]>([
    ['an empty address, which would mean all', { hostname: '' }, /--hostname.*0\.0\.0\.0/],
    ['port', { port: 1.5 }, /--port/],
    ['a wait that no timer can', { drainTimeout: 2 ** 32 }, /--drain-timeout/],
    ['a wait that ended before', { drainTimeout: -1 }, /--drain-timeout/],
    ['base URL', { baseUrl: 'https://example.com/?x' }, /--base-url.*without a query/],
    ['base URL without a host', { baseUrl: 'https://[/x' }, /--base-url/],
    ['percent sign', { database: 'sqlite:%zz' }, /%25/],
    ['file: URL', { database: 'file:x.db?mode=memory' }, /file:.*not supported/],
    ['token', { bearerTokens: ['a b'] }, /--bearer-token/],
    ['nobody', { bearerTokens: [] }, /No credential.*--bearer-token.*--create-token/],
  ])('%s', async (_name, options, message) => {
    const made = createServer({ database: ':memory:', bearerTokens: ['a-token'], ...options });
    await expect(made).rejects.toThrow(OptionError);
    await expect(made).rejects.toThrow(message);
  });

  test('a base URL is sent in ASCII, as headers need it', async () => {
    const { fetch, baseUrl } = await serve({ baseUrl: 'https://例え.jp/scim/v2/' });
    expect(baseUrl).toBe('https://xn--r8jz45g.jp/scim/v2');
    const response = await fetch('/Users', {
      method: 'POST',
      body: JSON.stringify({ ...USER, userName: 'ada' }),
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toMatch(/^https:\/\/xn--r8jz45g\.jp\/scim\/v2\/Users\//);
  });

  test('loopback addresses, and no others', () => {
    const own = ['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'];
    const others = [
      '0.0.0.0',
      '::',
      '',
      '10.0.0.1',
      'localhost.example.com',
      '127.0.0.1.example.com',
      '1270.0.0.1',
    ];
    expect(own.filter(isLoopback)).toEqual(own);
    expect(others.filter(isLoopback)).toEqual([]);
  });
});

describe('the database', () => {
  test('a first start that is refused leaves nothing behind; one that was there stays', async () => {
    const path = join(folder, 'refused.db');
    await expect(createServer({ database: path })).rejects.toThrow(/No credential/);
    expect(readdirSync(folder).filter((name) => name.startsWith('refused.db'))).toEqual([]);
    const { server } = await serve({ database: path });
    await server.close();
    await expect(createServer({ database: path })).rejects.toThrow(/No credential/);
    expect(readdirSync(folder)).toContain('refused.db');
  });

  test("its files are their owner's alone: they name people", async () => {
    const { fetch } = await serve({ database: join(folder, 'private.db') });
    await fetch('/Users', { method: 'POST', body: JSON.stringify({ ...USER, userName: 'ada' }) });
    const files = readdirSync(folder).filter((name) => name.startsWith('private.db'));
    expect(files).toContain('private.db-wal');
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  });

  test('a token is made only when it can be shown: a start that fails makes none', async () => {
    const taken = createHttpServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    ends.push(() => taken.close());
    const { port } = taken.address() as { port: number };
    const options = { database: join(folder, 'lost.db'), bearerTokens: [], createToken: 'first' } as const;
    const failed = await createServer({ ...options, port });
    await expect(failed.listen()).rejects.toThrow('EADDRINUSE');
    await failed.close();
    await expect(createServer({ ...options, allowAnonymous: true, hostname: '10.0.0.1' })).rejects.toThrow(
      OptionError,
    );
    const { token } = await serve(options);
    expect(token).toMatch(/^scimkit_/);
  });

  test('when it fails: /readyz 503, /healthz 200, and a 500 whose cause only the log has', async () => {
    const path = join(folder, 'broken.db');
    const { fetch: send, origin, lines } = await serve({ database: path });
    const breaking = new DatabaseSync(path);
    breaking.exec('DROP TABLE scimkit_schema; DROP TABLE scimkit_resource');
    breaking.close();
    expect((await fetch(`${origin}/readyz`)).status).toBe(503);
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    const response = await send('/Users/1');
    expect(response.status).toBe(500);
    const { detail } = (await response.json()) as { detail: string };
    expect(detail).not.toContain('resource');
    const line = lines.find(({ status }) => status === 500);
    expect(line).toMatchObject({
      level: 50,
      cause: expect.stringContaining('no such table: scimkit_resource'),
    });
    expect(detail).toContain(line?.reference);
  });
});

describe('the log', () => {
  test('never quotes a password or a body, malformed ones neither (parity 20)', async () => {
    const { fetch, lines } = await serve();
    const created = await fetch('/Users', {
      method: 'POST',
      body: JSON.stringify({ ...USER, userName: 'ada', password: 'hunter2' }),
    });
    const { id } = (await created.json()) as { id: string };
    const bodies = ['hunter2', '{"password": hunter2}', '{"password":"hunter2" "x"}', '["hunter2"]'];
    for (const password of [['hunter2', 'x'], { value: 'hunter2' }, ['hunter2', ['x']]]) {
      bodies.push(JSON.stringify({ ...USER, userName: 'b', password }));
    }
    for (const body of bodies) {
      expect((await fetch('/Users', { method: 'POST', body })).status).toBe(400);
    }
    for (const path of ['password', 'password.value', 'password[value eq "x"]']) {
      const Operations = [{ op: 'replace', path, value: { value: ['hunter2'] } }];
      const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
      const body = JSON.stringify({ schemas, Operations });
      expect((await fetch(`/Users/${id}`, { method: 'PATCH', body })).status).toBe(400);
    }
    await fetch('/Users', { headers: { authorization: 'Basic hunter2' } });
    expect(lines).toHaveLength(bodies.length + 5);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  test('has one line per exchange, with its path as it was sent, without its query', async () => {
    const { port, lines } = await serve();
    const head = `${BEARER}Connection: close\r\n\r\n`;
    for (const host of ['x', 'a:1', '[::1]', 'x:99999', '[', 'a:b']) {
      await exchange(port, `GET /scim/v2/Users/%zz/..?filter=secret HTTP/1.1\r\nHost: ${host}\r\n${head}`);
    }
    const paths = lines.map(({ path }) => path);
    expect(paths).toEqual([...Array(4).fill('/scim/v2/Users/%zz/..'), undefined, undefined]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});

describe('what is not quite HTTP', () => {
  test.each<[string, string, number]>([
    ['no Host', 'GET /scim/v2/Users HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['no method', 'GET\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01', 400],
    ['headers too large', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
    ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: much\r\n\r\n', 417],
    [
      'a malformed chunk',
      `POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n${BEARER}Content-Type: application/json\r\n` +
        'Transfer-Encoding: chunked\r\n\r\nnonsense\r\n',
      400,
    ],
    [
      'two lengths (request smuggling)',
      `POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n${BEARER}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      400,
    ],
  ])('%s', async (_name, bytes, status) => {
    const { port, origin } = await serve();
    const answer = await exchange(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      schemas: [SCIM_ERROR],
      status: String(status),
    });
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  });

  test('a write is answered for itself, whatever follows on its connection', async () => {
    const { port, fetch } = await serve();
    const answer = await exchange(
      port,
      `${post(JSON.stringify({ ...USER, userName: 'ada' }))}\0garbage\r\n\r\n`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 201', 'HTTP/1.1 400']);
    expect(await (await fetch('/Users')).json()).toMatchObject({ totalResults: 1 });
  });

  test('a target in absolute form is taken (RFC 9112 §3.2.2)', async () => {
    const { port } = await serve();
    for (const target of ['http://x/scim/v2/Users', 'http://x', 'http://x?y']) {
      const answer = await exchange(
        port,
        `GET ${target} HTTP/1.1\r\nHost: x\r\n${BEARER}Connection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    }
  });
});

describe('stopping', () => {
  test('what begins before and asks afterwards is answered 503 with Retry-After (decision 24)', async () => {
    const { port, server } = await serve();
    const slow = open(port);
    const body = JSON.stringify({ ...USER, userName: 'slow' });
    slow.socket.write(post(body).slice(0, -5));
    const late = ['/scim/v2/Users', '/readyz', '/healthz'].map((path) => {
      const connection = open(port);
      connection.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${BEARER}`);
      return connection;
    });
    // An exchange of its own shows that the server has read what was sent before.
    await fetch(`http://127.0.0.1:${port}/healthz`);
    const closed = server.close();
    for (const { socket } of late) socket.write('\r\n');
    await Promise.all(late.map(({ ended }) => ended));
    const [scim, ready, health] = late.map(({ text }) => text);
    expect(scim).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: \d+/i);
    expect(scim).toMatch(/connection: close/i);
    expect(scim).toContain(SCIM_ERROR);
    expect(ready).toMatch(/^HTTP\/1\.1 503 /);
    expect(health).toMatch(/^HTTP\/1\.1 200 /);
    slow.socket.write(body.slice(-5));
    await slow.until(/\r\n\r\n/);
    expect(slow.text).toMatch(/^HTTP\/1\.1 201 /);
    await closed;
  });

  test('an idle connection does not hold it up, and it can be asked for twice', async () => {
    const { port, server } = await serve();
    const idle = open(port);
    idle.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.until(/ok/);
    const start = performance.now();
    await Promise.all([server.close(), server.close()]);
    await server.close();
    expect(performance.now() - start).toBeLessThan(2_000);
    await idle.ended;
  });
});
