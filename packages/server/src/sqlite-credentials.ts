// Bearer tokens in a SQLite file. Several processes may have it open: a server, and commands beside it.
import { DatabaseSync } from 'node:sqlite';
import { createToken, hashToken } from 'scimkit';
import { type Credentials, ID_LENGTH, toCredential } from './credentials.ts';

/** What came after the first version; tokens of that one are the default tenant's. */
const COLUMNS: Readonly<Record<string, string>> = {
  tenant: "TEXT NOT NULL DEFAULT 'default'",
  connection: "TEXT NOT NULL DEFAULT 'default'",
  name: "TEXT NOT NULL DEFAULT ''",
  expires: 'TEXT',
  revoked: 'TEXT',
};

/** Makes the table, or adds what an older one lacks; another process may be doing so. */
function migrate(database: DatabaseSync): void {
  const columns = () =>
    database
      .prepare('PRAGMA table_info(credential)')
      .all()
      .map(({ name }) => String(name));
  const lacks = () => {
    const present = columns();
    return Object.keys(COLUMNS).filter((name) => !present.includes(name));
  };
  if (lacks().length === 0) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS credential (hash TEXT PRIMARY KEY, created TEXT NOT NULL) STRICT, WITHOUT ROWID',
    );
    for (const name of lacks()) database.exec(`ALTER TABLE credential ADD COLUMN ${name} ${COLUMNS[name]}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Opens the tokens in a file; those of ":memory:" live as long as the process. */
export function openSqliteCredentials(path: string): Credentials {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 2000');
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  // Times are of one form, in UTC: as texts they are in their order.
  const now = () => new Date().toISOString();
  const isAccepted = 'revoked IS NULL AND (expires IS NULL OR expires > ?)';
  const find = database.prepare(`SELECT tenant, connection FROM credential WHERE hash = ? AND ${isAccepted}`);
  const select = 'SELECT hash, tenant, connection, name, created, expires, revoked FROM credential';
  return {
    find(hash) {
      const row = find.get(hash, now());
      return row && { tenant: String(row.tenant), connection: String(row.connection) };
    },
    isEmpty: () =>
      database.prepare(`SELECT 1 FROM credential WHERE ${isAccepted} LIMIT 1`).get(now()) === undefined,
    async create({ tenant, connection, name = '', expires }) {
      const token = createToken();
      const row = {
        ...{ hash: await hashToken(token), tenant, connection, name, created: now() },
        expires: expires?.toISOString() ?? null,
      };
      database
        .prepare(
          'INSERT INTO credential (hash, tenant, connection, name, created, expires) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(row.hash, tenant, connection, name, row.created, row.expires);
      return { token, credential: toCredential({ ...row, revoked: null }) };
    },
    async list({ tenant, connection } = {}) {
      const rows = database.prepare(`${select} ORDER BY tenant, connection, created, hash`).all();
      return rows
        .map(toCredential)
        .filter(
          (credential) =>
            (tenant === undefined || credential.tenant === tenant) &&
            (connection === undefined || credential.connection === connection),
        );
    },
    async revoke(id) {
      if (id.length !== ID_LENGTH) return undefined;
      const ofId = `substr(hash, 1, ${ID_LENGTH}) = ?`;
      database.prepare(`UPDATE credential SET revoked = ? WHERE ${ofId} AND revoked IS NULL`).run(now(), id);
      const row = database.prepare(`${select} WHERE ${ofId}`).get(id);
      return row && toCredential(row);
    },
    close: () => database.close(),
  };
}
