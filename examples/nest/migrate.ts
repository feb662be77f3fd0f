// Makes the tables: `node nest/migrate.ts`
import { createClient } from '@libsql/client';

const client = createClient({ url: `file:${process.env.DATABASE ?? 'app.db'}` });

await client.migrate([
  `CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    organisation_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    mobile TEXT,
    work_phone TEXT,
    fax TEXT,
    disabled_at INTEGER,
    external_id TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  )`,
  'CREATE UNIQUE INDEX users_email ON users (organisation_id, lower(email))',
  `CREATE TABLE profiles (
    user_id INTEGER PRIMARY KEY REFERENCES users (id),
    department TEXT,
    employee_number TEXT,
    birthday TEXT
  )`,
  `CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    organisation_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    external_id TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  )`,
  `CREATE TABLE group_users (
    group_id INTEGER NOT NULL REFERENCES groups (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (group_id, user_id)
  )`,
  'CREATE INDEX group_users_user ON group_users (user_id)',
  `CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE
  )`,
]);
client.close();
