// What requests write into rows, joined tables, defaults and secrets, and what of the app's own stays as it is.
import { defineResourceType, defineSchema, UserSchema } from 'scimkit';
import { whileNull } from '../../src/store/mapped/while-null.ts';
import { describe, expect, test } from 'vitest';
import { sql } from '../../src/store/sql/fragment.ts';
import { errorBody, made, patchOp, user } from '../fixture.ts';
import { type Accounts, APP, AppUser, ignored, onEachDatabase, type Untyped } from './accounts.ts';

const filter = (text: string) => `/Users?filter=${encodeURIComponent(text)}`;
const replace = (path: string, value: unknown) => patchOp({ op: 'replace', path, value });

describe('values in rows', () => {
  onEachDatabase((ready) => {
    const tagged = async (more: object = {}) => {
      const app = await ready();
      const rows = {
        ...{ table: app.table('account_tags'), key: app.name('account_id') },
        ...{ order: 'id', defaults: { weight: () => 7 } },
        ...more,
      };
      const mapped = app.map({
        version: 'revision',
        attributes: { [`${APP}:tags`]: { columns: { value: 'tag' }, ...rows } },
      });
      return { app, ...app.over(mapped) };
    };
    const tagsOf = ({ app, org }: { app: Accounts; org: string }) =>
      app.rows(
        `SELECT tag, weight FROM account_tags WHERE account_id IN (SELECT id FROM accounts WHERE org = '${org}') ORDER BY id`,
      );

    test('an attribute that is not complex, with defaults, in order', async () => {
      const test = await tagged();
      const { send } = test;
      const { body } = await send('POST', '/Users', user('ada', { [APP]: { tags: ['c', 'a', 'b'] } }));
      expect(body[APP]).toEqual({ tags: ['c', 'a', 'b'] });
      expect(await tagsOf(test)).toEqual(['c', 'a', 'b'].map((tag) => ({ tag, weight: 7 })));
      for (const text of [
        `${APP}:tags eq "A"`,
        `${APP}:tags sw "c"`,
        `${APP}:tags pr`,
        `not (${APP}:tags eq "x")`,
      ]) {
        expect([text, (await send('GET', filter(text))).body.totalResults]).toEqual([text, 1]);
      }
      const patched = await send(
        'PATCH',
        `/Users/${body.id}`,
        patchOp({ op: 'add', path: `${APP}:tags`, value: ['d'] }),
      );
      expect(patched.body[APP].tags).toEqual(['c', 'a', 'b', 'd']);
      expect((await send('GET', `/Users?sortBy=${APP}:tags`)).body.totalResults).toBe(1);
    });

    test('parity 16: what the app keeps beside a value survives when others change', async () => {
      const test = await tagged();
      const { app, send, org } = test;
      const id = await made(send, '/Users', user('ada', { [APP]: { tags: ['a', 'b'] } }));
      await app.rows(
        `UPDATE account_tags SET weight = 99 WHERE tag = 'a' AND account_id = '${id}' RETURNING id`,
      );
      await send('PUT', `/Users/${id}`, user('ada', { [APP]: { tags: ['x', 'a'] } }));
      expect(await tagsOf({ app, org })).toEqual([
        { tag: 'a', weight: 99 },
        { tag: 'x', weight: 7 },
      ]);
      await send('PATCH', `/Users/${id}`, replace(`${APP}:tags`, ['a']));
      expect(await tagsOf(test)).toEqual([{ tag: 'a', weight: 99 }]);
      const cleared = await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: `${APP}:tags` }));
      expect(cleared.body).not.toHaveProperty([APP]);
      expect(await tagsOf(test)).toEqual([]);
    });

    test.each([[{}], [{ order: undefined }]])(
      'the same ones in another order than theirs are no change: %j',
      async (order) => {
        const { send } = await tagged(order);
        const body = user('ada', { [APP]: { tags: ['c', 'a', 'b'] } });
        const path = `/Users/${await made(send, '/Users', body)}`;
        const { version } = (await send('GET', path)).body.meta;
        for (const tags of [
          ['c', 'a', 'b'],
          ['b', 'c', 'a'],
        ]) {
          const put = await send('PUT', path, user('ada', { [APP]: { tags } }));
          expect([put.status, put.body.meta.version]).toEqual([200, version]);
          const patched = await send('PATCH', path, replace(`${APP}:tags`, tags));
          expect([patched.status, patched.body.meta.version]).toEqual([200, version]);
        }
        const more = await send('PUT', path, user('ada', { [APP]: { tags: ['b', 'c', 'a', 'a'] } }));
        expect(more.body.meta.version).not.toBe(version);
      },
    );

    test('values of another kind than a constant says have no place', async () => {
      const app = await ready();
      const emails = {
        ...{ table: app.table('account_tags'), key: app.name('account_id'), order: 'id' },
        ...{ columns: { value: 'tag' }, constants: { type: 'work' }, defaults: { weight: 1 } },
      };
      const { send } = app.over(app.map({ attributes: { emails } }));
      const fitting = await send(
        'POST',
        '/Users',
        user('ada', { emails: [{ value: 'a' }, { value: 'b', type: 'Work' }] }),
      );
      expect([fitting.status, fitting.body.emails]).toEqual([
        201,
        ['a', 'b'].map((value) => ({ value, type: 'work' })),
      ]);
      const other = await send('POST', '/Users', user('bob', { emails: [{ value: 'h', type: 'home' }] }));
      expect(other.body).toEqual(errorBody(400, 'invalidValue'));
      expect(other.body.detail).toContain('type "work"');
      expect((await send('GET', filter('emails[type eq "work" and value eq "b"]'))).body.totalResults).toBe(
        1,
      );
    });

    test('a row is known by what stands in it, whatever is read from it', async () => {
      const columns = {
        value: {
          column: 'tag',
          read: (tag: string) => tag.toLowerCase(),
          write: (tag: string) => tag.toUpperCase(),
          filter: (column: Untyped) => sql`lower(${column('tag')})`,
        },
      };
      const test = await tagged({ columns });
      const { app, send } = test;
      const id = await made(send, '/Users', user('ada', { [APP]: { tags: ['a', 'b'] } }));
      await app.rows(
        `UPDATE account_tags SET tag = 'aA' WHERE tag = 'A' AND account_id = '${id}' RETURNING id`,
      );
      expect((await send('GET', `/Users/${id}`)).body[APP].tags).toEqual(['aa', 'b']);
      const removed = await send('PATCH', `/Users/${id}`, replace(`${APP}:tags`, ['b', 'c']));
      expect(removed.body[APP].tags).toEqual(['b', 'c']);
      expect((await tagsOf(test)).map(({ tag }) => tag)).toEqual(['B', 'C']);
      expect((await send('GET', filter(`${APP}:tags eq "C"`))).body.totalResults).toBe(1);
    });

    test('verified_at of an address stays with it, and not with another one', async () => {
      const app = await ready();
      const { send, organisation } = await app.directory();
      const emails = [
        { value: 'a@x.org', type: 'work', primary: true },
        { value: 'b@x.org', type: 'home' },
      ];
      const id = await made(send, '/Users', user('ada', { emails }));
      const time =
        app.test.library === 'drizzle' && !app.isPostgres ? 1_700_000_000_000 : "'2024-01-01T00:00:00Z'";
      const among = `user_id IN (SELECT id FROM users WHERE organisation_id = ${organisation})`;
      await app.rows(`UPDATE user_emails SET verified_at = ${time} WHERE ${among} RETURNING id`);
      const verified = async () =>
        (await app.rows(`SELECT address, verified_at FROM user_emails WHERE ${among} ORDER BY id`)).map(
          ({ address, verified_at: at }) => [address, at !== null],
        );
      await send(
        'PATCH',
        `/Users/${id}`,
        patchOp(
          { op: 'replace', path: 'emails[value eq "b@x.org"].primary', value: true },
          { op: 'replace', path: 'emails[value eq "b@x.org"].type', value: 'other' },
        ),
      );
      expect(await verified()).toEqual([
        ['a@x.org', true],
        ['b@x.org', true],
      ]);
      const { body } = await send('GET', `/Users/${id}`);
      expect(body.emails).toEqual([
        { value: 'a@x.org', type: 'work', primary: false },
        { value: 'b@x.org', type: 'other', primary: true },
      ]);
      await send('PATCH', `/Users/${id}`, replace('emails[type eq "work"].value', 'eve@x.org'));
      expect(await verified()).toEqual([
        ['b@x.org', true],
        ['eve@x.org', false],
      ]);
    });
  });
});

