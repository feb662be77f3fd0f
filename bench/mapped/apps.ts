// Each library on each database.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Pool } from 'pg';
import type { Row } from '../../packages/scimkit/src/store/sql/fragment.ts';
import type { Dialect, Library } from '../../packages/scimkit/test/mapped/tables.ts';
import { createDatabase, type Database } from '../../test/postgres/database.ts';
import type { Server } from '../../test/postgres/server.ts';
import type { App } from './app.ts';
import { openDrizzle } from './drizzle.ts';
import { openKysely } from './kysely.ts';
import { openPrisma } from './prisma.ts';

const LIBRARIES = { kysely: openKysely, drizzle: openDrizzle, prisma: openPrisma };

/** What an app has: a library, and a database. */
export interface Kind {
  readonly name: string;
  readonly library: Library;
  readonly dialect: Dialect;
}

export const KINDS: readonly Kind[] = (['SQLite', 'PostgreSQL'] as const).flatMap((database) =>
  (['Kysely', 'Drizzle', 'Prisma'] as const).map((library) => ({
    name: `${library} on ${database}`,
    library: library.toLowerCase() as Library,
    dialect: database === 'SQLite' ? 'sqlite' : 'postgres',
  })),
);

/** Opens an app's database, which is empty. */
export function openApp(kind: Kind, folder: string, server: Server | undefined): Promise<App> {
  return kind.dialect === 'sqlite' ? onSqlite(kind, folder) : onPostgres(kind, server as Server);
}

async function onSqlite(kind: Kind, folder: string): Promise<App> {
  const path = join(folder, `${kind.library}.db`);
  const beside = new DatabaseSync(path);
  beside.exec('PRAGMA journal_mode = WAL');
  const { close, ...opened } = await LIBRARIES[kind.library]('sqlite', path);
  return {
    ...kind,
    ...opened,
    clients: 1,
    execute: async (text) => beside.prepare(text).all() as Row[],
    async close() {
      await close();
      beside.close();
    },
  };
}

async function onPostgres(kind: Kind, server: Server): Promise<App> {
  const database: Database = await createDatabase(server);
  const pool = new Pool({ connectionString: database.url, max: 10 });
  // When the database is dropped, whoever still has a connection is told so; by then nobody wants one.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const { close, ...opened } = await LIBRARIES[kind.library]('postgres', pool);
  return {
    ...kind,
    ...opened,
    clients: 8,
    execute: async (text) => (await pool.query(text)).rows as Row[],
    async close() {
      await close();
      await pool.end();
      await database.drop();
    },
  };
}
