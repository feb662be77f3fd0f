// Accounts that were there before SCIM: found by the policy that the developer chose, and by no other.
import type { LinkConflict } from 'scimkit/kysely';
import { describe, expect, test } from 'vitest';
import { whileNull } from '../../src/store/mapped/while-null.ts';
import { BULK_REQUEST, ENTERPRISE, errorBody, made, patchOp, USER, user } from '../fixture.ts';
import { type Accounts, ignored, onEachDatabase, type Untyped } from './accounts.ts';
import { DATABASES } from './databases.ts';

/** An account of the app's, as the app itself makes it; gives its key. */
async function account(app: Accounts, org: string, login: string, more: Untyped = {}): Promise<string> {
  const id = crypto.randomUUID();
  const time = timeIn(app);
  const values = { id, org, login, created_at: time, updated_at: time, ...more };
  const text = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value));
  await app.rows(
    `INSERT INTO accounts (${Object.keys(values).join(', ')}) VALUES (${Object.values(values).map(text).join(', ')})`,
  );
  return id;
}

const timeIn = ({ test, isPostgres }: Accounts): string | number =>
  test.library === 'drizzle' && !isPostgres ? 1_700_000_000_000 : '2024-01-01T00:00:00.000Z';

const verified = (app: Accounts) => ({ login_verified_at: timeIn(app) });

const rowOf = async (app: Accounts, id: string): Promise<Untyped> =>
  (
    await app.rows(
      `SELECT login, given_name, badge, password_hash, login_verified_at FROM accounts WHERE id = '${id}'`,
    )
  )[0];

const replace = (path: string, value: unknown) => patchOp({ op: 'replace', path, value });

