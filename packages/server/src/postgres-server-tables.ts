// What a server keeps besides resources, on PostgreSQL: tokens and a secret.
import type { Pool } from 'pg';
import { createSecret, parseSecret } from './secret.ts';

const STATEMENTS = [
  `CREATE TABLE IF NOT EXISTS scimkit_credential (
     hash TEXT COLLATE "C" PRIMARY KEY, created TEXT NOT NULL, tenant TEXT NOT NULL, connection TEXT NOT NULL,
     name TEXT NOT NULL, expires TEXT COLLATE "C", revoked TEXT
   )`,
  'CREATE TABLE IF NOT EXISTS scimkit_secret (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
];

/** Two processes that make the same table at once: one of them fails, and finds it then. */
const MADE_MEANWHILE = new Set(['23505', '42P07', '42710']);

/** Makes the tables, unless they are there: a role that may make none can use them. */
export async function makeServerTables(pool: Pool): Promise<void> {
  const { rows } = await pool.query(
    "SELECT to_regclass('scimkit_credential') AS one, to_regclass('scimkit_secret') AS other",
  );
  if (rows[0].one !== null && rows[0].other !== null) return;
  for (const statement of STATEMENTS) {
    try {
      await pool.query(statement);
    } catch (error) {
      if (!MADE_MEANWHILE.has((error as { code?: string }).code ?? '')) throw error;
    }
  }
}

/** The secret, which the first process makes. */
export async function readPostgresSecret(pool: Pool): Promise<Uint8Array> {
  await pool.query("INSERT INTO scimkit_secret (name, value) VALUES ('cursor', $1) ON CONFLICT DO NOTHING", [
    createSecret(),
  ]);
  const { rows } = await pool.query("SELECT value FROM scimkit_secret WHERE name = 'cursor'");
  return parseSecret(rows[0].value);
}
