// Users and groups of SCIM are the app's users and teams.
import { bearerTokens, createServiceProvider, eventLog, Group, User } from 'scimkit';
import { kyselyDatabase, whileNull } from 'scimkit/kysely';
import { db } from './database.ts';
import { guards } from './guards.ts';
import { hooks } from './hooks.ts';

/** What a token stands for. */
export interface Auth {
  readonly organisation: number;
}

const database = kyselyDatabase(db);
const common = {
  key: 'id',
  defaults: { id: () => crypto.randomUUID() },
  where: { organisation: 'organisation_id' },
  version: 'version',
  created: 'created_at',
  lastModified: 'updated_at',
} as const;

const users = database.map(User, {
  ...common,
  table: 'users',
  attributes: {
    userName: 'email',
    externalId: { column: 'external_id', collation: 'exact' },
    'name.givenName': 'first_name',
    'name.familyName': 'last_name',
    title: 'title',
    roles: { slots: [{ columns: { value: 'role' } }] }, // room for one; a second one is refused
    active: whileNull('disabled_at'),
  },
});

const teams = database.map(Group, {
  ...common,
  table: 'teams',
  attributes: {
    displayName: 'name',
    externalId: { column: 'external_id', collation: 'exact' },
    members: { table: 'team_members', holder: 'team_id', member: 'user_id', of: users },
  },
});

export const scim = createServiceProvider({
  authentication: bearerTokens([{ token: process.env.SCIM_TOKEN ?? '', auth: { organisation: 1 } as Auth }]),
  transaction: database.transaction,
  resources: [
    { type: users.type, store: ({ auth, tx }) => users.open({ tx, where: auth }) },
    { type: teams.type, store: ({ auth, tx }) => teams.open({ tx, where: auth }) },
  ],
  use: [
    eventLog({
      write: (event, { tx }) => {
        const { organisation } = event.auth as Auth;
        const row = { id: event.id, organisation_id: organisation, event: JSON.stringify(event) };
        return tx.insertInto('scim_events').values(row).execute();
      },
    }),
    ...guards,
    ...hooks,
  ],
});