describe('linking', () => {
  onEachDatabase((ready) => {
    const linking = async (link: object | 'reject', more: Untyped = {}, options: object = {}) => {
      const app = await ready();
      const { attributes, ...rest } = more;
      const mapped = app.map({
        side: 'scim_accounts',
        link,
        delete: 'hard',
        attributes: {
          'name.givenName': app.name('given_name'),
          title: 'badge',
          active: whileNull(app.name('hired_at')),
          ...attributes,
        },
        ...rest,
      });
      return { app, mapped, ...app.over(mapped, options) };
    };
    const byMail = ({ name }: Accounts) => ({
      ...{ mode: 'link', by: 'userName', verified: name('login_verified_at') },
    });
    const linkedBy = async (more: object = {}, mapping: object = {}, options: object = {}) =>
      linking({ ...byMail(await ready()), ...more }, mapping, options);

    test('parity 42: accounts of the app are no resources, and are not taken over by default', async () => {
      const { app, send, org } = await linking('reject');
      const id = await account(app, org, 'ada@x.org', { given_name: 'Ada', ...verified(app) });
      expect((await send('GET', '/Users')).body.totalResults).toBe(0);
      expect((await send('GET', `/Users/${id}`)).body).toEqual(errorBody(404));
      const answer = await send('POST', '/Users', user('Ada@x.org', { title: 'x' }));
      expect(answer.body).toEqual(errorBody(409, 'uniqueness'));
      expect((await send('DELETE', `/Users/${id}`)).status).toBe(404);
      expect(await rowOf(app, id)).toMatchObject({ login: 'ada@x.org', given_name: 'Ada', badge: null });
    });

    test('parity 42: by a verified address the account becomes the resource; who logs in stays', async () => {
      const { app, send, org } = await linkedBy();
      const key = await account(app, org, 'Ada@x.org', { given_name: 'Ada', badge: 'b', ...verified(app) });
      const answer = await send('POST', '/Users', user('ada@X.org', { externalId: 'x', title: 'Dr' }));
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        ...{ userName: 'Ada@x.org', externalId: 'x', title: 'Dr', name: { givenName: 'Ada' } },
      });
      expect(answer.body.id).not.toBe(key);
      expect(await rowOf(app, key)).toMatchObject({ login: 'Ada@x.org', given_name: 'Ada', badge: 'Dr' });
      const path = `/Users/${answer.body.id}`;
      for (const refused of [
        await send('PATCH', path, replace('userName', 'eve@x.org')),
        await send('PUT', path, user('eve@x.org')),
      ]) {
        expect(refused.body).toEqual(errorBody(400, 'mutability'));
        expect(refused.body.detail).toContain('userName');
      }
      expect((await send('PATCH', path, replace('userName', 'ADA@x.org'))).status).toBe(200);
      const put = await send('PUT', path, user('ADA@X.ORG', { title: 'Prof' }));
      expect([put.status, put.body.userName, put.body.title]).toEqual([200, 'Ada@x.org', 'Prof']);
      expect((await rowOf(app, key)).login).toBe('Ada@x.org');
      // Once linked, it is taken like any other.
      expect((await send('POST', '/Users', user('ada@x.org'))).body).toEqual(errorBody(409, 'uniqueness'));
    });

    test.each(['NULL', 'excluded', 'another tenant'])(
      'an account is not handed over where it is %s',
      async (why) => {
        const app = await ready();
        const { send, org } = await linkedBy({}, { exclude: { badge: 'system' } });
        const key = await account(app, why === 'another tenant' ? `${org}-other` : org, 'ada@x.org', {
          ...(why !== 'NULL' && verified(app)),
          ...(why === 'excluded' && { badge: 'system' }),
        });
        const answer = await send('POST', '/Users', user('ada@x.org', { name: { givenName: 'Eve' } }));
        if (why === 'another tenant') expect(answer.status).toBe(201);
        else expect(answer.body).toEqual(errorBody(409, 'uniqueness'));
        expect((await rowOf(app, key)).given_name).toBeNull();
        expect(await app.rows(`SELECT * FROM scim_accounts WHERE owner = '${key}'`)).toEqual([]);
      },
    );

    test('a word is no verification, unless it says yes', async () => {
      const app = await ready();
      const { send, org } = await linkedBy({ verified: app.name('family_name') });
      for (const [word, status] of Object.entries({
        ...{ unverified: 409, pending: 409, no: 409, ' ': 409, 0: 409 },
        ...{ true: 201, T: 201, Yes: 201, 1: 201, '2024-01-01 00:00:00+00': 201 },
      })) {
        const login = `${word.length}${word.charCodeAt(0)}@x.org`;
        await account(app, org, login, { family_name: word });
        expect([word, (await send('POST', '/Users', user(login))).status]).toEqual([word, status]);
      }
    });

    test('an address is one in whatever column it is, and links nobody unless it was verified', async () => {
      const { app, send, org } = await linking({ mode: 'link', by: 'userName' });
      const key = await account(app, org, 'ada@x.org');
      await account(app, org, 'bob');
      const refused = await send('POST', '/Users', user('ada@x.org', { title: 'x' }));
      expect(refused.body).toEqual(errorBody(409, 'uniqueness'));
      expect(refused.body.detail).toMatch(/verified/);
      expect((await rowOf(app, key)).badge).toBeNull();
      expect((await send('POST', '/Users', user('bob'))).status).toBe(201);
    });

    test('a letter that only looks the same is another one, whatever it is in lower case', async () => {
      const { app, send, org } = await linkedBy({ identity: 'scim' });
      const [ken, mark] = [
        await account(app, org, 'ken@x.org', verified(app)),
        await account(app, org, 'Mar\u212a@x.org', verified(app)),
      ];
      for (const login of ['\u212aen@x.org', 'mark@x.org']) await send('POST', '/Users', user(login));
      for (const key of [ken, mark])
        expect(await app.rows(`SELECT id FROM scim_accounts WHERE owner = '${key}'`)).toEqual([]);
      const id = await made(send, '/Users', user('KEN@x.org'));
      expect((await send('PATCH', `/Users/${id}`, replace('userName', '\u212aen@x.org'))).status).toBe(200);
      expect((await rowOf(app, ken)).login_verified_at).toBeNull();
    });

    test('by a key of the developer, several are nobody', async () => {
      const { app, send, org } = await linking({ mode: 'link', by: 'title' });
      const [one] = [
        await account(app, org, 'a@x.org', { badge: 'T1' }),
        await account(app, org, 'b@x.org', { badge: 'T2' }),
        await account(app, org, 'c@x.org', { badge: 't2' }),
      ];
      const refused = await send('POST', '/Users', user('new@x.org', { title: 'T2' }));
      expect(refused.body).toEqual(errorBody(409, 'uniqueness'));
      const linked = await send('POST', '/Users', user('new@x.org', { title: 't1' }));
      expect([linked.status, linked.body.userName]).toEqual([201, 'a@x.org']);
      expect((await rowOf(app, one as string)).login).toBe('a@x.org');
      const unlinked = await send('POST', '/Users', user('new@x.org', { title: 'T3' }));
      expect([unlinked.status, unlinked.body.userName]).toEqual([201, 'new@x.org']);
    });

    test('where SCIM manages the identity, a changed address is one that nobody has verified', async () => {
      const { app, send, org } = await linkedBy({ identity: 'scim' });
      const key = await account(app, org, 'ada@x.org', verified(app));
      const id = await made(send, '/Users', user('ADA@x.org'));
      expect(await rowOf(app, key)).toMatchObject({ login_verified_at: expect.anything() });
      expect((await send('PATCH', `/Users/${id}`, replace('title', 'x'))).status).toBe(200);
      expect((await rowOf(app, key)).login_verified_at).not.toBeNull();
      const changed = await send('PATCH', `/Users/${id}`, replace('userName', 'eve@x.org'));
      expect([changed.status, changed.body.userName]).toEqual([200, 'eve@x.org']);
      expect(await rowOf(app, key)).toMatchObject({ login: 'eve@x.org', login_verified_at: null });
    });

    test('the same where a flag says that it was verified', async () => {
      const app = await ready();
      const { send, org } = await linkedBy({ identity: 'scim', verified: app.name('is_disabled') });
      const flag = async (id: string) =>
        Number((await app.rows(`SELECT is_disabled FROM accounts WHERE id = '${id}'`))[0].is_disabled);
      const [no, yes] = app.isPostgres ? [false, true] : [0, 1];
      const [unverified, key] = [
        await account(app, org, 'bob@x.org', { is_disabled: no }),
        await account(app, org, 'ada@x.org', { is_disabled: yes }),
      ];
      expect((await send('POST', '/Users', user('bob@x.org'))).status).toBe(409);
      expect(await app.rows(`SELECT * FROM scim_accounts WHERE owner = '${unverified}'`)).toEqual([]);
      const id = await made(send, '/Users', user('ada@x.org'));
      expect(await flag(key)).toBe(1);
      expect((await send('PATCH', `/Users/${id}`, replace('userName', 'eve@x.org'))).status).toBe(200);
      expect(await flag(key)).toBe(0);
    });

    test('another attribute in the column of the login identity changes it just as little', async () => {
      const { app, send, org } = await linkedBy({}, { attributes: { nickName: 'login' } });
      const key = await account(app, org, 'ada@x.org', verified(app));
      const { body } = await send('POST', '/Users', user('ada@x.org', { nickName: 'eve@x.org' }));
      expect((await rowOf(app, key)).login).toBe('ada@x.org');
      const refused = await send('PATCH', `/Users/${body.id}`, replace('nickName', 'eve@x.org'));
      expect(refused.body).toEqual(errorBody(400, 'mutability'));
      expect((await rowOf(app, key)).login).toBe('ada@x.org');
    });

    test("the password is the app's as well, unless SCIM manages the identity", async () => {
      const app = await ready();
      const password = {
        column: app.name('password_hash'),
        write: (text?: string) => (text ? `#${text}` : null),
      };
      const linked = async (more: object, mapping: object = {}) => {
        const over = await linkedBy(more, { attributes: { password }, ...mapping });
        const key = await account(app, over.org, 'ada@x.org', { password_hash: 'before', ...verified(app) });
        const { send, exchanges } = over;
        const id = await made(send, '/Users', user('ada@x.org', { externalId: 'x', password: 'eves-own-1' }));
        const hash = async () => (await rowOf(app, key)).password_hash;
        return { send, exchanges, path: `/Users/${id}`, hash };
      };
      const kept = await linked({}, { delete: 'soft', onReturn: 'reuse' });
      expect([await kept.hash(), ignored(kept)]).toEqual([
        'before',
        ['secret of an account that was linked: password'],
      ]);
      for (const refused of [
        await kept.send('PATCH', kept.path, replace('password', 'eves-own-2')),
        await kept.send('PATCH', kept.path, patchOp({ op: 'remove', path: 'password' })),
        await kept.send('PUT', kept.path, user('ada@x.org', { password: 'eves-own-3' })),
      ]) {
        expect(refused.body).toEqual(errorBody(400, 'mutability'));
        expect(refused.body.detail).toContain('"password"');
      }
      expect((await kept.send('PUT', kept.path, user('ada@x.org', { title: 'Dr' }))).status).toBe(200);
      expect(await kept.hash()).toBe('before');
      await kept.send('DELETE', kept.path);
      await made(kept.send, '/Users', user('ada@x.org', { externalId: 'x', password: 'eves-own-4' }));
      expect(await kept.hash()).toBe('before');
      const managed = await linked({ identity: 'scim' });
      expect(await managed.hash()).toBe('#eves-own-1');
      expect((await managed.send('PATCH', managed.path, replace('password', 'next-one-5'))).status).toBe(200);
      expect(await managed.hash()).toBe('#next-one-5');
    });

    test.each<[Untyped]>([[{}], [{ active: null }], [{ active: true }]])(
      'whoever was disabled is not let in by a POST that does not say so: %j',
      async (said) => {
        const { app, send, org } = await linkedBy();
        const disabled = { hired_at: timeIn(app) };
        await account(app, org, 'ada@x.org', { ...disabled, ...verified(app) });
        await account(app, org, 'bob@x.org', verified(app));
        const { status, body } = await send('POST', '/Users', user('ada@x.org', said));
        expect([status, body.active]).toEqual([201, said.active === true]);
        expect((await send('GET', `/Users/${body.id}`)).body.active).toBe(said.active === true);
        expect((await send('POST', '/Users', user('bob@x.org', said))).body.active).toBe(true);
      },
    );

    test('the same where both are in a joined table', async () => {
      const app = await ready();
      const [table, column] = [app.table('account_details'), 'city'];
      const { send, org } = await linking(
        { mode: 'link', by: 'title' },
        {
          joins: { [table]: app.name('account_id') },
          attributes: { userName: { table, column }, nickName: { table, column } },
          defaults: { login: () => crypto.randomUUID() },
        },
      );
      const key = await account(app, org, 'x', { badge: 'T1' });
      const updated = JSON.stringify(timeIn(app)).replaceAll('"', "'");
      await app.rows(`INSERT INTO account_details (account_id, city, source, updated_at)
        VALUES ('${key}', 'ada', 'app', ${updated}) RETURNING city`);
      const login = async () =>
        (await app.rows(`SELECT city FROM account_details WHERE account_id = '${key}'`))[0].city;
      const linked = await send('POST', '/Users', user('ada', { title: 'T1', nickName: 'eve' }));
      expect([linked.status, linked.body.userName, await login()]).toEqual([201, 'ada', 'ada']);
      const refused = await send('PATCH', `/Users/${linked.body.id}`, replace('nickName', 'eve'));
      expect(refused.body).toEqual(errorBody(400, 'mutability'));
      expect(await login()).toBe('ada');
    });

    test('a PUT that says nothing of the login identity leaves it; a PATCH that removes it is refused', async () => {
      const app = await ready();
      const slots = [{ columns: { value: app.name('home_email') }, constants: { type: 'home' } }];
      const { send, org } = await linkedBy({}, { attributes: { emails: { slots } } });
      const key = await account(app, org, 'ada@x.org', { home_email: 'h@x.org', ...verified(app) });
      const { body } = await send('POST', '/Users', user('ada@x.org'));
      const path = `/Users/${body.id}`;
      const put = await send('PUT', path, user('ada@x.org', { title: 'Dr' }));
      expect([put.status, put.body.title, put.body.emails]).toMatchObject([
        200,
        'Dr',
        [{ value: 'h@x.org' }],
      ]);
      for (const refused of [
        await send('PATCH', path, patchOp({ op: 'remove', path: 'emails' })),
        await send('PUT', path, user('ada@x.org', { emails: [{ value: 'eve@x.org', type: 'home' }] })),
      ]) {
        expect(refused.body).toEqual(errorBody(400, 'mutability'));
      }
      expect(await app.rows(`SELECT home_email FROM accounts WHERE id = '${key}'`)).toEqual([
        { home_email: 'h@x.org' },
      ]);
    });

    test('deleted and created again with another name, a linked account is still who it was', async () => {
      const app = await ready();
      const { send, org } = await linkedBy({}, { delete: 'soft', onReturn: 'reuse' });
      const key = await account(app, org, 'ada@x.org', verified(app));
      const id = await made(send, '/Users', user('ada@x.org', { externalId: 'x1' }));
      expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
      const back = await send('POST', '/Users', user('eve@x.org', { externalId: 'x1', title: 'y' }));
      expect([back.status, back.body.userName, back.body.title]).toEqual([201, 'ada@x.org', 'y']);
      expect(await rowOf(app, key)).toMatchObject({ login: 'ada@x.org', badge: 'y' });
      const refused = await send('PATCH', `/Users/${back.body.id}`, replace('userName', 'eve@x.org'));
      expect(refused.body).toEqual(errorBody(400, 'mutability'));
    });

    test('what is asked is told once the request is undone, and done once it is confirmed', async () => {
      const app = await ready();
      const asked: LinkConflict[] = [];
      const confirmed = new Set<string>();
      const rowsWhenTold: unknown[] = [];
      const { send, org } = await linking(
        {
          ...byMail(app),
          mode: 'ask',
          isConfirmed: ({ key }: LinkConflict) => confirmed.has(key),
          pending: async (conflict: LinkConflict) => {
            asked.push(conflict);
            rowsWhenTold.push(await app.rows(`SELECT badge FROM accounts WHERE org = '${org}'`));
          },
        },
        {},
        {
          isTransactional: true,
          use: [
            async (operation: Untyped, next: Untyped) => {
              if (operation.name === 'create')
                await app.app.app.run(operation.tx, {
                  text: `UPDATE accounts SET badge = 'hook' WHERE org = '${org}'`,
                  parameters: [],
                });
              return next();
            },
          ],
        },
      );
      const key = await account(app, org, 'ada@x.org', verified(app));
      const body = user('ada@x.org', { title: 'Dr' });
      const waiting = await send('POST', '/Users', body);
      expect(waiting.body).toEqual(errorBody(409, 'uniqueness'));
      expect(waiting.body.detail).toMatch(/confirm.*again/s);
      expect(asked).toEqual([
        { key, path: 'userName', value: 'ada@x.org', attributes: expect.objectContaining({ title: 'Dr' }) },
      ]);
      expect(rowsWhenTold).toEqual([[{ badge: null }]]);
      const data = { method: 'POST', path: '/Users', bulkId: 'a', data: body };
      const bulk = await send('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations: [data] });
      expect(bulk.body.Operations[0].status).toBe('409');
      expect(asked).toHaveLength(2);
      confirmed.add(key);
      const answer = await send('POST', '/Users', body);
      expect([answer.status, answer.body.title]).toEqual([201, 'Dr']);
      expect(asked).toHaveLength(2);
    });

    test.each([
      ['ada', 'bob'],
      ['bob', 'ada'],
    ])('it is told of a circle of a Bulk as well, in whatever order: %s, %s', async (...names) => {
      const app = await ready();
      const asked: string[] = [];
      const { send, org } = await linking(
        {
          ...{ ...byMail(app), mode: 'ask', isConfirmed: () => false },
          pending: ({ value }: LinkConflict) => void asked.push(value),
        },
        {},
        { isTransactional: true },
      );
      await account(app, org, 'ada@x.org', verified(app));
      const Operations = names.map((bulkId, index) => ({
        ...{ method: 'POST', path: '/Users', bulkId },
        data: {
          ...user(`${bulkId}@x.org`),
          schemas: [USER, ENTERPRISE],
          [ENTERPRISE]: { manager: { value: `bulkId:${names[1 - index]}` } },
        },
      }));
      const { body } = await send('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations });
      expect(body.Operations.map(({ status }: Untyped) => status)).toEqual(['409', '409']);
      expect(asked).toEqual(['ada@x.org']);
    });

    test('a truthy answer that is not true confirms nothing', async () => {
      const app = await ready();
      const { send, org } = await linking({
        ...{ ...byMail(app), mode: 'ask', isConfirmed: async () => 'yes', pending: () => {} },
      });
      await account(app, org, 'ada@x.org', verified(app));
      expect((await send('POST', '/Users', user('ada@x.org'))).status).toBe(409);
    });

    test('an account that is linked by a POST that deactivates it loses its access', async () => {
      const revoked: Untyped[] = [];
      const writes: Untyped[] = [];
      const { app, send, org } = await linkedBy(
        {},
        {},
        {
          onAccessRevoked: (event: Untyped) => void revoked.push(event),
          use: [
            async (operation: Untyped, next: Untyped) => {
              const result = await next();
              if (operation.name === 'create') writes.push(result);
              return result;
            },
          ],
        },
      );
      await account(app, org, 'ada@x.org', { given_name: 'Ada', ...verified(app) });
      expect((await send('POST', '/Users', user('ada@x.org', { active: false }))).status).toBe(201);
      expect(revoked).toHaveLength(1);
      expect(writes[0].before).toMatchObject({ active: true, name: { givenName: 'Ada' } });
      expect((await send('POST', '/Users', user('new@x.org', { active: false }))).status).toBe(201);
      expect(revoked).toHaveLength(1);
      expect(writes[1].before).toBeUndefined();
    });

    test('an account whose address changes at the same time is not handed over by the old one', async () => {
      const { app, send, org } = await linkedBy();
      if (!app.isPostgres) return;
      const key = await account(app, org, 'ada@x.org', verified(app));
      // The app's transaction is open until somebody waits for it.
      const changing = app.rows(`DO $$ BEGIN
        UPDATE accounts SET login = 'eve@x.org', login_verified_at = NULL WHERE id = '${key}';
        FOR i IN 1..1000 LOOP
          EXIT WHEN EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)));
          PERFORM pg_sleep(0.01);
        END LOOP;
      END $$`);
      const isOpen = `SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'DO %${key}%' AND wait_event = 'PgSleep'`;
      while ((await app.rows(isOpen)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const answer = await send('POST', '/Users', user('ada@x.org', { title: 'Dr' }));
      await changing;
      expect([answer.status, answer.body.userName]).toEqual([201, 'ada@x.org']);
      expect(await rowOf(app, key)).toMatchObject({ login: 'eve@x.org', badge: null });
    });

    test('of several at once, one links', async () => {
      const { app, send, org } = await linkedBy();
      const key = await account(app, org, 'ada@x.org', verified(app));
      const answers = await Promise.all(
        Array.from({ length: 5 }, (_, i) => send('POST', '/Users', user('ada@x.org', { title: `t${i}` }))),
      );
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        201, 409, 409, 409, 409,
      ]);
      const winner = answers.find(({ status }) => status === 201);
      expect((await rowOf(app, key)).badge).toBe(winner?.body.title);
      expect((await app.rows(`SELECT id FROM scim_accounts WHERE owner = '${key}'`)).length).toBe(1);
    });
  });
});

