// What becomes of a row: to SCIM the resource is gone in any case.
import { describe, expect, test } from 'vitest';
import { whileNull } from '../../src/store/mapped/while-null.ts';
import { errorBody, group, made, patchOp, type Send, user } from '../fixture.ts';
import { type Accounts, onEachDatabase, type Untyped } from './accounts.ts';

const filter = (text: string) => `/Users?filter=${encodeURIComponent(text)}`;

/** Nothing leads to a resource that was deleted. */
async function expectGone(send: Send, id: string, userName: string): Promise<void> {
  const path = `/Users/${id}`;
  const answers = [
    await send('GET', path),
    await send('PUT', path, user('other')),
    await send('PATCH', path, patchOp({ op: 'replace', path: 'userName', value: 'x' })),
    await send('DELETE', path),
    await send('GET', path, undefined, { 'if-none-match': 'W/"1"' }),
    await send('DELETE', path, undefined, { 'if-match': '*' }),
  ];
  for (const answer of answers) expect(answer.body).toEqual(errorBody(404));
  for (const text of [`id eq "${id}"`, `userName eq "${userName}"`]) {
    expect([text, (await send('GET', filter(text))).body.totalResults]).toEqual([text, 0]);
  }
}

/** What the app's rows of an organisation look like. */
const logins = async ({ rows }: Accounts, org: string): Promise<readonly Untyped[]> =>
  rows(`SELECT login, deleted_at, is_disabled FROM accounts WHERE org = '${org}' ORDER BY created_at, login`);

