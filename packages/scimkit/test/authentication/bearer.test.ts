import { anonymous, bearer, bearerTokens, createToken, hashToken, ScimError, User } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import { client, errorBody, provider } from '../fixture.ts';

const database = createMemoryDatabase();
const scim = provider(database);
const EXEMPT = new Set(['/ServiceProviderConfig']);

const ROUTES = scim.routes.flatMap(({ path, methods }) =>
  [...methods, 'OPTIONS'].map((method) => [method, path.replace(/:\w+/, 'x')] as const),
);

describe('every route refuses without a valid credential (RFC 7644 §2; Casdoor CVE-2025-4210, ToolJet 16217, Budibase CVE-2026-46425; parity 21, 44)', () => {
  const CREDENTIALS: readonly (readonly [string, string | undefined])[] = [
    ['none', undefined],
    ['an empty token', 'Bearer '],
    ['the scheme alone', 'Bearer'],
    ['a token without scheme', 'secret'],
    ['another scheme', 'Basic c2VjcmV0'],
    ['a wrong token', 'Bearer wrong'],
    ['a longer token', 'Bearer secretx'],
    ['two tokens', 'Bearer secret secret'],
    ['undefined as text', 'Bearer undefined'],
  ];
  test.each(CREDENTIALS)('%s', async (_what, authorization) => {
    const send = client(scim, undefined);
    for (const [method, path] of [...ROUTES, ['GET', '/Nope'] as const]) {
      if (EXEMPT.has(path) && method === 'GET') continue;
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
      const answer = await send(method, path, body, { authorization, cookie: 'session=secret' });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
      expect(answer.body).toEqual(errorBody(401));
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="scim"/);
    }
  });

  test('the challenge tells an invalid token from none (RFC 6750 §3; parity 21)', async () => {
    const send = client(scim, undefined);
    const challenge = async (authorization?: string) =>
      (await send('GET', '/Users', undefined, { authorization })).headers.get('www-authenticate');
    expect(await challenge()).toBe('Bearer realm="scim"');
    expect(await challenge('Bearer wrong')).toBe('Bearer realm="scim", error="invalid_token"');
  });

  test('the scheme is taken in any case', async () => {
    const send = client(scim, undefined);
    expect((await send('GET', '/Users', undefined, { authorization: 'bearer secret' })).status).toBe(200);
  });

  test('a body is not read before the caller is known', async () => {
    let read = false;
    const answer = await scim.handle({
      method: 'POST',
      url: 'http://scim.test/scim/v2/Users',
      headers: { authorization: 'Bearer wrong' },
      body: {
        read: async () => {
          read = true;
          return new Uint8Array();
        },
      },
    });
    expect([answer.status, read]).toEqual([401, false]);
  });
});

describe('bearer tokens', () => {
  test('any number, by themselves or by their hash; each stands for its own', async () => {
    const tokens = [
      { token: 'one', auth: { tenant: 'a' } },
      { hash: (await hashToken('two')).toUpperCase(), auth: { tenant: 'b' } },
    ];
    const authentication = bearerTokens(tokens);
    const auth = (token: string) =>
      authentication.authenticate({ method: 'GET', url: '', headers: { authorization: `Bearer ${token}` } });
    expect(await auth('one')).toEqual({ tenant: 'a' });
    expect(await auth('two')).toEqual({ tenant: 'b' });
    expect(await auth('three')).toBeUndefined();
  });

  test.each([
    ['no token at all', []],
    ['an empty token', [{ token: '', auth: {} }]],
    ['a token with a space', [{ token: 'a b', auth: {} }]],
    ['a hash that is none', [{ hash: 'abc', auth: {} }]],
  ])('%s is refused at the start (anchor 15)', (_what, tokens) => {
    expect(() => bearerTokens(tokens as Parameters<typeof bearerTokens>[0])).toThrow(TypeError);
  });

  test("a token of ours has 256 random bits behind a prefix, evenly spread (a toolkit's token generator: byte % 65)", () => {
    const tokens = Array.from({ length: 2_000 }, () => createToken());
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(tokens.every((token) => /^scimkit_[A-Za-z0-9_-]{43}$/.test(token))).toBe(true);
    const counts = new Map<string, number>();
    // The last character carries four bits only.
    for (const token of tokens) for (const c of token.slice(8, -1)) counts.set(c, (counts.get(c) ?? 0) + 1);
    const expected = (tokens.length * 42) / 64;
    expect(counts.size).toBe(64);
    for (const count of counts.values()) expect(Math.abs(count - expected) / expected).toBeLessThan(0.25);
  });

  test('hashes are SHA-256', async () => {
    expect(await hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('what authentication throws is the answer: 403, 503', async () => {
    for (const status of [403, 503]) {
      const paused = provider(database, {
        authentication: bearer(() => {
          throw new ScimError(status, 'Not now.', { headers: { 'retry-after': '9' } });
        }),
      });
      const answer = await client(paused)('GET', '/Users');
      expect(answer.body).toEqual(errorBody(status));
      expect(answer.headers.get('retry-after')).toBe('9');
    }
  });

  test('anonymous asks for nothing', async () => {
    const open = provider(database, { authentication: anonymous({ tenant: 'acme' }) });
    expect((await client(open, undefined)('GET', '/Users')).status).toBe(200);
    expect(User.name).toBe('User');
  });
});