describe('a table with a row beside each account', () => {
  onEachDatabase((ready) => {
    const joined = async () => {
      const app = await ready();
      const details = app.table('account_details');
      const mapped = app.map({
        joins: { [details]: app.name('account_id') },
        version: 'revision',
        attributes: { title: { table: details, column: 'city' }, nickName: 'badge' },
      });
      return { app, ...app.over(mapped) };
    };

    test('parity 16: made when it is needed, with what the library fills in; changed, cleared, compared', async () => {
      const { app, send } = await joined();
      const id = await made(send, '/Users', user('ada'));
      const row = async () => (await app.rows(`SELECT * FROM account_details WHERE account_id = '${id}'`))[0];
      expect(await row()).toBeUndefined();
      expect((await send('GET', filter('not (title eq "x")'))).body.totalResults).toBeGreaterThan(0);
      await send('PATCH', `/Users/${id}`, replace('title', 'Paris'));
      const first = await row();
      expect(first).toMatchObject({ city: 'Paris', source: expect.stringMatching(/\S/) });
      expect((await send('GET', filter('title eq "paris" and userName eq "ada"'))).body.totalResults).toBe(1);
      expect((await send('GET', '/Users?sortBy=title')).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await send('PATCH', `/Users/${id}`, replace('title', 'Rome'));
      const second = await row();
      expect(second).toMatchObject({ city: 'Rome', source: first.source });
      // Kysely leaves that to the database, which has no such thing.
      if (app.test.library !== 'kysely') expect(second.updated_at > first.updated_at).toBe(true);
      const cleared = await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'title' }));
      expect(cleared.body).not.toHaveProperty('title');
      expect(await row()).toMatchObject({ city: null });
      expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
      expect(await row()).toBeUndefined();
    });

    test('what the library renews is renewed with each change, and with no other request', async () => {
      const { app, send, org } = await joined();
      const time = async () =>
        Number(
          new Date((await app.rows(`SELECT updated_at FROM accounts WHERE org = '${org}'`))[0].updated_at),
        );
      const id = await made(send, '/Users', user('ada'));
      const first = await time();
      expect(first).toBeGreaterThan(1_600_000_000_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'nickName' }));
      expect(await time()).toBe(first);
      await send('PATCH', `/Users/${id}`, replace('nickName', 'x'));
      if (app.test.library !== 'kysely') expect(await time()).toBeGreaterThan(first);
    });
  });
});

