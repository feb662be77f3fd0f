// Makes the tables, and one organisation: `SEATS=25 node hono-kysely/migrate.ts`
import { sql } from 'kysely';
import { db } from './database.ts';

const common = `
  external_id TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`;

const statements = [
  'CREATE TABLE organisations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, seats INTEGER NOT NULL)',
  `CREATE TABLE users (
    id TEXT PRIMARY KEY,
    organisation_id INTEGER NOT NULL REFERENCES organisations (id),
    email TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    title TEXT,
    role TEXT,
    disabled_at TEXT,
    ${common}
  )`,
  'CREATE UNIQUE INDEX users_email ON users (organisation_id, lower(email))',
  `CREATE TABLE teams (
    id TEXT PRIMARY KEY,
    organisation_id INTEGER NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    is_locked INTEGER NOT NULL DEFAULT 0,
    ${common}
  )`,
  `CREATE TABLE team_members (
    team_id TEXT NOT NULL REFERENCES teams (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (team_id, user_id)
  )`,
  'CREATE INDEX team_members_user ON team_members (user_id)',
  `CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    owner_id TEXT REFERENCES users (id),
    team_id TEXT REFERENCES teams (id)
  )`,
  `CREATE TABLE user_history (
    user_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    email TEXT NOT NULL,
    PRIMARY KEY (user_id, version)
  )`,
  'CREATE TABLE activity (id INTEGER PRIMARY KEY, organisation_id INTEGER NOT NULL, what TEXT NOT NULL)',
  'CREATE TABLE scim_events (id TEXT PRIMARY KEY, organisation_id INTEGER NOT NULL, event TEXT NOT NULL)',
];

await db.transaction().execute(async (tx) => {
  for (const statement of statements) await sql.raw(statement).execute(tx);
  const acme = { name: 'Acme', seats: Number(process.env.SEATS ?? 25) };
  await tx.insertInto('organisations').values(acme).execute();
});
await db.destroy();
