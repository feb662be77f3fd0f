// The app's tables as Drizzle knows them. Names of columns come from the option `casing`.
import * as pg from 'drizzle-orm/pg-core';
import * as lite from 'drizzle-orm/sqlite-core';

const now = () => new Date();

const instant = () => pg.timestamp({ withTimezone: true, mode: 'date' });
const liteInstant = () => lite.integer({ mode: 'timestamp_ms' });
const plan = pg.pgEnum('plan', ['free', 'pro']);
const liteFlag = () => lite.integer({ mode: 'boolean' });

export const postgresTables = {
  organisations: pg.pgTable('organisations', { id: pg.serial().primaryKey(), name: pg.text().notNull() }),
  users: pg.pgTable('users', {
    id: pg.serial().primaryKey(),
    organisationId: pg.integer().notNull(),
    email: pg.text().notNull(),
    firstName: pg.text(),
    lastName: pg.text(),
    title: pg.text(),
    disabledAt: instant(),
    isSystem: pg.boolean().notNull().default(false),
    createdAt: instant().notNull().$defaultFn(now),
    updatedAt: instant().notNull().$onUpdateFn(now),
    deletedAt: instant(),
    passwordHash: pg.text(),
  }),
  profiles: pg.pgTable('profiles', {
    userId: pg.integer().primaryKey(),
    department: pg.text(),
    costCenter: pg.text(),
    employeeNumber: pg.text(),
    birthday: pg.text(),
  }),
  userEmails: pg.pgTable('user_emails', {
    id: pg.serial().primaryKey(),
    userId: pg.integer().notNull(),
    address: pg.text(),
    label: pg.text(),
    isPrimary: pg.boolean(),
    verifiedAt: instant(),
  }),
  teams: pg.pgTable('teams', {
    id: pg
      .text()
      .primaryKey()
      .$defaultFn(() => crypto.randomUUID()),
    organisationId: pg.integer().notNull(),
    name: pg.text().notNull(),
    version: pg.integer().notNull().default(1),
    createdAt: instant().notNull().$defaultFn(now),
    updatedAt: instant().notNull().$onUpdateFn(now),
  }),
  teamMembers: pg.pgTable(
    'team_members',
    {
      teamId: pg.text().notNull(),
      userId: pg.integer().notNull(),
      role: pg.text().notNull().default('member'),
    },
    (table) => [pg.primaryKey({ columns: [table.teamId, table.userId] })],
  ),
  teamTeams: pg.pgTable(
    'team_teams',
    { parentId: pg.text().notNull(), childId: pg.text().notNull() },
    (table) => [pg.primaryKey({ columns: [table.parentId, table.childId] })],
  ),
  accounts: pg.pgTable('accounts', {
    id: pg
      .uuid()
      .primaryKey()
      .$defaultFn(() => crypto.randomUUID()),
    org: pg.text().notNull(),
    login: pg.text().notNull(),
    scimId: pg.text(),
    externalId: pg.text(),
    givenName: pg.text(),
    familyName: pg.text(),
    badge: pg.varchar({ length: 8 }),
    handle: pg.text(),
    age: pg.integer(),
    plan: plan(),
    workEmail: pg.text(),
    homeEmail: pg.text(),
    loginVerifiedAt: instant(),
    passwordHash: pg.text(),
    revision: pg.integer().notNull().default(1),
    isDisabled: pg.boolean().notNull().default(false),
    hiredAt: instant(),
    createdAt: instant().notNull().$defaultFn(now),
    updatedAt: instant().notNull().$onUpdateFn(now),
    deletedAt: instant(),
  }),
  accountDetails: pg.pgTable('account_details', {
    accountId: pg.uuid().primaryKey(),
    city: pg.text(),
    source: pg
      .text()
      .notNull()
      .$defaultFn(() => 'library'),
    updatedAt: instant().notNull().$onUpdateFn(now),
  }),
  accountTags: pg.pgTable('account_tags', {
    id: pg.serial().primaryKey(),
    accountId: pg.uuid().notNull(),
    tag: pg.text().notNull(),
    weight: pg.integer().notNull(),
  }),
};

