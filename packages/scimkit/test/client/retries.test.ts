import {
  type Attempt,
  bearerToken,
  type ClientOptions,
  createClient,
  RequestError,
  ScimError,
  User,
} from 'scimkit/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  closeScripted,
  errorJson,
  listJson,
  type Scripted,
  type ScriptedServer,
  startScripted,
  userJson,
} from './scripted-server.ts';

// When a request is sent again, how soon, and what ends it. No test waits: what is asked for is read off `onAttempt`.

afterEach(async () => {
  vi.useRealTimers();
  await closeScripted();
});

const clientOf = ({ origin }: ScriptedServer, options: Partial<ClientOptions> = {}) =>
  createClient({
    baseUrl: origin,
    pagination: 'index',
    ...options,
    retry: { attempts: 3, delayMs: 1, ...options.retry },
  });

const failure = async (work: Promise<unknown>): Promise<unknown> => {
  const [outcome] = await Promise.allSettled([work]);
  if (outcome?.status === 'fulfilled') throw new Error('it did not fail');
  return outcome?.reason;
};

describe('Retry-After (RFC 9110 §10.2.3)', () => {
  const NOW = new Date('2026-01-31T12:00:00Z');
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  });

  /** The pause that the client takes after an answer with this header; it is not waited for. */
  async function pauseAfter(retryAfter: string, status = 503): Promise<number | undefined> {
    const server = await startScripted(() => ({
      status,
      headers: { 'retry-after': retryAfter },
      body: errorJson(status),
    }));
    const enough = new AbortController();
    const attempts: Attempt[] = [];
    const users = clientOf(server, {
      retry: { delayMs: 200 },
      onAttempt: (attempt) => {
        attempts.push(attempt);
        enough.abort(new Error('enough'));
      },
    }).resources(User);
    await failure(users.get('1', { signal: enough.signal }));
    expect(attempts).toHaveLength(1);
    return attempts[0]?.pauseMs;
  }

  test.each([429, 503])('in seconds, after %i: never sooner', async (status) => {
    expect(await pauseAfter('7', status)).toBeGreaterThanOrEqual(7_000);
  });

  test('as a date: not before', async () => {
    expect(await pauseAfter(new Date(NOW.getTime() + 9_000).toUTCString())).toBeGreaterThanOrEqual(9_000);
  });

  test.each(['0', 'Thu, 01 Jan 1970 00:00:00 GMT'])('%s: soon', async (text) => {
    expect(await pauseAfter(text)).toBeLessThanOrEqual(200);
  });

  test.each(['soon', '-1', ''])('what is none (%j) leaves the client its own pause', async (text) => {
    expect(await pauseAfter(text)).toBeLessThanOrEqual(200);
  });

  test('longer than "maxDelayMs": the error is thrown at once, and says for how long', async () => {
    const server = await startScripted(() => ({
      status: 429,
      headers: { 'retry-after': '61' },
      body: errorJson(429),
    }));
    const error = await failure(clientOf(server).resources(User).get('1'));
    expect(error).toBeInstanceOf(ScimError);
    expect(error).toMatchObject({ status: 429, headers: { 'retry-after': '61' } });
    expect(server.asked).toHaveLength(1);
  });

  test('a creation is not even looked up before', async () => {
    const server = await startScripted(() => ({
      status: 503,
      headers: { 'retry-after': '61' },
      body: errorJson(503),
    }));
    const error = await failure(
      clientOf(server).resources(User).create({ userName: 'ada', externalId: 'e' }),
    );
    expect(error).toMatchObject({ name: 'ScimError', status: 503 });
    expect(server.lines()).toEqual(['POST /Users']);
  });

  test('a Bulk is not found out about before', async () => {
    const server = await startScripted(({ method }) =>
      method === 'GET'
        ? { body: { bulk: { supported: true } } }
        : { status: 503, headers: { 'retry-after': '61' }, body: errorJson(503) },
    );
    const operation = { method: 'DELETE', type: User, id: '1' } as const;
    expect(await failure(clientOf(server).bulk([operation]))).toMatchObject({
      name: 'ScimError',
      status: 503,
    });
    expect(server.lines()).toEqual(['GET /ServiceProviderConfig', 'POST /Bulk']);
  });
});

