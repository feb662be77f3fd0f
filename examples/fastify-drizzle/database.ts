// PostgreSQL where there is a DATABASE_URL, and otherwise a SQLite file.
import type { SQL } from 'drizzle-orm';
import { drizzle as drizzleSqlite, type LibSQLDatabase } from 'drizzle-orm/libsql';
import { drizzle as drizzlePostgres, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import * as postgresTables from './schema-postgres.ts';
import * as sqliteTables from './schema-sqlite.ts';

const { DATABASE_URL, DATABASE = 'app.db' } = process.env;

export const isPostgres = Boolean(DATABASE_URL);

/** Both schemas have the same names, and columns have the same values: the app is typed by one of them. */
export const tables = (isPostgres ? postgresTables : sqliteTables) as typeof sqliteTables;

const connection = DATABASE_URL ? drizzlePostgres(DATABASE_URL) : drizzleSqlite(`file:${DATABASE}`);
export const db = connection as LibSQLDatabase;

/** Runs a statement that has no rows. */
export const execute = (statement: SQL): PromiseLike<unknown> =>
  isPostgres ? (connection as NodePgDatabase).execute(statement) : db.run(statement);

/** Closes what is open, so that a script ends. */
export const close = (): unknown =>
  isPostgres ? (connection as NodePgDatabase & { $client: { end(): unknown } }).$client.end() : undefined;
