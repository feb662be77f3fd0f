// What operations cost in statements: as docs/mapped-stores.md has it.
import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { anonymous, createServiceProvider, Group, User } from 'scimkit';
import { kyselyDatabase, sideTable, whileNull } from 'scimkit/kysely';
import { expect, test } from 'vitest';
import { PATCH_OP } from '../fixture.ts';
import { forKysely } from './sqlite-shim.ts';

interface Tables {
  users: { id: number; organisation_id: number; email: string; first_name: string; disabled_at: string };
  addresses: { user_id: number; address: string };
  teams: { id: string; organisation_id: number; name: string; version: number };
  team_members: { team_id: string; user_id: number };
}

const sqlite = new DatabaseSync(':memory:');
sqlite.exec(`
  CREATE TABLE users (id INTEGER PRIMARY KEY, organisation_id INTEGER, email TEXT, first_name TEXT, disabled_at TEXT);
  CREATE TABLE addresses (user_id INTEGER, address TEXT);
  CREATE TABLE teams (id TEXT PRIMARY KEY, organisation_id INTEGER, name TEXT, version INTEGER DEFAULT 1);
  CREATE INDEX addresses_address ON addresses (lower(address));
  CREATE TABLE team_members (team_id TEXT, user_id INTEGER);
`);
const side = { dialect: 'sqlite', references: 'users (id)', keyType: 'INTEGER' } as const;
for (const statement of sideTable('scim_users', side)) sqlite.exec(statement);

let statements: string[] = [];
const db = new Kysely<Tables>({
  dialect: new SqliteDialect({ database: forKysely(sqlite) }),
  log: ({ query }) => void (/^(begin|commit)$/.test(query.sql) || statements.push(query.sql)),
});
const database = kyselyDatabase(db);
const users = database.map(User, {
  table: 'users',
  key: { column: 'id', type: 'integer' },
  side: 'scim_users',
  where: { organisation: 'organisation_id' },
  attributes: {
    userName: 'email',
    'name.givenName': 'first_name',
    active: whileNull('disabled_at'),
    emails: { table: 'addresses', key: 'user_id', columns: { value: 'address' } },
  },
});
const teams = database.map(Group, {
  table: 'teams',
  key: 'id',
  newId: () => crypto.randomUUID(),
  where: { organisation: 'organisation_id' },
  version: 'version',
  attributes: {
    displayName: 'name',
    members: { table: 'team_members', holder: 'team_id', member: 'user_id', of: users },
  },
});
const scim = createServiceProvider({
  authentication: anonymous({ organisation: 1 }),
  transaction: database.transaction,
  resources: [
    { type: users.type, store: ({ auth, tx }) => users.open({ tx, where: auth }) },
    { type: teams.type, store: ({ auth, tx }) => teams.open({ tx, where: auth }) },
  ],
});

/** Sends a request; how many statements it took, and what came back. */
async function send(method: string, path: string, body?: object) {
  statements = [];
  const init = { method, ...(body && { body: JSON.stringify(body) }) };
  const headers = { 'content-type': 'application/scim+json' };
  const response = await scim.fetch(new Request(`http://localhost/scim/v2${path}`, { ...init, headers }));
  const text = await response.text();
  return { count: statements.length, status: response.status, body: text ? JSON.parse(text) : undefined };
}

const patch = (...Operations: object[]) => ({ schemas: [PATCH_OP], Operations });

test('statements of each operation, whose attributes are in two tables, and in rows of a third', async () => {
  const addresses = [{ value: 'a@example.com' }, { value: 'b@example.com' }];
  // Is the name free; a row of each table, and all addresses at once; read back: the row, its addresses, its groups.
  const ada = await send('POST', '/Users', { userName: 'ada', emails: addresses });
  expect(ada).toMatchObject({ count: 7, status: 201 });
  const path = `/Users/${ada.body.id}`;
  // The row, its addresses, its groups.
  expect(await send('GET', path)).toMatchObject({ count: 3, status: 200 });
  expect(await send('GET', `${path}?excludedAttributes=groups`)).toMatchObject({ count: 2 });
  // The same of a page, whatever is on it; and how many there are, where the page doesn't tell.
  expect(await send('GET', '/Users?filter=userName+eq+%22ada%22')).toMatchObject({ count: 3 });
  expect(await send('GET', '/Users?count=1')).toMatchObject({ count: 4 });
  expect(await send('GET', '/Users?count=0')).toMatchObject({ count: 1 });
  // Read; a row of each table; read back, with the groups.
  const deactivate = patch({ op: 'replace', path: 'active', value: false });
  expect(await send('PATCH', path, deactivate)).toMatchObject({ count: 7, status: 200 });
  expect(await send('PATCH', path, deactivate)).toMatchObject({ count: 3, status: 200 });
  // And whether the new name is free.
  const rename = patch({ op: 'replace', path: 'userName', value: 'lovelace' });
  expect(await send('PATCH', path, rename)).toMatchObject({ count: 8, status: 200 });
});

test('a group: the same for one member, however many there are', async () => {
  const ids: string[] = [];
  for (let index = 0; index < 20; index += 1) {
    ids.push((await send('POST', '/Users', { userName: `member ${index}` })).body.id);
  }
  const members = ids.slice(1).map((value) => ({ value }));
  const { body: group } = await send('POST', '/Groups', { displayName: 'Crew', members });
  const path = `/Groups/${group.id}`;
  // The group; who it is; their row; the group's version; the group.
  const add = patch({ op: 'add', path: 'members', value: [{ value: ids[0] }] });
  expect(await send('PATCH', path, add)).toMatchObject({ count: 5, status: 204 });
  const remove = patch({ op: 'remove', path: `members[value eq "${ids[0]}"]` });
  expect(await send('PATCH', path, remove)).toMatchObject({ count: 5, status: 204 });
  expect(await send('GET', path)).toMatchObject({ count: 2, status: 200 });
  expect(await send('GET', `${path}?excludedAttributes=members`)).toMatchObject({ count: 1 });
  // The user with addresses; out of all groups, the versions of those that are seen; a row of each table.
  expect(await send('DELETE', `/Users/${ids[1]}`)).toMatchObject({ count: 7, status: 204 });
});

test('users with a certain address are found by the address, and not one after the other', async () => {
  await send('POST', '/Users', { userName: 'with', emails: [{ value: 'one@example.com' }] });
  await send('POST', '/Users', { userName: 'without' });
  const names = async (filter: string) => {
    const { body } = await send('GET', `/Users?filter=${encodeURIComponent(filter)}`);
    return body.Resources.map(({ userName }: { userName: string }) => userName);
  };
  for (const filter of ['emails eq "ONE@example.com"', 'emails[value eq "one@example.com"]']) {
    expect(await names(filter)).toEqual(['with']);
    const plan = sqlite.prepare(`EXPLAIN QUERY PLAN ${statements[0]}`).all();
    const steps = plan.map(({ detail }) => String(detail)).join('\n');
    expect(steps).toContain('SEARCH e USING INDEX addresses_address');
    expect(steps).not.toMatch(/CORRELATED|SCAN/);
  }
  expect(await names('not (emails eq "one@example.com") and userName sw "with"')).toEqual(['without']);
});
