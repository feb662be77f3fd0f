// Users and groups of SCIM are the users and teams of the tenant that the URL names.
import { and, eq, isNull } from 'drizzle-orm';
import { bearer, createServiceProvider, Group, hashToken, User } from 'scimkit';
import { drizzleDatabase } from 'scimkit/drizzle';
import { db, tables } from './database.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const database = drizzleDatabase(db, tables);

const users = database.map(User, {
  table: 'users',
  key: 'id',
  where: { tenant: 'tenantId' },
  attributes: {
    userName: 'email',
    externalId: { column: 'externalId', collation: 'exact' },
    displayName: 'displayName',
    'name.givenName': 'givenName',
    'name.familyName': 'familyName',
    title: 'title',
    active: 'isActive',
    emails: {
      table: 'userEmails',
      key: 'userId',
      columns: { value: 'address', type: 'label', primary: 'isPrimary' },
    },
    [`${enterprise}:department`]: 'department',
    [`${enterprise}:manager.value`]: 'managerId',
  },
  created: 'createdAt',
  lastModified: 'updatedAt',
  // Whoever was deleted stays in the table, and makes room for a successor of the same name.
  delete: 'soft',
  deletedAt: 'deletedAt',
  onReturn: 'rename',
});

const teams = database.map(Group, {
  table: 'teams',
  key: 'id',
  where: { tenant: 'tenantId' },
  attributes: {
    displayName: 'name',
    externalId: { column: 'externalId', collation: 'exact' },
    members: [
      { table: 'memberships', holder: 'teamId', member: 'userId', of: users },
      { table: 'teamTeams', holder: 'parentId', member: 'childId', of: 'self' },
    ],
  },
  version: 'version',
  created: 'createdAt',
  lastModified: 'updatedAt',
});

/** The tenant of a token that is known and not revoked. It is asked for with each request: a revoked one is dead at once. */
async function holderOf(token: string) {
  const { hash, tenantId, revokedAt } = tables.apiTokens;
  const isMeant = and(eq(hash, await hashToken(token)), isNull(revokedAt));
  const [holder] = await db.select({ tenant: tenantId }).from(tables.apiTokens).where(isMeant);
  return holder;
}

export const scim = createServiceProvider({
  basePath: '/scim/:tenant/v2',
  authentication: bearer(holderOf),
  tenant: { permits: (auth, tenant) => auth.tenant === tenant },
  transaction: database.transaction,
  resources: [
    { type: users.type, store: ({ auth, tx }) => users.open({ tx, where: auth }) },
    { type: teams.type, store: ({ auth, tx }) => teams.open({ tx, where: auth }) },
  ],
});