export const sqliteTables = {
  organisations: lite.sqliteTable('organisations', {
    id: lite.integer().primaryKey({ autoIncrement: true }),
    name: lite.text().notNull(),
  }),
  users: lite.sqliteTable('users', {
    id: lite.integer().primaryKey({ autoIncrement: true }),
    organisationId: lite.integer().notNull(),
    email: lite.text().notNull(),
    firstName: lite.text(),
    lastName: lite.text(),
    title: lite.text(),
    disabledAt: liteInstant(),
    isSystem: liteFlag().notNull().default(false),
    createdAt: liteInstant().notNull().$defaultFn(now),
    updatedAt: liteInstant().notNull().$onUpdateFn(now),
    deletedAt: liteInstant(),
    passwordHash: lite.text(),
  }),
  profiles: lite.sqliteTable('profiles', {
    userId: lite.integer().primaryKey(),
    department: lite.text(),
    costCenter: lite.text(),
    employeeNumber: lite.text(),
    birthday: lite.text(),
  }),
  userEmails: lite.sqliteTable('user_emails', {
    id: lite.integer().primaryKey({ autoIncrement: true }),
    userId: lite.integer().notNull(),
    address: lite.text(),
    label: lite.text(),
    isPrimary: liteFlag(),
    verifiedAt: liteInstant(),
  }),
  teams: lite.sqliteTable('teams', {
    id: lite
      .text()
      .primaryKey()
      .$defaultFn(() => crypto.randomUUID()),
    organisationId: lite.integer().notNull(),
    name: lite.text().notNull(),
    version: lite.integer().notNull().default(1),
    createdAt: liteInstant().notNull().$defaultFn(now),
    updatedAt: liteInstant().notNull().$onUpdateFn(now),
  }),
  teamMembers: lite.sqliteTable(
    'team_members',
    {
      teamId: lite.text().notNull(),
      userId: lite.integer().notNull(),
      role: lite.text().notNull().default('member'),
    },
    (table) => [lite.primaryKey({ columns: [table.teamId, table.userId] })],
  ),
  teamTeams: lite.sqliteTable(
    'team_teams',
    { parentId: lite.text().notNull(), childId: lite.text().notNull() },
    (table) => [lite.primaryKey({ columns: [table.parentId, table.childId] })],
  ),
  accounts: lite.sqliteTable('accounts', {
    id: lite
      .text()
      .primaryKey()
      .$defaultFn(() => crypto.randomUUID()),
    org: lite.text().notNull(),
    login: lite.text().notNull(),
    scimId: lite.text(),
    externalId: lite.text(),
    givenName: lite.text(),
    familyName: lite.text(),
    badge: lite.text(),
    handle: lite.text(),
    age: lite.integer(),
    plan: lite.text({ enum: ['free', 'pro'] }),
    workEmail: lite.text(),
    homeEmail: lite.text(),
    loginVerifiedAt: liteInstant(),
    passwordHash: lite.text(),
    revision: lite.integer().notNull().default(1),
    isDisabled: liteFlag().notNull().default(false),
    hiredAt: liteInstant(),
    createdAt: liteInstant().notNull().$defaultFn(now),
    updatedAt: liteInstant().notNull().$onUpdateFn(now),
    deletedAt: liteInstant(),
  }),
  accountDetails: lite.sqliteTable('account_details', {
    accountId: lite.text().primaryKey(),
    city: lite.text(),
    source: lite
      .text()
      .notNull()
      .$defaultFn(() => 'library'),
    updatedAt: liteInstant().notNull().$onUpdateFn(now),
  }),
  accountTags: lite.sqliteTable('account_tags', {
    id: lite.integer().primaryKey({ autoIncrement: true }),
    accountId: lite.text().notNull(),
    tag: lite.text().notNull(),
    weight: lite.integer().notNull(),
  }),
};
