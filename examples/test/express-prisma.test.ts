import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sideTable } from 'scimkit/prisma';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { snippetsIn } from '../../test/docs/snippets.ts';
import { isWithoutRecordings } from '../../test/replay.ts';
import { type App, patch, startApp, user } from './app.ts';
import { diffOf, linesOf } from './diff.ts';
import { folder, scratch } from './example-process.ts';

const example = join(folder, 'express-prisma');
const PAGE = 'docs/mapped-stores.md';
const PASSWORD = 'a password of long ago';

let app: App;
let tables: DatabaseSync;

beforeAll(async () => {
  mkdirSync(join(scratch, 'express-prisma'));
  app = await startApp({
    name: 'express-prisma/after',
    // The app was there before, with people in it.
    scripts: [['../before/migrate.ts'], ['../before/seed.ts'], ['migrate.ts']],
    environment: { SEED_PASSWORD: PASSWORD },
  });
  tables = new DatabaseSync(app.database, { timeout: 5_000 });
});

afterAll(() => tables.close());

const row = (email: string) => tables.prepare('SELECT * FROM users WHERE email = ?').get(email);
const origin = () => new URL(app.baseUrl).origin;
const found = async (filter: string) =>
  (await app.send('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body;

/** Logs in on the app's own page. */
async function logIn(email: string): Promise<{ readonly status: number; readonly cookie: string }> {
  const response = await fetch(`${origin()}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  return { status: response.status, cookie: response.headers.get('set-cookie') ?? '' };
}

/** The app's own page of people, as somebody sees it who is logged in. */
async function people(cookie: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${origin()}/people`, { headers: { cookie } });
  return { status: response.status, text: await response.text() };
}

test('SCIM comes to the app in 60 lines, and the guide shows them all', () => {
  const diff = diffOf(example, 'before', 'after');
  expect(diff).toContain('+++ after/scim.ts');
  expect(linesOf(diff)).toBeLessThanOrEqual(60);
  expect(snippetsIn([PAGE], 'diff').map(({ code }) => code)).toEqual([diff]);
});

test('its migration makes the side table as the library wants it', () => {
  const made = sideTable('scim_users', {
    ...{ dialect: 'sqlite', references: 'users (id)', keyType: 'INTEGER' },
  });
  const file = join(example, 'after/prisma/migrations/20260101000000_scim/migration.sql');
  expect(readFileSync(file, 'utf8')).toBe(made.map((statement) => `${statement};\n`).join(''));
});

test('who is created by SCIM is on the page of people, and nowhere else', async () => {
  const ada = user('ada@acme.example', {
    ...{ externalId: '4711', displayName: 'Ada' },
    name: { givenName: 'Ada', familyName: 'Lovelace' },
  });
  const { status, body } = await app.send('POST', '/Users', ada);
  expect(status).toBe(201);
  expect(body).toMatchObject({ ...ada, active: true });
  expect(row('ada@acme.example')).toMatchObject({
    ...{ first_name: 'Ada', role: 'member', organisation_id: 1, disabled_at: null },
  });
  const { cookie } = await logIn('alan@acme.example');
  expect((await people(cookie)).text).toContain('<td>Ada Lovelace</td><td>ada@acme.example</td>');
  await app.send('PATCH', `/Users/${body.id}`, patch({ op: 'replace', path: 'active', value: false }));
  expect((await people(cookie)).text).toContain('<td>ada@acme.example</td><td>member</td><td>disabled</td>');
  expect(await found('externalId eq "4711" and active eq false')).toMatchObject({ totalResults: 1 });
});

test('who was there before becomes a resource when SCIM creates them: the same account, found and updated (parity 14, 15)', async () => {
  const before = row('grace@acme.example');
  expect(await found('userName eq "grace@acme.example"')).toMatchObject({ totalResults: 0 });
  const grace = user('Grace@Acme.example', { externalId: '1906', name: { familyName: 'Murray Hopper' } });
  const { status, body } = await app.send('POST', '/Users', grace);
  expect([status, body.userName, body.externalId]).toEqual([201, 'grace@acme.example', '1906']);
  expect(row('grace@acme.example')).toEqual({ ...before, last_name: 'Murray Hopper' });
  expect(await found('userName eq "GRACE@acme.example"')).toMatchObject({
    ...{ totalResults: 1, Resources: [{ id: body.id, name: { givenName: 'Grace' } }] },
  });
  const path = `/Users/${body.id}`;
  // In other capitals it is the same identity, and stays as the app writes it; another one is refused.
  const replaced = await app.send('PUT', path, { ...grace, name: { familyName: 'Hopper' } });
  expect([replaced.status, replaced.body.userName]).toEqual([200, 'grace@acme.example']);
  expect(row('grace@acme.example')).toEqual({ ...before, first_name: null });
  const rename = patch({ op: 'replace', path: 'userName', value: 'eve@acme.example' });
  expect((await app.send('PATCH', path, rename)).body.scimType).toBe('mutability');
});

test('an address that nobody verified hands no account over', async () => {
  const { status, body } = await app.send('POST', '/Users', user('alan@acme.example'));
  expect([status, body.scimType, body.detail]).toEqual([
    ...[409, 'uniqueness'],
    expect.stringMatching(/no filter finds it\. Its address was never verified/),
  ]);
  expect((await logIn('alan@acme.example')).status).toBe(200);
});

test('who is deactivated is logged out in the same moment; who comes back has the same account (parity 13, 43)', async () => {
  const { Resources } = await found('userName eq "grace@acme.example"');
  const path = `/Users/${Resources[0].id}`;
  const { cookie } = await logIn('grace@acme.example');
  const alan = await logIn('alan@acme.example');
  expect((await people(cookie)).status).toBe(200);
  await app.send('PATCH', path, patch({ op: 'replace', value: { active: false } }));
  expect((await people(cookie)).status).toBe(401);
  expect((await logIn('grace@acme.example')).status).toBe(401);
  await app.send('PATCH', path, patch({ op: 'replace', value: { active: true } }));
  const again = await logIn('grace@acme.example');
  expect((await app.send('DELETE', path)).status).toBe(204);
  expect((await app.send('GET', path)).status).toBe(404);
  expect((await people(again.cookie)).status).toBe(401);
  expect((await people(alan.cookie)).text).toContain('grace@acme.example</td><td>member</td><td>disabled');
  const { id } = row('grace@acme.example') as { id: number };
  const returned = await app.send('POST', '/Users', user('grace@acme.example'));
  expect([returned.status, returned.body.id === Resources[0].id]).toEqual([201, false]);
  expect(row('grace@acme.example')).toMatchObject({ id, disabled_at: null });
  expect((await logIn('grace@acme.example')).status).toBe(200);
});

test('a login that was under way when its owner was deactivated opens nothing', async () => {
  const { body } = await app.send('POST', '/Users', user('late@acme.example'));
  const { id } = row('late@acme.example') as { id: number };
  await app.send('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
  tables.exec(`INSERT INTO sessions VALUES ('late', ${id}, '2026-01-31T12:00:00.000Z')`);
  expect((await people('session=late')).status).toBe(401);
});

test("the guide's statement makes resources of all who are there, linked ones (parity 42)", async () => {
  tables.exec("INSERT INTO users (organisation_id, email, first_name) VALUES (1, 'kay@acme.example', 'Kay')");
  const [adopt] = snippetsIn([PAGE], 'sql').filter(({ code }) => code.startsWith('INSERT INTO scim_users'));
  tables.exec(adopt?.code ?? '');
  const { totalResults, Resources } = await found('userName eq "kay@acme.example" and active eq true');
  expect(totalResults).toBe(1);
  const path = `/Users/${Resources[0].id}`;
  const title = await app.send('PATCH', path, patch({ op: 'add', value: { title: 'Pioneer' } }));
  expect(title.body).toMatchObject({ title: 'Pioneer', name: { givenName: 'Kay' } });
  const rename = patch({ op: 'replace', path: 'userName', value: 'eve@acme.example' });
  expect((await app.send('PATCH', path, rename)).status).toBe(400);
});

test('the app may delete people itself', async () => {
  const { body } = await app.send('POST', '/Users', user('gone@acme.example'));
  tables.exec("DELETE FROM users WHERE email = 'gone@acme.example'");
  expect((await app.send('GET', `/Users/${body.id}`)).status).toBe(404);
});

test.skipIf(isWithoutRecordings)(
  'passes the recordings; it has no groups, and says so',
  async () => {
    const { passed, failed } = await app.replay();
    expect(failed).toEqual([]);
    expect(passed.get('Microsoft Entra ID')).toBeGreaterThan(70);
    expect(passed.get('Okta')).toBeGreaterThan(25);
  },
  60_000,
);
