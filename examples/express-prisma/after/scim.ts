import { bearerTokens, createServiceProvider, User } from 'scimkit';
import { prismaDatabase, whileNull } from 'scimkit/prisma';
import { client } from './database.ts';

const database = prismaDatabase(client);
const users = database.map(User, {
  table: 'User',
  key: { column: 'id', type: 'integer' },
  side: 'scim_users',
  where: { organisation: 'organisationId' },
  attributes: {
    userName: { column: 'email', collation: 'native' },
    'name.givenName': 'firstName',
    'name.familyName': 'lastName',
    active: whileNull('disabledAt'),
  },
  delete: 'deactivate',
  onReturn: 'reuse',
  link: { mode: 'link', by: 'userName', verified: 'emailVerifiedAt' },
});
export const scim = createServiceProvider({
  authentication: bearerTokens([{ token: process.env.SCIM_TOKEN ?? '', auth: { organisation: 1 } }]),
  transaction: database.transaction,
  resources: [{ type: users.type, store: ({ auth, tx }) => users.open({ tx, where: auth }) }],
  onAccessRevoked: ({ id, tx }) => tx.session.deleteMany({ where: { user: { scim: { id } } } }),
});
