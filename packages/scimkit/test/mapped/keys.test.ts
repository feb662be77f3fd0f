// Keys as ids: what is no key of the table leads nowhere, and never to an error of the database.
import { Group, User } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { BULK_REQUEST, errorBody, group, made, patchOp, user } from '../fixture.ts';
import { onEachDatabase, type Untyped } from './accounts.ts';

const filter = (text: string) => `?filter=${encodeURIComponent(text)}`;

const NO_KEYS = [
  ...[
    'abc',
    '1e3',
    '999999999999999999999',
    '9223372036854775808',
    '2147483648',
    '01',
    '-0',
    '-1',
    '+1',
    '1.0',
  ],
  ...[' 1', '1 ', '0x1', 'null', 'undefined', '%00', 'a%00', '1%00', "1'", '1;--', '*', '__proto__', 'NaN'],
  ...['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000g', '🙂', '%F0%9F%99%82'],
  ...['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', 'x'.repeat(300)],
];

/** The same as texts; U+0000 is in no text that a client may send. */
const TEXTS = NO_KEYS.filter((key) => !key.includes('%00')).map(decodeURI);

describe('keys', () => {
  onEachDatabase((ready) => {
    /** Users by a key that is a number, with a prefix or without one; groups by a text. */
    const numbered = async (prefix?: string) => {
      const app = await ready();
      const organisation = await app.organisation();
      const users = app.database.map(User, {
        ...{ table: app.table('users'), key: { column: 'id', type: 'integer', ...(prefix && { prefix }) } },
        where: { organisation: app.name('organisation_id') },
        attributes: { userName: 'email', title: 'title' },
      });
      const groups = app.database.map(Group, {
        ...{ table: app.table('teams'), key: 'id', version: 'version' },
        where: { organisation: app.name('organisation_id') },
        defaults: { id: () => crypto.randomUUID() },
        attributes: {
          displayName: 'name',
          members: {
            ...{ table: app.table('team_members'), holder: app.name('team_id') },
            ...{ member: app.name('user_id'), of: users },
          },
        },
      });
      const open = (mapped: Untyped) => ({
        type: mapped.type,
        store: () => mapped.open({ where: { organisation } }),
      });
      return { app, organisation, ...app.serve([open(users), open(groups)], {}, {}) };
    };

    test.each([undefined, 'u-'])('whole numbers, with the prefix %s', async (prefix) => {
      const { app, organisation, send } = await numbered(prefix);
      const created = await send('POST', '/Users', user('ada'));
      const { id } = created.body;
      const [row] = await app.rows(`SELECT id FROM users WHERE organisation_id = ${organisation}`);
      expect(id).toBe(`${prefix ?? ''}${row.id}`);
      expect(created.body.meta.location).toBe(`http://scim.test/scim/v2/Users/${id}`);
      expect((await send('GET', `/Users/${id}`)).body).toEqual(created.body);
      for (const text of [`id eq "${id}"`, `id sw "${id}"`, 'id pr', 'not (id eq "x")', `id ne "${id}x"`]) {
        expect([text, (await send('GET', `/Users${filter(text)}`)).body.totalResults]).toEqual([text, 1]);
      }
      const team = await send('POST', '/Groups', group('G', [id, ...TEXTS, String(Number(row.id) + 1e6)]));
      expect([team.status, team.body.members]).toMatchObject([201, [{ value: id }]]);
      expect((await send('GET', `/Users/${id}`)).body.groups).toMatchObject([{ value: team.body.id }]);
      expect((await send('GET', `/Groups${filter(`members eq "${id}"`)}`)).body.totalResults).toBe(1);
      expect((await send('GET', `/Groups${filter('members.value eq "abc"')}`)).body.totalResults).toBe(0);
      const removed = await send(
        'PATCH',
        `/Groups/${team.body.id}`,
        patchOp({ op: 'remove', path: `members[value eq "${id}"]` }),
      );
      expect(removed.status).toBe(204);
      expect((await send('GET', '/Users?sortBy=id')).body.totalResults).toBe(1);
      if (prefix) expect((await send('GET', `/Users/${row.id}`)).status).toBe(404);
      expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
    });

    test.each(['/Users', '/Groups'])('what is no key, under %s', async (path) => {
      const { send } = await numbered();
      for (const key of NO_KEYS) {
        const answers = [
          await send('GET', `${path}/${key}`),
          await send('DELETE', `${path}/${key}`),
          await send('PATCH', `${path}/${key}`, patchOp({ op: 'replace', path: 'externalId', value: 'x' })),
        ];
        expect([key, answers.map(({ status }) => status)]).toEqual([
          key,
          [404, 404, expect.toSatisfy((status: number) => [400, 404].includes(status))],
        ]);
        if (key.includes('%00')) continue;
        const text = `id eq ${JSON.stringify(decodeURI(key))}`;
        const found = await send('GET', `${path}${filter(text)}`);
        expect([key, found.status, found.body.totalResults]).toEqual([key, 200, 0]);
      }
    });

    test('a Bulk whose resources get their keys of the database, in a circle too', async () => {
      const { send } = await numbered('u-');
      const team = (bulkId: string, ...members: readonly string[]) => ({
        ...{
          method: 'POST',
          bulkId,
          path: '/Groups',
          data: group(
            bulkId,
            members.map((id) => `bulkId:${id}`),
          ),
        },
      });
      const { body } = await send('POST', '/Bulk', {
        schemas: [BULK_REQUEST],
        Operations: [
          team('g', 'a', 'b'),
          ...['a', 'b'].map((bulkId) => ({ method: 'POST', bulkId, path: '/Users', data: user(bulkId) })),
        ],
      });
      expect(body.Operations.map(({ status }: Untyped) => status)).toEqual(['201', '201', '201']);
      const { Resources } = (await send('GET', '/Groups')).body;
      expect(Resources[0].members.map(({ value }: Untyped) => value)).toEqual([
        expect.stringMatching(/^u-\d+$/),
        expect.stringMatching(/^u-\d+$/),
      ]);
    });

    test('UUIDs', async () => {
      const app = await ready();
      const { send } = app.over(app.map());
      const id = await made(send, '/Users', user('ada'));
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      for (const key of [...NO_KEYS, id.toUpperCase(), `${id}x`, id.replaceAll('-', '')]) {
        expect([key, (await send('GET', `/Users/${key}`)).status]).toEqual([key, 404]);
        expect([key, (await send('DELETE', `/Users/${key}`)).status]).toEqual([key, 404]);
        if (key.includes('%00')) continue;
        const text = `id eq ${JSON.stringify(decodeURI(key))} or id sw ${JSON.stringify(`${decodeURI(key)}zz`)}`;
        const found = await send('GET', `/Users${filter(text)}`);
        expect([key, found.status, found.body.totalResults]).toEqual([key, 200, 0]);
      }
      expect((await send('GET', `/Users/${id}`)).status).toBe(200);
      expect(
        (await send('GET', `/Users${filter(`id gt "0" and id sw "${id.slice(0, 9)}"`)}`)).body.totalResults,
      ).toBe(1);
    });

    test('parity 14: ids and external ids in columns of the app; neither is its key', async () => {
      const app = await ready();
      let made1 = 0;
      const prefix = crypto.randomUUID().slice(0, 8);
      const mapped = app.map({
        ...{ id: app.name('scim_id'), newId: () => `${prefix}-${++made1}` },
        attributes: { externalId: app.name('external_id') },
      });
      const { send, org } = app.over(mapped);
      const first = await send('POST', '/Users', user('ada', { externalId: '1' }));
      expect(first.body).toMatchObject({ id: `${prefix}-1`, externalId: '1' });
      const [row] = await app.rows(`SELECT id, scim_id, external_id FROM accounts WHERE org = '${org}'`);
      expect(row).toMatchObject({ scim_id: `${prefix}-1`, external_id: '1' });
      expect(row.id).not.toBe(first.body.id);
      expect((await send('GET', `/Users/${row.id}`)).body).toEqual(errorBody(404));
      const second = await send('POST', '/Users', user('bob', { externalId: row.id, id: first.body.id }));
      expect([second.status, second.body.id]).toEqual([201, `${prefix}-2`]);
      expect(
        (await send('GET', `/Users${filter(`externalId eq "${row.id}"`)}`)).body.Resources,
      ).toMatchObject([{ userName: 'bob' }]);
      for (const key of NO_KEYS) {
        expect([key, (await send('GET', `/Users/${key}`)).status]).toEqual([key, 404]);
      }
    });

    test('newId makes keys, with their prefix or without it', async () => {
      const app = await ready();
      for (const newId of [() => crypto.randomUUID(), () => `u-${crypto.randomUUID()}`]) {
        const mapped = app.map({ key: { column: 'id', type: 'uuid', prefix: 'u-' }, newId, defaults: {} });
        const { send, org } = app.over(mapped);
        const id = await made(send, '/Users', user('ada'));
        const [row] = await app.rows(`SELECT id FROM accounts WHERE org = '${org}'`);
        expect(id).toBe(`u-${row.id}`);
        expect((await send('GET', `/Users/${id}`)).status).toBe(200);
      }
    });

    test('ids of users and groups that might be the same are refused', async () => {
      const app = await ready();
      const key: Untyped = { column: 'id', type: 'integer' };
      const users = (prefix: object) =>
        app.database.map(User, {
          table: app.table('users'),
          key: { ...key, ...prefix },
          attributes: { userName: 'email' },
        });
      const groups = (of: Untyped) =>
        app.database.map(Group, {
          ...{ table: app.table('organisations'), key, version: 'name' },
          attributes: {
            displayName: { column: 'name', read: String },
            members: [
              {
                table: app.table('team_members'),
                holder: app.name('team_id'),
                member: app.name('user_id'),
                of,
              },
              {
                table: app.table('team_teams'),
                holder: app.name('parent_id'),
                member: app.name('child_id'),
                of: 'self',
              },
            ],
          },
        });
      expect(() => groups(users({}))).toThrow(/members: a Group and a User may have the same id.*"prefix"/);
      expect(() => groups(users({ prefix: 'u-' }))).not.toThrow();
    });
  });
});
