import { anyOf, basic, basicCredentials, bearerTokens, type Exchange, restrict, ScimError } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import { type Auth, client, errorBody, provider, type Send } from '../fixture.ts';

const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const withCredential = (send: Send, authorization: string | undefined, method = 'GET', path = '/Users') =>
  send(method, path, method === 'POST' ? { userName: 'ada' } : undefined, { authorization });

const KNOWN = [
  { username: 'idp', password: 'päss:wörd', auth: { tenant: 'acme' } },
  { username: 'other', password: 'x', auth: { tenant: 'globex' } },
];

describe('HTTP Basic (RFC 7617)', () => {
  const send = client(
    provider(createMemoryDatabase(), { authentication: basicCredentials<Auth>(KNOWN) }),
    undefined,
  );

  test.each([
    ['UTF-8, and a colon in the password', header('idp:päss:wörd')],
    ['the scheme in any case', header('other:x').replace('Basic', 'bASIC')],
    ['spaces around', `${header('other:x').replace(' ', '   ')} `],
  ])('accepted: %s', async (_what, authorization) => {
    expect((await withCredential(send, authorization)).status).toBe(200);
  });

  test.each([
    ['none', undefined],
    ['the scheme alone', 'Basic'],
    ['nothing in it', 'Basic '],
    ['no base64', 'Basic !!!!'],
    ['no UTF-8', `Basic ${Buffer.from([0x69, 0x3a, 0xff]).toString('base64')}`],
    ['a byte order mark in front', header('\ufeffother:x')],
    ['no colon', header('idp')],
    ['no user name', header(':x')],
    ['no password (ToolJet 16217)', header('idp:')],
    ["another's password", header('idp:x')],
    ['a longer password', header('other:xx')],
    ['another case', header('Other:x')],
    ['another scheme', 'Bearer x'],
  ])('401 with the challenge: %s', async (_what, authorization) => {
    const { status, body, headers } = await withCredential(send, authorization);
    expect([status, body]).toEqual([401, errorBody(401)]);
    expect(headers.get('www-authenticate')).toBe('Basic realm="scim", charset="UTF-8"');
  });

  test('verify decides, and may ask elsewhere; realm and documentation are published', async () => {
    const asked: string[][] = [];
    const own = client(
      provider(createMemoryDatabase(), {
        authentication: basic<Auth>(
          async (...credential) => {
            asked.push(credential);
            return credential[1] === 'right' ? { tenant: 'acme' } : undefined;
          },
          { realm: 'people', documentationUri: 'https://docs.test/basic' },
        ),
      }),
      undefined,
    );
    expect((await withCredential(own, header('a:right'))).status).toBe(200);
    const refused = await withCredential(own, header('a:wrong'));
    expect(refused.headers.get('www-authenticate')).toContain('realm="people"');
    expect(asked).toEqual([
      ['a', 'right'],
      ['a', 'wrong'],
    ]);
    const { authenticationSchemes } = (await own('GET', '/ServiceProviderConfig')).body;
    expect(authenticationSchemes).toEqual([
      expect.objectContaining({
        type: 'httpbasic',
        primary: true,
        documentationUri: 'https://docs.test/basic',
      }),
    ]);
  });

  test.each([
    [[]],
    [[{ username: '', password: 'x', auth: 1 }]],
    [[{ username: 'a', password: '', auth: 1 }]],
    [[{ username: 'a:b', password: 'x', auth: 1 }]],
  ])('what nobody could send, or anybody, is refused at the start: %j', (credentials) => {
    expect(() => basicCredentials(credentials)).toThrow(TypeError);
  });
});

describe('several schemes at once (RFC 7643 §5)', () => {
  const send = client(
    provider(createMemoryDatabase(), {
      authentication: anyOf(
        bearerTokens<Auth>([{ token: 'secret', auth: { tenant: 'acme' } }]),
        basicCredentials<Auth>(KNOWN),
        bearerTokens<Auth>([{ token: 'second', auth: { tenant: 'globex' } }]),
      ),
    }),
    undefined,
  );

  test('each lets its own callers in, to what is theirs', async () => {
    expect((await withCredential(send, 'Bearer secret', 'POST')).status).toBe(201);
    expect((await withCredential(send, header('idp:päss:wörd'))).body.totalResults).toBe(1);
    expect((await withCredential(send, 'Bearer second')).body.totalResults).toBe(0);
    expect((await withCredential(send, header('other:x'))).body.totalResults).toBe(0);
  });

  test('a refusal carries every challenge, each once, and the error of the one that was tried', async () => {
    const challenge = async (authorization?: string) =>
      (await withCredential(send, authorization)).headers.get('www-authenticate');
    expect(await challenge()).toBe('Bearer realm="scim", Basic realm="scim", charset="UTF-8"');
    expect(await challenge(header('idp:no'))).toBe(await challenge());
    expect(await challenge('Bearer no')).toBe(
      'Bearer realm="scim", error="invalid_token", Basic realm="scim", charset="UTF-8"',
    );
  });

  test('ServiceProviderConfig lists them all, the first as primary (parity 22)', async () => {
    const { authenticationSchemes } = (await send('GET', '/ServiceProviderConfig')).body;
    expect(authenticationSchemes.map((s: Record<string, unknown>) => [s.type, s.primary])).toEqual([
      ['oauthbearertoken', true],
      ['httpbasic', false],
      ['oauthbearertoken', false],
    ]);
  });

  test('none is refused', () => expect(() => anyOf()).toThrow(TypeError));
});

