// Mappings without a side table: what there is a place for is what there is.
import { ScimError } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { sql } from '../../src/store/sql/fragment.ts';
import { whileNull } from '../../src/store/mapped/while-null.ts';
import { errorBody, made, patchOp, USER, user } from '../fixture.ts';
import { type Accounts, APP, ignored, onEachDatabase, type Untyped } from './accounts.ts';
import { DATABASES } from './databases.ts';

const add = (path: string, value: unknown) => patchOp({ op: 'add', path, value });
const filter = (text: string) => `/Users?filter=${encodeURIComponent(text)}`;

/** The names in a schema as it is published, those of sub-attributes with a dot. */
const namesIn = (schema: Untyped): readonly string[] =>
  schema.attributes.flatMap(({ name, subAttributes = [] }: Untyped) => [
    name,
    ...subAttributes.map((sub: Untyped) => `${name}.${sub.name}`),
  ]);

const slotted = ({ name }: Accounts, more: object = {}) => ({
  slots: [
    { columns: { value: name('work_email') }, constants: { type: 'work', primary: true } },
    { columns: { value: name('home_email') }, constants: { type: 'home' } },
  ],
  ...more,
});

describe('what is published, and what is not', () => {
  onEachDatabase((ready) => {
    const narrow = async () => {
      const app = await ready();
      const mapped = app.map({
        attributes: {
          'name.givenName': app.name('given_name'),
          active: {
            column: app.name('is_disabled'),
            read: (isDisabled: unknown) => Number(isDisabled) !== 1,
            write: (active: unknown) => active === false,
            filter: (column: Untyped) => sql`NOT ${column(app.name('is_disabled'))}`,
          },
          displayName: {
            columns: [app.name('given_name'), 'login'],
            read: (row: Untyped) => `${row[app.name('given_name')] ?? 'Nobody'} <${row.login}>`,
          },
        },
      });
      return { app, ...app.over(mapped) };
    };

    test('parity 10: /Schemas has the attributes and sub-attributes with a place, and no others', async () => {
      const { send } = await narrow();
      const { body } = await send('GET', '/Schemas');
      const core = body.Resources.find(({ id }: Untyped) => id === USER);
      expect(namesIn(core)).toEqual([
        ...['userName', 'name', 'name.givenName', 'displayName', 'active', 'password', 'groups'],
        ...['groups.value', 'groups.$ref', 'groups.display', 'groups.type'],
      ]);
      expect(body.Resources.map(({ id }: Untyped) => id)).not.toContain(APP);
      const byName = (name: string) => core.attributes.find((each: Untyped) => each.name === name);
      expect(byName('displayName').mutability).toBe('readOnly');
      expect(byName('active').mutability).toBe('readWrite');
    });

    test('parity 10: what has no place is ignored in bodies, and reported', async () => {
      const over = await narrow();
      const { send } = over;
      const body = user('ada', {
        ...{ title: 'Countess', externalId: 'x', name: { givenName: 'Ada', familyName: 'L' } },
        ...{ displayName: 'ignored', [APP]: { badge: '1' } },
      });
      const created = await send('POST', '/Users', body);
      expect(created.status).toBe(201);
      expect(created.body).toMatchObject({ name: { givenName: 'Ada' }, displayName: 'Ada <ada>' });
      for (const name of ['title', 'externalId', APP]) expect(created.body).not.toHaveProperty([name]);
      expect(created.body.name).toEqual({ givenName: 'Ada' });
      const notes = ignored(over).join('\n');
      for (const name of ['title', 'externalId', 'familyName', 'displayName']) expect(notes).toContain(name);
      const replaced = await send('PUT', `/Users/${created.body.id}`, body);
      expect(replaced.status).toBe(200);
      expect(replaced.body.meta.version).toBe(created.body.meta.version);
      expect(ignored(over).join('\n')).toContain('title');
      const patched = await send(
        'PATCH',
        `/Users/${created.body.id}`,
        patchOp({
          op: 'replace',
          value: { title: 'x', externalId: 'y', displayName: 'z', name: { givenName: 'A' } },
        }),
      );
      expect([patched.status, patched.body.displayName]).toEqual([200, 'A <ada>']);
      expect(ignored(over).join('\n')).toContain('externalId');
    });

    test.each([
      ['title', 'invalidPath'],
      ['externalId', 'invalidPath'],
      ['name.familyName', 'invalidPath'],
      ['displayName', 'mutability'],
    ])('a PATCH of "%s" is refused: %s', async (path, scimType) => {
      const { send } = await narrow();
      const id = await made(send, '/Users', user('ada'));
      expect((await send('PATCH', `/Users/${id}`, add(path, 'x'))).body).toEqual(errorBody(400, scimType));
    });

    test.each(['title', 'externalId', 'name.familyName', 'displayName', 'meta.created', 'password'])(
      'a filter on "%s" is refused, and sorting by it',
      async (path) => {
        const { send } = await narrow();
        expect((await send('GET', filter(`${path} eq "2020-01-01T00:00:00Z"`))).body).toEqual(
          errorBody(400, 'invalidFilter'),
        );
        expect((await send('GET', `/Users?sortBy=${path}`)).status).toBe(400);
      },
    );

    test('parity 46: one entry serves input, output, filters, sorting and PATCH', async () => {
      const { send, app, org } = await narrow();
      const id = await made(send, '/Users', user('ada', { active: false, name: { givenName: 'Ada' } }));
      await made(send, '/Users', user('bob', { name: { givenName: 'Bob' } }));
      const found = async (text: string) =>
        (await send('GET', filter(text))).body.Resources.map((each: Untyped) => each.userName);
      expect(await found('active eq false')).toEqual(['ada']);
      expect(await found('active eq true')).toEqual(['bob']);
      expect(await found('not (active eq true)')).toEqual(['ada']);
      expect(await found('name.givenName sw "b"')).toEqual(['bob']);
      const sorted = await send('GET', '/Users?sortBy=name.givenName&sortOrder=descending');
      expect(sorted.body.Resources.map((each: Untyped) => each.userName)).toEqual(['bob', 'ada']);
      const patched = await send('PATCH', `/Users/${id}`, add('active', true));
      expect(patched.body).toMatchObject({ active: true, displayName: 'Ada <ada>' });
      const rows = await app.rows(
        `SELECT login, is_disabled FROM accounts WHERE org = '${org}' ORDER BY login`,
      );
      expect(rows.map((row) => Number(row.is_disabled))).toEqual([0, 0]);
    });

    test('without a counter the version is made of what there is', async () => {
      const { send, app } = await narrow();
      const { body, headers } = await send('POST', '/Users', user('ada'));
      const etag = headers.get('etag') as string;
      expect(body.meta).not.toHaveProperty('created');
      const path = `/Users/${body.id}`;
      const same = await send('PATCH', path, add('active', true));
      expect(same.headers.get('etag')).toBe(etag);
      await app.rows(`UPDATE accounts SET given_name = 'App' WHERE id = '${body.id}'`);
      const read = await send('GET', path);
      expect(read.headers.get('etag')).not.toBe(etag);
      const change = add('name.givenName', 'x');
      expect((await send('PATCH', path, change, { 'if-match': etag })).status).toBe(412);
      expect((await send('DELETE', path, undefined, { 'if-match': etag })).status).toBe(412);
      const now = read.headers.get('etag') as string;
      expect((await send('PATCH', path, change, { 'if-match': now })).status).toBe(200);
      expect((await send('PUT', path, user('ada'), { 'if-match': now })).status).toBe(412);
    });

    test('columns for the counter and the times are what meta has', async () => {
      const app = await ready();
      const { send, org } = app.over(
        app.map({
          ...{ version: 'revision', created: app.name('created_at'), lastModified: app.name('updated_at') },
          attributes: { title: 'badge' },
        }),
      );
      const { body } = await send('POST', '/Users', user('ada'));
      expect(body.meta).toMatchObject({ version: 'W/"1"', created: expect.stringMatching(/Z$/) });
      const path = `/Users/${body.id}`;
      const changed = await send('PATCH', path, add('title', 'x'));
      expect(changed.body.meta).toMatchObject({ version: 'W/"2"', created: body.meta.created });
      expect(changed.body.meta.lastModified >= body.meta.lastModified).toBe(true);
      const same = await send('PATCH', path, add('title', 'x'));
      expect(same.body.meta).toEqual(changed.body.meta);
      expect(await app.rows(`SELECT revision FROM accounts WHERE org = '${org}'`)).toEqual([{ revision: 2 }]);
      const { lastModified } = changed.body.meta;
      expect((await send('GET', filter(`meta.lastModified ge "${lastModified}"`))).body.totalResults).toBe(1);
      expect((await send('GET', filter(`meta.lastModified gt "${lastModified}"`))).body.totalResults).toBe(0);
    });

    test('a counter that the app has left empty begins to count', async () => {
      const app = await ready();
      const { send } = app.over(app.map({ version: 'age', attributes: { title: 'badge' } }));
      const { body } = await send('POST', '/Users', user('ada'));
      await app.rows(`UPDATE accounts SET age = NULL WHERE id = '${body.id}'`);
      const path = `/Users/${body.id}`;
      const before = (await send('GET', path)).headers.get('etag') as string;
      const change = add('title', 'x');
      const changed = await send('PATCH', path, change, { 'if-match': before });
      expect([changed.status, changed.headers.get('etag')]).toEqual([200, 'W/"1"']);
      expect((await send('PATCH', path, add('title', 'y'), { 'if-match': before })).status).toBe(412);
    });

    test('parity 11: attributes of an extension, numbers, instants and texts of one of several', async () => {
      const app = await ready();
      const mapped = app.map({
        attributes: {
          [`${APP}:age`]: 'age',
          [`${APP}:plan`]: 'plan',
          [`${APP}:hiredAt`]: app.name('hired_at'),
        },
      });
      const { send } = app.over(mapped);
      const values = { age: 37, plan: 'free', hiredAt: '2024-02-29T12:34:56.789Z' };
      const created = await send('POST', '/Users', user('ada', { [APP]: values }));
      expect(created.body[APP]).toEqual(values);
      expect(created.body.schemas).toEqual([USER, APP]);
      const { Resources } = (await send('GET', '/Schemas')).body;
      expect(namesIn(Resources.find(({ id }: Untyped) => id === APP)).toSorted()).toEqual([
        ...['age', 'hiredAt', 'plan'],
      ]);
      const wrong = await send('POST', '/Users', user('bob', { [APP]: { age: 'old' } }));
      expect(wrong.body).toEqual(errorBody(400, 'invalidValue'));
      expect((await send('GET', filter(`schemas eq "${APP}"`))).body.totalResults).toBe(1);
      for (const text of [
        'age eq 37',
        'age gt 36',
        'age lt 36.5e9',
        'plan eq "FREE"',
        'plan sw "f"',
        'plan pr',
        'hiredAt eq "2024-02-29T13:34:56.789+01:00"',
        'hiredAt lt "2024-03-01T00:00:00Z"',
      ]) {
        expect([text, (await send('GET', filter(`${APP}:${text}`))).body.totalResults]).toEqual([text, 1]);
      }
      const again = await send(
        'PUT',
        `/Users/${created.body.id}`,
        user('ada', { [APP]: { ...values, hiredAt: '2024-02-29T12:34:56.789000Z' } }),
      );
      expect(again.body.meta.version).toBe(created.body.meta.version);
      const sorted = await send('GET', `/Users?sortBy=${APP}:age`);
      expect(sorted.body.totalResults).toBe(1);
    });
  });
});

