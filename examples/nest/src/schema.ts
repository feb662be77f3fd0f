// The app's tables.
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

const instant = (name: string) => integer(name, { mode: 'timestamp_ms' });
const common = {
  id: integer('id').primaryKey(),
  organisationId: integer('organisation_id').notNull(),
  externalId: text('external_id'),
  version: integer('version').notNull().default(1),
  createdAt: instant('created_at')
    .notNull()
    .$defaultFn(() => new Date()),
  updatedAt: instant('updated_at')
    .notNull()
    .$onUpdateFn(() => new Date()),
};

export const users = sqliteTable('users', {
  ...common,
  email: text('email').notNull(),
  firstName: text('first_name'),
  lastName: text('last_name'),
  mobile: text('mobile'),
  workPhone: text('work_phone'),
  fax: text('fax'),
  disabledAt: instant('disabled_at'),
});

/** What only some have: one row beside a user, or none. */
export const profiles = sqliteTable('profiles', {
  userId: integer('user_id').primaryKey(),
  department: text('department'),
  employeeNumber: text('employee_number'),
  birthday: text('birthday'),
});

export const groups = sqliteTable('groups', { ...common, name: text('name').notNull() });

export const groupUsers = sqliteTable(
  'group_users',
  { groupId: integer('group_id').notNull(), userId: integer('user_id').notNull() },
  (table) => [primaryKey({ columns: [table.groupId, table.userId] })],
);

export const sessions = sqliteTable('sessions', {
  id: text('id').primaryKey(),
  userId: integer('user_id').notNull(),
});
