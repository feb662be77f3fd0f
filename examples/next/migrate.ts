// Makes the app's tables, and beside two of them what SCIM needs: `node next/migrate.ts`
import { sql } from 'kysely';
import { sideTable } from 'scimkit/kysely';
import { db } from './database.ts';

const beside = (table: string) =>
  sideTable(`scim_${table}`, { dialect: 'sqlite', references: `${table} (id)`, keyType: 'INTEGER' });

const statements = [
  `CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    organisation_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    full_name TEXT,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    last_seen_at TEXT
  )`,
  'CREATE UNIQUE INDEX users_email ON users (organisation_id, lower(email))',
  'CREATE TABLE teams (id INTEGER PRIMARY KEY, organisation_id INTEGER NOT NULL, name TEXT NOT NULL)',
  `CREATE TABLE team_members (
    team_id INTEGER NOT NULL REFERENCES teams (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (team_id, user_id)
  )`,
  'CREATE INDEX team_members_user ON team_members (user_id)',
  ...beside('users'),
  ...beside('teams'),
];

for (const statement of statements) await sql.raw(statement).execute(db);
await db.destroy();
