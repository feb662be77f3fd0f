// RFC 9112: where a request ends, whom it is for, and what is no request at all. Bytes by hand, against the server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp, type Serving, serve, stop } from '../serve/command.ts';
import { Client, type RawAnswer } from './socket.ts';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const HOST = 'Host: scim.test\r\n';
const AUTH = 'Authorization: Bearer a-token\r\n';
const PATH = '/scim/v2/ServiceProviderConfig';
const body = JSON.stringify({ schemas: [USER], userName: 'framed' });
const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

const get = (target: string, headers = HOST) =>
  `GET ${target} HTTP/1.1\r\n${headers}${AUTH}Connection: close\r\n\r\n`;
const post = (headers: string, rest: string, path = '/scim/v2/Users') =>
  `POST ${path} HTTP/1.1\r\n${HOST}${AUTH}${headers}\r\n${rest}`;
const INNOCENT = get('/scim/v2/Users');

let server: Serving;
let client: Client;
beforeAll(async () => {
  const limits = ['headersTimeout=500', 'requestTimeout=3000', 'bodySize=10000000'].flatMap((limit) => [
    '--limit',
    limit,
  ]);
  server = await serve(['--database', ':memory:', '--bearer-token', 'a-token', ...limits]);
  client = new Client(Number(new URL(server.origin).port));
});
afterAll(async () => {
  await stop(server);
  cleanUp();
});

const ask = (bytes: string) => client.askAll(Buffer.from(bytes, 'latin1'));
const statusesOf = (answers: readonly RawAnswer[]) => answers.map(({ status }) => status);
const locationOf = (answers: readonly RawAnswer[]) => JSON.parse(answers[0]?.text as string).meta?.location;

