// People as users: columns, joined tables, rows, slots, conversions; and teams as groups, with people and teams in them.
import { randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Selectable } from 'kysely';
import { Group, User } from 'scimkit';
import { kyselyDatabase, sql } from 'scimkit/kysely';
import { db, type Tables } from './database.ts';

type Person = Selectable<Tables['people']>;

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** What is kept of a password; of one that is taken away, nothing. */
async function hash(password: string | undefined): Promise<string | null> {
  if (password === undefined) return null;
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${(await derive(password, salt, 32)).toString('hex')}`;
}

export const database = kyselyDatabase(db);

export const people = database.map(User, {
  table: 'people',
  key: { column: 'id', type: 'integer', prefix: 'p' },
  joins: { jobs: 'person_id' },
  where: { organisation: 'organisation_id' },
  exclude: { is_robot: 1 },
  attributes: {
    userName: { column: 'login', write: (name: string) => name.toLowerCase(), collation: 'exact' },
    'name.givenName': 'first_name',
    'name.familyName': 'last_name',
    displayName: {
      columns: ['first_name', 'last_name'],
      read: ({ first_name, last_name }: Person) => [first_name, last_name].filter(Boolean).join(' '),
      filter: (column) =>
        sql`trim(coalesce(${column('first_name')}, '') || ' ' || coalesce(${column('last_name')}, ''))`,
    },
    active: {
      column: 'is_suspended',
      read: (isSuspended) => isSuspended === 0,
      write: (active: boolean | undefined) => (active === false ? 1 : 0),
      filter: (column) => sql`${column('is_suspended')} = 0`,
    },
    externalId: 'external_id',
    emails: {
      table: 'addresses',
      key: 'person_id',
      columns: { value: 'address', type: 'label', primary: 'is_primary' },
      order: 'id',
    },
    phoneNumbers: {
      slots: [
        { columns: { value: 'work_phone' }, constants: { type: 'work' } },
        { columns: { value: 'mobile' }, constants: { type: 'mobile' } },
      ],
      others: 'ignore',
    },
    title: { table: 'jobs', column: 'title' },
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department': {
      ...{ table: 'jobs', column: 'department' },
    },
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber': {
      ...{ table: 'jobs', column: 'employee_number', collation: 'exact' },
    },
    password: { column: 'password_hash', write: hash },
  },
  created: 'created_at',
  lastModified: 'updated_at',
  defaults: { plan: () => 'standard' },
  delete: 'soft',
  deletedAt: 'deleted_at',
  onReturn: 'rename',
});

export const teams = database.map(Group, {
  table: 'teams',
  key: 'id',
  newId: () => crypto.randomUUID(),
  where: { organisation: 'organisation_id' },
  version: 'version',
  attributes: {
    displayName: 'name',
    members: [
      {
        table: 'team_members',
        holder: 'team_id',
        member: 'person_id',
        of: people,
        defaults: { role: 'member' },
      },
      { table: 'team_teams', holder: 'parent_id', member: 'child_id', of: 'self' },
    ],
  },
});