describe('computed attributes that are written', () => {
  onEachDatabase((ready) => {
    test('parity 10, 19, 46: one attribute in two columns, both ways, and whileNull', async () => {
      const app = await ready();
      const [given, family] = [app.name('given_name'), app.name('family_name')];
      const mapped = app.map({
        attributes: {
          displayName: {
            columns: [given, family],
            read: (row: Untyped) => [row[given], row[family]].filter(Boolean).join(' '),
            write: (value: string | undefined) => {
              const [first = null, ...rest] = value?.split(' ') ?? [];
              return { [given]: first, [family]: rest.join(' ') || null };
            },
            filter: (column: Untyped) =>
              sql`(coalesce(${column(given)}, '') || ' ' || coalesce(${column(family)}, ''))`,
          },
          active: whileNull(app.name('deleted_at')),
        },
      });
      const { send, org } = app.over(mapped);
      const id = await made(send, '/Users', user('ada', { displayName: 'Ada King Lovelace' }));
      const row = async () =>
        (await app.rows(`SELECT given_name, family_name, deleted_at FROM accounts WHERE org = '${org}'`))[0];
      expect(await row()).toEqual({ given_name: 'Ada', family_name: 'King Lovelace', deleted_at: null });
      expect((await send('GET', filter('displayName eq "ada king lovelace"'))).body.totalResults).toBe(1);
      expect((await send('GET', '/Users?sortBy=displayName')).body.totalResults).toBe(1);
      const patched = await send(
        'PATCH',
        `/Users/${id}`,
        patchOp({ op: 'remove', path: 'displayName' }, { op: 'replace', path: 'active', value: false }),
      );
      expect(patched.body).not.toHaveProperty('displayName');
      expect(patched.body.active).toBe(false);
      expect(await row()).toEqual({
        given_name: null,
        family_name: null,
        deleted_at: expect.anything(),
      });
      expect((await send('GET', filter('active eq false'))).body.totalResults).toBe(1);
    });
  });
});

