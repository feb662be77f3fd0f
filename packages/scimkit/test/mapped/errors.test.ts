// What the app's own database refuses is an answer for the customer's admin, and tells nobody what tables there are.
import { describe, expect, test } from 'vitest';
import { BULK_REQUEST, errorBody, made, patchOp, user } from '../fixture.ts';
import { APP, onEachDatabase, type Untyped } from './accounts.ts';

const replace = (path: string, value: unknown) => patchOp({ op: 'replace', path, value });

/** Names that only the app's developers know. */
const INTERNAL =
  /accounts|account_|_key|_check|grown_up|varchar|violates|SQLITE|constraint|column|relation|login_|handle|work_?email|enum\b/i;

describe("the database's refusals", () => {
  onEachDatabase((ready) => {
    const over = async (more: Untyped = {}, options: object = {}) => {
      const app = await ready();
      const mapped = app.map({
        ...more,
        attributes: {
          title: 'badge',
          [`${APP}:age`]: 'age',
          [`${APP}:plan`]: 'plan',
          ...more.attributes,
        },
      });
      return { app, ...app.over(mapped, options) };
    };

    test.each([
      ['a check', { age: 200 }, `${APP}:age`],
      ['a number out of range', { age: 3_000_000_000 }, `${APP}:age`],
      ['one of several words', { plan: 'gold' }, `${APP}:plan`],
    ])('%s: 400 that names the attribute, in POST, PUT and PATCH', async (_, values, path) => {
      const { send } = await over();
      const id = await made(send, '/Users', user('ada'));
      const answers = [
        await send('POST', '/Users', user('bob', { [APP]: values })),
        await send('PUT', `/Users/${id}`, user('ada', { [APP]: values })),
        await send('PATCH', `/Users/${id}`, replace(path, Object.values(values)[0])),
      ];
      for (const { body } of answers) {
        expect(body).toEqual(errorBody(400, 'invalidValue'));
        expect(body.detail).toContain(`"${path}"`);
        expect(body.detail).not.toMatch(INTERNAL);
      }
      expect(answers[2]?.body.detail).toMatch(/^The value of /);
      expect((await send('GET', '/Users')).body.totalResults).toBe(1);
      expect((await send('GET', `/Users/${id}`)).body).not.toHaveProperty([APP]);
    });

    test('too long, where the database minds', async () => {
      const { app, send } = await over();
      const answer = await send('POST', '/Users', user('ada', { title: 'much too long' }));
      if (!app.isPostgres) {
        expect(answer.status).toBe(201);
        return;
      }
      expect(answer.body).toEqual(errorBody(400, 'invalidValue'));
      expect(answer.body.detail).not.toMatch(INTERNAL);
      const id = await made(send, '/Users', user('ada'));
      expect((await send('PATCH', `/Users/${id}`, replace('title', 'much too long'))).status).toBe(400);
      expect((await send('PATCH', `/Users/${id}`, replace('title', 'short'))).status).toBe(200);
    });

    test('a unique value that an attribute has names it', async () => {
      const { app, send, org } = await over({ attributes: { nickName: 'handle' } });
      const id = await made(send, '/Users', user('ada', { nickName: `${org}-n` }));
      const other = await made(send, '/Users', user('bob'));
      expect(app.isPostgres || id !== other).toBe(true);
      for (const { body } of [
        await send('POST', '/Users', user('eve', { nickName: `${org}-n` })),
        await send('PATCH', `/Users/${other}`, replace('nickName', `${org}-n`)),
        await send('PUT', `/Users/${other}`, user('bob', { nickName: `${org}-n` })),
      ]) {
        expect(body).toEqual(errorBody(409, 'uniqueness'));
        expect(body.detail).toContain('"nickName"');
        expect(body.detail).not.toMatch(INTERNAL);
      }
    });

    test('a unique column that no attribute has', async () => {
      const { send } = await over({ defaults: { handle: `same-${Math.random()}` } });
      await made(send, '/Users', user('ada'));
      const { body } = await send('POST', '/Users', user('bob'));
      expect(body).toEqual(errorBody(409, 'uniqueness'));
      expect(body.detail).not.toMatch(INTERNAL);
      const data = { method: 'POST', bulkId: 'a', path: '/Users', data: user('eve') };
      const bulk = await send('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations: [data] });
      expect(bulk.body.Operations[0].response).toEqual(errorBody(409, 'uniqueness'));
    });

    test('a value that must be there names its attribute', async () => {
      const app = await ready();
      const mapped = app.map({
        attributes: { userName: app.name('work_email'), nickName: 'login' },
      });
      const { send } = app.over(mapped);
      const { body } = await send('POST', '/Users', user('ada'));
      expect(body).toEqual(errorBody(400, 'invalidValue'));
      expect(body.detail).toContain('"nickName" must have a value');
      const id = await made(send, '/Users', user('ada', { nickName: 'a' }));
      const removed = await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'nickName' }));
      expect(removed.body).toEqual(errorBody(400, 'invalidValue'));
      expect(removed.body.detail).toContain('"nickName"');
    });

    test('a tenant that there is not refers to nothing', async () => {
      const app = await ready();
      const { send } = await app.directory({}, { organisation: 987_654_321 });
      const { body } = await send('POST', '/Users', user('ada'));
      expect(body).toEqual(errorBody(409));
      expect(body.detail).not.toMatch(INTERNAL);
    });

    test('in one transaction with hooks the answers are the same, and errors of hooks are failures', async () => {
      const app = await ready();
      const failing = async (operation: Untyped, next: Untyped) => {
        const result = await next();
        if (operation.name === 'create' && operation.input.attributes.title === 'hook') {
          await app.app.app.run(operation.tx, {
            text: `INSERT INTO accounts (id, org, login, handle) VALUES (NULL, NULL, NULL, NULL)`,
            parameters: [],
          });
        }
        return result;
      };
      const { send, exchanges } = await over({}, { isTransactional: true, use: [failing] });
      expect((await send('POST', '/Users', user('a', { [APP]: { age: 200 } }))).body).toEqual(
        errorBody(400, 'invalidValue'),
      );
      const answer = await send('POST', '/Users', user('a', { title: 'hook' }));
      expect(answer.body).toEqual(errorBody(500));
      expect(answer.body.detail).not.toMatch(INTERNAL);
      expect(exchanges.at(-1)?.operations[0]).toHaveProperty('error');
      expect((await send('GET', '/Users')).body.totalResults).toBe(0);
    });

    test('what is checked with the COMMIT is an answer too', async () => {
      const app = await ready();
      // SQLite checks nothing but references so late.
      if (!app.isPostgres) return;
      await app.rows(
        'ALTER TABLE accounts ADD CONSTRAINT later UNIQUE (external_id) DEFERRABLE INITIALLY DEFERRED',
      );
      try {
        for (const isTransactional of [true, false]) {
          const { send } = await over(
            { attributes: { nickName: app.name('external_id') } },
            { isTransactional },
          );
          const nickName = String(Math.random());
          await made(send, '/Users', user('ada', { nickName }));
          const { body } = await send('POST', '/Users', user('bob', { nickName }));
          expect(body).toEqual(errorBody(409, 'uniqueness'));
          expect(body.detail).not.toMatch(INTERNAL);
          expect((await send('GET', '/Users')).body.totalResults).toBe(1);
        }
      } finally {
        await app.rows('ALTER TABLE accounts DROP CONSTRAINT later');
      }
    });

    test('values that try to be SQL are values', async () => {
      const { send } = await over({ attributes: { nickName: 'login', userName: 'handle' } });
      for (const text of [
        "x' OR 1=1 --",
        '?',
        '$1',
        '"; DROP TABLE accounts; --',
        '%',
        '_',
        '\\',
        '{{}}',
        '🙂',
      ]) {
        const id = await made(send, '/Users', user(`${text}${Math.random()}`, { nickName: text }));
        const filter = encodeURIComponent(
          `nickName eq ${JSON.stringify(text)} and nickName co ${JSON.stringify(text)}`,
        );
        const { body } = await send('GET', `/Users?filter=${filter}`);
        expect([text, body.totalResults, body.Resources[0].id]).toEqual([text, 1, id]);
      }
    });
  });
});