describe('columns that no attribute has', () => {
  onEachDatabase((ready) => {
    test('parity 15, 47: defaults are values and functions, for new rows alone', async () => {
      const app = await ready();
      let count = 0;
      const mapped = app.map({
        attributes: { title: 'badge' },
        defaults: {
          badge: 'default',
          plan: 'free',
          [app.name('given_name')]: () => `n${++count}`,
          [app.name('hired_at')]: new Date(0),
        },
      });
      const { send, org } = app.over(mapped);
      const rows = () =>
        app.rows(
          `SELECT login, badge, plan, given_name, hired_at FROM accounts WHERE org = '${org}' ORDER BY login`,
        );
      const id = await made(send, '/Users', user('a'));
      await made(send, '/Users', user('b', { title: 'own' }));
      expect(await rows()).toMatchObject([
        { badge: 'default', plan: 'free', given_name: 'n1' },
        { badge: 'own', plan: 'free', given_name: 'n2' },
      ]);
      expect(new Date((await rows())[0].hired_at).getTime()).toBe(0);
      await app.rows(`UPDATE accounts SET plan = 'pro' WHERE org = '${org}'`);
      await send('PUT', `/Users/${id}`, user('a'));
      expect(await rows()).toMatchObject([
        { badge: null, plan: 'pro', given_name: 'n1' },
        { badge: 'own', plan: 'pro' },
      ]);
      expect(count).toBe(2);
    });

    test('parity 17: the tenant is the one that the store was opened for, in every row', async () => {
      const app = await ready();
      const mapped = app.map({ attributes: { title: 'badge' }, defaults: { org: 'evil' } });
      const { send, org } = app.over(mapped);
      await made(send, '/Users', user('a', { org: 'evil' }));
      expect(await app.rows(`SELECT org FROM accounts WHERE org IN ('${org}', 'evil')`)).toEqual([{ org }]);
      const other = app.over(mapped);
      await made(other.send, '/Users', user('a'));
      for (const text of [
        'userName pr or userName eq "x"',
        'not (userName eq "x")',
        'id pr',
        'title eq null or id pr',
      ]) {
        expect([text, (await other.send('GET', filter(text))).body.totalResults]).toEqual([text, 1]);
      }
    });

    test('parity 18: rows that are excluded are not there, for any operation', async () => {
      const app = await ready();
      for (const exclude of [
        { [app.name('is_disabled')]: true },
        (column: Untyped) => ({ text: `${column('badge').text} = 'root'`, parameters: [] }),
      ]) {
        const mapped = app.map({ attributes: { title: 'badge' } });
        const { send: all, org } = app.over(mapped);
        const id = await made(all, '/Users', user('root', { title: 'root' }));
        await app.rows(`UPDATE accounts SET is_disabled = ${app.isPostgres} WHERE org = '${org}'`);
        if (!app.isPostgres) await app.rows(`UPDATE accounts SET is_disabled = 1 WHERE org = '${org}'`);
        const { send } = app.over(app.map({ exclude, attributes: { title: 'badge' } }), { org });
        const path = `/Users/${id}`;
        expect((await send('GET', '/Users')).body.totalResults).toBe(0);
        for (const answer of [
          await send('GET', path),
          await send('PUT', path, user('x')),
          await send('PATCH', path, replace('title', 'x')),
          await send('DELETE', path),
        ]) {
          expect(answer.body).toEqual(errorBody(404));
        }
        expect((await send('POST', '/Users', user('ROOT'))).body).toEqual(errorBody(409, 'uniqueness'));
        expect((await all('GET', path)).status).toBe(200);
      }
    });
  });
});