describe('a request whose end is in doubt is refused, and nothing behind it is taken for another', () => {
  test.each<[string, string]>([
    [
      'length and chunks',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${INNOCENT}`),
    ],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 5\r\n', `abcde${INNOCENT}`)],
    ['one length twice', post('Content-Length: 0\r\nContent-Length: 0\r\n', INNOCENT)],
    ['a list of lengths', post('Content-Length: 0, 0\r\n', INNOCENT)],
    ['a signed length', post('Content-Length: +0\r\n', INNOCENT)],
    ['a negative length', post('Content-Length: -1\r\n', INNOCENT)],
    ['a hexadecimal length', post('Content-Length: 0x0\r\n', INNOCENT)],
    ['a length beyond all numbers', post('Content-Length: 99999999999999999999\r\n', INNOCENT)],
    ['an unknown coding', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${INNOCENT}`)],
    ['a coding behind the chunks', post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${INNOCENT}`)],
    ['a chunk without size', post('Transfer-Encoding: chunked\r\n', `zz\r\n\r\n${INNOCENT}`)],
    [
      'a chunk beyond all numbers',
      post('Transfer-Encoding: chunked\r\n', `ffffffffffffffffff\r\n${INNOCENT}`),
    ],
    ['lines that end in LF', get('/scim/v2/Users').replaceAll('\r', '')],
    ['a folded header', get('/scim/v2/Users', `${HOST}X: a\r\n b\r\n`)],
    ['a space before a colon', get('/scim/v2/Users', 'Host : scim.test\r\n')],
    ['U+0000 in a header', get('/scim/v2/Users', `${HOST}X: \0\r\n`)],
    ['U+0000 in a path', get('/scim/v2/Users\0')],
    ['a space in a path', get('/scim/v2/Users x')],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/3.7', get('/scim/v2/Users').replace('1.1', '3.7')],
    ['a method that there is not', get('/scim/v2/Users').replace('GET', 'FOO')],
    ['TLS where there is none', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s', async (_what, bytes) => {
    const answers = await ask(bytes);
    expect(statusesOf(answers)).toEqual([400]);
    expect(JSON.parse(answers[0]?.text as string)).toMatchObject({
      status: '400',
      detail: expect.any(String),
    });
  });

  test.each<[string, string, number[]]>([
    [
      'a chunk with an extension',
      post('Transfer-Encoding: chunked\r\n', `2;a=b\r\n{}\r\n0\r\n\r\n${INNOCENT}`),
      [400, 200],
    ],
    [
      'trailers are no headers',
      post('Transfer-Encoding: chunked\r\n', `${chunked('{}')}0\r\nX: y\r\n\r\n${INNOCENT}`),
      [400, 200],
    ],
    [
      '200 at once, answered in order',
      `${INNOCENT.replace('Connection: close\r\n', '').repeat(199)}${INNOCENT}`,
      Array(200).fill(200),
    ],
    [
      'a body that nobody reads: the connection ends',
      get('/scim/v2/Users', `${HOST}Content-Length: 4\r\n`).replace('Connection: close\r\n', '') +
        `abcd${INNOCENT}`,
      [200],
    ],
    [
      'garbage behind a request',
      `${INNOCENT.replace('Connection: close\r\n', '')}GARBAGE\r\n\r\n`,
      [200, 400],
    ],
  ])('what is clear is not: %s', async (_what, bytes, statuses) => {
    expect(statusesOf(await ask(bytes))).toEqual(statuses);
  });

  test('a body that never comes is answered once, outside of SCIM too', async () => {
    const late = 'Content-Length: 5\r\n';
    expect(statusesOf(await ask(post(late, '{', '/healthz')))).toEqual([200]);
    expect(statusesOf(await ask(post(late, '{', '/elsewhere')))).toEqual([404]);
    expect(statusesOf(await ask(post(late, '{')))).toEqual([408]);
    expect(statusesOf(await ask(post('Transfer-Encoding: chunked\r\n', '1\r\n{\r\n')))).toEqual([408]);
  });

  test('a client that still sends gets the answer before the connection is closed', async () => {
    for (let i = 0; i < 10; i++) {
      const answers = await ask(post('Content-Length: 12000000\r\n', 'x'.repeat(12_000_000)));
      expect(statusesOf(answers)).toEqual([413]);
      const refused = post('Content-Length: 12000000\r\n', 'x'.repeat(12_000_000)).replace(
        'a-token',
        'wrong',
      );
      expect(statusesOf(await ask(refused))).toEqual([401]);
    }
  }, 30_000);

  test('chunks without end are answered 413, and the connection is closed', async () => {
    const chunk = chunked('x'.repeat(65_000));
    const answers = await ask(post('Transfer-Encoding: chunked\r\n', chunk.repeat(200)));
    expect(statusesOf(answers)).toEqual([413]);
    expect(answers[0]?.headers.get('connection')).toBe('close');
  });
});

describe('whom a request is for (RFC 9112 §3.2)', () => {
  test.each<[string, string]>([
    ['none', get(PATH, '')],
    ['two', get(PATH, 'Host: a.test\r\nhost: b.test\r\n')],
    ['markup', get(PATH, 'Host: "><script>\r\n')],
    ['several ports', get(PATH, 'Host: a:1:2\r\n')],
    ['brackets', get(PATH, 'Host: ]][[\r\n')],
    ['a path', get(PATH, 'Host: a.test/x?y\r\n')],
    ['no ASCII', get(PATH, 'Host: \xc3\xa4.test\r\n')],
    ['user and password', get(`http://u:p@a.test${PATH}`)],
    ['elsewhere too', get('/', 'Host: "><script>\r\n')],
  ])('a host that is no host is refused: %s', async (_what, bytes) => {
    const answers = await ask(bytes);
    expect(statusesOf(answers)).toEqual([400]);
    expect(JSON.parse(answers[0]?.text as string).detail).toMatch(/[Hh]ost/);
  });

  test.each<[string, string, string]>([
    ['the header', get(PATH), 'http://scim.test'],
    ['an address with its port', get(PATH, 'Host: [::1]:8080\r\n'), 'http://[::1]:8080'],
    ['an absolute target, whatever the header says', get(`http://a.test:81${PATH}`), 'http://a.test:81'],
    ['an empty header', get(PATH, 'Host:\r\n'), 'http://localhost'],
    ['HTTP/1.0 without', get(PATH, '').replace('1.1', '1.0'), 'http://localhost'],
  ])('locations have it from %s', async (_what, bytes, origin) => {
    expect(locationOf(await ask(bytes))).toBe(`${origin}${PATH}`);
  });

  test.each<[string, string, number]>([
    ['absolute without a path', get('http://a.test'), 200],
    ['another scheme', get(`ftp://a.test${PATH}`), 404],
    ['absolute within absolute', get(`http://a.test/http://b.test${PATH}`), 404],
    ['two slashes', get(`//a.test${PATH}`), 404],
    ['dots', get('/scim/v2/../v2/Users'), 404],
    ['encoded dots', get('/scim/v2/%2e%2e/v2/Users'), 404],
    ['an encoded base path', get('/%73cim/v2/Users'), 404],
    ['path parameters', get('/scim/v2;x=1/Users;y=2'), 404],
    ['an asterisk', get('*').replace('GET', 'OPTIONS'), 404],
    ['a proxy’s CONNECT', get('a.test:443').replace('GET', 'CONNECT'), 405],
    ['an expectation', get('/scim/v2/Users', `${HOST}Expect: 200-ok\r\n`), 417],
    ['an upgrade', get('/scim/v2/Users', `${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n`), 200],
  ])('a target that is none of ours: %s', async (_what, bytes, status) => {
    expect(statusesOf(await ask(bytes))).toEqual([status]);
  });
});

test('afterwards everything works', async () => {
  expect((await server.fetch('/Users', { method: 'POST', body }, 'a-token')).status).toBe(201);
  expect(server.output.stderr).not.toMatch(/"level":50/);
});
