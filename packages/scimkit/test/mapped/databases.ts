// The app's database through each library, on SQLite and on PostgreSQL: fresh, with the app's tables.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaPg } from '@prisma/adapter-pg';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleProxy } from 'drizzle-orm/sqlite-proxy';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import type { AppDatabase } from '../../src/store/mapped/app-database.ts';
import type { AppDatabaseOptions } from '../../src/store/mapped/app-options.ts';
import { drizzleApp } from '../../src/store/mapped/drizzle-app.ts';
import { kyselyApp } from '../../src/store/mapped/kysely-app.ts';
import { prismaApp } from '../../src/store/mapped/prisma-app.ts';
import type { PrismaRoot } from '../../src/store/mapped/prisma-client.ts';
import { hasPostgres, newPool } from '../postgres.ts';
import { postgresTables, sqliteTables } from './drizzle-tables.ts';
import { postgresThings, sqliteThings } from './drizzle-things.ts';
import type { KyselyTables } from './kysely-tables.ts';
import { proxyTo } from './sqlite-proxy.ts';
import { forKysely } from './sqlite-shim.ts';
import { type Dialect, type Library, tablesFor } from './tables.ts';

/** One app's database. */
export interface TestApp {
  // biome-ignore lint/suspicious/noExplicitAny: each library has a transaction of its own kind
  readonly app: AppDatabase<any>;
  /** The names that the library's declarations have: `first_name`, or `firstName`. */
  readonly naming: 'snake_case' | 'camelCase';
  /** Runs a statement outside of the library; gives its rows. */
  execute(text: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** How a library comes by its database. */
export interface TestDatabase {
  readonly name: string;
  readonly dialect: Dialect;
  readonly library: Library;
  open(options?: AppDatabaseOptions): Promise<TestApp>;
}

/** A SQLite file with the app's tables, and a connection besides the library's. */
function sqliteFile(library: Library) {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-mapped-'));
  const path = join(folder, 'app.db');
  const database = new DatabaseSync(path, { timeout: 50 });
  database.exec('PRAGMA journal_mode = WAL');
  for (const statement of tablesFor('sqlite', library)) database.exec(statement);
  return {
    path,
    execute: async (text: string) => database.prepare(text).all() as Record<string, unknown>[],
    close() {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A PostgreSQL database with the app's tables; it is dropped when the file's tests are over. */
async function postgresPool(library: Library) {
  const pool = await newPool();
  await pool.query(tablesFor('postgres', library).join(';'));
  return {
    pool,
    execute: async (text: string) => (await pool.query(text)).rows as Record<string, unknown>[],
  };
}

const kyselySqlite: TestDatabase = {
  name: 'Kysely on SQLite',
  dialect: 'sqlite',
  library: 'kysely',
  async open(options) {
    const file = sqliteFile('kysely');
    const database = new DatabaseSync(file.path);
    const db = new Kysely<KyselyTables>({ dialect: new SqliteDialect({ database: forKysely(database) }) });
    return {
      app: kyselyApp(db, options),
      naming: 'snake_case',
      execute: file.execute,
      async close() {
        database.close();
        file.close();
      },
    };
  },
};

const kyselyPostgres: TestDatabase = {
  name: 'Kysely on PostgreSQL',
  dialect: 'postgres',
  library: 'kysely',
  async open(options) {
    const { pool, execute } = await postgresPool('kysely');
    const db = new Kysely<KyselyTables>({ dialect: new PostgresDialect({ pool }) });
    return { app: kyselyApp(db, options), naming: 'snake_case', execute, close: async () => {} };
  },
};

// With two parameters, Drizzle 0.45 forgets `casing`.
const noBatches = () => Promise.reject(new Error('There are no batches'));

const drizzleSqlite: TestDatabase = {
  name: 'Drizzle on SQLite',
  dialect: 'sqlite',
  library: 'drizzle',
  async open(options) {
    const file = sqliteFile('drizzle');
    const database = new DatabaseSync(file.path);
    const db = drizzleProxy(proxyTo(database), noBatches, { casing: 'snake_case' });
    return {
      app: drizzleApp(db as never, { ...sqliteTables, ...sqliteThings }, options),
      naming: 'camelCase',
      execute: file.execute,
      async close() {
        database.close();
        file.close();
      },
    };
  },
};

const drizzlePostgresPool: TestDatabase = {
  name: 'Drizzle on PostgreSQL',
  dialect: 'postgres',
  library: 'drizzle',
  async open(options) {
    const { pool, execute } = await postgresPool('drizzle');
    const db = drizzlePostgres({ client: pool, casing: 'snake_case' });
    const app = drizzleApp(db as never, { ...postgresTables, ...postgresThings }, options);
    return { app, naming: 'camelCase', execute, close: async () => {} };
  },
};

/** The client that Prisma has generated: `prisma/generate.ts` sees to it. */
async function prismaClient(dialect: Dialect, adapter: unknown): Promise<PrismaRoot & PrismaClient> {
  const { PrismaClient } = await import(
    new URL(`prisma/generated/${dialect}/client.ts`, import.meta.url).href
  );
  return new PrismaClient({ adapter });
}

interface PrismaClient {
  $disconnect(): Promise<void>;
}

const prismaSqlite: TestDatabase = {
  name: 'Prisma on SQLite',
  dialect: 'sqlite',
  library: 'prisma',
  async open(options) {
    const file = sqliteFile('prisma');
    const client = await prismaClient('sqlite', new PrismaLibSql({ url: `file:${file.path}` }));
    return {
      app: prismaApp(client, options),
      naming: 'camelCase',
      execute: file.execute,
      async close() {
        await client.$disconnect();
        file.close();
      },
    };
  },
};

const prismaPostgres: TestDatabase = {
  name: 'Prisma on PostgreSQL',
  dialect: 'postgres',
  library: 'prisma',
  async open(options) {
    const { pool, execute } = await postgresPool('prisma');
    const client = await prismaClient('postgres', new PrismaPg(pool));
    return {
      app: prismaApp(client, options),
      naming: 'camelCase',
      execute,
      close: () => client.$disconnect(),
    };
  },
};

/** With SCIMKIT_STORES=few, each library on one database: where the same is tried twice in one run of CI. */
const FEW = /^(Kysely on SQLite|Drizzle on SQLite|Prisma on PostgreSQL)$/;

/** Where there is no PostgreSQL, the others; the run tells. */
export const DATABASES: readonly TestDatabase[] = [
  kyselySqlite,
  kyselyPostgres,
  drizzleSqlite,
  drizzlePostgresPool,
  prismaSqlite,
  prismaPostgres,
]
  .filter(({ dialect }) => dialect === 'sqlite' || hasPostgres)
  .filter(({ name }) => process.env.SCIMKIT_STORES !== 'few' || FEW.test(name));
