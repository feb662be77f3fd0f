import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  anonymous,
  type Authentication,
  bearerTokens,
  createServiceProvider,
  type ServiceProvider,
  type Store,
  type StoredResource,
  User,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { toNodeHandler } from 'scimkit/node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { compileFolder, root, snippets, snippetsIn } from './snippets.ts';

// Inside the repository, so that the names of the packages resolve as in the tests.
const folder = join(root, 'test/docs/.snippets');
const scratch = mkdtempSync(join(tmpdir(), 'scimkit-docs-'));
const fileOf = (name: string) => join(folder, `${name.replace(/[^a-z0-9]+/gi, '-')}.ts`);

/** Writes a snippet to a file, with some of its text replaced; what is to be replaced must be there. */
function write(name: string, replacements: Readonly<Record<string, string>> = {}): string {
  const found = snippets().find((snippet) => snippet.name === name);
  if (!found) throw new Error(`There is no snippet ${name}`);
  let { code } = found;
  for (const [from, to] of Object.entries(replacements)) {
    expect(code).toContain(from);
    code = code.replace(from, to);
  }
  writeFileSync(fileOf(name), code);
  return fileOf(name);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  // Apps have their libraries installed.
  symlinkSync(join(root, 'examples/node_modules'), join(folder, 'node_modules'), 'junction');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(scratch, { recursive: true, force: true });
});

test('every snippet compiles as it is printed', () => {
  const names = snippets().map((snippet) => snippet.name);
  expect(names).toContain('README.md 1');
  for (const name of names) write(name);
  expect(compileFolder(folder)).toEqual({ status: 0, output: '' });
}, 60_000);

test("the README's example serves users (parity 5, 26)", async () => {
  const port = await freePort();
  process.env.SCIM_TOKEN = 'a-token-for-this-test';
  const path = join(scratch, 'readme.db');
  await import(
    write('README.md 1', { 'scim.db': path.replaceAll('\\', '/'), 'listen(8080': `listen(${port}` })
  );
  const response = await fetch(`http://127.0.0.1:${port}/scim/v2/Users`, {
    method: 'POST',
    headers: { authorization: 'Bearer a-token-for-this-test', 'content-type': 'application/scim+json' },
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'ada' }),
  });
  expect(response.status).toBe(201);
  expect(response.headers.get('location')).toMatch(`http://127.0.0.1:${port}/scim/v2/Users/`);
});

test("the README's mapping is a store over a table of one's own", async () => {
  const { mapUsers } = (await import(write('README.md 2'))) as {
    mapUsers: (db: object) => { type: typeof User; open: (options: object) => Store<typeof User> };
  };
  const { Kysely, SqliteDialect } = await import(
    '../../examples/node_modules/kysely/dist/index.js' as string
  );
  const { default: Database } = await import(
    '../../examples/node_modules/better-sqlite3/lib/index.js' as string
  );
  const database = new Database(':memory:');
  database.exec('CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT, first_name TEXT, disabled_at TEXT)');
  database.exec("INSERT INTO users VALUES ('4711', 'ada@example.com', 'Ada', NULL)");
  const users = mapUsers(new Kysely({ dialect: new SqliteDialect({ database }) }));
  const send = senderOf(
    createServiceProvider({
      authentication: anonymous({}),
      resources: [{ type: users.type, store: () => users.open({}) }],
    }),
  );
  const { body } = await send('PATCH', '/Users/4711', {
    Operations: [{ op: 'replace', value: { active: false, name: { givenName: 'Augusta' } } }],
  });
  expect(body).toMatchObject({ userName: 'ada@example.com', active: false });
  expect(database.prepare('SELECT * FROM users').all()).toEqual([
    { id: '4711', email: 'ada@example.com', first_name: 'Augusta', disabled_at: expect.any(String) },
  ]);
});

test("the guide's authentication answers its own request", async () => {
  const { response } = (await import(
    write('docs/library.md 3', { 'const response': 'export const response' })
  )) as { response: Response };
  expect(response.status).toBe(200);
});

