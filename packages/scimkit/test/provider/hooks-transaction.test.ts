import { type Exchange, type Group, type Middleware, ScimError, type User } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import { createApp, overApp, type Tx } from '../app.ts';
import { BULK_REQUEST, errorBody, fresh, group, made, patchOp, user } from '../fixture.ts';

type AppMiddleware = Middleware<{ org: string }, Tx, typeof User | typeof Group>;

const bulkRequest = (Operations: readonly unknown[]) => ({ schemas: [BULK_REQUEST], Operations });
const audit =
  (text: string): AppMiddleware =>
  async (operation, next) => {
    if (operation.name === 'get' || operation.name === 'query') return next();
    operation.tx.run('INSERT INTO audit VALUES (?)', `${text} ${operation.name}`);
    return next();
  };
const refuse: AppMiddleware = async (_, next) => {
  await next();
  throw new ScimError(403, 'Not today. Ask your administrator.');
};

describe("the app's transaction", () => {
  test('parity 4: what middleware writes is committed with the operation', async () => {
    const app = createApp();
    const send = overApp(app, { use: [audit('before')] });
    const id = await made(send, '/Users', user('ada'));
    expect(
      (await send('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'title', value: 'x' }))).status,
    ).toBe(200);
    expect((await send('PUT', `/Users/${id}`, user('ada'))).status).toBe(200);
    expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
    const texts = app.all<{ text: string }>('SELECT text FROM audit').map(({ text }) => text);
    expect(texts).toEqual(['before create', 'before patch', 'before replace', 'before delete']);
    expect(app.log.filter((line) => line.includes('write'))).toEqual(
      Array.from({ length: 4 }, () => ['begin write', 'commit write']).flat(),
    );
  });

  test('parity 4: a hook that throws, before or after, undoes the operation and what others wrote', async () => {
    const app = createApp();
    const id = await made(overApp(app), '/Users', user('ada'));
    const send = overApp(app, { use: [audit('before'), refuse] });
    const answers = [
      await send('POST', '/Users', user('bob')),
      await send('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'title', value: 'x' })),
      await send('PUT', `/Users/${id}`, user('bob')),
      await send('DELETE', `/Users/${id}`),
    ];
    for (const answer of answers) expect(answer.body).toEqual(errorBody(403));
    expect(app.all('SELECT * FROM audit')).toEqual([]);
    expect(app.all('SELECT id, version FROM resources')).toEqual([{ id, version: 1 }]);
  });

  test('a write that finds nothing is undone: 404', async () => {
    const app = createApp();
    const send = overApp(app, { use: [audit('before')] });
    const answer = await send('DELETE', '/Users/none');
    expect(answer.body).toEqual(errorBody(404));
    expect(app.all('SELECT * FROM audit')).toEqual([]);
    expect(app.log).toEqual(['begin write', 'rollback write']);
  });

  test('a conflict runs the middleware again, from the operation as it was, and once alone counts', async () => {
    const app = createApp();
    const titles: unknown[] = [];
    const exchanges: Exchange<{ org: string }>[] = [];
    const numbered: AppMiddleware = async (operation, next) => {
      if (operation.name !== 'create' || operation.resourceType !== 'User') return next();
      const { attributes } = operation.input;
      titles.push(attributes.title);
      const title = `${attributes.title ?? 'try'}!`;
      return next({ ...operation, input: { ...operation.input, attributes: { ...attributes, title } } });
    };
    app.conflicts = 2;
    const send = overApp(app, {
      use: [audit('before'), numbered],
      observe: (exchange) => void exchanges.push(exchange),
    });
    const created = await send('POST', '/Users', user('ada'));
    expect([created.status, created.body.title]).toEqual([201, 'try!']);
    expect(titles).toEqual([undefined, undefined, undefined]);
    expect(app.all('SELECT * FROM audit')).toHaveLength(1);
    expect(exchanges[0]?.operations).toHaveLength(1);
    app.conflicts = 1;
    await send('PATCH', `/Users/${created.body.id}`, patchOp({ op: 'add', path: 'title', value: 'x' }));
    expect(exchanges[1]?.notes.filter(({ name }) => name === 'seen')).toHaveLength(1);
  });

  test('reads have transactions of their own, and none is used after its end', async () => {
    const app = createApp();
    const send = overApp(app);
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push(await made(send, '/Users', user(name)));
    ids.sort();
    app.log.length = 0;
    const created = await send('POST', '/Groups', group('all', ids));
    expect(created.body.members.map(({ value }: { value: string }) => value)).toEqual(ids);
    const read = await send('GET', `/Users/${ids[0]}`);
    expect(read.body.groups).toMatchObject([{ value: created.body.id }]);
    expect((await send('GET', '/Users?count=1&cursor')).body.nextCursor).toBeTypeOf('string');
    expect((await send('GET', '/')).body.totalResults).toBe(4);
    expect(app.log.filter((line) => line.endsWith('write'))).toEqual(['begin write', 'commit write']);
    expect(app.log.filter((line) => line === 'begin read').length).toBeGreaterThan(4);
  });

  test('one that cannot be begun is a failure, whose cause is told, of a Bulk too', async () => {
    const app = createApp();
    const exchanges: Exchange<{ org: string }>[] = [];
    const cause = new Error('no connection left');
    const send = overApp(app, {
      transaction: {
        run: (work, kind) => (kind === 'write' ? Promise.reject(cause) : app.transaction.run(work, kind)),
      },
      observe: (exchange) => void exchanges.push(exchange),
    });
    const data = user('ada');
    expect((await send('POST', '/Users', data)).body).toEqual(errorBody(500));
    const { body } = await send(
      'POST',
      '/Bulk',
      bulkRequest([{ method: 'POST', bulkId: 'a', path: '/Users', data }]),
    );
    expect(body.Operations[0].response).toEqual(errorBody(500));
    for (const { operations } of exchanges) {
      expect(operations).toMatchObject([{ operation: { name: 'create' }, error: cause }]);
    }
  });

  test('each operation of a Bulk has its own', async () => {
    const app = createApp();
    const send = overApp(app, { use: [audit('bulk')] });
    const data = user('ada');
    const { body } = await send(
      'POST',
      '/Bulk',
      bulkRequest([
        { method: 'POST', bulkId: 'a', path: '/Users', data },
        { method: 'POST', bulkId: 'b', path: '/Users', data },
        { method: 'POST', bulkId: 'c', path: '/Users', data: user('bob') },
      ]),
    );
    expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(['201', '409', '201']);
    expect(app.log.filter((line) => line.endsWith('write')).map((line) => line.split(' ')[0])).toEqual([
      'begin',
      'commit',
      'begin',
      'rollback',
      'begin',
      'commit',
    ]);
    expect(app.all('SELECT * FROM audit')).toHaveLength(2);
  });
});

describe('a circle of a Bulk', () => {
  const circle = bulkRequest([
    {
      method: 'POST',
      bulkId: 'a',
      path: '/Groups',
      data: { ...group('A'), members: [{ value: 'bulkId:b' }] },
    },
    {
      method: 'POST',
      bulkId: 'b',
      path: '/Groups',
      data: { ...group('B'), members: [{ value: 'bulkId:a' }] },
    },
  ]);

  test('is one transaction, conflicts too', async () => {
    const app = createApp();
    const done: string[] = [];
    const told: AppMiddleware = async (operation, next) => {
      operation.afterCommit(() => done.push(`${operation.bulkId} after ${app.log.length}`));
      return next();
    };
    app.conflicts = 1;
    const send = overApp(app, { use: [audit('circle'), told] });
    const { body } = await send('POST', '/Bulk', circle);
    expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(['201', '201']);
    const writes = app.log.filter((line) => line.endsWith('write'));
    expect(writes).toEqual(['begin write', 'rollback write', 'begin write', 'commit write']);
    expect(app.all('SELECT * FROM audit')).toHaveLength(2);
    expect(app.all('SELECT * FROM members')).toHaveLength(2);
    expect(done.sort()).toEqual([expect.stringMatching(/^a after/), expect.stringMatching(/^b after/)]);
  });

  test.each(['before', 'after'])(
    'is undone whole when a hook refuses one of it %s its writing',
    async (when) => {
      const app = createApp();
      const seen: string[] = [];
      const picky: AppMiddleware = async (operation, next) => {
        operation.afterCommit(() => seen.push('commit'));
        operation.afterFailure((error) => seen.push(`${operation.bulkId} ${(error as ScimError).status}`));
        if (operation.bulkId !== 'b') return next();
        if (when === 'after') await next();
        throw new ScimError(403, 'B is refused. Leave it out.');
      };
      const send = overApp(app, { use: [audit('circle'), picky] });
      const { body } = await send('POST', '/Bulk', circle);
      expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(['409', '403']);
      expect(body.Operations[0].response).toEqual(errorBody(409));
      expect(app.all('SELECT * FROM resources')).toEqual([]);
      expect(app.all('SELECT * FROM audit')).toEqual([]);
      expect(seen.sort()).toEqual(['a 409', 'b 403']);
    },
  );

  test('is not begun when one of it is malformed', async () => {
    const app = createApp();
    const [first, second] = circle.Operations as { data: object }[];
    const broken = bulkRequest([first, { ...second, data: { ...second?.data, displayName: 7 } }]);
    const { body } = await overApp(app, { strict: true })('POST', '/Bulk', broken);
    expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(['409', '400']);
    expect(app.log.filter((line) => line.endsWith('write'))).toEqual([]);
  });
});

describe('after the commit', () => {
  const after =
    (log: string[]): AppMiddleware =>
    async (operation, next) => {
      operation.afterCommit(async () => {
        await Promise.resolve();
        log.push('first');
      });
      operation.afterCommit(() => log.push('second'));
      operation.afterFailure(() => log.push('failed'));
      return next();
    };

  test('parity 4: callbacks run after COMMIT, in order, and before the answer', async () => {
    const app = createApp();
    const answer = await overApp(app, { use: [after(app.log)] })('POST', '/Users', user('ada'));
    expect(answer.status).toBe(201);
    expect(app.log.slice(0, 4)).toEqual(['begin write', 'commit write', 'first', 'second']);
  });

  test('of a transaction that was begun anew, the callbacks of the last attempt run', async () => {
    const app = createApp();
    app.conflicts = 2;
    const log: string[] = [];
    await overApp(app, { use: [after(log)] })('POST', '/Users', user('ada'));
    expect(log).toEqual(['first', 'second']);
  });

  test.each([
    ['refused by a hook', [refuse], 'POST', '/Users', 403],
    ['refused by the store', [], 'POST', '/Users', 409],
    ['without its resource', [], 'DELETE', '/Users/none', 404],
  ] as const)('an operation that is %s commits nothing', async (_, use, method, path, status) => {
    const app = createApp();
    await made(overApp(app), '/Users', user('ada'));
    const log: string[] = [];
    const send = overApp(app, { use: [after(log), ...use] });
    expect(
      (await send(method, path, method === 'POST' ? user(status === 409 ? 'ada' : 'bob') : undefined)).status,
    ).toBe(status);
    expect(log).toEqual(['failed']);
  });

  test('what a callback throws changes nothing of the answer, and is told to observe', async () => {
    const app = createApp();
    const exchanges: Exchange<{ org: string }>[] = [];
    const log: string[] = [];
    const throws: AppMiddleware = async (operation, next) => {
      operation.afterCommit(() => Promise.reject(new Error('mail server')));
      operation.afterCommit(() => log.push('the next one'));
      return next();
    };
    const send = overApp(app, { use: [throws], observe: (exchange) => void exchanges.push(exchange) });
    expect((await send('POST', '/Users', user('ada'))).status).toBe(201);
    expect(log).toEqual(['the next one']);
    const [{ error, operations } = { error: undefined, operations: [] }] = exchanges;
    expect(error).toBeUndefined();
    expect(operations[0]?.error).toBeUndefined();
    expect(operations[0]?.callbackErrors).toEqual([new Error('mail server')]);
  });

  test("without the app's transaction they run once the store has answered", async () => {
    const log: string[] = [];
    const send = fresh(createMemoryDatabase(), {
      use: [
        async (operation, next) => {
          operation.afterCommit(() => log.push('committed'));
          operation.afterFailure(() => log.push('failed'));
          expect(operation.tx).toBeUndefined();
          const outcome = await next();
          log.push('stored');
          return outcome;
        },
      ],
    });
    await made(send, '/Users', user('ada'));
    expect(log).toEqual(['stored', 'committed']);
    await send('POST', '/Users', user('ada'));
    expect(log.slice(2)).toEqual(['failed']);
  });
});