describe('deletion', () => {
  onEachDatabase((ready) => {
    const disabled = ({ name }: Accounts) => ({
      column: name('is_disabled'),
      read: (isDisabled: unknown) => Number(isDisabled) !== 1,
      write: (active: unknown) => active === false,
    });

    test('parity 13: hard, with rows in other tables, and what refers to it is refused in words that help', async () => {
      const app = await ready();
      const { send, org } = app.over(
        app.map({
          joins: { [app.table('account_details')]: app.name('account_id') },
          attributes: {
            title: { table: app.table('account_details'), column: 'city' },
            emails: {
              ...{ table: app.table('account_tags'), key: app.name('account_id') },
              ...{ columns: { value: 'tag' }, defaults: { weight: 1 } },
            },
          },
        }),
      );
      const more = { title: 'Paris', emails: [{ value: 'a@x.org' }] };
      const [kept, id] = [
        await made(send, '/Users', user('kept', more)),
        await made(send, '/Users', user('ada', more)),
      ];
      await app.rows(`INSERT INTO invoices (account_id) VALUES ('${kept}')`);
      const refused = await send('DELETE', `/Users/${kept}`);
      expect(refused.body).toEqual(errorBody(409));
      expect(refused.body.detail).toMatch(/[Dd]eactivate/);
      expect(refused.body.detail).not.toMatch(/invoices|account_|fkey/i);
      expect((await send('GET', `/Users/${kept}`)).body).toMatchObject(more);
      expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
      await expectGone(send, id, 'ada');
      expect(await app.rows(`SELECT * FROM account_details WHERE account_id = '${id}'`)).toEqual([]);
      expect(await app.rows(`SELECT * FROM account_tags WHERE account_id = '${id}'`)).toEqual([]);
      expect((await logins(app, org)).map(({ login }) => login)).toEqual(['kept']);
      await made(send, '/Users', user('ADA'));
    });

    test('parity 13, 43: a row that is kept and renamed makes room, again and again', async () => {
      const app = await ready();
      const { send, org } = app.over(
        app.map({
          ...{ delete: 'deactivate', deletedAt: app.name('deleted_at'), onReturn: 'rename' },
          attributes: { active: disabled(app) },
        }),
      );
      const ids: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        const id = await made(send, '/Users', user('ada', { active: true }));
        expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
        await expectGone(send, id, 'ada');
        ids.push(id);
      }
      expect(new Set(ids).size).toBe(3);
      const rows = await logins(app, org);
      expect(rows.map(({ login }) => String(login)).toSorted()).toEqual(
        ids.map((id) => `deleted-${id}-ada`).toSorted(),
      );
      for (const row of rows) expect([Number(row.is_disabled), row.deleted_at === null]).toEqual([1, false]);
      await made(send, '/Users', user('ada'));
    });

    test('rename of the columns that are named; soft leaves the account as it is', async () => {
      const app = await ready();
      const { send, org } = app.over(
        app.map({
          ...{ delete: 'soft', deletedAt: app.name('deleted_at') },
          onReturn: { rename: ['login', 'handle'] },
          attributes: { active: disabled(app), title: 'handle' },
        }),
      );
      for (let round = 0; round < 2; round += 1) {
        const id = await made(send, '/Users', user('ada', { title: `${org}-h` }));
        await send('DELETE', `/Users/${id}`);
        await expectGone(send, id, 'ada');
        const [row] = await app.rows(`SELECT login, handle, is_disabled FROM accounts WHERE id = '${id}'`);
        expect(row).toMatchObject({ login: `deleted-${id}-ada`, handle: `deleted-${id}-${org}-h` });
        expect(Number(row.is_disabled)).toBe(0);
      }
    });

    test('rename of nothing, where the app has keys for live rows alone', async () => {
      const app = await ready();
      const { send, org } = app.over(
        app.map({
          ...{ delete: 'soft', deletedAt: app.name('deleted_at'), onReturn: { rename: [] } },
          attributes: { userName: app.name('work_email') },
          defaults: { login: () => crypto.randomUUID() },
        }),
      );
      for (let round = 0; round < 2; round += 1) {
        const id = await made(send, '/Users', user('ada'));
        expect((await send('POST', '/Users', user('Ada'))).body).toEqual(errorBody(409, 'uniqueness'));
        await send('DELETE', `/Users/${id}`);
        await expectGone(send, id, 'ada');
      }
      const rows = await app.rows(`SELECT work_email FROM accounts WHERE org = '${org}'`);
      expect(rows).toEqual([{ work_email: 'ada' }, { work_email: 'ada' }]);
    });

    const reusing = async (more: object = {}) => {
      const app = await ready();
      const mapped = app.map({
        ...{ id: app.name('scim_id'), delete: 'soft', deletedAt: app.name('deleted_at'), onReturn: 'reuse' },
        version: 'revision',
        attributes: { externalId: app.name('external_id'), title: 'badge', active: disabled(app) },
        ...more,
      });
      return { app, mapped, ...app.over(mapped) };
    };
    const rowsOf = ({ app, org }: { app: Accounts; org: string }) =>
      app.rows(
        `SELECT id, login, scim_id, external_id, badge FROM accounts WHERE org = '${org}' ORDER BY login`,
      );

    test('parity 13: what returns gets the row that was kept, under a new id, with nothing of before', async () => {
      const test = await reusing();
      const { send } = test;
      const ids: string[] = [];
      for (const userName of ['ada', 'ADA', 'ada']) {
        const id = await made(send, '/Users', user(userName, { title: `t${ids.length}` }));
        if (ids.length === 2) await send('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: 'title' }));
        await send('DELETE', `/Users/${id}`);
        await expectGone(send, id, 'ada');
        ids.push(id);
      }
      const id = await made(send, '/Users', user('ada'));
      expect(new Set([...ids, id]).size).toBe(4);
      for (const old of ids) expect((await send('GET', `/Users/${old}`)).status).toBe(404);
      const [row, ...more] = await rowsOf(test);
      expect(more).toEqual([]);
      expect(row).toMatchObject({ login: 'ada', scim_id: id, badge: null });
      expect((await send('GET', `/Users/${id}`)).body).not.toHaveProperty('title');
    });

    test('a row that two ask for at once, by different values, comes back to one of them', async () => {
      const { send } = await reusing({ attributes: { externalId: (await ready()).name('external_id') } });
      for (let round = 0; round < 3; round += 1) {
        const [name, externalId] = [`ada${round}`, `x${round}`];
        const id = await made(send, '/Users', user(name, { externalId }));
        await send('DELETE', `/Users/${id}`);
        const answers = await Promise.all([
          send('POST', '/Users', user(`new${round}`, { externalId })),
          send('POST', '/Users', user(name, { externalId: `y${round}` })),
        ]);
        for (const { status, body } of answers) {
          expect(status).toBe(201);
          expect((await send('GET', `/Users/${body.id}`)).body.userName).toBe(body.userName);
        }
      }
    });

    test('a row that was never a resource is nobody who returns, even where the app has deleted it', async () => {
      const test = await reusing();
      const { app, send, org } = test;
      const id = crypto.randomUUID();
      await made(send, '/Users', user('first'));
      const [row] = await app.rows(`SELECT created_at FROM accounts WHERE org = '${org}'`);
      const time = typeof row.created_at === 'number' ? row.created_at : "'2024-01-01T00:00:00.000Z'";
      for (const [login, deleted] of [
        ['ada', time],
        ['eve', 'NULL'],
      ]) {
        await app.rows(`INSERT INTO accounts (id, org, login, badge, created_at, updated_at, deleted_at)
          VALUES ('${login === 'ada' ? id : crypto.randomUUID()}', '${org}', '${login}', 'b', ${time}, ${time}, ${deleted}) RETURNING id`);
        const refused = await send('POST', '/Users', user(login as string));
        expect(refused.body).toEqual(errorBody(409, 'uniqueness'));
        if (login === 'eve') expect(refused.body.detail).toContain("SCIM doesn't manage");
      }
      expect((await rowsOf(test))[0]).toEqual(
        expect.objectContaining({ id, login: 'ada', scim_id: null, badge: 'b' }),
      );
    });

    test('the password of whoever had the row before is not that of who has it now', async () => {
      const app = await ready();
      const password = {
        column: app.name('password_hash'),
        write: (text?: string) => (text ? `#${text}` : null),
      };
      const { send, org } = await reusing({ attributes: { password } });
      const hash = async () =>
        (await app.rows(`SELECT password_hash FROM accounts WHERE org = '${org}'`)).map(
          (row) => row.password_hash,
        );
      for (const [given, kept] of [
        ['secret1', '#secret1'],
        [undefined, null],
        ['secret2', '#secret2'],
      ]) {
        const id = await made(send, '/Users', user('ada', given ? { password: given } : {}));
        expect(await hash()).toEqual([kept]);
        await send('DELETE', `/Users/${id}`);
      }
    });

    test('a column that is too short for the new name is no reason to stay', async () => {
      const app = await ready();
      const { send } = app.over(
        app.map({
          ...{ delete: 'soft', deletedAt: app.name('deleted_at'), onReturn: { rename: ['login', 'badge'] } },
          attributes: { title: 'badge' },
        }),
      );
      for (let round = 0; round < 2; round += 1) {
        const id = await made(send, '/Users', user('ada', { title: '12345678' }));
        expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
        await expectGone(send, id, 'ada');
        const [row] = await app.rows(`SELECT badge FROM accounts WHERE id = '${id}'`);
        expect(row.badge).toMatch(/^deleted-/);
      }
    });

    test('by externalId the same row returns under another userName', async () => {
      const test = await reusing();
      const { send } = test;
      const first = await made(send, '/Users', user('ada', { externalId: 'x1' }));
      const [{ id: key }] = (await rowsOf(test)) as [Untyped];
      await send('DELETE', `/Users/${first}`);
      const second = await made(send, '/Users', user('lovelace', { externalId: 'x1' }));
      expect(second).not.toBe(first);
      expect(await rowsOf(test)).toEqual([
        { id: key, login: 'lovelace', scim_id: second, external_id: 'x1', badge: null },
      ]);
    });

    test('a userName of a row that was kept is free for others: POST, PUT and PATCH', async () => {
      const test = await reusing();
      const { send } = test;
      const make = (userName: string, externalId: string) =>
        made(send, '/Users', user(userName, { externalId }));
      const gone = [await make('a', 'x1'), await make('b', 'x2'), await make('c', 'x3')];
      for (const id of gone) await send('DELETE', `/Users/${id}`);
      const live = await make('d', 'x4');
      const patched = await send(
        'PATCH',
        `/Users/${live}`,
        patchOp({ op: 'replace', path: 'userName', value: 'A' }),
      );
      expect([patched.status, patched.body.userName]).toEqual([200, 'A']);
      const replaced = await send('PUT', `/Users/${live}`, user('b', { externalId: 'x4' }));
      expect([replaced.status, replaced.body.userName]).toEqual([200, 'b']);
      // The row of x3 has the name that x1 comes back with.
      const back = await send('POST', '/Users', user('c', { externalId: 'x1' }));
      expect([back.status, back.body.userName]).toEqual([201, 'c']);
      expect((await make('e', 'x2')).length).toBeGreaterThan(0);
      const rows = await rowsOf(test);
      expect(rows.map((row) => String(row.external_id)).toSorted()).toEqual(['x1', 'x2', 'x3', 'x4']);
      expect((await send('GET', '/Users')).body.totalResults).toBe(3);
    });

    test('two that return at once get one row, and the other one is new', async () => {
      const test = await reusing();
      const { send } = test;
      const id = await made(send, '/Users', user('ada', { externalId: 'x1' }));
      await send('DELETE', `/Users/${id}`);
      const answers = await Promise.all(
        ['e', 'f', 'g'].map((userName) => send('POST', '/Users', user(userName, { externalId: 'x1' }))),
      );
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
      for (const { body } of answers) {
        expect((await send('GET', `/Users/${body.id}`)).body.userName).toBe(body.userName);
      }
      expect((await rowsOf(test)).map(({ login }) => login)).toEqual(['e', 'f', 'g']);
    });

    test("rows that SCIM gave no id are the app's: neither seen nor taken over", async () => {
      const test = await reusing();
      const { send, app, org } = test;
      await made(send, '/Users', user('ada'));
      await app.rows(
        `UPDATE accounts SET scim_id = NULL, deleted_at = NULL WHERE org = '${org}' AND login = 'ada'`,
      );
      expect((await send('GET', '/Users')).body.totalResults).toBe(0);
      expect((await send('GET', '/Users/null')).body).toEqual(errorBody(404));
      expect((await send('POST', '/Users', user('ada'))).body).toEqual(errorBody(409, 'uniqueness'));
      expect(await rowsOf(test)).toMatchObject([{ login: 'ada', scim_id: null }]);
    });

    test('memberships go with it, and the group has a new version', async () => {
      const app = await ready();
      for (const deletion of [
        {},
        { delete: 'soft', onReturn: 'reuse' },
        { delete: 'deactivate', deletedAt: app.name('deleted_at'), onReturn: 'rename' },
      ]) {
        const { send, organisation } = await app.directory({ users: deletion });
        const [ada, bob] = [await made(send, '/Users', user('ada')), await made(send, '/Users', user('bob'))];
        const { body } = await send('POST', '/Groups', group('all', [ada, bob]));
        expect((await send('DELETE', `/Users/${ada}`)).status).toBe(204);
        await expectGone(send, ada, 'ada');
        const after = (await send('GET', `/Groups/${body.id}`)).body;
        expect(after.members.map(({ value }: Untyped) => value)).toEqual([bob]);
        expect(after.meta.version).not.toBe(body.meta.version);
        const members = await app.rows(
          `SELECT count(*) AS n FROM team_members JOIN teams ON teams.id = team_id WHERE organisation_id = ${organisation}`,
        );
        expect(Number(members[0].n)).toBe(1);
        const back = await made(send, '/Users', user('ada'));
        expect(back).not.toBe(ada);
        expect((await send('GET', `/Users/${back}`)).body).not.toHaveProperty('groups');
        const rows = await app.rows(
          `SELECT count(*) AS n FROM users WHERE organisation_id = ${organisation}`,
        );
        expect(Number(rows[0].n)).toBe('onReturn' in deletion && deletion.onReturn === 'rename' ? 3 : 2);
        // Members of what is gone are skipped like any others that there are not.
        const added = await send(
          'PATCH',
          `/Groups/${body.id}`,
          patchOp({ op: 'add', path: 'members', value: [{ value: ada }, { value: back }] }),
        );
        expect(added.status).toBe(204);
        expect((await send('GET', `/Groups/${body.id}`)).body.members).toHaveLength(2);
      }
    });

    test("an account that the app deleted itself is the app's: not linked, not reused", async () => {
      const app = await ready();
      const { send, organisation } = await app.directory({
        users: {
          ...{ delete: 'soft', deletedAt: app.name('deleted_at'), onReturn: 'reuse' },
          link: { mode: 'link', by: 'title' },
        },
      });
      const columns = 'organisation_id, email, title, created_at, updated_at, deleted_at';
      const time =
        app.test.library === 'drizzle' && !app.isPostgres ? '1700000000000' : "'2024-01-01T00:00:00Z'";
      const values = (email: string, title: string) =>
        `(${organisation}, '${email}', '${title}', ${time}, ${time}, ${time})`;
      await app.rows(`INSERT INTO users (${columns}) VALUES ${values('ada', 't')}, ${values('bob', 'u')}`);
      const linked = await send('POST', '/Users', user('new', { title: 't' }));
      expect(linked.status).toBe(201);
      expect((await send('GET', `/Users/${linked.body.id}`)).status).toBe(200);
      expect((await send('POST', '/Users', user('bob'))).body).toEqual(errorBody(409, 'uniqueness'));
      const rows = await app.rows(
        `SELECT email, deleted_at IS NULL AS live FROM users WHERE organisation_id = ${organisation} ORDER BY email`,
      );
      expect(rows.map(({ email, live }) => [email, Boolean(live)])).toEqual([
        ['ada', false],
        ['bob', false],
        ['new', true],
      ]);
    });

    test('deactivated is not deleted', async () => {
      const app = await ready();
      const { send } = app.over(
        app.map({
          ...{ delete: 'deactivate', deletedAt: app.name('deleted_at'), onReturn: 'rename' },
          attributes: { active: whileNull(app.name('hired_at')) },
        }),
      );
      const id = await made(send, '/Users', user('ada', { active: false }));
      expect((await send('GET', `/Users/${id}`)).body.active).toBe(false);
      expect((await send('GET', filter('active eq false'))).body.totalResults).toBe(1);
    });
  });
});
