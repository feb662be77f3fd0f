// The tables of things as Drizzle knows them. Names of columns come from the option `casing`.
import * as pg from 'drizzle-orm/pg-core';
import * as lite from 'drizzle-orm/sqlite-core';

const instant = () => pg.timestamp({ withTimezone: true, mode: 'date' });
const liteInstant = () => lite.integer({ mode: 'timestamp_ms' });
const long = () => pg.bigint({ mode: 'number' });
const citext = pg.customType<{ data: string }>({ dataType: () => 'citext' });
const state = pg.pgEnum('thing_state', ['open', 'Shut']);

export const postgresThings = {
  things: pg.pgTable('things', {
    id: pg.serial().primaryKey(),
    organisationId: pg.integer().notNull(),
    name: pg.text().notNull(),
    code: pg.text(),
    amount: long(),
    weight: pg.doublePrecision(),
    active: pg.boolean(),
    since: instant(),
    data: pg.text(),
    serial: pg.text(),
    shownId: pg.uuid(),
    sizeNumber: pg.integer(),
    fixed: citext(),
    width: long(),
    label: pg.text(),
    boxNote: pg.text(),
    levelOne: pg.integer(),
    levelTwo: long(),
    levelThree: long(),
    rankTenths: pg.integer(),
    endSecond: long(),
    beginAt: instant(),
    state: state(),
    badge: pg.integer(),
    workContact: pg.text(),
    workRating: long(),
    homeContact: pg.text(),
    otherContact: pg.text(),
    otherKind: pg.text(),
    updatedAt: instant()
      .notNull()
      .$onUpdateFn(() => new Date()),
  }),
  thingDetails: pg.pgTable('thing_details', {
    thingId: pg.integer().primaryKey(),
    link: pg.text(),
    extra: pg.text(),
  }),
  thingTags: pg.pgTable('thing_tags', {
    id: pg.serial().primaryKey(),
    thingId: pg.integer().notNull(),
    value: pg.text(),
  }),
  thingParts: pg.pgTable('thing_parts', {
    id: pg.serial().primaryKey(),
    thingId: pg.integer().notNull(),
    value: pg.text(),
    kind: pg.text(),
    isPrimary: pg.boolean(),
  }),
  thingVisits: pg.pgTable('thing_visits', {
    id: pg.serial().primaryKey(),
    thingId: pg.integer().notNull(),
    at: instant(),
    score: pg.doublePrecision(),
    isGood: pg.boolean(),
  }),
};

export const sqliteThings = {
  things: lite.sqliteTable('things', {
    id: lite.integer().primaryKey({ autoIncrement: true }),
    organisationId: lite.integer().notNull(),
    name: lite.text().notNull(),
    code: lite.text(),
    amount: lite.integer(),
    weight: lite.real(),
    active: lite.integer({ mode: 'boolean' }),
    since: liteInstant(),
    data: lite.text(),
    serial: lite.text(),
    shownId: lite.text(),
    sizeNumber: lite.integer(),
    fixed: lite.text(),
    width: lite.integer(),
    label: lite.text(),
    boxNote: lite.text(),
    levelOne: lite.integer(),
    levelTwo: lite.integer(),
    levelThree: lite.integer(),
    rankTenths: lite.integer(),
    endSecond: lite.integer(),
    beginAt: liteInstant(),
    state: lite.text(),
    badge: lite.integer(),
    workContact: lite.text(),
    workRating: lite.integer(),
    homeContact: lite.text(),
    otherContact: lite.text(),
    otherKind: lite.text(),
    updatedAt: liteInstant()
      .notNull()
      .$onUpdateFn(() => new Date()),
  }),
  thingDetails: lite.sqliteTable('thing_details', {
    thingId: lite.integer().primaryKey(),
    link: lite.text(),
    extra: lite.text(),
  }),
  thingTags: lite.sqliteTable('thing_tags', {
    id: lite.integer().primaryKey({ autoIncrement: true }),
    thingId: lite.integer().notNull(),
    value: lite.text(),
  }),
  thingParts: lite.sqliteTable('thing_parts', {
    id: lite.integer().primaryKey({ autoIncrement: true }),
    thingId: lite.integer().notNull(),
    value: lite.text(),
    kind: lite.text(),
    isPrimary: lite.integer({ mode: 'boolean' }),
  }),
  thingVisits: lite.sqliteTable('thing_visits', {
    id: lite.integer().primaryKey({ autoIncrement: true }),
    thingId: lite.integer().notNull(),
    at: liteInstant(),
    score: lite.real(),
    isGood: lite.integer({ mode: 'boolean' }),
  }),
};