describe('policies that contradict themselves are refused at once', () => {
  test.each<[string, object, RegExp]>([
    [
      'an address without verified',
      { link: { mode: 'link', by: 'userName' }, attributes: { userName: 'work_email' } },
      /link: "userName" is an e-mail address.*"verified"/,
    ],
    [
      'a column that the database calls so',
      { link: { mode: 'link', by: 'title' }, attributes: { title: 'mail_box' } },
      /link: "title" is an e-mail address/,
    ],
    [
      'the column of an address',
      {
        link: { mode: 'link', by: 'title' },
        attributes: { title: 'badge', emails: { slots: [{ columns: { value: 'badge' } }] } },
      },
      /link: "title" is an e-mail address/,
    ],
    [
      'an attribute that is no column',
      { link: { mode: 'link', by: 'externalID' } },
      /link: "by" must be an attribute in a column/,
    ],
    [
      'several values',
      {
        link: { mode: 'link', by: 'emails', verified: 'login_verified_at' },
        attributes: { emails: { slots: [{ columns: { value: 'work_email' } }] } },
      },
      /link: "by"/,
    ],
    [
      'linking without a side table',
      { side: undefined, link: { mode: 'link', by: 'userName' } },
      /link: .*side table/,
    ],
    [
      'reuse where the id is the key',
      { side: undefined, delete: 'soft', deletedAt: 'deleted_at', onReturn: 'reuse' },
      /onReturn: "reuse" gives a row a new id/,
    ],
    ['kept rows of which nobody says what returns', { delete: 'soft' }, /onReturn: rows are kept/],
    [
      'kept rows without the time',
      { side: undefined, delete: 'soft', onReturn: 'rename' },
      /delete: "soft" needs "deletedAt"/,
    ],
    [
      'deactivation without active',
      { side: undefined, delete: 'deactivate', deletedAt: 'deleted_at', onReturn: 'rename' },
      /delete: "deactivate" needs "active" in a column of yours/,
    ],
    [
      'deactivation that only the side table knows of',
      { delete: 'deactivate', onReturn: 'reuse' },
      /delete: "deactivate" needs "active" in a column of yours/,
    ],
    [
      'deactivation that writes nothing',
      {
        ...{ delete: 'deactivate', onReturn: 'reuse' },
        attributes: { active: { column: 'is_disabled', read: (value: unknown) => !value } },
      },
      /delete: "deactivate" needs "active".*"write"/,
    ],
    [
      'accounts that were there before, of which nobody says what a DELETE does',
      {
        delete: undefined,
        link: { mode: 'link', by: 'externalId' },
        attributes: { externalId: 'external_id' },
      },
      /delete: with "link", accounts that were yours/,
    ],
    ['whoever is deactivated, and nobody looks', {}, /active: it has no place of yours.*whileNull/],
  ])('%s', async (_, more, text) => {
    const { Accounts } = await import('./accounts.ts');
    const [test] = DATABASES as [(typeof DATABASES)[number]];
    const app = new Accounts(await test.open(), test);
    try {
      const mapping = { side: 'scim_accounts', delete: 'hard', ...more };
      expect(() => app.map(mapping)).toThrow(TypeError);
      expect(() => app.map(mapping)).toThrow(text);
    } finally {
      await app.app.close();
    }
  });

  test('a column that the library does not know is refused at once', async () => {
    const { Accounts } = await import('./accounts.ts');
    const drizzle = DATABASES.find(({ name }) => name === 'Drizzle on SQLite') as (typeof DATABASES)[number];
    const app = new Accounts(await drizzle.open(), drizzle);
    try {
      const link = { mode: 'link', by: 'userName', verified: 'verifiedAt' };
      expect(() => app.map({ side: 'scim_accounts', delete: 'hard', link })).toThrow(
        /no column "verifiedAt"/,
      );
    } finally {
      await app.app.close();
    }
  });
});