test("the guide's resource type publishes its schema", async () => {
  const { Worker } = (await import(write('docs/library.md 1'))) as { Worker: typeof User };
  expect(Worker.definition.schemaExtensions).toHaveLength(2);
});

test("the guide's schemas from files are those of the example", async () => {
  const { Device } = (await import(write('docs/library.md 2'))) as { Device: typeof User };
  expect(Device.byName.get('mudurl')?.referenceTypes).toEqual(['external']);
});

test("the guide's ways to authenticate are published, and let through whom they say", async () => {
  const { authentication } = (await import(write('docs/library.md 4'))) as {
    authentication: Authentication<{ readonly tenant: string }>;
  };
  const types = authentication.schemes.map(({ type }) => type);
  expect(types).toEqual(['oauthbearertoken', 'httpbasic', 'oauthbearertoken']);
  const scim = createServiceProvider({
    authentication,
    resources: [{ type: User, store: ({ auth }) => createMemoryDatabase().open(User, auth) }],
  });
  const statusWith = async (authorization: string) =>
    (await scim.fetch(new Request('https://example.com/scim/v2/Users', { headers: { authorization } })))
      .status;
  expect(await statusWith(`Basic ${Buffer.from('idp:a-password').toString('base64')}`)).toBe(200);
  expect(await statusWith('Bearer no-token')).toBe(401);
});

test("the guide's tenants are named by the path, and shut to others", async () => {
  const { scim, created } = (await import(
    write('docs/library.md 5', { 'const created': 'export const created' })
  )) as { scim: ServiceProvider; created: Response };
  expect([created.status, created.headers.get('location')]).toEqual([
    201,
    expect.stringMatching('https://app.example.com/t/acme/scim/v2/Users/'),
  ]);
  const headers = { authorization: 'Bearer a-token' };
  const read = (tenant: string) =>
    scim.fetch(new Request(`https://app.example.com/t/${tenant}/scim/v2/Users`, { headers }));
  expect(await (await read('globex')).json()).toMatchObject({ totalResults: 0 });
  expect((await read('initech')).status).toBe(401);
});

