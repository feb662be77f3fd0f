// The side table as Drizzle knows it, so that drizzle-kit makes it and keeps it.
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

export const users = sqliteTable('users', {
  id: integer('id').primaryKey(),
  email: text('email').notNull().unique(),
});

export const scimUsers = sqliteTable(
  'scim_users',
  {
    owner: integer('owner')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    id: text('id').notNull(),
    externalId: text('external_id'),
    version: integer('version').notNull().default(1),
    created: text('created').notNull(),
    lastModified: text('last_modified').notNull(),
    deletedAt: text('deleted_at'),
    isLinked: integer('is_linked').notNull().default(0),
    document: text('document').notNull(),
    folded: text('folded').notNull(),
  },
  (table) => [
    uniqueIndex('scim_users_id').on(table.id),
    index('scim_users_external_id').on(table.externalId),
  ],
);
