import { spawnSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWithoutRecordings } from '../../test/replay.ts';
import { root } from '../../test/serve/command.ts';
import { type App, group, patch, startApp, user } from './app.ts';
import { folder } from './example-process.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
let app: App;
let tables: DatabaseSync;

const rows = (text: string) => tables.prepare(text).all();

beforeAll(async () => {
  const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(folder, 'nest')], {
    encoding: 'utf8',
  });
  if (tsc.status !== 0) throw new Error(tsc.stdout);
  app = await startApp({ name: 'nest', args: () => ['nest/dist/main.js'] });
  tables = new DatabaseSync(app.database, { timeout: 5_000 });
}, 120_000);

afterAll(() => tables?.close());

test('a user is a row, with another one beside it for what few have; the controller shows both', async () => {
  const ada = {
    ...user('ada@example.com', { phoneNumbers: [{ value: '+44 20 7946 0000', type: 'mobile' }] }),
    [enterprise]: { department: 'Engines' },
  };
  const { body } = await app.send('POST', '/Users', ada);
  expect(body).toMatchObject({
    id: expect.stringMatching(/^user-\d+$/),
    [enterprise]: { department: 'Engines' },
  });
  expect(
    rows("SELECT department FROM profiles JOIN users ON id = user_id WHERE email = 'ada@example.com'"),
  ).toEqual([{ department: 'Engines' }]);
  expect(await app.page('/people')).toContainEqual({
    ...{ email: 'ada@example.com', mobile: '+44 20 7946 0000', disabledAt: null, department: 'Engines' },
  });
  const found = await app.send(
    'GET',
    `/Users?filter=${encodeURIComponent(`${enterprise}:department eq "engines"`)}`,
  );
  expect(found.body.Resources.map(({ id }: { id: string }) => id)).toEqual([body.id]);
});

test('a phone number that there is no column for is refused, and not dropped', async () => {
  const pager = user('pager@example.com', { phoneNumbers: [{ value: '1', type: 'pager' }] });
  expect((await app.send('POST', '/Users', pager)).body).toMatchObject({
    status: '400',
    scimType: 'invalidValue',
  });
});

test('whoever is deactivated is logged out; whoever is deleted, too', async () => {
  for (const [name, revoke] of [
    [
      'off',
      (id: string) => app.send('PATCH', `/Users/${id}`, patch({ op: 'Replace', value: { active: 'False' } })),
    ],
    ['gone', (id: string) => app.send('DELETE', `/Users/${id}`)],
  ] as const) {
    const { body } = await app.send('POST', '/Users', user(`${name}@example.com`));
    tables.prepare('INSERT INTO sessions (id, user_id) VALUES (?, ?)').run(name, Number(body.id.slice(5)));
    expect((await revoke(body.id)).status).toBeLessThan(300);
    expect(rows(`SELECT * FROM sessions WHERE id = '${name}'`)).toEqual([]);
  }
});

test('groups and their members; ids of the two types are never the same', async () => {
  const member = await app.send('POST', '/Users', user('member@example.com'));
  const created = await app.send('POST', '/Groups', group('Crew', [member.body.id]));
  expect(created.body.id).toMatch(/^group-\d+$/);
  expect(
    rows(
      'SELECT name, email FROM group_users JOIN users u ON u.id = user_id JOIN groups g ON g.id = group_id',
    ),
  ).toEqual([{ name: 'Crew', email: 'member@example.com' }]);
  const confused = await app.send('GET', `/Groups/${member.body.id}`);
  expect(confused.status).toBe(404);
});

test.skipIf(isWithoutRecordings)(
  'passes the recordings, as far as the tables have the attributes',
  async () => {
    const { passed, failed } = await app.replay();
    expect(failed).toEqual([]);
    expect(passed.get('Microsoft Entra ID')).toBeGreaterThan(80);
    expect(passed.get('Okta')).toBeGreaterThan(40);
  },
  120_000,
);
