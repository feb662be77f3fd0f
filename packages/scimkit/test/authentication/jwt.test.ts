import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { anyOf, bearerTokens } from 'scimkit';
import { type JwtOptions, jwt } from 'scimkit/jwt';
import { createMemoryDatabase } from 'scimkit/memory';
import { afterEach, describe, expect, test } from 'vitest';
import { type Auth, client, errorBody, provider } from '../fixture.ts';

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const keyPair = await generateKeyPair('ES256', { extractable: true });
const other = await generateKeyPair('ES256');
const rsa = await generateKeyPair('RS256', { extractable: true });
const keys = {
  keys: [
    { ...(await exportJWK(keyPair.publicKey)), kid: 'ec', alg: 'ES256' },
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa' },
  ],
};
const ISSUER = 'https://issuer.test/';
const AUDIENCE = 'https://app.test/scim';

/** A token that is right, but for what is said. */
function signed(claims: JWTPayload = {}, header: Record<string, string> = {}, key = keyPair.privateKey) {
  const token = new SignJWT({ org: 'acme', iss: ISSUER, aud: AUDIENCE, ...claims }).setProtectedHeader({
    alg: 'ES256',
    kid: 'ec',
    ...header,
  });
  return ('exp' in claims ? token : token.setExpirationTime('5m')).sign(key);
}

const options: JwtOptions<Auth> = {
  issuer: ISSUER,
  audience: AUDIENCE,
  keys,
  auth: ({ org }) => (typeof org === 'string' ? { tenant: org } : undefined),
};
const sender = (more: Partial<JwtOptions<Auth>> = {}) =>
  client(provider(createMemoryDatabase(), { authentication: jwt({ ...options, ...more }) }), undefined);
const status = async (send: ReturnType<typeof client>, token: string) =>
  (await send('GET', '/Users', undefined, { authorization: `Bearer ${token}` })).status;

const now = Math.floor(Date.now() / 1000);

describe('accepted', () => {
  test('claims lead to the tenant (parity 21, 27)', async () => {
    const send = sender();
    const authorization = `Bearer ${await signed()}`;
    expect((await send('POST', '/Users', { userName: 'ada' }, { authorization })).status).toBe(201);
    expect((await send('GET', '/Users', undefined, { authorization })).body.totalResults).toBe(1);
    const globex = `Bearer ${await signed({ org: 'globex' })}`;
    expect((await send('GET', '/Users', undefined, { authorization: globex })).body.totalResults).toBe(0);
  });

  test.each<[string, () => Promise<string>, Partial<JwtOptions<Auth>>]>([
    ['one of several audiences', () => signed({ aud: ['x', AUDIENCE] }), {}],
    ['one of several issuers', () => signed(), { issuer: ['https://a.test/', ISSUER] }],
    ['RSA', () => signed({}, { alg: 'RS256', kid: 'rsa' }, rsa.privateKey), {}],
    ['expired within the tolerance', () => signed({ exp: now - 10 }), {}],
    ['issued a little ahead of our clock', () => signed({ nbf: now + 10 }), {}],
  ])('%s', async (_what, token, more) => {
    expect(await status(sender(more), await token())).toBe(200);
  });
});

describe('401, with the challenge of an invalid token (alg none: event receivers in the field)', () => {
  test.each<[string, () => Promise<string> | string, Partial<JwtOptions<Auth>>]>([
    [
      'alg none',
      () => new UnsecuredJWT({ org: 'acme', iss: ISSUER, aud: AUDIENCE }).setExpirationTime('5m').encode(),
      {},
    ],
    [
      'the public key taken for a shared secret (RFC 8725 §2.1)',
      async () =>
        new SignJWT({ org: 'acme', iss: ISSUER, aud: AUDIENCE })
          .setProtectedHeader({ alg: 'HS256', kid: 'rsa' })
          .setExpirationTime('5m')
          .sign(new TextEncoder().encode(await exportSPKI(rsa.publicKey))),
      {},
    ],
    ['a key that the issuer does not have', () => signed({}, {}, other.privateKey), {}],
    ['an unknown key id', () => signed({}, { kid: 'unknown' }), {}],
    ['another issuer', () => signed({ iss: 'https://evil.test/' }), {}],
    ['no issuer', () => signed({ iss: undefined as unknown as string }), {}],
    ['another audience', () => signed({ aud: 'https://other.test' }), {}],
    ['no audience', () => signed({ aud: undefined as unknown as string }), {}],
    ['expired', () => signed({ exp: now - 60 }), {}],
    ['without an end', () => signed({ exp: undefined as unknown as number }), {}],
    ['not valid yet', () => signed({ nbf: now + 3600 }), {}],
    ['an algorithm that is not wanted', () => signed(), { algorithms: ['RS256'] }],
    ['claims that lead nowhere', () => signed({ org: 5 }), {}],
    ['cut short', async () => (await signed()).slice(0, -5), {}],
    ['changed', async () => (await signed()).replace(/\.[^.]+\./, '.eyJvcmciOiJnbG9iZXgifQ.'), {}],
    ['no JWT', () => 'opaque', {}],
    ['dots alone', () => '..', {}],
  ])('%s', async (_what, token, more) => {
    const authorization = `Bearer ${await token()}`;
    const answer = await sender(more)('GET', '/Users', undefined, { authorization });
    expect([answer.status, answer.body]).toEqual([401, errorBody(401)]);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="scim", error="invalid_token"');
  });
});