describe('values that must be unique', () => {
  onEachDatabase((ready) => {
    test('are so in columns with conversions, and where only the side table has them', async () => {
      const app = await ready();
      const Worker = defineResourceType({
        ...AppUser.definition,
        schemaExtensions: [
          {
            schema: defineSchema({
              id: APP,
              attributes: [{ name: 'workerId', uniqueness: 'server' }],
            }),
          },
        ],
      });
      const mapped = app.map(
        {
          side: 'scim_accounts',
          attributes: {
            userName: {
              column: 'login',
              read: (login: string) => login.slice(3),
              write: (userName: string) => `sso${userName}`,
            },
            active: whileNull(app.name('hired_at')),
          },
        },
        Worker,
      );
      const { send, org } = app.over(mapped);
      const id = await made(send, '/Users', user('ada', { [APP]: { workerId: 'W1' } }));
      const other = await made(send, '/Users', user('bob', { [APP]: { workerId: 'W2' } }));
      for (const { body } of [
        await send('POST', '/Users', user('ada')),
        await send('POST', '/Users', user('eve', { [APP]: { workerId: 'w1' } })),
        await send('PATCH', `/Users/${other}`, replace('userName', 'ada')),
        await send('PATCH', `/Users/${other}`, replace(`${APP}:workerId`, 'W1')),
      ]) {
        expect(body).toEqual(errorBody(409, 'uniqueness'));
      }
      expect((await send('PATCH', `/Users/${id}`, replace(`${APP}:workerId`, 'w1'))).status).toBe(200);
      expect(await app.rows(`SELECT login FROM accounts WHERE org = '${org}' ORDER BY login`)).toEqual([
        { login: 'ssoada' },
        { login: 'ssobob' },
      ]);
    });

    test('one that was deleted more often than one can count hides no live one', async () => {
      const app = await ready();
      let logins = 10;
      const { send, org } = app.over(
        app.map({
          ...{ delete: 'soft', deletedAt: app.name('deleted_at'), onReturn: { rename: [] } },
          attributes: { userName: app.name('work_email') },
          // In the order of the index, the live one is the last.
          defaults: { login: () => `login ${++logins}` },
        }),
      );
      for (let round = 0; round < 20; round += 1) {
        await send('DELETE', `/Users/${await made(send, '/Users', user('ada'))}`);
      }
      await made(send, '/Users', user('ada'));
      // As an update may move it behind the others.
      await app.rows(`UPDATE accounts SET badge = 'x' WHERE org = '${org}' AND deleted_at IS NULL`);
      expect((await send('POST', '/Users', user('Ada'))).body).toEqual(errorBody(409, 'uniqueness'));
    });
  });
});