describe('a predicate over the authenticated request (RFC 7644 §3.12: 403)', () => {
  const restricted = (isAllowed: Parameters<typeof restrict<Auth>>[1]) =>
    client(
      provider(createMemoryDatabase(), {
        authentication: restrict(
          bearerTokens<Auth>([{ token: 'secret', auth: { tenant: 'acme', connection: 'reader' } }]),
          isAllowed,
        ),
      }),
    );

  test('sees caller and request; refuses with 403, an unknown caller with 401 (parity 20, 44)', async () => {
    const send = restricted(
      ({ connection }, { method, url }) => connection === 'reader' && method === 'GET' && !/Groups/.test(url),
    );
    expect((await send('GET', '/Users')).status).toBe(200);
    for (const [method, path] of [
      ['POST', '/Users'],
      ['GET', '/Groups'],
      ['GET', '/Schemas'],
      ['DELETE', '/Users/x'],
    ] as const) {
      const expected = path === '/Schemas' ? 200 : 403; // read, and no group
      expect([path, (await withCredential(send, 'Bearer secret', method, path)).status]).toEqual([
        path,
        expected,
      ]);
    }
    expect((await withCredential(send, 'Bearer wrong')).status).toBe(401);
    expect((await send('POST', '/Users', { userName: 'a' })).body).toEqual(errorBody(403));
  });

  test('may take its time, and say why; only true lets through', async () => {
    const slow = restricted(async () => {
      throw new ScimError(403, 'Not on Sundays.');
    });
    expect((await slow('GET', '/Users')).body).toEqual({ ...errorBody(403), detail: 'Not on Sundays.' });
    const forgotten = restricted((() => undefined) as unknown as () => boolean);
    expect((await forgotten('GET', '/Users')).status).toBe(403);
  });
});

test('authentication of one’s own: it sees the whole request, and is published as what it says (parity 20)', async () => {
  const exchanges: Exchange<Auth>[] = [];
  const send = client(
    provider(createMemoryDatabase(), {
      authentication: {
        schemes: [{ type: 'oauth2', name: 'Gateway', description: 'The gateway says who is calling.' }],
        challenge: () => 'Gateway realm="app"',
        async authenticate({ method, url, headers }) {
          if (headers['x-gateway-key'] !== 'key' || !new URL(url).pathname.startsWith('/scim/v2'))
            return undefined;
          if (method === 'DELETE') throw new ScimError(403, 'The gateway deletes nobody.');
          return { tenant: headers['x-tenant'] ?? 'acme' };
        },
      },
      observe: (exchange) => exchanges.push(exchange),
    }),
    undefined,
  );
  const caller = { 'x-gateway-key': 'key', 'x-tenant': 'globex' };
  expect((await send('POST', '/Users', { userName: 'ada' }, caller)).status).toBe(201);
  expect((await send('GET', '/Users', undefined, caller)).body.totalResults).toBe(1);
  expect((await send('GET', '/Users', undefined, { 'x-gateway-key': 'key' })).body.totalResults).toBe(0);
  expect((await send('DELETE', '/Users/x', undefined, caller)).body).toEqual(errorBody(403));
  const refused = await send('GET', '/Users');
  expect([refused.body, refused.headers.get('www-authenticate')]).toEqual([
    errorBody(401),
    'Gateway realm="app"',
  ]);
  expect((await send('GET', '/ServiceProviderConfig')).body.authenticationSchemes).toEqual([
    expect.objectContaining({ type: 'oauth2', name: 'Gateway' }),
  ]);
  // Each exchange can be logged: who called, what it came to.
  expect(exchanges.map(({ auth, response }) => [auth?.tenant, response.status])).toEqual([
    ['globex', 201],
    ['globex', 200],
    ['acme', 200],
    [undefined, 403],
    [undefined, 401],
    [undefined, 200],
  ]);
});
