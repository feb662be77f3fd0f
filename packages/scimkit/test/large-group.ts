// Groups with more members than are read at once, and databases that tell what is read of them.
import { DatabaseSync } from 'node:sqlite';
import { Group, type Scope, type Store, User } from 'scimkit';
import { createSqliteDatabase, type SqliteDatabase } from 'scimkit/sqlite';
import type { Sql } from '../src/store/sql/fragment.ts';
import type { Database } from './fixture.ts';

const input = (attributes: Record<string, unknown>, members: readonly string[] = []) => ({
  attributes,
  relations: new Map(members.length > 0 ? [['members', members]] : []),
  secrets: {},
  mentioned: new Set<string>(),
});

/** Makes users, and a group of them all. */
export async function makeGroup(database: Database, size: number, scope: Scope = { tenant: 'acme' }) {
  const users = database.open(User, scope);
  const written = await Promise.all(
    // Every other one has a name to be shown by.
    Array.from({ length: size }, (_, i) =>
      users.create(
        input({ userName: `large${Math.random()}`, ...(i % 2 && { displayName: `Member ${i}` }) }),
        {},
      ),
    ),
  );
  const members = written.map(({ id }) => id);
  const { id } = await database.open(Group, scope).create(input({ displayName: 'Large' }, members), {});
  return { id, members };
}

/** A SQLite file with users of long names and a group of them all, written past the store: it takes a moment. */
export function fillFile(
  path: string,
  size: number,
): { readonly database: SqliteDatabase; readonly id: string } {
  const database = createSqliteDatabase({ path, durability: 'normal' });
  const raw = new DatabaseSync(path);
  const time = '2026-01-01T00:00:00.000000000Z';
  const insert = (type: string, id: string, name: string, of: string) => `
    INSERT INTO scimkit_resource (tenant, connection, type, id, version, created, last_modified, display, document, folded)
    SELECT 'acme', 'default', '${type}', ${id}, 1, '${time}', '${time}', ${name},
      json_object('schemas', json_array('urn:ietf:params:scim:schemas:core:2.0:${type}'), 'id', ${id},
        '${type === 'User' ? 'userName' : 'displayName'}', ${name}), jsonb('{}') FROM ${of}`;
  raw.exec(`
    BEGIN;
    CREATE TEMP TABLE number AS
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${size}) SELECT i FROM n;
    ${insert('User', "printf('u%07d', i)", "printf('%0200d', i)", 'number')};
    ${insert('Group', "'large'", "'Large'", '(SELECT 1)')};
    INSERT INTO scimkit_membership (tenant, connection, holder, attribute, member, member_type, holder_type)
      SELECT 'acme', 'default', 'large', 'members', printf('u%07d', i), 'User', 'Group' FROM number;
    INSERT INTO scimkit_counter (tenant, connection, type, slot, total, generation, last_id) VALUES
      ('acme', 'default', 'User', 0, ${size}, 0, 'z'), ('acme', 'default', 'Group', 0, 1, 0, 'z');
    COMMIT`);
  raw.close();
  return { database, id: 'large' };
}

/** The ids that `fillFile` gives. */
export const fileMember = (number: number): string => `u${String(number).padStart(7, '0')}`;

type References = NonNullable<Store['references']>;

/** The same database; its stores read on as they are told. */
export function readingOn(
  database: Database,
  change: (references: References) => References | undefined,
): Database {
  return {
    open(...place) {
      const store = database.open(...place);
      const references = store.references && change(store.references.bind(store));
      return new Proxy(store, {
        get(target, name) {
          if (name === 'references') return references;
          const value = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
}

/** Counts how often stores read on. */
export function counting(database: Database): { readonly database: Database; readonly count: () => number } {
  let count = 0;
  return {
    count: () => count,
    database: readingOn(database, (references) => (...args) => {
      count++;
      return references(...args);
    }),
  };
}

/** Writes down the statements that a SQLite database runs. */
export function statementsOf(database: SqliteDatabase): string[] {
  const statements: string[] = [];
  const { runner } = database.open(User, { tenant: 'acme' }) as unknown as {
    runner: { all(statement: Sql): unknown };
  };
  const all = runner.all.bind(runner);
  runner.all = (statement) => {
    // The index of texts follows when nobody waits.
    if (!/text_search|text_changed|\bnumber\b/.test(statement.text)) statements.push(statement.text);
    return all(statement);
  };
  return statements;
}
