// Our own tables on PostgreSQL; see sqlite-tables.ts for what they are. Texts compare by code point, whatever the database's
// locale is. Each statement may come again: some databases don't undo DDL with its transaction.

import type { Migrations } from './migrate.ts';

/** The steps from nothing to today's tables. */
export const POSTGRES_MIGRATIONS: Migrations = [
  [
    `CREATE TABLE IF NOT EXISTS scimkit_resource (
       tenant TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL, type TEXT COLLATE "C" NOT NULL,
       id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL,
       created TEXT COLLATE "C" NOT NULL, last_modified TEXT COLLATE "C" NOT NULL,
       display TEXT COLLATE "C", display_folded TEXT COLLATE "C", document TEXT NOT NULL, folded JSONB NOT NULL,
       PRIMARY KEY (tenant, connection, type, id)
     )`,
    `CREATE TABLE IF NOT EXISTS scimkit_value (
       tenant TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL, type TEXT COLLATE "C" NOT NULL,
       attribute TEXT COLLATE "C" NOT NULL, value TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL,
       PRIMARY KEY (tenant, connection, type, attribute, value, id)
     )`,
    `CREATE TABLE IF NOT EXISTS scimkit_unique_value (
       tenant TEXT COLLATE "C" NOT NULL, within TEXT COLLATE "C" NOT NULL, attribute TEXT COLLATE "C" NOT NULL,
       value TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL,
       PRIMARY KEY (tenant, within, attribute, value)
     )`,
    `CREATE TABLE IF NOT EXISTS scimkit_membership (
       tenant TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL, holder TEXT COLLATE "C" NOT NULL,
       attribute TEXT COLLATE "C" NOT NULL, member TEXT COLLATE "C" NOT NULL, member_type TEXT COLLATE "C" NOT NULL,
       holder_type TEXT COLLATE "C" NOT NULL,
       PRIMARY KEY (tenant, connection, holder, attribute, member)
     )`,
    `CREATE INDEX IF NOT EXISTS scimkit_membership_member
       ON scimkit_membership (tenant, connection, member, holder_type, holder)`,
    `CREATE TABLE IF NOT EXISTS scimkit_counter (
       tenant TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL, type TEXT COLLATE "C" NOT NULL,
       slot INTEGER NOT NULL, total BIGINT NOT NULL, generation BIGINT NOT NULL, last_id TEXT COLLATE "C" NOT NULL,
       PRIMARY KEY (tenant, connection, type, slot)
     )`,
    'CREATE TABLE IF NOT EXISTS scimkit_type_shape (name TEXT COLLATE "C" PRIMARY KEY, shape TEXT NOT NULL)',
  ],
];