describe('a signal ends, with its own reason', () => {
  const reason = new Error('nobody wants it any more');

  /** Aborts when a request comes in, and answers it so. */
  const abortingServer = async (answer: Scripted, isThis: (path: string) => boolean = () => true) => {
    const controller = new AbortController();
    const server = await startScripted(({ path }) => {
      if (isThis(path)) controller.abort(reason);
      return answer;
    });
    return { server, signal: controller.signal };
  };

  test('before anything is sent: nothing is', async () => {
    const server = await startScripted(() => ({ body: userJson('1') }));
    const header = vi.fn(() => 'Bearer x');
    const client = clientOf(server, { authorization: { header } });
    expect(await failure(client.resources(User).get('1', { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    expect(server.asked).toHaveLength(0);
    expect(header).not.toHaveBeenCalled();
  });

  test.each(['get', 'create', 'replace', 'patch', 'delete', 'query'] as const)(
    'what is under way: %s',
    async (name) => {
      const { server, signal } = await abortingServer('silence', (path) => path !== '/ServiceProviderConfig');
      const users = clientOf(server).resources(User);
      const input = { userName: 'ada', externalId: 'e' };
      const work = {
        get: () => users.get('1', { signal }),
        create: () => users.create(input, { signal }),
        replace: () => users.replace('1', input, { signal }),
        patch: () => users.patch('1', [{ op: 'remove', path: 'title' }], { signal }),
        delete: () => users.delete('1', { signal }),
        query: () => users.query({ signal }),
      }[name];
      expect(await failure(work())).toBe(reason);
      expect(server.asked).toHaveLength(1);
    },
  );

  test('a pause', async () => {
    const controller = new AbortController();
    const server = await startScripted(() => ({ status: 503, headers: { 'retry-after': '60' } }));
    const client = clientOf(server, { onAttempt: () => setTimeout(() => controller.abort(reason)) });
    expect(await failure(client.resources(User).get('1', { signal: controller.signal }))).toBe(reason);
    expect(server.asked).toHaveLength(1);
  });

  test('a list, between its pages', async () => {
    const server = await startScripted((_, turn) => ({
      body: { ...listJson(userJson(`${turn}`)), totalResults: 9 },
    }));
    const controller = new AbortController();
    const work = async () => {
      for await (const { id } of clientOf(server).resources(User).list({ signal: controller.signal }))
        if (id === '2') controller.abort(reason);
    };
    expect(await failure(work())).toBe(reason);
    expect(server.asked).toHaveLength(2);
  });

  test.each(['list', 'modify', 'bulk'] as const)(
    '%s, while it asks what the service provider can do',
    async (name) => {
      const { server, signal } = await abortingServer('silence');
      const client = clientOf(server, { pagination: 'auto' });
      const users = client.resources(User);
      const work = {
        list: () => users.list({ signal }).next(),
        modify: () => users.modify('1', (user) => user, { signal }),
        bulk: () => client.bulk([{ method: 'DELETE', type: User, id: '1' }], { signal }),
      }[name];
      expect(await failure(work())).toBe(reason);
      expect(server.lines()).toEqual(['GET /ServiceProviderConfig']);
    },
  );

  test('the waiting for a credential', async () => {
    const server = await startScripted(() => ({ body: userJson('1') }));
    const controller = new AbortController();
    const never = bearerToken(() => {
      controller.abort(reason);
      return new Promise<string>(() => {});
    });
    const client = clientOf(server, { authorization: never });
    expect(await failure(client.resources(User).get('1', { signal: controller.signal }))).toBe(reason);
    expect(server.asked).toHaveLength(0);
  });
});

describe('errors have names', () => {
  test('no answer in time', async () => {
    const server = await startScripted(() => 'silence');
    const error = await failure(clientOf(server, { timeoutMs: 50 }).resources(User).get('1'));
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({
      reason: 'timeout',
      message: `GET ${server.origin}/Users/1: no answer within 50 ms.`,
    });
    expect(server.asked).toHaveLength(3);
  });

  test('no credential in time', async () => {
    const server = await startScripted(() => ({ body: userJson('1') }));
    const authorization = bearerToken(() => new Promise<string>(() => {}));
    const error = await failure(clientOf(server, { timeoutMs: 50, authorization }).resources(User).get('1'));
    expect(error).toMatchObject({ name: 'RequestError', reason: 'unauthorized', mayBeDone: false });
    expect(server.asked).toHaveLength(0);
  });

  test('no connection: nothing was done, and a creation is tried again', async () => {
    const server = await startScripted(() => ({}));
    await server.close();
    const attempts: Attempt[] = [];
    const client = clientOf(server, { onAttempt: (attempt) => attempts.push(attempt) });
    const error = await failure(client.resources(User).create({ userName: 'ada' }));
    expect(error).toMatchObject({ name: 'RequestError', reason: 'network', mayBeDone: false });
    expect(attempts).toHaveLength(3);
  });

  test('what onAttempt throws is thrown once, and the answer is not asked for again', async () => {
    const server = await startScripted(() => ({ body: userJson('1') }));
    const onAttempt = vi.fn(() => {
      throw new Error('the log is full');
    });
    expect(await failure(clientOf(server, { onAttempt }).resources(User).get('1'))).toMatchObject({
      message: 'the log is full',
    });
    expect(onAttempt).toHaveBeenCalledOnce();
  });

  test.each([
    [301, false],
    [302, true],
    [303, true],
    [307, false],
    [308, false],
  ])('a redirect (%i) is not followed, and the credential stays here', async (status, mayBeDone) => {
    const elsewhere = await startScripted(() => ({ body: userJson('1') }));
    const location = `${elsewhere.origin}/Users/1`;
    const server = await startScripted(() => ({ status, headers: { location } }));
    const client = clientOf(server, { authorization: bearerToken('s3cret') });
    for (const work of [
      client.resources(User).get('1'),
      client.resources(User).create({ userName: 'ada' }),
    ]) {
      const error = await failure(work);
      expect(error).toMatchObject({ name: 'RequestError', reason: 'invalidAnswer', status, mayBeDone });
      expect((error as Error).message).toContain(location);
      expect((error as Error).message).not.toContain('s3cret');
    }
    expect(elsewhere.asked).toHaveLength(0);
    expect(server.asked).toHaveLength(2);
  });

  test.each([304, 300])('an answer %i to what did not ask for it is none', async (status) => {
    const server = await startScripted(() => ({ status }));
    const patched = clientOf(server)
      .resources(User)
      .patch('1', [{ op: 'remove', path: 'title' }]);
    expect(await failure(patched)).toMatchObject({ name: 'RequestError', reason: 'invalidAnswer', status });
  });

  test('nothing is no answer to whether a resource has changed', async () => {
    const server = await startScripted(() => ({ status: 200 }));
    const user = userJson('1', { meta: { resourceType: 'User', version: 'W/"1"' } });
    const refreshed = clientOf(server)
      .resources(User)
      .refresh(user as never);
    expect(await failure(refreshed)).toMatchObject({ name: 'RequestError', reason: 'invalidAnswer' });
  });
});

test('what the service provider can do is asked again where it could not be told', async () => {
  const server = await startScripted(({ path }, turn) =>
    path === '/ServiceProviderConfig'
      ? turn === 1
        ? { status: 429, headers: { 'retry-after': '99' } }
        : { body: { pagination: { cursor: true } } }
      : { body: listJson() },
  );
  const users = clientOf(server, { pagination: 'auto' }).resources(User);
  await users.list().next();
  await users.list().next();
  await users.list().next();
  expect(server.lines()).toEqual([
    'GET /ServiceProviderConfig',
    'GET /Users?startIndex=1',
    'GET /ServiceProviderConfig',
    'GET /Users?cursor=',
    'GET /Users?cursor=',
  ]);
});
