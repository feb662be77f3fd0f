import { createServer } from 'node:http';
import { bearerTokens, createServiceProvider, Group, User } from 'scimkit';
import { toNodeHandler } from 'scimkit/node';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { guards } from './guards.ts';

const database = createSqliteDatabase({ path: process.env.DATABASE ?? 'scim.db' });
const acme = { tenant: 'acme', seats: Number(process.env.SEATS ?? 3) };

const scim = createServiceProvider({
  authentication: bearerTokens([{ token: process.env.SCIM_TOKEN ?? '', auth: acme }]),
  resources: [
    { type: User, store: ({ auth }) => database.open(User, { tenant: auth.tenant }) },
    { type: Group, store: ({ auth }) => database.open(Group, { tenant: auth.tenant }) },
  ],
  use: guards({
    users: (auth: typeof acme) => database.open(User, { tenant: auth.tenant }),
    tenant: (auth) => auth.tenant,
    seats: (auth) => auth.seats,
  }),
});

createServer(toNodeHandler(scim)).listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
