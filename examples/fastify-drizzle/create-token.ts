// Makes a token for a tenant, and the tenant where there is none: `node fastify-drizzle/create-token.ts acme "Entra ID"`
import { createToken, hashToken } from 'scimkit';
import { close, db, tables } from './database.ts';

const [tenant, name = 'SCIM'] = process.argv.slice(2);
if (!tenant) throw new Error('Name the tenant: create-token.ts acme "Entra ID"');

const token = createToken('myapp_');
await db.insert(tables.tenants).values({ id: tenant, name: tenant }).onConflictDoNothing();
await db.insert(tables.apiTokens).values({ hash: await hashToken(token), tenantId: tenant, name });
await close();
// It is shown once: the app has its hash.
process.stdout.write(`${token}\n`);
