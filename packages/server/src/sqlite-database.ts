// SQLite: the embedded database of one server process.
import { DatabaseSync } from 'node:sqlite';
import { createSqliteDatabase } from 'scimkit/sqlite';
import type { Credentials } from './credentials.ts';
import type { Database, DatabaseOptions } from './database.ts';
import { makePrivateFile, removeDatabase } from './database-file.ts';
import { createSecret, parseSecret } from './secret.ts';
import { openSqliteCredentials } from './sqlite-credentials.ts';

/** The secret in a file, which is made once. That of ":memory:" lives as long as the process. */
function readSecret(path: string): Uint8Array {
  const fresh = createSecret();
  if (path === ':memory:') return parseSecret(fresh);
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 2000');
    database.exec(
      'CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
    );
    const insert = "INSERT INTO secret (name, value) VALUES ('cursor', ?) ON CONFLICT DO NOTHING";
    database.prepare(insert).run(fresh);
    const row = database.prepare("SELECT value FROM secret WHERE name = 'cursor'").get();
    return parseSecret(String(row?.value));
  } finally {
    database.close();
  }
}

/** Opens a file, or ":memory:". */
export async function openSqlite(path: string, { durability = 'full' }: DatabaseOptions): Promise<Database> {
  const isNew = makePrivateFile(path);
  const database = createSqliteDatabase({ path, durability });
  let credentials: Credentials | undefined;
  const close = async () => {
    await credentials?.close();
    await database.close();
  };
  const discard = async () => {
    await close();
    if (isNew) removeDatabase(path);
  };
  try {
    credentials = openSqliteCredentials(path);
    return {
      ...{ name: path, credentials, secret: readSecret(path), close, discard },
      open: (type, scope) => database.open(type, scope),
      async prepare(types, scope) {
        for (const type of types) database.open(type, scope);
      },
      dump: (types, scope) => database.dump(types, scope),
      load: async (json, types, scope, source) => database.load(json, types, scope, source),
      ping: async () => database.ping(),
    };
  } catch (error) {
    await discard();
    throw error;
  }
}
