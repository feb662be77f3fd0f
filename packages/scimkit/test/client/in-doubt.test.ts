import { bulkFor, type ClientOptions, createClient, Group, User } from 'scimkit/client';
import { afterEach, describe, expect, test } from 'vitest';
import {
  closeScripted,
  errorJson,
  listJson,
  type ScriptedServer,
  startScripted,
  userJson,
} from './scripted-server.ts';

// What becomes of writes whose answers don't tell: nothing is done twice, and nothing is said to be done, or not done, that isn't.

afterEach(async () => {
  await closeScripted();
});

const clientOf = ({ origin }: ScriptedServer, options: Partial<ClientOptions> = {}) =>
  createClient({ baseUrl: origin, retry: { attempts: 3, delayMs: 1 }, ...options });
const usersOf = (server: ScriptedServer) => clientOf(server).resources(User);

const failure = async (work: Promise<unknown>): Promise<unknown> => {
  const [outcome] = await Promise.allSettled([work]);
  if (outcome?.status === 'fulfilled') throw new Error('it did not fail');
  return outcome?.reason;
};

const externalId = 'e-1';
const ada = { userName: 'ada', externalId, name: { givenName: 'Ada' }, emails: [{ value: 'Ada@x.org' }] };
const version = (text: string) => ({ meta: { resourceType: 'User', version: text } });

