import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithoutRecordings } from '../../test/replay.ts';
import { type App, group, patch, startApp, user } from './app.ts';

let app: App;
let tables: DatabaseSync;

const rows = (text: string) => tables.prepare(text).all();
const activity = () => rows('SELECT what FROM activity ORDER BY id').map(({ what }) => what);
const seats = (count: number) => tables.prepare('UPDATE organisations SET seats = ?').run(count);
const active = (value: boolean) => patch({ op: 'replace', path: 'active', value });
const admin = { roles: [{ value: 'admin' }] };

beforeAll(async () => {
  app = await startApp({ name: 'hono-kysely' });
  tables = new DatabaseSync(app.database, { timeout: 5_000 });
}, 120_000);

afterAll(() => tables.close());

const create = async (path: string, body: object) => (await app.send('POST', path, body)).body.id as string;

test('a user is a row of the app, and the app shows it', async () => {
  const ada = user('ada@example.com', { name: { givenName: 'Ada' }, externalId: '4711' });
  const id = await create('/Users', ada);
  expect(await app.page('/users')).toContainEqual({
    ...{ email: 'ada@example.com', first_name: 'Ada', role: null, disabled_at: null },
  });
  expect(rows(`SELECT external_id, organisation_id FROM users WHERE id = '${id}'`)).toEqual([
    { external_id: '4711', organisation_id: 1 },
  ]);
});

describe("guards over the app's own tables", () => {
  test('seats: whatever would take one too many is undone, however it comes', async () => {
    const taken = rows('SELECT 1 FROM users WHERE disabled_at IS NULL').length;
    seats(taken + 1);
    const idle = await create('/Users', user('idle@example.com', { active: false }));
    const names = Array.from({ length: 8 }, (_, index) => user(`at-once-${index}@example.com`));
    const answers = await Promise.all(names.map((each) => app.send('POST', '/Users', each)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.find(({ status }) => status === 403)?.body.detail).toMatch(/^All \d+ seats/);
    expect((await app.send('PATCH', `/Users/${idle}`, active(true))).status).toBe(403);
    expect((await app.send('PUT', `/Users/${idle}`, user('idle@example.com', { active: true }))).status).toBe(
      403,
    );
    expect(rows('SELECT 1 FROM users WHERE disabled_at IS NULL')).toHaveLength(taken + 1);
    expect(activity().filter((what) => /at-once/.test(String(what)))).toHaveLength(1);
    seats(1_000);
    expect((await app.send('PATCH', `/Users/${idle}`, active(true))).status).toBe(200);
  });

  test('the last administrator stays, and no two of them go at once', async () => {
    const ids = [
      await create('/Users', user('first@example.com', admin)),
      await create('/Users', user('second@example.com', admin)),
    ];
    const both = await Promise.all(ids.map((id) => app.send('PATCH', `/Users/${id}`, active(false))));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
    const last = both[0]?.status === 403 ? ids[0] : ids[1];
    const withoutRole = patch({ op: 'remove', path: 'roles' });
    for (const answer of [
      await app.send('DELETE', `/Users/${last}`),
      await app.send('PATCH', `/Users/${last}`, withoutRole),
    ]) {
      expect(answer.body).toMatchObject({
        status: '403',
        detail: expect.stringContaining('last active user'),
      });
    }
    expect(rows("SELECT 1 FROM users WHERE role = 'admin' AND disabled_at IS NULL")).toHaveLength(1);
  });
});

describe('hooks, before and after', () => {
  test('users: reserved names, history, documents; joined, changed, left', async () => {
    expect((await app.send('POST', '/Users', user('Root@example.com'))).body.detail).toMatch('reserved');
    const id = await create('/Users', user('grace@example.com'));
    const renamed = patch({ op: 'replace', path: 'userName', value: 'hopper@example.com' });
    expect((await app.send('PATCH', `/Users/${id}`, renamed)).status).toBe(200);
    expect(rows(`SELECT version, email FROM user_history WHERE user_id = '${id}'`)).toEqual([
      { version: 1, email: 'grace@example.com' },
    ]);
    tables.prepare("INSERT INTO documents (title, owner_id) VALUES ('Plan', ?)").run(id);
    expect((await app.send('DELETE', `/Users/${id}`)).status).toBe(204);
    expect(rows("SELECT owner_id FROM documents WHERE title = 'Plan'")).toEqual([{ owner_id: null }]);
    expect(activity().slice(-3)).toEqual([
      'grace@example.com joined',
      'hopper@example.com changed',
      'hopper@example.com left',
    ]);
  });

  test("groups: names of the app's own, locked teams, documents; founded, changed, dissolved", async () => {
    expect((await app.send('POST', '/Groups', group('Everyone'))).body.detail).toMatch("app's own");
    const member = await create('/Users', user('member@example.com'));
    const id = await create('/Groups', group('Crew'));
    const add = patch({ op: 'add', path: 'members', value: [{ value: member }] });
    tables.prepare('UPDATE teams SET is_locked = 1 WHERE id = ?').run(id);
    expect((await app.send('PATCH', `/Groups/${id}`, add)).body.detail).toMatch('locked');
    tables.prepare('UPDATE teams SET is_locked = 0 WHERE id = ?').run(id);
    expect((await app.send('PATCH', `/Groups/${id}`, add)).status).toBe(204);
    expect(rows(`SELECT user_id FROM team_members WHERE team_id = '${id}'`)).toEqual([{ user_id: member }]);
    tables.prepare("INSERT INTO documents (title, team_id) VALUES ('Log', ?)").run(id);
    expect((await app.send('DELETE', `/Groups/${id}`)).status).toBe(204);
    expect(rows("SELECT team_id FROM documents WHERE title = 'Log'")).toEqual([{ team_id: null }]);
    expect(activity().slice(-3)).toEqual(['Crew was founded', 'Crew changed', 'Crew was dissolved']);
  });

  test('what a hook has written is undone with the write that fails', async () => {
    const before = activity();
    await create('/Users', user('twice@example.com'));
    expect((await app.send('POST', '/Users', user('twice@example.com'))).status).toBe(409);
    expect((await app.send('DELETE', '/Users/unknown')).status).toBe(404);
    expect(activity()).toEqual([...before, 'twice@example.com joined']);
  });
});

test("each change is an event in the app's table; what was refused is none", async () => {
  const last = () =>
    rows('SELECT event FROM scim_events ORDER BY id').map(({ event }) => JSON.parse(String(event)));
  const before = last().length;
  const id = await create('/Users', user('event@example.com', { title: 'Engineer' }));
  await app.send('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'title', value: 'Admiral' }));
  await app.send('POST', '/Users', user('event@example.com'));
  const events = last().slice(before);
  expect(events.map(({ operation }) => operation)).toEqual(['create', 'patch']);
  expect(events[1]).toMatchObject({
    ...{ resourceId: id, auth: { organisation: 1 } },
    changes: [{ path: 'title', before: 'Engineer', after: 'Admiral' }],
  });
});

test.skipIf(isWithoutRecordings)(
  'passes the recordings, as far as the tables have the attributes',
  async () => {
    const { passed, failed } = await app.replay();
    expect(failed).toEqual([]);
    expect(passed.get('Microsoft Entra ID')).toBeGreaterThan(70);
    expect(passed.get('Okta')).toBeGreaterThan(40);
  },
  120_000,
);
