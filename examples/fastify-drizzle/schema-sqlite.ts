// The app's tables in SQLite. `schema-postgres.ts` has the same ones, by the same names.
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

const id = () =>
  text('id')
    .primaryKey()
    .$defaultFn(() => crypto.randomUUID());
const tenantId = () => text('tenant_id').notNull();
const instant = (name: string) => integer(name, { mode: 'timestamp_ms' });
const times = {
  createdAt: instant('created_at')
    .notNull()
    .$defaultFn(() => new Date()),
  updatedAt: instant('updated_at')
    .notNull()
    .$onUpdateFn(() => new Date()),
};

export const tenants = sqliteTable('tenants', { id: text('id').primaryKey(), name: text('name').notNull() });

export const apiTokens = sqliteTable('api_tokens', {
  hash: text('hash').primaryKey(),
  tenantId: tenantId(),
  name: text('name').notNull(),
  revokedAt: instant('revoked_at'),
});

export const users = sqliteTable('users', {
  id: id(),
  tenantId: tenantId(),
  email: text('email').notNull(),
  displayName: text('display_name'),
  givenName: text('given_name'),
  familyName: text('family_name'),
  title: text('title'),
  department: text('department'),
  managerId: text('manager_id'),
  externalId: text('external_id'),
  isActive: integer('is_active', { mode: 'boolean' }).notNull().default(true),
  deletedAt: instant('deleted_at'),
  ...times,
});

export const userEmails = sqliteTable('user_emails', {
  id: id(),
  userId: text('user_id').notNull(),
  address: text('address').notNull(),
  label: text('label'),
  isPrimary: integer('is_primary', { mode: 'boolean' }),
});

export const teams = sqliteTable('teams', {
  id: id(),
  tenantId: tenantId(),
  name: text('name').notNull(),
  externalId: text('external_id'),
  version: integer('version').notNull().default(1),
  ...times,
});

export const memberships = sqliteTable(
  'memberships',
  {
    teamId: text('team_id').notNull(),
    userId: text('user_id').notNull(),
    role: text('role').notNull().default('member'),
  },
  (table) => [primaryKey({ columns: [table.teamId, table.userId] })],
);

export const teamTeams = sqliteTable(
  'team_teams',
  { parentId: text('parent_id').notNull(), childId: text('child_id').notNull() },
  (table) => [primaryKey({ columns: [table.parentId, table.childId] })],
);
