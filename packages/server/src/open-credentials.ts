// The tokens of a server's database, for commands beside it.
import { existsSync } from 'node:fs';
import type { Credentials } from './credentials.ts';
import { makePrivateFile } from './database-file.ts';
import { OptionError } from './option-error.ts';
import { isPostgres } from './database-url.ts';
import { databasePath } from './options.ts';
import { openPostgresCredentials } from './postgres-credentials.ts';
import { createPool } from './postgres-database.ts';
import { makeServerTables } from './postgres-server-tables.ts';
import { openSqliteCredentials } from './sqlite-credentials.ts';

/**
 * Opens the tokens in a server's database, to make, list and revoke them beside a server that runs.
 *
 * @throws OptionError for what is no database that others could open too, or is not there and must be.
 *
 * @example
 * const credentials = await openCredentials('scimkit.db');
 * const { token } = await credentials.create({ tenant: 'acme', connection: 'default' });
 */
export async function openCredentials(
  database = 'scimkit.db',
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): Promise<Credentials> {
  if (isPostgres(database)) return openOnPostgres(database);
  const path = databasePath(database);
  if (path === ':memory:') {
    throw new OptionError('--database :memory: is gone with its process; name the file of the server.');
  }
  if (mustExist && !existsSync(path)) throw new OptionError(`--database ${path}: there is no such file.`);
  makePrivateFile(path);
  return openSqliteCredentials(path);
}

async function openOnPostgres(url: string): Promise<Credentials> {
  const pool = createPool(url, { databaseConnections: 1, prepareStatements: false });
  try {
    await makeServerTables(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { ...openPostgresCredentials(pool, false), close: () => pool.end() };
}
