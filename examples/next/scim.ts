// Users and groups of SCIM are the app's users and teams; what those have no column for is in the tables beside them.
import { bearerTokens, createServiceProvider, Group, User } from 'scimkit';
import { kyselyDatabase, sql } from 'scimkit/kysely';
import { db } from './database.ts';

const database = kyselyDatabase(db);

const users = database.map(User, {
  table: 'users',
  key: { column: 'id', type: 'integer' },
  side: 'scim_users',
  where: { organisation: 'organisation_id' },
  attributes: {
    userName: 'email',
    displayName: 'full_name',
    active: {
      column: 'status',
      read: (status) => status === 'active',
      write: (active?: boolean) => (active === false ? 'suspended' : 'active'),
      filter: (column) => sql`${column('status')} = 'active'`,
    },
  },
});

const teams = database.map(Group, {
  table: 'teams',
  key: { column: 'id', type: 'integer' },
  side: 'scim_teams',
  where: { organisation: 'organisation_id' },
  attributes: {
    displayName: 'name',
    members: { table: 'team_members', holder: 'team_id', member: 'user_id', of: users },
  },
});

export const scim = createServiceProvider({
  authentication: bearerTokens([{ token: process.env.SCIM_TOKEN ?? '', auth: { organisation: 1 } }]),
  transaction: database.transaction,
  resources: [
    { type: users.type, store: ({ auth, tx }) => users.open({ tx, where: auth }) },
    { type: teams.type, store: ({ auth, tx }) => teams.open({ tx, where: auth }) },
  ],
});
