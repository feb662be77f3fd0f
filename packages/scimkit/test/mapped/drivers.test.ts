// Drivers that let transactions be in other ways than those of the battery.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import Database from 'better-sqlite3';
import { drizzle as drizzleSync } from 'drizzle-orm/better-sqlite3';
import { drizzle as drizzleLibsql } from 'drizzle-orm/libsql';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import { Kysely, SqliteDialect } from 'kysely';
import { Client } from 'pg';
import postgres from 'postgres';
import { afterEach, describe, expect, test } from 'vitest';
import type { AppDatabase } from '../../src/store/mapped/app-database.ts';
import { drizzleApp } from '../../src/store/mapped/drizzle-app.ts';
import { kyselyApp } from '../../src/store/mapped/kysely-app.ts';
import { rawSql, type SqlValue, sql } from '../../src/store/sql/fragment.ts';
import { hasPostgres, newPool } from '../postgres.ts';
import { postgresTables, sqliteTables } from './drizzle-tables.ts';
import type { KyselyTables } from './kysely-tables.ts';
import { tablesFor } from './tables.ts';

// biome-ignore lint/suspicious/noExplicitAny: each library has a transaction of its own kind
type App = AppDatabase<any>;

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function sqlitePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-drivers-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'app.db');
}

async function make(app: App, dialect: 'sqlite' | 'postgres', library: 'kysely' | 'drizzle'): Promise<App> {
  await app.transaction.run(async (tx) => {
    for (const statement of tablesFor(dialect, library)) await app.run(tx, rawSql(statement));
    await app.run(tx, rawSql("INSERT INTO organisations (name) VALUES ('Acme')"));
  }, 'write');
  return app;
}

async function postgresUrl(): Promise<string> {
  const pool = await newPool({ max: 1 });
  return String((pool as unknown as { options: { connectionString: string } }).options.connectionString);
}

const SQLITE: [string, () => Promise<App>][] = [
  [
    'Kysely over better-sqlite3',
    () => {
      const database = new Database(sqlitePath());
      closers.push(() => database.close());
      return make(
        kyselyApp(new Kysely<KyselyTables>({ dialect: new SqliteDialect({ database }) })),
        'sqlite',
        'kysely',
      );
    },
  ],
  [
    'Drizzle over better-sqlite3',
    () => {
      const client = new Database(sqlitePath());
      closers.push(() => client.close());
      return make(
        drizzleApp(drizzleSync({ client, casing: 'snake_case' }) as never, sqliteTables),
        'sqlite',
        'drizzle',
      );
    },
  ],
  ...['file', 'memory'].map((where): [string, () => Promise<App>] => [
    `Drizzle over libsql, ${where}`,
    () => {
      const client = createClient({ url: where === 'file' ? `file:${sqlitePath()}` : ':memory:' });
      closers.push(() => client.close());
      return make(
        drizzleApp(drizzleLibsql({ client, casing: 'snake_case' }) as never, sqliteTables),
        'sqlite',
        'drizzle',
      );
    },
  ]),
];

const POSTGRES: [string, () => Promise<App>][] = [
  [
    'Drizzle over postgres.js',
    async () => {
      const client = postgres(await postgresUrl(), { max: 4, onnotice: () => {} });
      closers.push(() => client.end());
      return make(
        drizzleApp(drizzlePostgresJs({ client, casing: 'snake_case' }) as never, postgresTables),
        'postgres',
        'drizzle',
      );
    },
  ],
  [
    'Drizzle over a single client of pg',
    async () => {
      const client = new Client(await postgresUrl());
      await client.connect();
      closers.push(() => client.end());
      return make(
        drizzleApp(drizzlePostgres({ client, casing: 'snake_case' }) as never, postgresTables),
        'postgres',
        'drizzle',
      );
    },
  ],
];

const count = sql`SELECT count(*) AS c0 FROM organisations`;
const add = (name: string) => sql`INSERT INTO organisations (name) VALUES (${name})`;

describe.each([...SQLITE, ...(hasPostgres ? POSTGRES : [])])('%s', (_, open) => {
  const counted = async (app: App) =>
    Number((await app.transaction.run((tx) => app.run(tx, count), 'read'))[0]?.c0);

  test('transactions neither mix nor lose anything, and reads see what is committed', async () => {
    const app = await open();
    const rename = () =>
      app.transaction.run(async (tx) => {
        const lock = rawSql(app.dialect === 'postgres' ? ' FOR UPDATE' : '');
        const [row] = await app.run(tx, sql`SELECT name AS c0 FROM organisations${lock}`);
        await app.run(tx, sql`UPDATE organisations SET name = ${`${row?.c0}!`}`);
      }, 'write');
    await Promise.all(Array.from({ length: 20 }, rename));
    const [row] = await app.transaction.run(
      (tx) => app.run(tx, rawSql('SELECT name AS c0 FROM organisations')),
      'read',
    );
    expect(row).toEqual({ c0: `Acme${'!'.repeat(20)}` });

    let during: Promise<number> | undefined;
    const undone = app.transaction.run(async (tx) => {
      await app.run(tx, add('Globex'));
      during = counted(app);
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('no');
    }, 'write');
    await expect(undone).rejects.toThrow('no');
    expect(await during).toBe(1);
    expect(await counted(app)).toBe(1);
  });

  test('values come as the columns decode them, rows with their names, and violations are told', async () => {
    const app = await open();
    const isKysely = !app.table('users').automatic;
    const users = app.table('users');
    const column = (name: string) =>
      users.column(isKysely ? name : name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
    const now = new Date('2024-02-29T12:34:56.789Z');
    const encoded = (name: string, value: unknown) => (column(name).encode?.(value) ?? value) as SqlValue;
    const insert = sql`INSERT INTO users (organisation_id, email, is_system, created_at, updated_at)
      VALUES (${1}, ${'a@example.org'}, ${encoded('is_system', true)}, ${encoded('created_at', now)}, ${encoded('updated_at', now)})
      RETURNING email AS c0, is_system AS c1, created_at AS c2`;
    const [row] = await app.transaction.run((tx) => app.run(tx, insert), 'write');
    const decoded = (name: string, value: unknown) => column(name).decode?.(value) ?? value;
    expect(row?.c0).toBe('a@example.org');
    expect(Boolean(decoded('is_system', row?.c1))).toBe(true);
    expect(new Date(decoded('created_at', row?.c2) as string)).toEqual(now);
    const error = await app.transaction
      .run((tx) => app.run(tx, insert), 'write')
      .catch((reason: unknown) => reason);
    expect(app.violation(error)).toMatchObject({ kind: 'unique', columns: ['organisation_id', 'email'] });
    const once = sql`WITH one AS (SELECT 1 AS id) UPDATE users SET title = ${'a RETURNING one'} WHERE id IN (SELECT id FROM one)`;
    expect(await app.transaction.run((tx) => app.run(tx, once), 'write')).toEqual([]);
    const titles = sql`SELECT title AS c0 FROM users`;
    expect(await app.transaction.run((tx) => app.run(tx, titles), 'read')).toEqual([
      { c0: 'a RETURNING one' },
    ]);
    const missing = sql`INSERT INTO user_emails (user_id, address) VALUES (${99}, ${'x'})`;
    const refused = await app.transaction
      .run((tx) => app.run(tx, missing), 'write')
      .catch((reason: unknown) => reason);
    expect(app.violation(refused)).toMatchObject({ kind: 'foreign key' });
  });
});