describe('scopes (RFC 6750 §3.1)', () => {
  test.each<[string, JWTPayload, number]>([
    ['in scope', { scope: 'openid scim.read scim.write' }, 200],
    ['in scp, as a list', { scp: ['scim.read', 'scim.write'] }, 200],
    ['in scp, as a text', { scp: 'scim.read scim.write' }, 200],
    ['in roles', { roles: ['scim.read'], scope: 'scim.write' }, 200],
    ['one is missing', { scope: 'scim.read' }, 403],
    ['none', {}, 403],
    ['of another type', { scope: 5 as unknown as string, scp: [{}] }, 403],
  ])('%s: %s', async (_what, claims, expected) => {
    const send = sender({ scopes: ['scim.read', 'scim.write'] });
    const authorization = `Bearer ${await signed(claims)}`;
    const answer = await send('GET', '/Users', undefined, { authorization });
    expect(answer.status).toBe(expected);
    if (expected === 403) {
      expect(answer.body).toEqual(errorBody(403));
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="scim", error="insufficient_scope", scope="scim.read scim.write"',
      );
    }
  });

  test('by request', async () => {
    const scopes = ({ method }: { method: string }) => [method === 'GET' ? 'read' : 'write'];
    const send = sender({ scopes });
    const authorization = `Bearer ${await signed({ scope: 'read' })}`;
    expect((await send('GET', '/Users', undefined, { authorization })).status).toBe(200);
    expect((await send('POST', '/Users', { userName: 'a' }, { authorization })).status).toBe(403);
  });
});

describe('keys by URL', () => {
  const serve = async (listener: RequestListener) => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
  };

  test('are fetched once, when they are needed', async () => {
    let fetched = 0;
    const url = await serve((_request, response) => {
      fetched++;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(keys));
    });
    const send = sender({ keys: url });
    expect(fetched).toBe(0);
    expect(await status(send, 'opaque')).toBe(401);
    expect(fetched).toBe(0);
    for (let i = 0; i < 3; i++) expect(await status(send, await signed())).toBe(200);
    expect(fetched).toBe(1);
  });

  test('a key set that fails, or redirects (a JWKS URL: SSRF), is a failure and no 401', async () => {
    let followed = false;
    const elsewhere = await serve((_request, response) => {
      followed = true;
      response.end(JSON.stringify(keys));
    });
    for (const [code, headers] of [
      [500, {}],
      [302, { location: elsewhere.href }],
      [200, {}],
    ] as const) {
      const url = await serve((_request, response) => void response.writeHead(code, headers).end('nonsense'));
      const send = sender({ keys: url });
      expect(await status(send, await signed())).toBe(500);
    }
    expect(followed).toBe(false);
  });

  test.each(['http://issuer.test/jwks', 'ftp://issuer.test/jwks', 'file:///etc/passwd'])(
    '%s is refused: anybody on the way could change it',
    (url) => {
      expect(() => jwt({ ...options, keys: new URL(url) })).toThrow(/https/);
    },
  );
});

test('beside opaque tokens, each its own way', async () => {
  const authentication = anyOf(
    bearerTokens<Auth>([{ token: 'secret', auth: { tenant: 'acme' } }]),
    jwt(options),
  );
  const send = client(provider(createMemoryDatabase(), { authentication }), undefined);
  expect(await status(send, 'secret')).toBe(200);
  expect(await status(send, await signed())).toBe(200);
  expect(await status(send, 'a.b.c')).toBe(401);
  const { authenticationSchemes } = (await send('GET', '/ServiceProviderConfig')).body;
  expect(authenticationSchemes[1]).toMatchObject({
    type: 'oauthbearertoken',
    description: expect.stringContaining(ISSUER),
  });
});

test.each([
  [{ issuer: '' }, /issuer/],
  [{ audience: [] }, /audience/],
  [{ algorithms: ['none'] }, /algorithms/],
  [{ algorithms: ['HS256'] }, /algorithms/],
])('%j is refused at the start', (more, message) => {
  expect(() => jwt({ ...options, ...more })).toThrow(message);
});