describe('a creation in doubt', () => {
  test('is found as a service provider keeps it: with more, and in another case', async () => {
    const stored = userJson('1', {
      ...{ externalId, userName: 'ADA', name: { givenName: 'Ada', formatted: 'Ada' }, active: true },
      emails: [{ value: 'ada@x.org', primary: true }],
    });
    const server = await startScripted(({ method }) =>
      method === 'POST' ? 'reset' : { body: listJson(stored) },
    );
    expect((await usersOf(server).create(ada)).id).toBe('1');
    expect(server.asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test('is read by its id where the list tells less', async () => {
    const stored = userJson('1', ada);
    const server = await startScripted(({ method, path }) =>
      method === 'POST'
        ? 'reset'
        : {
            body: path === '/Users/1' ? stored : listJson({ ...userJson('1'), externalId, userName: 'ada' }),
          },
    );
    expect(await usersOf(server).create(ada)).toMatchObject(ada);
    expect(server.asked).toHaveLength(3);
  });

  test('is not what was there before and differs: that is neither returned nor doubled', async () => {
    const older = userJson('7', { ...ada, name: { givenName: 'Adelaide' } });
    const server = await startScripted(({ method, path }) =>
      method === 'POST' ? { status: 503 } : { body: path === '/Users/7' ? older : listJson(older) },
    );
    const error = await failure(usersOf(server).create(ada));
    expect(error).toMatchObject({
      name: 'RequestError',
      reason: 'unknownOutcome',
      status: 503,
      mayBeDone: true,
    });
    expect((error as Error).message).toContain('(7)');
    expect(server.lines().filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  test.each([
    ['several', listJson(userJson('1', ada), userJson('2', ada))],
    ['what was not asked for', listJson(userJson('9', { externalId: 'other' }))],
  ])('is unknown where %s is found', async (_, list) => {
    const server = await startScripted(({ method, path }) =>
      method === 'POST' ? 'reset' : { body: path === '/Users/9' ? userJson('9') : list },
    );
    expect(await failure(usersOf(server).create(ada))).toMatchObject({ reason: 'unknownOutcome' });
    expect(server.lines().filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  test('is unknown without an "externalId", and is sent once', async () => {
    const server = await startScripted(() => 'reset');
    const error = await failure(usersOf(server).create({ userName: 'ada' }));
    expect(error).toMatchObject({ reason: 'unknownOutcome', mayBeDone: true });
    // Method and URL are said once.
    expect((error as Error).message).toBe(
      `POST ${server.origin}/Users: the connection failed (ECONNRESET). It is not known whether it was done: without an "externalId" it is not looked up.`,
    );
    expect(server.asked).toHaveLength(1);
  });

  test('that is taken when it is sent again is looked up once more', async () => {
    const answers = [
      'reset',
      { body: listJson() },
      { status: 409, body: errorJson(409, 'uniqueness') },
    ] as const;
    const server = await startScripted(
      (_, turn) => answers[turn - 1] ?? { body: listJson(userJson('1', ada)) },
    );
    expect((await usersOf(server).create(ada)).id).toBe('1');
    expect(server.asked).toHaveLength(4);
  });

  test("is not answered by somebody else's answer", async () => {
    const server = await startScripted(() => ({
      status: 201,
      headers: { location: '/Users/2' },
      body: userJson('2'),
    }));
    expect(await failure(usersOf(server).create({ userName: 'ada' }))).toMatchObject({
      reason: 'unknownOutcome',
    });
  });

  test('is done where the resource can not be read afterwards, and does not say otherwise', async () => {
    const server = await startScripted(({ method }) =>
      method === 'POST'
        ? { status: 201, headers: { location: '/Users/1' } }
        : { status: 403, body: errorJson(403) },
    );
    expect(await failure(usersOf(server).create(ada))).toMatchObject({
      reason: 'invalidAnswer',
      mayBeDone: true,
    });
    expect(server.asked).toHaveLength(2);
  });
});

describe('a change in doubt', () => {
  const title = [{ op: 'replace', path: 'title', value: 'Countess' }] as const;
  const stale = { status: 412, body: errorJson(412) };
  const read = userJson('1', version('W/"1"')) as never;

  test('that is there counts as done, though its own version is stale now', async () => {
    const server = await startScripted(({ method }, turn) =>
      method === 'GET' ? { body: userJson('1', { title: 'Countess' }) } : turn === 1 ? 'reset' : stale,
    );
    expect(await usersOf(server).patch(read, title)).toMatchObject({ title: 'Countess' });
  });

  test('that is not there is refused: somebody else was faster', async () => {
    const server = await startScripted(({ method }, turn) =>
      method === 'GET' ? { body: userJson('1', { title: 'Queen' }) } : turn === 1 ? 'reset' : stale,
    );
    expect(await failure(usersOf(server).patch(read, title))).toMatchObject({
      name: 'ScimError',
      status: 412,
    });
  });

  test('a replacement is not done while something stands that it was to clear', async () => {
    const server = await startScripted(({ method }, turn) =>
      method === 'GET' ? { body: userJson('1', { title: 'Queen' }) } : turn === 1 ? 'reset' : stale,
    );
    const replaced = usersOf(server).replace(read, { userName: 'name-1' });
    expect(await failure(replaced)).toMatchObject({ name: 'ScimError', status: 412 });
  });

  test('a replacement is done where only what has a default is there besides', async () => {
    const server = await startScripted(({ method }, turn) =>
      method === 'GET' ? { body: userJson('1', { active: true }) } : turn === 1 ? 'reset' : stale,
    );
    expect(await usersOf(server).replace(read, { userName: 'name-1' })).toMatchObject({ id: '1' });
  });

  test('that finds nothing to change, perhaps because it did, is unknown', async () => {
    const renamed = userJson('1', { emails: [{ value: 'new@x.org' }] });
    const server = await startScripted(({ method }, turn) =>
      method === 'GET'
        ? { body: renamed }
        : turn === 1
          ? 'reset'
          : { status: 400, body: errorJson(400, 'noTarget') },
    );
    const operation = { op: 'replace', path: 'emails[value eq "old@x.org"].value', value: 'new@x.org' };
    const error = await failure(usersOf(server).patch('1', [operation as never]));
    expect(error).toMatchObject({ reason: 'unknownOutcome', status: 400, mayBeDone: true });
  });

  test('that is wrong in itself was wrong before: it is refused, and nothing is read', async () => {
    const server = await startScripted((_, turn) =>
      turn === 1 ? 'reset' : { status: 400, body: errorJson(400, 'invalidValue') },
    );
    const error = await failure(usersOf(server).patch('1', title));
    expect(error).toMatchObject({ name: 'ScimError', status: 400, scimType: 'invalidValue' });
    expect(server.asked).toHaveLength(2);
  });

  test.each([
    ['429', { status: 429, headers: { 'retry-after': '99' }, body: errorJson(429) }, 429],
    ['401', { status: 401, body: errorJson(401) }, 401],
  ] as const)(
    'does not say that nothing was done when the next attempt is answered %s',
    async (_, given, status) => {
      for (const work of ['patch', 'delete'] as const) {
        const server = await startScripted((_asked, turn) => (turn === 1 ? 'reset' : given));
        const users = usersOf(server);
        const error = await failure(work === 'patch' ? users.patch('1', title) : users.delete('1'));
        expect(error).toMatchObject({ reason: 'unknownOutcome', status, mayBeDone: true });
      }
    },
  );

  test('does not say that nothing was done when the next attempt finds nobody', async () => {
    const server = await startScripted(() => 'reset');
    const work = clientOf(server, { onAttempt: () => void server.close() })
      .resources(User)
      .delete('1');
    // The server is closing while the second attempt is made.
    expect(await failure(work)).toMatchObject({ name: 'RequestError', mayBeDone: true });
  });

  test('is done where the resource can not be read afterwards', async () => {
    const server = await startScripted(({ method }) =>
      method === 'GET' ? { status: 403, body: errorJson(403) } : { status: 204 },
    );
    const error = await failure(usersOf(server).replace('1', { userName: 'ada' }));
    expect(error).toMatchObject({ reason: 'invalidAnswer', mayBeDone: true });
  });
});

describe('a deletion in doubt', () => {
  test('is done where there is nothing any more', async () => {
    const server = await startScripted((_, turn) =>
      turn === 1 ? 'reset' : { status: 404, body: errorJson(404) },
    );
    await usersOf(server).delete('1');
    expect(server.lines()).toEqual(['DELETE /Users/1', 'DELETE /Users/1']);
  });

  test('is refused at once where nothing was in doubt', async () => {
    const server = await startScripted(() => ({ status: 404, body: errorJson(404) }));
    expect(await failure(usersOf(server).delete('1'))).toMatchObject({ name: 'ScimError', status: 404 });
  });

  test('is not answered by an answer about somebody else', async () => {
    const server = await startScripted(() => ({ status: 200, body: userJson('2') }));
    expect(await failure(usersOf(server).delete('1'))).toMatchObject({ reason: 'invalidAnswer' });
  });
});

describe('/Me in doubt', () => {
  test('a deletion is done where there is nothing any more', async () => {
    const server = await startScripted((_, turn) =>
      turn === 1 ? 'reset' : { status: 404, body: errorJson(404) },
    );
    await clientOf(server).me(User).delete();
    expect(server.lines()).toEqual(['DELETE /Me', 'DELETE /Me']);
  });

  test('a change that is there is done', async () => {
    const server = await startScripted(({ method }, turn) =>
      method === 'GET'
        ? { body: userJson('1', { title: 'Countess' }) }
        : turn === 1
          ? 'reset'
          : { status: 412, body: errorJson(412) },
    );
    const operations = [{ op: 'replace', path: 'title', value: 'Countess' }] as const;
    const patched = await clientOf(server).me(User).patch(operations, { ifMatch: 'W/"1"' });
    expect(patched).toMatchObject({ id: '1', title: 'Countess' });
  });
});

describe('a Bulk in doubt', () => {
  const config = (limits: object = {}) => ({ body: { bulk: { supported: true, ...limits } } });
  const { create } = bulkFor(User);

  test('what refers to a creation of unknown outcome is unknown too', async () => {
    const server = await startScripted(({ method }) => (method === 'GET' ? config() : 'reset'));
    const results = await clientOf(server).bulk([
      create({ userName: 'ada' }, 'ada'),
      bulkFor(Group).create({ displayName: 'g', externalId: 'e-g', members: [{ value: 'bulkId:ada' }] }),
    ]);
    expect(results.map(({ error }) => error)).toMatchObject([
      { reason: 'unknownOutcome', mayBeDone: true },
      { reason: 'unknownOutcome', mayBeDone: true },
    ]);
  });

  test('an answer that names others is no answer: each operation is found out about', async () => {
    const server = await startScripted(({ method, path }) => {
      if (path === '/ServiceProviderConfig') return config();
      if (method === 'GET') return { body: listJson(userJson('1', ada)) };
      const Operations = [{ method: 'POST', bulkId: '1', status: '201', location: '/Users/7' }];
      return { body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'], Operations } };
    });
    const [result] = await clientOf(server).bulk([create(ada)]);
    expect(result).toMatchObject({ status: 201, id: '1', error: undefined });
  });

  test('an operation without a result is found out about', async () => {
    const server = await startScripted(({ method, path, body }) => {
      if (path === '/ServiceProviderConfig') return config();
      if (method === 'GET') return { body: listJson(userJson('2', { ...ada, externalId: 'e-2' })) };
      const [{ bulkId }] = body.Operations;
      return { body: { Operations: [{ method: 'POST', bulkId, status: '201', location: '/Users/1' }] } };
    });
    const results = await clientOf(server).bulk([create(ada), create({ ...ada, externalId: 'e-2' })]);
    expect(results.map(({ id, error }) => [id, error])).toEqual([
      ['1', undefined],
      ['2', undefined],
    ]);
  });

  test('what earlier requests did is told, though a later one is refused', async () => {
    const server = await startScripted(({ path, body }, turn) => {
      if (path === '/ServiceProviderConfig') return config({ maxOperations: 1 });
      if (turn > 2) return { status: 403, body: errorJson(403) };
      const [{ bulkId }] = body.Operations;
      return { body: { Operations: [{ method: 'POST', bulkId, status: '201', location: '/Users/1' }] } };
    });
    const results = await clientOf(server).bulk([create(ada), create({ userName: 'grace' })]);
    expect(results).toMatchObject([
      { status: 201, id: '1', error: undefined },
      { status: 403, id: undefined, error: { name: 'ScimError', status: 403 } },
    ]);
  });

  test('a first request that is refused is the error of all', async () => {
    const server = await startScripted(({ path }) =>
      path === '/ServiceProviderConfig' ? config() : { status: 403, body: errorJson(403) },
    );
    expect(await failure(clientOf(server).bulk([create(ada)]))).toMatchObject({
      name: 'ScimError',
      status: 403,
    });
  });
});
