// What is Kysely's own: plugins, schemas, dialects.
import { DatabaseSync } from 'node:sqlite';
import {
  CamelCasePlugin,
  type Dialect,
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlQueryCompiler,
  ParseJSONResultsPlugin,
  SqliteDialect,
} from 'kysely';
import { anonymous, createServiceProvider, User } from 'scimkit';
import { kyselyDatabase } from 'scimkit/kysely';
import { expect, test } from 'vitest';
import { kyselyApp } from '../../src/store/mapped/kysely-app.ts';
import { rawSql, sql } from '../../src/store/sql/fragment.ts';
import { forKysely } from './sqlite-shim.ts';

interface Tables {
  userAccounts: { id: number; firstName: string; settings: string };
  'auth.users': { id: number };
}

const sqlite = () => new SqliteDialect({ database: forKysely(new DatabaseSync(':memory:')) });

test('plugins rename tables and columns, and leave values alone', async () => {
  const db = new Kysely<Tables>({
    dialect: sqlite(),
    plugins: [new CamelCasePlugin({ underscoreBeforeDigits: true }), new ParseJSONResultsPlugin()],
  });
  const app = kyselyApp(db);
  const users = app.table('userAccounts');
  expect(users.name).toBe('"user_accounts"');
  expect(users.column('firstName').name).toBe('"first_name"');
  const rows = await app.transaction.run(async (tx) => {
    await app.run(tx, rawSql('CREATE TABLE user_accounts (id integer, first_name text, settings text)'));
    const settings = '{"dark_mode":1}';
    return app.run(
      tx,
      sql`INSERT INTO user_accounts VALUES (${1}, ${'Ada'}, ${settings}) RETURNING first_name AS c0, settings AS c1`,
    );
  }, 'write');
  expect(rows).toEqual([{ c0: 'Ada', c1: '{"dark_mode":1}' }]);
});

test('a table is found in its schema, and odd names are quoted', () => {
  const db = new Kysely<Tables>({ dialect: sqlite() });
  expect(kyselyApp(db).table('auth.users').name).toBe('"auth"."users"');
  expect(kyselyApp(db.withSchema('tenants')).table('userAccounts').name).toBe('"tenants"."userAccounts"');
  expect(kyselyApp(db).table('userAccounts').column('a."b').name).toBe('"a.""b"');
});

test('a hook gets a transaction in which the app goes on with its own Kysely', async () => {
  const db = new Kysely<Tables>({ dialect: sqlite() });
  const { transaction } = kyselyDatabase(db);
  const isTransaction = (tx: Kysely<Tables>) => Promise.resolve(tx.isTransaction);
  expect(await transaction.run(isTransaction, 'write')).toBe(true);
  expect(await transaction.run(isTransaction, 'read')).toBe(false);
  expect(await kyselyDatabase(db, { transactionalReads: true }).transaction.run(isTransaction, 'read')).toBe(
    true,
  );
});

test('another dialect is refused', () => {
  const mysql = {
    createAdapter: () => new MysqlAdapter(),
    createDriver: () => new DummyDriver(),
    createQueryCompiler: () => new MysqlQueryCompiler(),
  } as unknown as Dialect;
  expect(() => kyselyDatabase(new Kysely<Tables>({ dialect: mysql }))).toThrow(/SQLite and PostgreSQL/);
});

test('a table without times: meta has none, rather than empty ones', async () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE people (id text PRIMARY KEY, email text NOT NULL)');
  const dialect = new SqliteDialect({ database: forKysely(database) });
  const people = kyselyDatabase(new Kysely<{ people: { id: string; email: string } }>({ dialect })).map(
    User,
    {
      table: 'people',
      key: 'id',
      newId: () => 'a-person',
      attributes: { userName: 'email' },
    },
  );
  const scim = createServiceProvider({
    authentication: anonymous({}),
    resources: [{ type: people.type, store: () => people.open({}) }],
  });
  const created = await scim.fetch(
    new Request('http://localhost/scim/v2/Users', {
      method: 'POST',
      headers: { 'content-type': 'application/scim+json' },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'ada@example.com',
      }),
    }),
  );
  const { meta } = (await created.json()) as { meta: object };
  expect(Object.keys(meta)).toEqual(['resourceType', 'location', 'version']);
});
