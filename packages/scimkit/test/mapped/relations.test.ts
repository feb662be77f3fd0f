// Members in the app's own join tables.
import { Group, User } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { errorBody, group, made, patchOp, type Send, user } from '../fixture.ts';
import { onEachDatabase, type Untyped } from './accounts.ts';

const add = (...ids: readonly string[]) =>
  patchOp({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });
const remove = (text: string) => patchOp({ op: 'remove', path: `members[${text}]` });

const membersOf = async (send: Send, id: string): Promise<readonly string[]> =>
  (await send('GET', `/Groups/${id}`)).body.members.map(({ value }: Untyped) => String(value)).toSorted();

const sorted = (...ids: readonly string[]) => ids.toSorted();

describe('members', () => {
  onEachDatabase((ready) => {
    const people = async (send: Send, ...names: readonly string[]) => {
      const ids: string[] = [];
      for (const name of names) ids.push(await made(send, '/Users', user(name, { displayName: name })));
      return ids as [string, ...string[]];
    };

    test('parity 10, 12: of two kinds, of itself, in circles; and the groups of a user, direct and indirect', async () => {
      const app = await ready();
      const { send } = await app.directory();
      const [ada, bob] = await people(send, 'ada', 'bob');
      const inner = await made(send, '/Groups', group('inner', [ada]));
      const outer = await made(send, '/Groups', group('outer', [inner, bob as string]));
      expect((await send('PATCH', `/Groups/${inner}`, add(outer, inner))).status).toBe(204);
      const { body } = await send('GET', `/Groups/${inner}`);
      const byType = Object.fromEntries(body.members.map((each: Untyped) => [each.value, each]));
      expect(byType[ada]).toEqual({
        ...{ value: ada, type: 'User', display: 'ada' },
        $ref: `http://scim.test/scim/v2/Users/${ada}`,
      });
      expect(byType[outer]).toMatchObject({ type: 'Group', display: 'outer' });
      expect(Object.keys(byType)).toHaveLength(3);
      const groups = (await send('GET', `/Users/${ada}`)).body.groups;
      expect(Object.fromEntries(groups.map(({ value, type }: Untyped) => [value, type]))).toEqual({
        [inner]: 'direct',
        [outer]: 'indirect',
      });
      const filter = `/Users?filter=${encodeURIComponent(`groups.value eq "${outer}"`)}`;
      expect((await send('GET', filter)).body.totalResults).toBe(2);
      const holding = `/Groups?filter=${encodeURIComponent(`members[type eq "User" and display eq "BOB"]`)}`;
      expect((await send('GET', holding)).body.Resources).toMatchObject([{ id: outer }]);
      expect((await send('DELETE', `/Groups/${outer}`)).status).toBe(204);
      expect(await membersOf(send, inner)).toEqual(sorted(ada, inner));
    });

    test('duplicates are one; unknown ids are skipped, or refused by choice', async () => {
      const app = await ready();
      const { send, organisation, exchanges } = await app.directory();
      const [ada] = await people(send, 'ada');
      const id = await made(send, '/Groups', group('G', [ada, ada, 'nobody']));
      expect(await membersOf(send, id)).toEqual([ada]);
      const before = (await send('GET', `/Groups/${id}`)).body.meta.version;
      expect((await send('PATCH', `/Groups/${id}`, add(ada, 'nobody', ada))).status).toBe(204);
      expect(exchanges.at(-1)?.notes).toMatchObject([{ name: 'unknown reference', where: 'members nobody' }]);
      expect((await send('GET', `/Groups/${id}`)).body.meta.version).toBe(before);
      const { send: strict } = await app.directory({}, { organisation, unknownReferences: 'reject' });
      const answer = await strict('PATCH', `/Groups/${id}`, add(ada, 'nobody'));
      expect(answer.body).toEqual(errorBody(400, 'invalidValue'));
      expect(answer.body.detail).toContain('"nobody"');
      expect((await strict('POST', '/Groups', group('H', ['nobody']))).status).toBe(400);
      expect((await send('GET', '/Groups')).body.totalResults).toBe(1);
    });

    test('what the join table has besides: defaults in new rows, and what the app put into old ones', async () => {
      const app = await ready();
      const { name, table } = app;
      const organisation = await app.organisation();
      const users = app.database.map(User, {
        ...{ table: table('users'), key: { column: 'id', type: 'integer' } },
        where: { organisation: name('organisation_id') },
        attributes: { userName: 'email' },
      });
      const groups = app.database.map(Group, {
        ...{ table: table('teams'), key: 'id', version: 'version' },
        where: { organisation: name('organisation_id') },
        defaults: { id: () => crypto.randomUUID() },
        attributes: {
          displayName: 'name',
          members: {
            ...{ table: table('team_members'), holder: name('team_id'), member: name('user_id') },
            ...{ of: users, defaults: { role: () => 'guest' } },
          },
        },
      });
      const open = (mapped: Untyped) => ({
        type: mapped.type,
        store: () => mapped.open({ where: { organisation } }),
      });
      const { send } = app.serve([open(users), open(groups)], {}, {});
      const [ada, bob, eve] = (await people(send, 'ada', 'bob', 'eve')) as [string, string, string];
      const id = await made(send, '/Groups', group('G', [ada, bob]));
      const roles = async () =>
        Object.fromEntries(
          (await app.rows(`SELECT user_id, role FROM team_members WHERE team_id = '${id}'`)).map(
            ({ user_id, role }) => [String(user_id), role],
          ),
        );
      expect(await roles()).toEqual({ [ada]: 'guest', [bob]: 'guest' });
      await app.rows(`UPDATE team_members SET role = 'admin' WHERE user_id = ${ada} RETURNING role`);
      expect((await send('PUT', `/Groups/${id}`, group('G', [eve, ada]))).status).toBe(200);
      expect(await roles()).toEqual({ [ada]: 'admin', [eve]: 'guest' });
      const replaced = patchOp({ op: 'replace', path: 'members', value: [{ value: ada }, { value: bob }] });
      expect((await send('PATCH', `/Groups/${id}`, replaced)).status).toBe(204);
      expect(await roles()).toEqual({ [ada]: 'admin', [bob]: 'guest' });
    });

    test('replaced, removed by a filter, all of them; a PUT without members keeps them', async () => {
      const app = await ready();
      const { send } = await app.directory();
      const [ada, bob, eve] = (await people(send, 'ada', 'bob', 'eve')) as [string, string, string];
      const nested = await made(send, '/Groups', group('nested'));
      const id = await made(send, '/Groups', group('G', [ada, bob, eve, nested]));
      const path = `/Groups/${id}`;
      const { members: _, ...without } = group('renamed');
      expect((await send('PUT', path, without)).body.displayName).toBe('renamed');
      expect(await membersOf(send, id)).toEqual(sorted(ada, bob, eve, nested));
      expect((await send('PATCH', path, remove(`display eq "EVE"`))).status).toBe(204);
      expect((await send('PATCH', path, remove(`type eq "Group"`))).status).toBe(204);
      expect(await membersOf(send, id)).toEqual(sorted(ada, bob));
      expect((await send('PATCH', path, remove(`value eq "${eve}"`))).status).toBe(204);
      const listed = patchOp({ op: 'remove', path: 'members', value: [{ value: ada }] });
      expect((await send('PATCH', path, listed)).status).toBe(204);
      expect(await membersOf(send, id)).toEqual([bob]);
      const replaced = patchOp({
        op: 'replace',
        path: 'members',
        value: [{ value: eve }, { value: nested }],
      });
      expect((await send('PATCH', path, replaced)).status).toBe(204);
      expect(await membersOf(send, id)).toEqual(sorted(eve, nested));
      expect((await send('PUT', path, group('G'))).status).toBe(200);
      expect(await membersOf(send, id)).toEqual([]);
      await send('PATCH', path, add(ada));
      expect((await send('PATCH', path, patchOp({ op: 'remove', path: 'members' }))).status).toBe(204);
      expect(await membersOf(send, id)).toEqual([]);
    });

    test('parity 17: whoever is of another tenant is nobody, as member and as group', async () => {
      const app = await ready();
      const [one, other] = [await app.directory(), await app.directory()];
      const [ada] = await people(one.send, 'ada');
      const theirs = await made(other.send, '/Groups', group('theirs', [ada]));
      expect(await membersOf(other.send, theirs)).toEqual([]);
      expect((await other.send('PATCH', `/Groups/${theirs}`, add(ada))).status).toBe(204);
      expect(await membersOf(other.send, theirs)).toEqual([]);
      expect((await one.send('PATCH', `/Groups/${theirs}`, add(ada))).body).toEqual(errorBody(404));
      // Even what the app itself mixed up is not shown.
      const [row] = await app.rows(
        `SELECT t.id AS team, u.id AS person FROM teams t, users u WHERE t.organisation_id = ${other.organisation} AND u.organisation_id = ${one.organisation}`,
      );
      await app.rows(
        `INSERT INTO team_members (team_id, user_id) VALUES ('${row.team}', ${row.person}) RETURNING role`,
      );
      expect(await membersOf(other.send, theirs)).toEqual([]);
      expect((await one.send('GET', `/Users/${ada}`)).body).not.toHaveProperty('groups');
      const filter = encodeURIComponent('members pr or members.value pr');
      expect((await other.send('GET', `/Groups?filter=${filter}`)).body.totalResults).toBe(0);
    });

    test.each([
      ['gone', {}],
      ['kept', { delete: 'soft', onReturn: 'reuse' }],
    ])('many at once, while others are deleted and their rows are %s', async (_, users) => {
      const app = await ready();
      const { send, organisation } = await app.directory({ users });
      const id = await made(send, '/Groups', group('G'));
      const ids = await Promise.all(
        Array.from({ length: 24 }, (__, i) => made(send, '/Users', user(`m${i}`))),
      );
      const statuses = await Promise.all(
        ids.flatMap((each, i) => [
          send('PATCH', `/Groups/${id}`, add(each)),
          ...(i % 3 === 0 ? [send('DELETE', `/Users/${each}`)] : []),
          ...(i % 3 === 1 ? [send('PATCH', `/Groups/${id}`, remove(`value eq "${each}"`))] : []),
        ]),
      );
      expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([204]));
      const members = await membersOf(send, id);
      for (const [i, each] of ids.entries()) {
        if (i % 3 === 0) expect(members).not.toContain(each);
        if (i % 3 === 2) expect(members).toContain(each);
      }
      const [row] = await app.rows(
        `SELECT count(*) AS n FROM team_members JOIN teams ON id = team_id WHERE organisation_id = ${organisation}`,
      );
      expect(Number(row.n)).toBe(members.length);
    });

    test('a large group is sent in parts where ids are keys, each member once', async () => {
      const app = await ready();
      const { name, table } = app;
      const organisation = await app.organisation();
      const users = app.database.map(User, {
        ...{ table: table('users'), key: { column: 'id', type: 'integer', prefix: 'u' } },
        where: { organisation: name('organisation_id') },
        attributes: { userName: 'email' },
      });
      const groups = app.database.map(Group, {
        ...{ table: table('teams'), key: 'id', version: 'version' },
        where: { organisation: name('organisation_id') },
        defaults: { id: () => crypto.randomUUID() },
        attributes: {
          displayName: 'name',
          members: {
            table: table('team_members'),
            holder: name('team_id'),
            member: name('user_id'),
            of: users,
          },
        },
      });
      const reads: number[] = [];
      const open = (mapped: Untyped) => ({
        type: mapped.type,
        store: () => {
          const store = mapped.open({ where: { organisation } });
          const { references } = store;
          if (references)
            store.references = async (...given: Untyped) => {
              const page = await references(...given);
              reads.push(page.length);
              return page;
            };
          return store;
        },
      });
      const { send } = app.serve([open(users), open(groups)], {}, {});
      const id = await made(send, '/Groups', group('G'));
      const count = 4_321;
      const time = app.test.library === 'drizzle' && !app.isPostgres ? '0' : "'2024-01-01T00:00:00Z'";
      const numbers = app.isPostgres
        ? `generate_series(1, ${count}) AS n (i)`
        : `(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n)`;
      await app.rows(
        `INSERT INTO users (organisation_id, email, created_at, updated_at) SELECT ${organisation}, 'm' || i, ${time}, ${time} FROM ${numbers}`,
      );
      await app.rows(
        `INSERT INTO team_members (team_id, user_id) SELECT '${id}', id FROM users WHERE organisation_id = ${organisation}`,
      );
      const { body } = await send('GET', `/Groups/${id}`);
      const values = new Set(body.members.map(({ value }: Untyped) => value));
      expect([body.members.length, values.size]).toEqual([count, count]);
      expect(reads.length).toBeGreaterThan(1);
      expect([...values].every((value) => /^u\d+$/.test(String(value)))).toBe(true);
      const named = body.members.find(({ display }: Untyped) => display === `m${count}`);
      expect((await send('GET', `/Users/${named.value}`)).body.groups).toMatchObject([{ value: id }]);
    });
  });
});

