// What stands between a client and SCIM: TLS, proxies, limits, other machines' pages; and what the log and answers tell.
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, run, scratch, type Serving, serve, stop } from './command.ts';

afterAll(cleanUp);

const memory = ['--database', ':memory:'];
const token = ['--bearer-token', 'a-token'];
const cert = join(scratch, 'cert.pem');
const key = join(scratch, 'key.pem');
const otherKey = join(scratch, 'other-key.pem');

beforeAll(async () => {
  const names = [{ name: 'commonName', value: 'localhost' }];
  const pems = await generate(names, { keySize: 2048 });
  writeFileSync(cert, pems.cert);
  writeFileSync(key, pems.private);
  writeFileSync(otherKey, (await generate(names, { keySize: 2048 })).private);
});

/** A request whose every header is as given; fetch would not send some. */
function get(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const isTls = url.startsWith('https:');
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const send = isTls ? httpsRequest : httpRequest;
    const request = send(url, {
      method,
      headers: { authorization: 'Bearer a-token', ...headers },
      ...(isTls && { ca: readFileSync(cert), servername: 'localhost', checkServerIdentity: () => undefined }),
    });
    request.on('error', reject).on('response', (response) => {
      let text = '';
      response
        .on('data', (data) => {
          text += data;
        })
        .on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.end();
  });
}

