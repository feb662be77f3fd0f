// Users and groups of SCIM are those of the app.
import { eq } from 'drizzle-orm';
import { bearerTokens, createServiceProvider, Group, User } from 'scimkit';
import { drizzleDatabase, whileNull } from 'scimkit/drizzle';
import type { Db } from './database-module.ts';
import * as schema from './schema.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export function createScim(db: Db) {
  const database = drizzleDatabase(db, schema);
  const common = {
    where: { organisation: 'organisationId' },
    version: 'version',
    created: 'createdAt',
    lastModified: 'updatedAt',
  } as const;

  const users = database.map(User, {
    ...common,
    table: 'users',
    key: { column: 'id', type: 'integer', prefix: 'user-' },
    joins: { profiles: 'userId' },
    attributes: {
      userName: 'email',
      externalId: { column: 'externalId', collation: 'exact' },
      'name.givenName': 'firstName',
      'name.familyName': 'lastName',
      active: whileNull('disabledAt'),
      phoneNumbers: {
        slots: [
          { columns: { value: 'mobile' }, constants: { type: 'mobile' } },
          { columns: { value: 'workPhone' }, constants: { type: 'work' } },
          { columns: { value: 'fax' }, constants: { type: 'fax' } },
        ],
      },
      [`${enterprise}:department`]: { table: 'profiles', column: 'department' },
      [`${enterprise}:employeeNumber`]: { table: 'profiles', column: 'employeeNumber' },
    },
  });

  const groups = database.map(Group, {
    ...common,
    table: 'groups',
    key: { column: 'id', type: 'integer', prefix: 'group-' },
    attributes: {
      displayName: 'name',
      externalId: { column: 'externalId', collation: 'exact' },
      members: { table: 'groupUsers', holder: 'groupId', member: 'userId', of: users },
    },
  });

  return createServiceProvider({
    authentication: bearerTokens([{ token: process.env.SCIM_TOKEN ?? '', auth: { organisation: 1 } }]),
    transaction: database.transaction,
    resources: [
      { type: users.type, store: ({ auth, tx }) => users.open({ tx, where: auth }) },
      { type: groups.type, store: ({ auth, tx }) => groups.open({ tx, where: auth }) },
    ],
    // Whoever is deactivated is logged out, in the same transaction. Of deleted ones, the database removes the sessions.
    onAccessRevoked: async ({ id, tx }) => {
      await tx.delete(schema.sessions).where(eq(schema.sessions.userId, Number(id.slice('user-'.length))));
    },
  });
}
