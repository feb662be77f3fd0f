import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { isWithoutRecordings } from '../../test/replay.ts';
import { type App, patch, startApp, user } from './app.ts';
import { folder } from './example-process.ts';

let app: App;

beforeAll(async () => {
  app = await startApp({ name: 'node', scripts: [] });
}, 120_000);

test('it is 25 lines', () => {
  const lines = readFileSync(join(folder, 'node/app.ts'), 'utf8').trimEnd().split('\n');
  expect(lines.filter((line) => line.trim() !== '').length).toBe(25);
});

test('a user is a row of its table, and its page shows it', async () => {
  const { body } = await app.send('POST', '/Users', user('Ada@example.com', { displayName: 'Ada' }));
  const taken = await app.send('POST', '/Users', user('ada@example.com'));
  expect(taken.body).toMatchObject({ status: '409', scimType: 'uniqueness' });
  await app.send('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'active', value: false }));
  expect(JSON.parse(String(await app.page('/')))).toMatchObject([
    { id: body.id, email: 'Ada@example.com', name: 'Ada', is_active: 0, external_id: null },
  ]);
  const tables = new DatabaseSync(app.database, { timeout: 5_000 });
  expect(tables.prepare('SELECT email FROM users').all()).toContainEqual({ email: 'Ada@example.com' });
  tables.close();
});

test.skipIf(isWithoutRecordings)(
  'passes the recordings of users, as far as the table has the attributes',
  async () => {
    const { passed, failed } = await app.replay();
    expect(failed).toEqual([]);
    expect(passed.get('Microsoft Entra ID')).toBeGreaterThan(30);
    expect(passed.get('Okta')).toBeGreaterThan(20);
  },
  120_000,
);
