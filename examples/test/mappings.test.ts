// The mappings that the guide quotes, each place that an attribute may have.

import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { anonymous, createServiceProvider, defineResourceType, defineSchema, UserSchema } from 'scimkit';
import { expect, test } from 'vitest';
import { hasPostgres, newPool } from '../../packages/scimkit/test/postgres.ts';
import { colleagues, confirmed, statements, waiting } from '../mappings/ask.ts';
import { db } from '../mappings/database.ts';
import { database, people, teams } from '../mappings/people.ts';
import { createSecured, type SecuredTables } from '../mappings/row-security.ts';
import { scimUsers, users } from '../mappings/side-drizzle.ts';
import { group, patch, user } from './app.ts';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const where = { organisation: 1 };
const directory = createServiceProvider({
  authentication: anonymous(where),
  transaction: database.transaction,
  resources: [
    { type: people.type, store: ({ auth, tx }) => people.open({ tx, where: auth }) },
    { type: teams.type, store: ({ auth, tx }) => teams.open({ tx, where: auth }) },
  ],
});
const linking = createServiceProvider({
  authentication: anonymous(where),
  resources: [{ type: colleagues.type, store: ({ auth }) => colleagues.open({ where: auth }) }],
});

async function send(method: string, path: string, body?: object, scim = directory) {
  const response = await scim.fetch(
    new Request(`http://localhost/scim/v2${path}`, {
      method,
      headers: { 'content-type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
}

const person = (id: string) =>
  db
    .selectFrom('people')
    .selectAll()
    .where('id', '=', Number(id.slice(1)))
    .executeTakeFirstOrThrow();
const count = async (filter: string, path = '/Users') =>
  (await send('GET', `${path}?filter=${encodeURIComponent(filter)}`)).body.totalResults;

const ada = {
  ...user('Ada@Example.com', { externalId: '4711', title: 'Countess', password: 'a secret' }),
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [
    { value: 'ada@work.example', type: 'work', primary: true },
    { value: 'ada@home.example', type: 'home' },
  ],
  phoneNumbers: [
    { value: '1', type: 'mobile' },
    { value: '2', type: 'work' },
    { value: '3', type: 'fax' },
  ],
  [ENTERPRISE]: { department: 'Engines', employeeNumber: '1' },
};

test('users: columns, conversions, joined tables, rows, slots, a hash (parity 10, 16, 17, 18, 19, 46)', async () => {
  const { status, body } = await send('POST', '/Users', ada);
  expect(status).toBe(201);
  expect(body).toMatchObject({
    ...{ id: expect.stringMatching(/^p\d+$/), userName: 'ada@example.com', displayName: 'Ada Lovelace' },
    emails: [
      { value: 'ada@work.example', type: 'work', primary: true },
      { value: 'ada@home.example', type: 'home' },
    ],
    phoneNumbers: [
      { value: '2', type: 'work' },
      { value: '1', type: 'mobile' },
    ],
    [ENTERPRISE]: { department: 'Engines', employeeNumber: '1' },
  });
  expect(await person(body.id)).toMatchObject({
    ...{ organisation_id: 1, plan: 'standard', is_suspended: 0, work_phone: '2', mobile: '1' },
    password_hash: expect.stringMatching(/^[0-9a-f]{32}:[0-9a-f]{64}$/),
  });
  expect(await count('userName eq "ADA@example.com" and active eq true')).toBe(1);
  expect(await count('displayName sw "ada l" and emails[type eq "home"].value ew "home.example"')).toBe(1);
  expect(
    await count(`${ENTERPRISE}:department eq "engines" and phoneNumbers[type eq "work"].value eq "2"`),
  ).toBe(1);
  const path = `/Users/${body.id}`;
  // What the app keeps of an address stays when another one goes.
  await db.updateTable('addresses').set({ verified_at: 'then' }).where('label', '=', 'work').execute();
  const changes = patch(
    { op: 'remove', path: 'emails[type eq "home"]' },
    { op: 'replace', value: { active: false, [`${ENTERPRISE}:department`]: 'Poetry' } },
  );
  expect((await send('PATCH', path, changes)).body).toMatchObject({
    ...{ active: false, title: 'Countess', [ENTERPRISE]: { department: 'Poetry' } },
  });
  expect(await db.selectFrom('addresses').select(['address', 'verified_at']).execute()).toEqual([
    { address: 'ada@work.example', verified_at: 'then' },
  ]);
  const robot = { ...{ organisation_id: 1, login: 'robot', is_robot: 1, plan: 'none' } };
  await db.insertInto('people').values(robot).execute();
  const elsewhere = { organisation_id: 2, login: 'elsewhere', plan: 'none' };
  await db.insertInto('people').values(elsewhere).execute();
  expect((await send('GET', '/Users')).body.totalResults).toBe(1);
  expect((await send('DELETE', path)).status).toBe(204);
  expect((await person(body.id)).login).toBe(`deleted-${body.id.slice(1)}-ada@example.com`);
  expect((await send('GET', path)).status).toBe(404);
  const again = await send('POST', '/Users', { ...ada, [ENTERPRISE]: { employeeNumber: '2' } });
  expect([again.status, again.body.id === body.id]).toEqual([201, false]);
});

test('a password that is taken away is none', async () => {
  const { body } = await send('POST', '/Users', user('pass@example.com', { password: 'a secret' }));
  const removed = await send('PATCH', `/Users/${body.id}`, patch({ op: 'remove', path: 'password' }));
  expect(removed.status).toBe(200);
  expect(await person(body.id)).toMatchObject({ password_hash: null });
});

test('groups: people and teams as members, with what the join table has besides', async () => {
  const { body: member } = await send('POST', '/Users', user('member@example.com'));
  const { body: inner } = await send('POST', '/Groups', group('Inner', [member.id]));
  const { body: outer } = await send('POST', '/Groups', group('Outer', [inner.id]));
  expect(inner.members).toMatchObject([{ value: member.id, type: 'User', display: 'member@example.com' }]);
  expect(outer.members).toMatchObject([{ value: inner.id, type: 'Group', display: 'Inner' }]);
  // The table doesn't know when a team was made.
  expect(Object.keys(outer.meta)).toEqual(['resourceType', 'location', 'version']);
  const { groups } = (await send('GET', `/Users/${member.id}`)).body;
  expect(groups).toHaveLength(2);
  expect(groups).toContainEqual(expect.objectContaining({ value: inner.id, type: 'direct' }));
  expect(groups).toContainEqual(expect.objectContaining({ value: outer.id, type: 'indirect' }));
  expect(await db.selectFrom('team_members').select('role').execute()).toEqual([{ role: 'member' }]);
  expect(await count(`members.value eq "${inner.id}"`, '/Groups')).toBe(1);
  expect(await count('groups.display eq "outer"')).toBe(1);
  // Without a place in the mapping it is no attribute of this service provider's.
  expect((await send('GET', '/Users?filter=nickName+eq+%22x%22')).body.scimType).toBe('invalidFilter');
});

test('linking: the first request waits for a person, the next one is linked; in another service provider (parity 47)', async () => {
  for (const statement of statements) await sql.raw(statement).execute(db);
  const { id } = await db
    .insertInto('people')
    .values({ organisation_id: 1, login: 'kay', plan: 'gold' })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.insertInto('jobs').values({ person_id: id, employee_number: '77' }).execute();
  const rejected = await send('POST', '/Users', user('KAY'), linking);
  expect([rejected.status, rejected.body.detail]).toEqual([
    409,
    expect.stringMatching(/SCIM doesn't manage.* Rename/),
  ]);
  const kay = { ...user('kay@example.com'), [ENTERPRISE]: { employeeNumber: '77' } };
  const refused = await send('POST', '/Users', kay, linking);
  expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('confirm')]);
  expect([...waiting.values()]).toMatchObject([{ key: String(id), value: '77' }]);
  confirmed.add(String(id));
  const linked = await send('POST', '/Users', kay, linking);
  expect([linked.status, linked.body.userName]).toEqual([201, 'kay']);
  const row = await db.selectFrom('people').select(['login', 'plan']).where('id', '=', id).executeTakeFirst();
  expect(row).toEqual({ login: 'kay', plan: 'gold' });
});

test("attributes of a schema of one's own are mapped as all others (parity 11)", async () => {
  const urn = 'urn:example:params:scim:schemas:extension:badge:2.0:User';
  const BadgeSchema = defineSchema({
    id: urn,
    attributes: [{ name: 'number', required: true, caseExact: true }],
  });
  const Visitor = defineResourceType({
    name: 'Visitor',
    endpoint: '/Visitors',
    schema: UserSchema,
    schemaExtensions: [{ schema: BadgeSchema, required: true }],
  });
  const visitors = database.map(Visitor, {
    table: 'people',
    key: { column: 'id', type: 'integer' },
    where: { organisation: 'organisation_id' },
    attributes: { userName: 'login', [`${urn}:number` as const]: 'mobile' },
    defaults: { plan: 'visitor' },
  });
  const scim = createServiceProvider({
    authentication: anonymous({ organisation: 3 }),
    resources: [{ type: visitors.type, store: ({ auth }) => visitors.open({ where: auth }) }],
  });
  const visitor = { schemas: [UserSchema.id, urn], userName: 'guest', [urn]: { number: 'B7' } };
  const { status, body } = await send('POST', '/Visitors', visitor, scim);
  expect([status, body[urn]]).toEqual([201, { number: 'B7' }]);
  const row = await db.selectFrom('people').select('mobile').where('login', '=', 'guest').executeTakeFirst();
  expect(row).toEqual({ mobile: 'B7' });
  const filter = encodeURIComponent(`${urn}:number eq "B7"`);
  expect((await send('GET', `/Visitors?filter=${filter}`, undefined, scim)).body.totalResults).toBe(1);
});

test('the side table is declared for Drizzle as the library makes it', () => {
  const made = statements.join().replaceAll('scim_people', 'scim_users');
  const { name, columns, indexes, foreignKeys } = getTableConfig(scimUsers);
  expect(foreignKeys.map((key) => [key.reference().foreignTable, key.onDelete])).toEqual([
    [users, 'cascade'],
  ]);
  const inStatements = [...made.matchAll(/^ {2}(\w+) \w+/gm)].map(([, column]) => column);
  expect([name, columns.map((column) => column.name)]).toEqual(['scim_users', inStatements]);
  for (const index of indexes) expect(made).toContain(`INDEX "${index.config.name}"`);
  for (const { name: column, notNull } of columns) {
    expect([column, new RegExp(`^  ${column} .*NOT NULL`, 'm').test(made)]).toEqual([column, notNull]);
  }
});

test.skipIf(!hasPostgres)(
  "row-level security: reads and writes see one organisation's rows",
  async (context) => {
    const pool = await newPool({ max: 2 });
    const { rows } = await pool.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
    if (rows[0]?.rolsuper) context.skip('nothing is hidden from a superuser');
    await pool.query(`
      CREATE TABLE users (id SERIAL PRIMARY KEY, organisation_id INTEGER NOT NULL, email TEXT NOT NULL);
      INSERT INTO users (organisation_id, email) VALUES (1, 'ada'), (2, 'eve');
      CREATE POLICY one ON users USING (organisation_id::text = current_setting('app.organisation', true));
      ALTER TABLE users ENABLE ROW LEVEL SECURITY;
      ALTER TABLE users FORCE ROW LEVEL SECURITY;
    `);
    const db = new Kysely<SecuredTables>({ dialect: new PostgresDialect({ pool }) });
    const scim = createSecured(db, async (token) => Number(token));
    const as = async (organisation: number, method: string, path: string, body?: object) => {
      const headers = { authorization: `Bearer ${organisation}`, 'content-type': 'application/scim+json' };
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      const response = await scim.fetch(new Request(`http://localhost/scim/v2${path}`, init));
      return (await response.json()) as { readonly Resources?: readonly { readonly userName: string }[] };
    };
    const names = async (organisation: number) =>
      (await as(organisation, 'GET', '/Users?sortBy=userName')).Resources?.map(({ userName }) => userName);
    await as(2, 'POST', '/Users', user('mallory'));
    expect(await Promise.all([names(1), names(2)])).toEqual([['ada'], ['eve', 'mallory']]);
    expect(await db.selectFrom('users').selectAll().execute()).toEqual([]);
  },
);
