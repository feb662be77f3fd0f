// Linking by the employee number, once somebody has confirmed it.
import { User } from 'scimkit';
import { kyselyDatabase, type LinkConflict, sideTable, whileNull } from 'scimkit/kysely';
import { db } from './database.ts';

/** Who waits to be linked, by the key of the account: in your app, a table, and a page with a button. */
export const waiting = new Map<string, LinkConflict>();
export const confirmed = new Set<string>();

export const statements = sideTable('scim_people', {
  dialect: 'sqlite',
  references: 'people (id)',
  keyType: 'INTEGER',
});

export const colleagues = kyselyDatabase(db).map(User, {
  table: 'people',
  key: { column: 'id', type: 'integer' },
  joins: { jobs: 'person_id' },
  side: 'scim_people',
  where: { organisation: 'organisation_id' },
  attributes: {
    userName: 'login',
    active: whileNull('deleted_at'),
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber': {
      ...{ table: 'jobs', column: 'employee_number' },
    },
  },
  defaults: { plan: 'standard' },
  delete: 'deactivate',
  onReturn: 'reuse',
  link: {
    mode: 'ask',
    by: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber',
    isConfirmed: ({ key }) => confirmed.has(key),
    pending: (conflict) => void waiting.set(conflict.key, conflict),
  },
});
