// From an option to a database that is open.
import type { Database, DatabaseOptions } from './database.ts';
import { isPostgres } from './database-url.ts';
import { databasePath } from './options.ts';
import { openPostgres } from './postgres-database.ts';
import { openSqlite } from './sqlite-database.ts';

/** Opens a database; makes it, or its tables, where there are none. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = options.database ?? 'scimkit.db';
  return isPostgres(database) ? openPostgres(database, options) : openSqlite(databasePath(database), options);
}