describe('relations that contradict themselves are refused at once', () => {
  onEachDatabase((ready, { name }) => {
    test('no counter, no mapping, other names in "where", another type', async () => {
      const app = await ready();
      const where = { organisation: app.name('organisation_id') };
      const users = app.database.map(User, {
        ...{ table: app.table('users'), key: { column: 'id', type: 'integer' }, where },
        attributes: { userName: 'email' },
      });
      const groups = (members: Untyped, more: Untyped = { version: 'version' }) =>
        app.database.map(Group, {
          ...{ table: app.table('teams'), key: 'id', where, ...more },
          attributes: {
            displayName: 'name',
            members: {
              table: app.table('team_members'),
              holder: app.name('team_id'),
              member: app.name('user_id'),
              ...members,
            },
          },
        });
      expect(() => groups({ of: users })).not.toThrow();
      expect(() => groups({ of: users }, {})).toThrow(/version: .*counts changes/);
      expect(() => groups({ of: { type: User } })).toThrow(/members: "of" must be a mapping/);
      expect(() => groups({ of: users }, { version: 'version', where: {} })).toThrow(
        /members: User must have the same names/,
      );
      if (!name.startsWith('Kysely'))
        expect(() => groups({ of: users, holder: 'x' })).toThrow(/no column "x"/);
    });
  });
});
