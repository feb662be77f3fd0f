// The service provider that every example mounts: users and groups in a SQLite file, one bearer token.
import { bearerTokens, createServiceProvider, Group, User } from 'scimkit';
import { createSqliteDatabase } from 'scimkit/sqlite';

const database = createSqliteDatabase({ path: process.env.DATABASE ?? 'scim.db' });

export const scim = createServiceProvider({
  basePath: '/scim/v2',
  authentication: bearerTokens([{ token: process.env.SCIM_TOKEN ?? '', auth: { tenant: 'acme' } }]),
  resources: [
    { type: User, store: ({ auth }) => database.open(User, auth) },
    { type: Group, store: ({ auth }) => database.open(Group, auth) },
  ],
});

export const port = Number(process.env.PORT ?? 8080);
