// Our own tables, as SQLite has them. The tenant comes first in every key, so that the tables can be sharded by it; statements keep to
// what the distributed databases that speak PostgreSQL's protocol take as well.
import type { Migrations } from './migrate.ts';

/**
 * The steps from nothing to today's tables; what is released is never changed, only added to. Step n makes schema
 * version n.
 *
 * `document` is what is sent; `folded` is what filters and sorting compare (see fold.ts). `value` is an index for
 * filters, made anew from `folded` whenever a schema changes; `unique_value` lets the database decide races;
 * `membership` has one row per value of a relation. Instants are in folded form, so that their text compares
 * chronologically.
 */
export const SQLITE_MIGRATIONS: Migrations = [
  [
    `CREATE TABLE resource (
       tenant TEXT NOT NULL, connection TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
       version INTEGER NOT NULL, created TEXT NOT NULL, last_modified TEXT NOT NULL,
       display TEXT, display_folded TEXT, document TEXT NOT NULL, folded BLOB NOT NULL
     ) STRICT`,
    'CREATE UNIQUE INDEX resource_id ON resource (tenant, connection, type, id)',
    'CREATE INDEX resource_last_modified ON resource (tenant, connection, type, last_modified)',
    `CREATE TABLE value (
       tenant TEXT NOT NULL, connection TEXT NOT NULL, type TEXT NOT NULL, attribute TEXT NOT NULL,
       value TEXT NOT NULL, id TEXT NOT NULL,
       PRIMARY KEY (tenant, connection, type, attribute, value, id)
     ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE unique_value (
       tenant TEXT NOT NULL, within TEXT NOT NULL, attribute TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL,
       PRIMARY KEY (tenant, within, attribute, value)
     ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE membership (
       tenant TEXT NOT NULL, connection TEXT NOT NULL, holder TEXT NOT NULL, attribute TEXT NOT NULL,
       member TEXT NOT NULL, member_type TEXT NOT NULL, holder_type TEXT NOT NULL,
       PRIMARY KEY (tenant, connection, holder, attribute, member)
     ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX membership_member ON membership (tenant, connection, member, holder_type, holder)',
    `CREATE TABLE counter (
       tenant TEXT NOT NULL, connection TEXT NOT NULL, type TEXT NOT NULL, total INTEGER NOT NULL,
       PRIMARY KEY (tenant, connection, type)
     ) STRICT, WITHOUT ROWID`,
  ],
  // What `folded`, `value` and `unique_value` were derived by, so that a changed schema is noticed.
  ['CREATE TABLE type_shape (name TEXT PRIMARY KEY, shape TEXT NOT NULL) STRICT, WITHOUT ROWID'],
  // `generation` counts what moves ids in their order: all but an id that comes after `last_id`.
  [
    'ALTER TABLE counter ADD COLUMN generation INTEGER NOT NULL DEFAULT 0',
    "ALTER TABLE counter ADD COLUMN last_id TEXT NOT NULL DEFAULT ''",
    `UPDATE counter SET last_id = coalesce((
       SELECT max(r.id) FROM resource r
       WHERE r.tenant = counter.tenant AND r.connection = counter.connection AND r.type = counter.type
     ), '')`,
  ],
  // No statement can use it, and each write of a resource changes two of its pages.
  ['DROP INDEX resource_last_modified'],
  // Several rows for each type, so that writers need not wait for one another.
  [
    `CREATE TABLE counter_slot (
       tenant TEXT NOT NULL, connection TEXT NOT NULL, type TEXT NOT NULL, slot INTEGER NOT NULL,
       total INTEGER NOT NULL, generation INTEGER NOT NULL, last_id TEXT NOT NULL,
       PRIMARY KEY (tenant, connection, type, slot)
     ) STRICT, WITHOUT ROWID`,
    `INSERT INTO counter_slot (tenant, connection, type, slot, total, generation, last_id)
       SELECT tenant, connection, type, 0, total, generation, last_id FROM counter`,
    'DROP TABLE counter',
    'ALTER TABLE counter_slot RENAME TO counter',
  ],
  // Numbers that stay (VACUUM may change those that are no column) and never come again, and what is searched by them; see
  // sqlite-texts.ts.
  [
    `CREATE TABLE resource_numbered (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       tenant TEXT NOT NULL, connection TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
       version INTEGER NOT NULL, created TEXT NOT NULL, last_modified TEXT NOT NULL,
       display TEXT, display_folded TEXT, document TEXT NOT NULL, folded BLOB NOT NULL
     ) STRICT`,
    `INSERT INTO resource_numbered (tenant, connection, type, id, version, created, last_modified,
       display, display_folded, document, folded)
     SELECT tenant, connection, type, id, version, created, last_modified,
       display, display_folded, document, folded FROM resource ORDER BY rowid`,
    'DROP TABLE resource',
    'ALTER TABLE resource_numbered RENAME TO resource',
    'CREATE UNIQUE INDEX resource_id ON resource (tenant, connection, type, id)',
    `CREATE VIRTUAL TABLE text_search USING fts5 (
       text, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1, detail = none
     )`,
    // Merging is done a little at a time, with each batch. What was deleted may stay until much was.
    "INSERT INTO text_search (text_search, rank) VALUES ('automerge', 0)",
    "INSERT INTO text_search (text_search, rank) VALUES ('deletemerge', 40)",
    'CREATE TABLE text_changed (number INTEGER PRIMARY KEY) STRICT',
  ],
  // Names that no table of an app has: on PostgreSQL, they may stand beside each other.
  ['resource', 'value', 'unique_value', 'membership', 'counter', 'type_shape'].map(
    (name) => `ALTER TABLE ${name} RENAME TO scimkit_${name}`,
  ),
];
