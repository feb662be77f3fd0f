// The app: a page of its own, and SCIM for each of its tenants.
import { and, asc, eq, isNull } from 'drizzle-orm';
import { fastify } from 'fastify';
import { toFastifyPlugin } from 'scimkit/fastify';
import { db, tables } from './database.ts';
import { scim } from './scim.ts';

const app = fastify();
const { users, memberships, teams } = tables;

app.register(toFastifyPlugin(scim), { prefix: '/scim/:tenant/v2' });

app.get<{ Params: { tenant: string } }>('/:tenant/people', ({ params }) =>
  db
    .select({ email: users.email, name: users.displayName, isActive: users.isActive, team: teams.name })
    .from(users)
    .leftJoin(memberships, eq(memberships.userId, users.id))
    .leftJoin(teams, eq(teams.id, memberships.teamId))
    .where(and(eq(users.tenantId, params.tenant), isNull(users.deletedAt)))
    .orderBy(asc(users.email), asc(teams.name)),
);

await app.listen({ port: Number(process.env.PORT ?? 8080), host: '127.0.0.1' });
