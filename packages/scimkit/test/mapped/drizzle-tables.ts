// The app's tables as Drizzle knows them. Names of columns come from the option `casing`.
import * as pg from 'drizzle-orm/pg-core';
import * as lite from 'drizzle-orm/sqlite-core';
import { postgresThings, sqliteThings } from './drizzle-things.ts';

const now = () => new Date();

const instant = () => pg.timestamp({ withTimezone: true, mode: 'date' });
const liteInstant = () => lite.integer({ mode: 'timestamp_ms' });
const liteFlag = () => lite.integer({ mode: 'boolean' });

export const postgresTables = {
  ...postgresThings,
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
};

export const sqliteTables = {
  ...sqliteThings,
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
};