/** Sends bytes and collects what comes until the connection is closed. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket
      .on('connect', () => socket.write(bytes))
      .on('data', (data) => {
        text += data;
      })
      .on('error', () => {})
      .on('close', () => resolve(text));
  });
}

const both = (
  name: string,
  value: string,
): readonly [string, readonly string[], Record<string, string>][] => {
  const variable = `SCIMKIT_${name.toUpperCase().replaceAll('-', '_')}`;
  return [
    [`--${name}`, [`--${name}`, value], {}],
    [variable, [], { [variable]: value }],
  ];
};

describe('TLS', () => {
  test.each<[string, () => readonly string[], () => Record<string, string>]>([
    ['options', () => ['--tls-cert', cert, '--tls-key', key], () => ({})],
    ['environment', () => [], () => ({ SCIMKIT_TLS_CERT: cert, SCIMKIT_TLS_KEY: key })],
  ])('HTTPS is served, and locations say so: %s', async (_name, args, environment) => {
    const server = await serve([...memory, ...token, ...args()], environment());
    expect(server.baseUrl).toMatch(/^https:\/\/127\.0\.0\.1:/);
    expect(server.output.stdout).toContain('curl --insecure');
    const { status, text } = await get(`${server.baseUrl}/ServiceProviderConfig`);
    expect(status).toBe(200);
    expect(JSON.parse(text).meta.location).toBe(`${server.baseUrl}/ServiceProviderConfig`);
    const welcome = await get(new URL('/', server.baseUrl).href);
    expect(JSON.parse(welcome.text).baseUrl).toBe(server.baseUrl);
    await expect(get(server.baseUrl.replace('https:', 'http:'))).rejects.toThrow();
    expect((await get(`${server.baseUrl}/Users`)).status).toBe(200);
    expect(await stop(server)).toBe(0);
  });

  test.each<[string, () => readonly string[], RegExp]>([
    ['a certificate without key', () => ['--tls-cert', cert], /belong together/],
    ['a key without certificate', () => ['--tls-key', key], /belong together/],
    [
      'no such file',
      () => ['--tls-cert', '/no/such', '--tls-key', key],
      /--tls-cert \/no\/such can't be read: ENOENT/,
    ],
    [
      'the key of another certificate',
      () => ['--tls-cert', cert, '--tls-key', otherKey],
      /can't be used: .*mismatch/,
    ],
    ['no PEM', () => ['--tls-cert', key, '--tls-key', cert], /can't be used/],
  ])('%s is refused', async (_name, args, message) => {
    const { code, stderr } = await run(['serve', ...memory, ...token, ...args()]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).not.toContain('PRIVATE KEY');
  });
});

describe('proxies (parity 36)', () => {
  const forwarded = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'scim.example.com',
    'x-forwarded-prefix': '/in',
    'x-forwarded-for': '203.0.113.9',
  };
  const locationOf = async (server: Serving) =>
    JSON.parse((await get(`${server.baseUrl}/ServiceProviderConfig`, forwarded)).text).meta.location;

  test('without --trust-proxy, what a request says of itself counts for nothing', async () => {
    const server = await serve([...memory, ...token]);
    expect(await locationOf(server)).toBe(`${server.baseUrl}/ServiceProviderConfig`);
    await stop(server);
    expect(server.output.stderr).not.toContain('203.0.113.9');
  });

  test.each([
    ...both('trust-proxy', 'loopback'),
    ...both('trust-proxy', '10.0.0.0/8,127.0.0.1'),
    ...both('trust-proxy', 'all'),
  ])(
    '%s: origin, prefix and address of the client are those that the proxy tells',
    async (_name, args, environment) => {
      const server = await serve([...memory, ...token, ...args], environment);
      expect(await locationOf(server)).toBe('https://scim.example.com/in/scim/v2/ServiceProviderConfig');
      await stop(server);
      expect(server.output.stderr).toContain('"remoteAddress":"203.0.113.9"');
    },
  );

  test('another proxy is not trusted; what is no address is refused', async () => {
    const server = await serve([...memory, ...token, '--trust-proxy', '10.0.0.1']);
    expect(await locationOf(server)).toBe(`${server.baseUrl}/ServiceProviderConfig`);
    await stop(server);
    const { code, stderr } = await run(['serve', ...memory, ...token, '--trust-proxy', 'proxy.example.com']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/--trust-proxy: "proxy\.example\.com" is no address.*loopback.*all/),
    ]);
  });
});

describe('limits', () => {
  test.each([
    ['--limit', ['--limit', 'bodySize=100', '--limit', 'urlLength=300'], {}],
    ['SCIMKIT_LIMIT', [], { SCIMKIT_LIMIT: 'bodySize=100, urlLength=300' }],
  ] as [string, readonly string[], Record<string, string>][])(
    '%s reaches the service provider',
    async (_name, args, environment) => {
      const server = await serve([...memory, ...token, ...args], environment);
      const long = await server.fetch('/Users', { method: 'POST', body: 'x'.repeat(101) }, 'a-token');
      expect([long.status, ((await long.json()) as { detail: string }).detail]).toEqual([
        413,
        expect.stringContaining('bodySize'),
      ]);
      expect((await server.fetch(`/Users?x=${'y'.repeat(300)}`, {}, 'a-token')).status).toBe(414);
      await stop(server);
    },
  );

  const errorIn = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  const SCIM_ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

  test('headers that are too large: 431; headers and bodies that never end: 408; each names its limit', async () => {
    const limits = ['headerSize=2000', 'headersTimeout=300', 'requestTimeout=600'].flatMap((limit) => [
      '--limit',
      limit,
    ]);
    const server = await serve([...memory, ...token, ...limits]);
    const port = Number(new URL(server.origin).port);
    const [large, headers, body] = await Promise.all([
      exchange(port, `GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(3000)}\r\n\r\n`),
      exchange(port, 'GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n'),
      exchange(
        port,
        'POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a-token\r\nContent-Length: 9\r\n\r\n{',
      ),
    ]);
    expect(errorIn(large)).toMatchObject({
      schemas: [SCIM_ERROR],
      status: '431',
      detail: expect.stringContaining('2000 bytes (headerSize)'),
    });
    for (const late of [headers, body]) {
      expect(errorIn(late)).toMatchObject({
        schemas: [SCIM_ERROR],
        status: '408',
        detail: expect.stringMatching(/300.*\(headersTimeout\).*600 \(requestTimeout\)/),
      });
    }
    expect((await server.fetch('/Users', {}, 'a-token')).status).toBe(200);
    await stop(server);
    const lines = server.output.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    // Without a path: these came to no exchange.
    const malformed = lines.filter(({ path }) => path === undefined);
    expect(malformed.map(({ status }) => `${status}`).toSorted()).toEqual(['408', '408', '431']);
  });

  test('a client that does not read its answer is let go', async () => {
    const server = await serve([...memory, ...token, '--limit', 'silenceTimeout=2000']);
    for (let i = 0; i < 20; i++) {
      const body = JSON.stringify({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: `u${i}`,
        title: 'x'.repeat(400_000),
      });
      expect((await server.fetch('/Users', { method: 'POST', body }, 'a-token')).status).toBe(201);
    }
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {}).pause();
    socket.write('GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a-token\r\n\r\n');
    // It is closed by the server, though nothing of the 8 MB is read; reading begins only to notice that.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    let read = 0;
    socket
      .on('data', (data) => {
        read += data.length;
      })
      .resume();
    await closed;
    expect(read).toBeLessThan(8_000_000);
    expect(await stop(server)).toBe(0);
  });

  test('an idle connection is let go, and is kept until then', async () => {
    const server = await serve([...memory, ...token, '--limit', 'keepAliveTimeout=500']);
    const usual = await serve([...memory, ...token]);
    const isOpenAfter = async ({ origin }: Serving, milliseconds: number) => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1');
      socket.on('error', () => {}).resume();
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      const isOpen = !socket.readableEnded;
      socket.destroy();
      return isOpen;
    };
    // Node waits a second more than it says.
    const open = await Promise.all([
      isOpenAfter(server, 200),
      isOpenAfter(server, 3_500),
      isOpenAfter(usual, 3_500),
    ]);
    expect(open).toEqual([true, false, true]);
    await Promise.all([stop(server), stop(usual)]);
  }, 15_000);

  test.each<[string, RegExp]>([
    ['bodysize=1', /--limit: there is no "bodysize"; the limits are bodySize/],
    ['bodySize', /--limit bodySize: write name=number/],
    ['bodySize=-1', /write name=number/],
    ['bodySize=0', /--limit bodySize must be a whole number of at least 1/],
    ['headersTimeout=9999999999', /--limit headersTimeout must be .*at most 2147483647 milliseconds/],
    ['headersTimeout=70000', /requestTimeout must not be shorter than headersTimeout/],
  ])('%s is refused', async (limit, message) => {
    const { code, stderr } = await run(['serve', ...memory, ...token, '--limit', limit]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  test('CONNECT is answered: this is no proxy', async () => {
    const server = await serve([...memory, ...token]);
    const answer = await exchange(
      Number(new URL(server.origin).port),
      'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    expect(errorIn(answer)).toMatchObject({ status: '405' });
    await stop(server);
  });
});

describe('--allow-anonymous answers this machine alone (DNS rebinding, pages of other origins)', () => {
  let server: Serving;
  beforeAll(async () => {
    server = await serve([...memory, '--allow-anonymous']);
  });
  afterAll(() => stop(server));

  test.each<[string, Record<string, string>, number]>([
    ['its address', {}, 200],
    ['localhost', { host: 'localhost:8080' }, 200],
    ['IPv6', { host: '[::1]:8080' }, 200],
    ['a page of its own', { origin: 'http://localhost:3000' }, 200],
    ['a name that leads here (DNS rebinding)', { host: 'attacker.example:8080' }, 403],
    ['a name that begins like ours', { host: 'localhost.attacker.example' }, 403],
    ['a page of elsewhere', { origin: 'https://attacker.example' }, 403],
    ['a page without origin', { origin: 'null' }, 403],
    ['what is no host', { host: 'a b' }, 400],
  ])('%s: %s -> %i', async (_name, headers, status) => {
    expect((await get(`${server.baseUrl}/Users`, headers)).status).toBe(status);
    expect((await get(`${server.baseUrl}/ServiceProviderConfig`, headers)).status).toBe(status);
  });
});

describe('what is told', () => {
  test.each<[string, readonly string[], Record<string, string>, readonly number[]]>([
    ['by default', [], {}, [200, 404]],
    ['--log-level info', ['--log-level', 'info'], {}, [200, 404]],
    ['--log-level warn', ['--log-level', 'warn'], {}, [404]],
    ['SCIMKIT_LOG_LEVEL=error', [], { SCIMKIT_LOG_LEVEL: 'error' }, []],
    ['--log-level silent', ['--log-level', 'silent'], {}, []],
  ])('the log: %s', async (_name, args, environment, statuses) => {
    const server = await serve([...memory, ...token, ...args], environment);
    await server.fetch('/Users', {}, 'a-token');
    await server.fetch('/Users/x', {}, 'a-token');
    await stop(server);
    const lines = server.output.stderr
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).status);
    expect(lines).toEqual(statuses);
  });

  test.each<[string, readonly string[], Record<string, string>, boolean]>([
    ['by default', [], {}, false],
    ['--verbose-errors', ['--verbose-errors'], {}, true],
    ['SCIMKIT_VERBOSE_ERRORS', [], { SCIMKIT_VERBOSE_ERRORS: 'true' }, true],
    ['switched on there and off here', ['--no-verbose-errors'], { SCIMKIT_VERBOSE_ERRORS: 'true' }, false],
  ])('a failure: %s', async (_name, args, environment, isVerbose) => {
    const path = join(scratch, `failing-${Math.random()}.db`);
    const server = await serve(['--database', path, ...token, ...args], environment);
    const database = new DatabaseSync(path);
    database.exec('DROP TABLE scimkit_unique_value');
    database.close();
    const body = JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'ada' });
    const response = await server.fetch('/Users', { method: 'POST', body }, 'a-token');
    const { detail } = (await response.json()) as { detail: string };
    expect(response.status).toBe(500);
    const reference = /[0-9a-f-]{36}/.exec(detail)?.[0];
    expect(reference).toBeDefined();
    expect(detail.includes('no such table: ')).toBe(isVerbose);
    expect(server.output.stdout.includes('WARNING: --verbose-errors')).toBe(isVerbose);
    await stop(server);
    const line = server.output.stderr.split('\n').find((text) => text.includes(reference as string));
    expect(JSON.parse(line as string)).toMatchObject({
      level: 50,
      status: 500,
      cause: expect.stringContaining('no such table'),
    });
  });
});
