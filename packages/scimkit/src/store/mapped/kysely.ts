// The app's own tables through Kysely.
import type { Kysely, Selectable } from 'kysely';
import type { AppDatabaseOptions } from './app-options.ts';
import { kyselyApp } from './kysely-app.ts';
import { createMappedDatabase, type MappedDatabase } from './mapped-database.ts';

export type { AppDatabaseOptions } from './app-options.ts';
export type { LinkConflict } from './link-policy.ts';
export type { MappedDatabase, MappedResources } from './mapped-database.ts';
export type { Mapping } from './mapping.ts';
export { type SideTableOptions, sideTable } from './side-table.ts';
export { type WhileNull, whileNull } from './while-null.ts';
export { type Sql, sql } from '../sql/fragment.ts';

/** Tables and the values that are read from their columns, of Kysely's interface of a database. */
export type KyselyTables<DB> = { [Table in keyof DB]: Selectable<DB[Table]> };

/**
 * The app's own tables in SQLite or PostgreSQL, through its Kysely. Plugins are heeded where they rename tables and
 * columns.
 *
 * @throws TypeError when the dialect is neither.
 *
 * @example
 * const database = kyselyDatabase(new Kysely<DB>({ dialect }));
 */
export function kyselyDatabase<DB>(
  db: Kysely<DB>,
  options: AppDatabaseOptions = {},
): MappedDatabase<KyselyTables<DB>, Kysely<DB>> {
  return createMappedDatabase(kyselyApp(db, options));
}