describe('values in slots', () => {
  onEachDatabase((ready) => {
    const over = async (more: object = {}) => {
      const app = await ready();
      return {
        app,
        ...app.over(app.map({ version: 'revision', attributes: { emails: slotted(app, more) } })),
      };
    };
    const work = { value: 'w@x.org', type: 'work', primary: true };
    const home = { value: 'h@x.org', type: 'home' };
    const columns = async ({ app, org }: { app: Accounts; org: string }) =>
      (await app.rows(`SELECT work_email AS w, home_email AS h FROM accounts WHERE org = '${org}'`))[0];

    test('parity 16: each value finds its column, whatever their order', async () => {
      const test = await over();
      const { send } = test;
      const created = await send('POST', '/Users', user('ada', { emails: [home, work] }));
      expect(created.body.emails).toEqual([work, home]);
      expect(await columns(test)).toEqual({ w: 'w@x.org', h: 'h@x.org' });
      for (const text of [
        'emails eq "H@x.org"',
        'emails[type eq "home" and value sw "h"]',
        'emails.type eq "home"',
        'emails[primary eq true and value eq "w@x.org"]',
        'not (emails[type eq "home" and value sw "w"])',
      ]) {
        expect([text, (await send('GET', filter(text))).body.totalResults]).toEqual([text, 1]);
      }
      expect((await send('GET', '/Users?sortBy=emails')).body.totalResults).toBe(1);
    });

    test('PATCH of a value, removal of a value, and of all', async () => {
      const test = await over();
      const { send } = test;
      const id = await made(send, '/Users', user('ada', { emails: [work, home] }));
      const patched = await send(
        'PATCH',
        `/Users/${id}`,
        patchOp({ op: 'replace', path: 'emails[type eq "work"].value', value: 'new@x.org' }),
      );
      expect(patched.body.emails[0]).toEqual({ ...work, value: 'new@x.org' });
      expect(await columns(test)).toEqual({ w: 'new@x.org', h: 'h@x.org' });
      await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'emails[type eq "home"]' }));
      expect(await columns(test)).toEqual({ w: 'new@x.org', h: null });
      await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'emails' }));
      expect(await columns(test)).toEqual({ w: null, h: null });
      expect((await send('GET', `/Users/${id}`)).body).not.toHaveProperty('emails');
      const created = await send(
        'PATCH',
        `/Users/${id}`,
        patchOp({ op: 'add', path: 'emails[type eq "home"].value', value: 'h2@x.org' }),
      );
      expect(created.body.emails).toEqual([{ value: 'h2@x.org', type: 'home' }]);
    });

    test('a value that fits no slot is refused in words that say what there is room for', async () => {
      const test = await over();
      const answer = await test.send(
        'POST',
        '/Users',
        user('ada', { emails: [work, home, { value: 'o@x.org', type: 'other' }] }),
      );
      expect(answer.body).toEqual(errorBody(400, 'invalidValue'));
      expect(answer.body.detail).toContain('"emails"');
      expect(answer.body.detail).toContain('type "work"');
      expect(answer.body.detail).toContain('type "home"');
      expect(answer.body.detail).not.toMatch(/work_?email/i);
      expect(await columns(test)).toBeUndefined();
    });

    test('others that are ignored are reported, and make no new version', async () => {
      const test = await over({ others: 'ignore' });
      const { send } = test;
      const body = user('ada', { emails: [{ value: 'o@x.org', type: 'other' }, home, work] });
      const created = await send('POST', '/Users', body);
      expect([created.status, created.body.emails]).toEqual([201, [work, home]]);
      expect(ignored(test)).toContain('no room for value: emails');
      const replaced = await send('PUT', `/Users/${created.body.id}`, body);
      expect(replaced.body).toEqual(created.body);
      expect(ignored(test)).toContain('no room for value: emails');
    });

    test('slots without constants take any value; a value that says less goes where there is room', async () => {
      const app = await ready();
      const slots = [
        { columns: { value: app.name('work_email') } },
        { columns: { value: app.name('home_email') } },
      ];
      const { send, org } = app.over(app.map({ attributes: { emails: { slots } } }));
      const id = await made(send, '/Users', user('ada', { emails: [{ value: 'a@x' }, { value: 'b@x' }] }));
      const path = `/Users/${id}`;
      await send('PATCH', path, patchOp({ op: 'remove', path: 'emails[value eq "a@x"]' }));
      expect((await send('GET', path)).body.emails).toEqual([{ value: 'b@x' }]);
      await send('PATCH', path, patchOp({ op: 'remove', path: 'emails' }));
      expect(await columns({ app, org })).toEqual({ w: null, h: null });
    });
  });
});

