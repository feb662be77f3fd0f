import { basicPassword, bearerToken, clientCredentials, createClient, User } from 'scimkit/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { closeScripted, errorJson, type Scripted, startScripted, userJson } from './scripted-server.ts';

// OAuth 2.0 client credentials, and what must never come into an error: the secret, and the token.

afterEach(async () => {
  vi.useRealTimers();
  await closeScripted();
});

const SECRET = 's3cret/with+odd&parts';
const token = (value: string, more: object = {}): Scripted => ({
  body: { access_token: value, token_type: 'bearer', expires_in: 3600, ...more },
});

/** A service provider that takes some tokens, beside a token endpoint that answers as the test says. */
async function start(
  answerToken: (turn: number) => Scripted,
  isGood: (header: string) => boolean = () => true,
) {
  let turns = 0;
  const server = await startScripted(({ path, headers }) => {
    if (path.startsWith('/token')) return answerToken(++turns);
    const header = String(headers.authorization);
    return isGood(header) ? { body: userJson('1') } : { status: 401, body: errorJson(401) };
  });
  const authorization = clientCredentials({
    ...{ tokenUrl: `${server.origin}/token`, clientId: 'client', clientSecret: SECRET },
  });
  const client = createClient({ baseUrl: server.origin, authorization, retry: { attempts: 3, delayMs: 1 } });
  const tokens = () => server.asked.filter(({ path }) => path.startsWith('/token'));
  const sent = () =>
    server.asked.filter(({ path }) => path === '/Users/1').map(({ headers }) => headers.authorization);
  return {
    server,
    get: () => client.resources(User).get('1'),
    create: () => client.resources(User).create({ userName: 'a' }),
    tokens,
    sent,
  };
}

const failure = async (work: Promise<unknown>): Promise<Error> => {
  const [outcome] = await Promise.allSettled([work]);
  if (outcome?.status === 'fulfilled') throw new Error('it did not fail');
  return outcome?.reason as Error;
};

/** All that an error says, and what caused it. */
function everythingIn(error: unknown): string {
  const own = error instanceof Error ? { ...error, message: error.message, stack: error.stack } : error;
  return JSON.stringify(own) + (error instanceof Error && error.cause ? everythingIn(error.cause) : '');
}

describe('a token', () => {
  test('is fetched once for requests that begin together, and kept', async () => {
    const { get, tokens, sent } = await start((turn) => token(`t${turn}`));
    await Promise.all([get(), get(), get()]);
    await get();
    expect(tokens()).toHaveLength(1);
    expect(sent()).toEqual(Array(4).fill('Bearer t1'));
    const [asked] = tokens();
    expect(asked?.body).toBe('grant_type=client_credentials');
    // RFC 6749 §2.3.1
    expect(asked?.headers.authorization).toBe(`Basic ${btoa('client:s3cret%2Fwith%2Bodd%26parts')}`);
  });

  test('is renewed once when it is refused, by whoever meets it', async () => {
    const { get, tokens } = await start(
      (turn) => token(`t${turn}`),
      (header) => header === 'Bearer t2',
    );
    await Promise.all([get(), get(), get()]);
    expect(tokens()).toHaveLength(2);
  });

  test('that is refused again is a 401', async () => {
    const { create, tokens, server } = await start(
      (turn) => token(`t${turn}`),
      () => false,
    );
    expect(await failure(create())).toMatchObject({ name: 'ScimError', status: 401 });
    expect(tokens()).toHaveLength(2);
    expect(server.asked.filter(({ path }) => path === '/Users')).toHaveLength(2);
  });

  test('is renewed before it ends', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-31T12:00:00Z') });
    const { get, sent } = await start((turn) => token(`t${turn}`, { expires_in: 3600 }));
    await get();
    vi.setSystemTime(new Date('2026-01-31T12:59:29Z'));
    await get();
    vi.setSystemTime(new Date('2026-01-31T12:59:31Z'));
    await get();
    expect(sent()).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
  });

  test.each([undefined, null, 'soon', {}])(
    'without a lifetime (%j) is used until it is refused',
    async (expires_in) => {
      const { get, tokens } = await start((turn) => token(`t${turn}`, { expires_in }));
      await get();
      await get();
      expect(tokens()).toHaveLength(1);
    },
  );

  test('whose lifetime is a text has it all the same', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-31T12:00:00Z') });
    const { get, sent } = await start((turn) => token(`t${turn}`, { expires_in: '60' }));
    await get();
    vi.setSystemTime(new Date('2026-01-31T12:00:31Z'));
    await get();
    expect(sent()).toEqual(['Bearer t1', 'Bearer t2']);
  });

  test.each(['reset', { status: 503 }, { status: 429, body: {} }] as const)(
    'is asked for again after a blip of its endpoint (%j)',
    async (blip) => {
      const { get, tokens } = await start((turn) => (turn === 1 ? blip : token('t')));
      await get();
      expect(tokens()).toHaveLength(2);
    },
  );
});

