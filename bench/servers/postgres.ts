// A server over a PostgreSQL database, as an application would make it of the library: for as long as `scimkit serve` has
// SQLite alone.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { bearer, createServiceProvider, Group, User } from 'scimkit';
import { toNodeHandler } from 'scimkit/node';
import { createPostgresDatabase } from 'scimkit/postgres';
import { SCOPE } from '../million/directory.ts';

const { SCIMKIT_DATABASE: connectionString, SCIMKIT_BEARER_TOKEN: token } = process.env;

const pool = new Pool({ connectionString, max: 10, statement_timeout: 10_000 });
const database = createPostgresDatabase({ pool });
await database.ready([User, Group]);
const scim = createServiceProvider({
  basePath: '/scim/v2',
  authentication: bearer((given) => (given === token ? SCOPE : undefined)),
  resources: [User, Group].map((type) => ({ type, store: () => database.open(type, SCOPE) })),
});

const server = createServer(toNodeHandler(scim));
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
