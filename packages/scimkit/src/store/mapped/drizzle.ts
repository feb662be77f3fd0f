// The app's own tables through Drizzle.
import type { InferSelectModel, Table } from 'drizzle-orm';
import type { AppDatabaseOptions } from './app-options.ts';
import { drizzleApp } from './drizzle-app.ts';
import type { DrizzleConnection } from './drizzle-connection.ts';
import { createMappedDatabase, type MappedDatabase } from './mapped-database.ts';

export type { AppDatabaseOptions } from './app-options.ts';
export type { LinkConflict } from './link-policy.ts';
export type { MappedDatabase, MappedResources } from './mapped-database.ts';
export type { Mapping } from './mapping.ts';
export { type SideTableOptions, sideTable } from './side-table.ts';
export { type WhileNull, whileNull } from './while-null.ts';
export { type Sql, sql } from '../sql/fragment.ts';

// biome-ignore-start lint/suspicious/noExplicitAny: whichever driver and schema
/** A database of Drizzle on PostgreSQL or SQLite. */
export interface DrizzleDatabase {
  select(...given: any[]): any;
  transaction(work: (tx: any) => any, ...given: any[]): any;
}

/** A transaction of a database of Drizzle. Where there is none it is the database, which has no `rollback`. */
export type DrizzleTransaction<Database> = Database extends {
  transaction(work: (tx: infer Tx) => any, ...given: any[]): any;
}
  ? Tx
  : never;
// biome-ignore-end lint/suspicious/noExplicitAny: whichever driver and schema

/** Tables and the values that are read from their columns, of a module that declares tables and may export more. */
export type DrizzleTables<Schema> = {
  [Name in keyof Schema as Schema[Name] extends Table ? Name : never]: Schema[Name] extends Table
    ? InferSelectModel<Schema[Name]>
    : never;
};

/**
 * The app's own tables in SQLite or PostgreSQL, through its Drizzle. On SQLite with one connection (better-sqlite3,
 * sqlite-proxy), give it one that nothing else writes through: what the app does on it in the meantime would be part of
 * a transaction that isn't its own.
 *
 * @throws TypeError when the dialect is neither.
 *
 * @example
 * import * as schema from './schema.ts';
 * const database = drizzleDatabase(drizzle({ client: pool }), schema);
 */
export function drizzleDatabase<Database extends DrizzleDatabase, Schema extends object>(
  db: Database,
  tables: Schema,
  options: AppDatabaseOptions = {},
): MappedDatabase<DrizzleTables<Schema>, DrizzleTransaction<Database>> {
  const app = drizzleApp(
    db as unknown as DrizzleConnection,
    tables as Readonly<Record<string, unknown>>,
    options,
  );
  return createMappedDatabase(app as never);
}