describe('one column for two attributes', () => {
  onEachDatabase((ready) => {
    const sharing = async () => {
      const app = await ready();
      const slots = [{ columns: { value: 'login' }, constants: { type: 'work', primary: true } }];
      return { app, ...app.over(app.map({ version: 'revision', attributes: { emails: { slots } } })) };
    };
    const mail = (value: string) => ({ emails: [{ value, type: 'work', primary: true }] });

    test('what is left out takes nothing away, and the same in other capitals is the same', async () => {
      const { send } = await sharing();
      const created = await send('POST', '/Users', user('ada@x.org'));
      expect([created.status, created.body.emails]).toEqual([201, mail('ada@x.org').emails]);
      const path = `/Users/${created.body.id}`;
      for (const body of [
        user('ada@x.org'),
        user('ada@x.org', mail('ada@x.org')),
        user('ada@x.org', mail('ADA@x.org')),
      ]) {
        const put = await send('PUT', path, body);
        expect([put.status, put.body.userName, put.body.meta.version]).toEqual([200, 'ada@x.org', 'W/"1"']);
      }
      const renamed = await send('PUT', path, user('eve@x.org'));
      expect(renamed.body).toMatchObject({ userName: 'eve@x.org', ...mail('eve@x.org') });
      const changed = await send('PATCH', path, replace('emails[type eq "work"].value', 'bob@x.org'));
      expect(changed.body).toMatchObject({ userName: 'bob@x.org', ...mail('bob@x.org') });
      await send('PATCH', path, patchOp({ op: 'remove', path: 'emails' }));
      expect((await send('GET', path)).body.userName).toBe('bob@x.org');
    });

    test('contradictions are refused', async () => {
      const { send } = await sharing();
      const answer = await send('POST', '/Users', user('ada@x.org', mail('eve@x.org')));
      expect(answer.body).toEqual(errorBody(400, 'invalidValue'));
      expect(answer.body.detail).toMatch(/"userName" and "emails"/);
      expect((await send('GET', '/Users')).body.totalResults).toBe(0);
    });
  });
});

describe('an active that is only read', () => {
  onEachDatabase((ready) => {
    test('is no reason to refuse a user, and says what the row says', async () => {
      const app = await ready();
      const active = { column: app.name('hired_at'), read: (value: unknown) => value === null };
      const { send, org } = app.over(app.map({ attributes: { active } }));
      const { status, body } = await send('POST', '/Users', user('ada'));
      expect([status, body.active]).toEqual([201, true]);
      await app.rows(`UPDATE accounts SET hired_at = created_at WHERE org = '${org}' RETURNING id`);
      expect((await send('PUT', `/Users/${body.id}`, user('ada', { active: true }))).body.active).toBe(false);
      const refused = await send('PATCH', `/Users/${body.id}`, replace('active', true));
      expect(refused.body).toEqual(errorBody(400, 'mutability'));
    });
  });
});