describe('errors of the token endpoint are told without the secret', () => {
  const CASES: readonly (readonly [name: string, answer: Scripted, says: string, tokens: number])[] = [
    [
      'refused',
      { status: 401, body: { error: 'invalid_client', error_description: 'No such client.' } },
      '401 (invalid_client: No such client.)',
      1,
    ],
    [
      'repeated by the endpoint, in each of its forms',
      {
        status: 400,
        body: {
          error: 'bad',
          error_description: `${SECRET} ${encodeURIComponent(SECRET)} s3cret%2Fwith%2Bodd%26parts`,
        },
      },
      '400 (bad: ... ... ...)',
      1,
    ],
    ['on several lines', { status: 400, body: { error: 'a\r\nb\u001b[31m' } }, '400 (a b [31m)', 1],
    ['no JSON', { status: 200, body: '<html>Sign in</html>' }, '200 without a token', 1],
    ['cut short', { status: 200, body: '{"access_token":"t0ken-that-leaks"x' }, '200 without a token', 1],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://elsewhere.example/' } },
      '302 without a token',
      1,
    ],
    ['an array', { status: 200, body: [] }, '200 without a token', 1],
    [
      'a token that no header carries',
      { body: { access_token: 't0ken-that-leaks\r\nx: y' } },
      '200 without a token',
      1,
    ],
    [
      'of another type',
      { body: { access_token: 't0ken-that-leaks', token_type: 'mac' } },
      'of the type "mac"',
      1,
    ],
    ['down', { status: 503, body: 'x' }, '503 without a token', 3],
    ['broken', 'reset', 'gave no answer', 3],
  ];

  test.each(CASES)('%s', async (_, answer, says, tokensAsked) => {
    const server = await startScripted(() => answer);
    const authorization = clientCredentials({
      ...{ tokenUrl: `${server.origin}/token?key=k3y`, clientId: 'client', clientSecret: SECRET },
      authentication: 'body',
    });
    const client = createClient({
      baseUrl: server.origin,
      authorization,
      retry: { attempts: 3, delayMs: 1 },
    });
    const error = await failure(client.resources(User).get('1'));
    expect(error).toMatchObject({
      name: 'RequestError',
      reason: 'unauthorized',
      method: 'POST',
      mayBeDone: false,
    });
    expect(error.message).toContain(says);
    expect(everythingIn(error)).not.toMatch(/s3cret|t0ken-that-leaks|k3y/);
    expect(server.asked).toHaveLength(tokensAsked);
  });

  test.each(['', '/token', 'ftp://x.example/', 'https://a:b@x.example/'])(
    'a "tokenUrl" %j is refused at once',
    (tokenUrl) => {
      expect(() => clientCredentials({ tokenUrl, clientId: 'client', clientSecret: SECRET })).toThrow(
        TypeError,
      );
    },
  );
});

describe('a credential that no header can carry', () => {
  const bad = 's3cret\r\nx-admin: true';
  const origin = 'http://127.0.0.1:9';

  test('is refused where it is given', () => {
    expect(() => bearerToken(bad)).toThrow(/^The bearer token must be one word/);
    expect(() => basicPassword({ username: 'a:b', password: bad })).toThrow(/no colon/);
    expect(() => createClient({ baseUrl: origin, headers: { 'x-key': bad } })).toThrow(
      /^"headers": "x-key", or its value, can't be sent/,
    );
    expect(() => createClient({ baseUrl: origin, headers: { 'x\r\ny': 'z' } })).toThrow(TypeError);
  });

  test.each([
    ['a function for a token', bearerToken(() => bad)],
    ['an authorization of the user', { header: () => bad }],
    ['a function that fails', bearerToken(() => Promise.reject(new Error('the vault is shut')))],
  ])('from %s is no request, and is not told', async (_, authorization) => {
    const fetch = vi.fn();
    const client = createClient({
      baseUrl: origin,
      authorization,
      fetch,
      retry: { attempts: 3, delayMs: 1 },
    });
    const error = await failure(client.resources(User).get('1'));
    expect(error).toMatchObject({ name: 'RequestError', reason: 'unauthorized', mayBeDone: false });
    expect(everythingIn(error)).not.toContain('s3cret');
    expect(fetch).not.toHaveBeenCalled();
  });

  test('is harmless in Basic, where it is encoded', async () => {
    const fetch = vi.fn(async (_request: Request) => Response.json(userJson('1')));
    const authorization = basicPassword({ username: 'ada', password: bad });
    await createClient({ baseUrl: origin, authorization, fetch }).resources(User).get('1');
    expect(fetch.mock.calls[0]?.[0].headers.get('authorization')).toBe(`Basic ${btoa(`ada:${bad}`)}`);
  });
});