describe('what contradicts itself is said at once', () => {
  const app = async () => {
    const [database] = DATABASES;
    const { Accounts } = await import('./accounts.ts');
    const test = database as (typeof DATABASES)[number];
    return new Accounts(await test.open(), test);
  };
  const emails = { slots: [{ columns: { value: 'work_email' } }] };

  test.each<[string, object, RegExp]>([
    [
      'an attribute that there is not',
      { attributes: { 'name.nick': 'login' } },
      /name\.nick: User has no such attribute/,
    ],
    ['a required attribute without a place', { attributes: { userName: undefined } }, /userName: .*required/],
    ['an attribute in the column of the tenant', { attributes: { title: 'org' } }, /title: .*"where"/],
    ['an attribute in the key', { attributes: { externalId: 'id' } }, /externalId: .*key/],
    [
      'a value in the key',
      { attributes: { emails: { slots: [{ columns: { value: 'id' } }] } } },
      /emails: .*key/,
    ],
    [
      'a part that is read and not written',
      { attributes: { emails: { slots: [{ columns: { value: { column: 'work_email', read: String } } }] } } },
      /emails: .*"write"/,
    ],
    [
      'several values in one column',
      { attributes: { emails: 'work_email' } },
      /emails: a multi-valued attribute/,
    ],
    ['a complex attribute in one column', { attributes: { name: 'given_name' } }, /name: it has parts/],
    ['slots of one value', { attributes: { title: emails } }, /title: it has one value/],
    [
      'a table that is not joined',
      { attributes: { title: { table: 'account_details', column: 'city' } } },
      /title: "joins"/,
    ],
    [
      'columns without read',
      { attributes: { title: { columns: ['login'] } } },
      /title: "columns" needs "read"/,
    ],
    [
      'a sub-attribute that there is not',
      { attributes: { emails: { slots: [{ columns: { nick: 'badge' } }] } } },
      /emails: it has no sub-attribute "nick"/,
    ],
    [
      'a part of values by itself',
      { attributes: { 'emails.value': 'work_email' } },
      /emails\.value: it is a part of each value/,
    ],
    [
      'a whole and a part',
      {
        attributes: {
          name: { columns: ['login'], read: () => undefined, write: () => ({}) },
          'name.givenName': 'given_name',
        },
      },
      /name\.givenName: "name" has a place/,
    ],
    [
      'a secret that is no column',
      { attributes: { password: { columns: ['badge'], read: String } } },
      /password: a secret/,
    ],
  ])('%s', async (_, more, text) => {
    const accounts = await app();
    try {
      const { attributes } = more as Untyped;
      expect(() => accounts.map({ attributes })).toThrow(TypeError);
      expect(() => accounts.map({ attributes })).toThrow(text);
      expect(() => accounts.map({ attributes })).not.toThrow(ScimError);
    } finally {
      await accounts.app.close();
    }
  });
});