describe('passwords', () => {
  onEachDatabase((ready) => {
    test('are hashed by what the developer gave, in whatever time it takes, and are never seen again', async () => {
      const app = await ready();
      const given: unknown[] = [];
      const mapped = app.map({
        attributes: {
          title: 'badge',
          password: {
            column: app.name('password_hash'),
            write: async (password: string | undefined) => {
              given.push(password);
              await new Promise((resolve) => setTimeout(resolve, 1));
              return password === undefined ? null : `hash:${[...password].reverse().join('')}`;
            },
          },
        },
      });
      const test = app.over(mapped);
      const { send, org } = test;
      const seen: string[] = [];
      const watched: typeof send = async (...request) => {
        const answer = await send(...request);
        seen.push(JSON.stringify([answer.body, ignored(test)]));
        return answer;
      };
      const hash = async () =>
        (await app.rows(`SELECT password_hash FROM accounts WHERE org = '${org}'`))[0].password_hash;
      const { body } = await watched('POST', '/Users', user('ada', { password: 't0p-secret' }));
      const path = `/Users/${body.id}`;
      expect(await hash()).toBe('hash:terces-p0t');
      await watched('PUT', path, user('ada', { title: 'x' }));
      expect(await hash()).toBe('hash:terces-p0t');
      await watched('PUT', path, user('ada', { password: 'next-secret' }));
      expect(await hash()).toBe('hash:terces-txen');
      const patched = await watched('PATCH', path, replace('password', 'last-secret'));
      expect([patched.status, await hash()]).toEqual([200, 'hash:terces-tsal']);
      await watched('PATCH', path, patchOp({ op: 'replace', value: { password: 'more-secret' } }));
      expect(await hash()).toBe('hash:terces-erom');
      const removed = await watched('PATCH', path, patchOp({ op: 'remove', path: 'password' }));
      expect([removed.status, await hash()]).toEqual([200, null]);
      expect(given.at(-1)).toBeUndefined();
      for (const text of ['password pr', 'password eq "x"', 'password sw "h"']) {
        expect((await watched('GET', filter(text))).body).toEqual(errorBody(400, 'invalidFilter'));
      }
      expect((await watched('GET', '/Users?sortBy=password')).status).toBe(400);
      await watched('GET', `${path}?attributes=password,userName`);
      expect(seen.join('\n')).not.toMatch(/secret|terces|hash:/);
      const events = JSON.stringify(
        test.exchanges.flatMap(({ operations }) => operations.map((each: Untyped) => each.written ?? {})),
      );
      expect(events).not.toMatch(/secret|terces/);
    });

    test('are kept where an extension has them, too', async () => {
      const app = await ready();
      const id = 'urn:example:params:scim:schemas:extension:door:2.0:User';
      const attributes = [{ name: 'pin', mutability: 'writeOnly', returned: 'never' }] as const;
      const type = defineResourceType({
        ...{ name: 'User', endpoint: '/Users', schema: UserSchema },
        schemaExtensions: [{ schema: defineSchema({ id, attributes }) }],
      });
      const write = (pin?: string) => pin && `#${pin}`;
      const pin = { column: app.name('password_hash'), write };
      const { send, org } = app.over(app.map({ attributes: { [`${id}:pin`]: pin } }, type));
      const kept = async () =>
        (await app.rows(`SELECT password_hash FROM accounts WHERE org = '${org}'`))[0].password_hash;
      const ada = user('ada', { [id]: { pin: '1111' } });
      const path = `/Users/${await made(send, '/Users', { ...ada, schemas: [...ada.schemas, id] })}`;
      expect(await kept()).toBe('#1111');
      expect((await send('PATCH', path, replace(`${id}:pin`, '2222'))).status).toBe(200);
      expect(await kept()).toBe('#2222');
      expect((await send('PATCH', path, patchOp({ op: 'remove', path: `${id}:pin` }))).status).toBe(200);
      expect(await kept()).toBeNull();
    });
  });
});