test("the guide's store of one's own creates, finds, changes and deletes (parity 38)", async () => {
  const { mapStore } = (await import(write('docs/stores.md 1'))) as {
    mapStore: (
      type: typeof User,
      rows: Map<string, StoredResource>,
    ) => ReturnType<Parameters<typeof Object>[0]>;
  };
  const rows = new Map<string, StoredResource>();
  const scim = createServiceProvider({
    authentication: bearerTokens([{ token: 't', auth: {} }]),
    resources: [{ type: User, store: () => mapStore(User, rows) }],
  });
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await scim.fetch(
      new Request(`https://example.com/scim/v2${path}`, {
        method,
        headers: { authorization: 'Bearer t', 'content-type': 'application/scim+json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
  const created = await send('POST', '/Users', { userName: 'ada', title: 'Countess' });
  expect(created.status).toBe(201);
  const path = `/Users/${created.body.id}`;
  expect((await send('GET', '/Users?filter=userName+eq+%22ADA%22')).body.totalResults).toBe(1);
  const operations = { Operations: [{ op: 'remove', path: 'title' }] };
  const stale = { 'if-match': 'W/"9"' };
  expect((await send('PATCH', path, operations, stale)).status).toBe(412);
  expect((await send('PATCH', path, operations)).body.title).toBeUndefined();
  expect((await send('PUT', path, { userName: 'ada', nickName: 'A' })).body.nickName).toBe('A');
  expect((await send('DELETE', path)).status).toBe(204);
  expect((await send('GET', path)).status).toBe(404);
});

/** A client of a service provider in the guide. */
const senderOf = (scim: ServiceProvider) => async (method: string, path: string, body?: unknown) => {
  const response = await scim.fetch(
    new Request(`https://example.com/scim/v2${path}`, {
      method,
      headers: { 'content-type': 'application/scim+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : undefined };
};

test("the guide's hooks refuse, change, and write after the commit", async () => {
  const { scim, mails } = (await import(write('docs/hooks.md 1'))) as {
    scim: ServiceProvider;
    mails: string[];
  };
  const send = senderOf(scim);
  expect((await send('POST', '/Users', { userName: 'bob', userType: 'Contractor' })).status).toBe(403);
  expect((await send('POST', '/Users', { userName: 'ada' })).body.title).toBe('Newcomer');
  expect((await send('POST', '/Users', { userName: 'ada' })).status).toBe(409);
  expect(mails).toEqual(['Welcome, ada']);
});

test("the guide's transaction has the store and the hook in it", async () => {
  const { provider } = (await import(write('docs/hooks.md 2'))) as {
    provider: (open: (tx: DatabaseSync, org: string) => Store<typeof User>) => ServiceProvider;
  };
  const database = createMemoryDatabase();
  const audits: unknown[][] = [];
  const send = senderOf(
    provider((tx, tenant) => {
      audits.push(tx.prepare('SELECT text FROM audit').all());
      return database.open(User, { tenant });
    }),
  );
  const { body } = await send('POST', '/Users', { userName: 'ada' });
  expect((await send('POST', '/Users', { userName: 'ada' })).status).toBe(409);
  await send('GET', '/Users');
  expect(audits.at(-1)).toEqual([{ text: `create ${body.id}` }]);
});

test("the guide's hook ends the sessions of whoever is deactivated", async () => {
  const { scim, sessions } = (await import(write('docs/hooks.md 3'))) as {
    scim: ServiceProvider;
    sessions: Map<string, string>;
  };
  const send = senderOf(scim);
  const { body } = await send('POST', '/Users', { userName: 'ada' });
  expect(sessions.size).toBe(1);
  await send('PATCH', `/Users/${body.id}`, { Operations: [{ op: 'replace', path: 'active', value: false }] });
  expect(sessions.size).toBe(0);
});

test("the guide's log has an event of each write, and of those that failed", async () => {
  const { scim, events } = (await import(write('docs/hooks.md 4'))) as {
    scim: ServiceProvider;
    events: unknown[];
  };
  const send = senderOf(scim);
  await send('POST', '/Users', { userName: 'ada', password: 'hush' });
  await send('POST', '/Users', { userName: 'ada' });
  expect(events).toMatchObject([
    {
      operation: 'create',
      auth: { tenant: 'acme' },
      changes: expect.arrayContaining([{ path: 'password', redacted: true }]),
    },
    { operation: 'create', error: { status: 409, scimType: 'uniqueness' } },
  ]);
  expect(JSON.stringify(events)).not.toMatch(/hush|not for the log/);
});

test("the client's ten lines list, create, update and delete a user (parity 25)", async () => {
  const database = createMemoryDatabase();
  const operations: string[] = [];
  const scim = createServiceProvider({
    authentication: bearerTokens([{ token: 'a-token', auth: { tenant: 'acme', connection: 'main' } }]),
    resources: [{ type: User, store: ({ auth }) => database.open(User, auth) }],
    use: [
      (operation, next) => {
        operations.push(operation.name);
        return next();
      },
    ],
  });
  const server = createHttpServer(toNodeHandler(scim)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  process.env.SCIM_BASE_URL = `http://127.0.0.1:${port}/scim/v2`;
  process.env.SCIM_TOKEN = 'a-token';
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    const [first = ''] = snippetsIn(['docs/client.md']).map(({ code }) => code);
    const lines = first.split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThanOrEqual(10);
    await import(write('docs/client.md 1'));
    expect(operations).toEqual(['create', 'query', 'get', 'patch', 'delete']);
    expect(log.mock.calls).toEqual([[expect.any(String), 'ada@example.com', true]]);
  } finally {
    log.mockRestore();
    delete process.env.SCIM_BASE_URL;
    server.close();
  }
});
