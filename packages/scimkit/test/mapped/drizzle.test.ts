// What is Drizzle's own: names, what columns hold, what it fills in.
import Database from 'better-sqlite3';
import { sql as drizzleSql } from 'drizzle-orm';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql-proxy';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import * as pg from 'drizzle-orm/pg-core';
import * as lite from 'drizzle-orm/sqlite-core';
import { Client } from 'pg';
import { drizzleDatabase } from 'scimkit/drizzle';
import { describe, expect, test } from 'vitest';
import { drizzleApp } from '../../src/store/mapped/drizzle-app.ts';
import { rawSql, type SqlValue, sql } from '../../src/store/sql/fragment.ts';
import { hasPostgres, newPool } from '../postgres.ts';

const INSTANT = new Date('2024-02-29T12:34:56.000Z');
const now = () => INSTANT;
const mood = pg.pgEnum('mood', ['sad', 'ok']);
const upper = pg.customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => value.toUpperCase(),
  fromDriver: (value) => value.toLowerCase(),
});

const onPostgres = {
  users: pg.pgSchema('auth').table('users', {
    id: pg.bigserial({ mode: 'bigint' }).primaryKey(),
    uuid: pg.uuid().defaultRandom(),
    firstName: pg.varchar({ length: 20 }),
    named: pg.text('other "name"'),
    seconds: pg.timestamp({ withTimezone: true, precision: 0 }),
    local: pg.timestamp(),
    written: pg.timestamp({ withTimezone: true, mode: 'string' }),
    writtenLocal: pg.timestamp({ mode: 'string' }),
    day: pg.date({ mode: 'date' }),
    salary: pg.numeric(),
    large: pg.bigint({ mode: 'number' }),
    active: pg.boolean(),
    settings: pg.jsonb(),
    mood: mood(),
    custom: upper(),
    created: pg.timestamp().$defaultFn(now),
    changed: pg.timestamp().$onUpdateFn(now),
    version: pg
      .integer()
      .default(1)
      .$onUpdateFn(() => drizzleSql`version + 1`),
  }),
  notATable: 5,
};

const VALUES: readonly (readonly [column: string, kind: string | undefined, value: unknown])[] = [
  ['id', 'integer', 7],
  ['uuid', 'uuid', '9f3a0a3e-7a0b-4c5e-8f33-0c7f8c9f4b1a'],
  ['firstName', 'text', 'Ada'],
  ['named', 'text', 'x'],
  ['seconds', 'instant', INSTANT],
  ['local', 'instant', INSTANT],
  ['written', 'instant', INSTANT],
  ['writtenLocal', 'instant', INSTANT],
  ['day', 'instant', new Date('2024-02-29T00:00:00.000Z')],
  ['salary', 'number', 12.5],
  ['large', 'integer', 2 ** 40],
  ['active', 'boolean', true],
  ['settings', 'json', { a: [1] }],
  ['mood', undefined, 'ok'],
  ['custom', undefined, 'loud'],
];

describe('on PostgreSQL', () => {
  const app = drizzleApp(
    drizzlePostgres({ client: new Client(), casing: 'snake_case' }) as never,
    onPostgres,
  );
  const users = app.table('users');

  test('names are those of the database: with the schema, the casing, and quotes', () => {
    expect(users.name).toBe('"auth"."users"');
    expect(users.column('firstName').name).toBe('"first_name"');
    expect(users.column('named').name).toBe('"other ""name"""');
  });

  test.each(VALUES)('what the column %s holds is known', (column, kind) => {
    expect(users.column(column).kind).toBe(kind);
  });

  test('instants have their units', () => {
    const units = ['seconds', 'local', 'day'].map((column) => users.column(column).unit);
    expect(units).toEqual([1_000, 1, 86_400_000]);
  });

  test('what Drizzle fills in is told, and what the database fills in is not', () => {
    expect(users.automatic).toEqual(['created', 'changed', 'version']);
    expect(users.column('created').initial?.()).toEqual(INSTANT);
    expect(users.column('created').renewed).toBeUndefined();
    expect(users.column('changed').initial?.()).toEqual(INSTANT);
    expect(users.column('changed').renewed?.()).toEqual(INSTANT);
    expect(users.column('version').initial).toBeUndefined();
  });

  test('what is misspelt is named', () => {
    expect(() => app.table('user')).toThrow('no table "user"');
    expect(() => app.table('notATable')).toThrow('no table "notATable"');
    expect(() => app.table('toString')).toThrow('no table "toString"');
    expect(() => users.column('first_name')).toThrow(
      /no column "first_name"; its columns are id, uuid, firstName/,
    );
  });

  test('keys that no number holds exactly are texts', () => {
    const id = users.column('id');
    expect(id.decode?.('9007199254740993')).toBe('9007199254740993');
    expect(id.encode?.('9007199254740993')).toBe(9007199254740993n);
  });

  test.skipIf(!hasPostgres)(
    'values are stored and read as they were, in whatever zone the session is',
    async () => {
      const pool = await newPool({ options: '-c timezone=Asia/Kolkata' });
      await pool.query(`CREATE SCHEMA auth; CREATE TYPE mood AS ENUM ('sad', 'ok');
      CREATE TABLE auth.users (id bigserial, uuid uuid, first_name varchar(20), "other ""name""" text,
        seconds timestamptz(0), local timestamp, written timestamptz, written_local timestamp, day date, salary numeric,
        large bigint, active boolean, settings jsonb, mood mood, custom text, version integer DEFAULT 1)`);
      const database = drizzleApp(
        drizzlePostgres({ client: pool, casing: 'snake_case' }) as never,
        onPostgres,
      );
      const columns = VALUES.map(([name]) => database.table('users').column(name));
      const list = columns.map(({ name }) => name).join(', ');
      const returned = columns.map(({ name }, index) => `${name} AS c${index}`).join(', ');
      const run = (text: string, parameters: readonly SqlValue[] = []) =>
        database.transaction.run((tx) => database.run(tx, { text, parameters }), 'write');
      const [row] = await run(
        `INSERT INTO auth.users (${list}) VALUES (${columns.map(() => '?').join(', ')}) RETURNING ${returned}`,
        columns.map((column, index) => column.encode?.(VALUES[index]?.[2]) as SqlValue),
      );
      expect(columns.map((column, index) => column.decode?.(row?.[`c${index}`]))).toEqual(
        VALUES.map(([, , value]) => value),
      );
      expect((await pool.query('SELECT custom, local::text FROM auth.users')).rows).toEqual([
        { custom: 'LOUD', local: '2024-02-29 12:34:56' },
      ]);
      for (const [index, column] of columns.entries()) {
        if (column.kind === 'json') continue;
        const found = await run(`SELECT 1 AS c0 FROM auth.users WHERE ${column.name} = ?`, [
          column.encode?.(VALUES[index]?.[2]) as SqlValue,
        ]);
        expect(found, column.name).toHaveLength(1);
      }
      const version = database.table('users').column('version');
      const renewed = version.encode?.(version.renewed?.()) as SqlValue;
      expect(
        await run(
          `UPDATE auth.users SET version = ?, first_name = ? WHERE active = ? RETURNING version AS c0`,
          [renewed, 'Grace', true],
        ),
      ).toEqual([{ c0: 2 }]);
    },
  );

  test.skipIf(!hasPostgres)(
    'a transaction that went back to a savepoint after a statement has failed is committed',
    async () => {
      const pool = await newPool();
      await pool.query('CREATE TABLE t (a integer UNIQUE)');
      const database = drizzleApp(drizzlePostgres({ client: pool }) as never, {});
      const insert = rawSql('INSERT INTO t VALUES (1)');
      await database.transaction.run(async (tx) => {
        await database.run(tx, insert);
        await database.run(tx, rawSql('SAVEPOINT s'));
        await database.run(tx, insert).catch(() => {});
        await database.run(tx, rawSql('ROLLBACK TO s'));
      }, 'write');
      expect((await pool.query('SELECT a FROM t')).rows).toEqual([{ a: 1 }]);
    },
  );
});

describe('on SQLite', () => {
  const tables = {
    users: lite.sqliteTable('users', {
      id: lite.integer('user_id').primaryKey(),
      seconds: lite.integer({ mode: 'timestamp' }),
      milliseconds: lite.integer({ mode: 'timestamp_ms' }),
      active: lite.integer({ mode: 'boolean' }).default(true),
      settings: lite.text({ mode: 'json' }),
      salary: lite.real(),
      written: lite.text().default(drizzleSql`CURRENT_TIMESTAMP`),
      changed: lite.integer({ mode: 'timestamp' }).$onUpdate(now),
    }),
  };
  const values = [7, INSTANT, INSTANT, true, { a: 1 }, 1.5, 'x', INSTANT];

  test('values are stored and read as they were', async () => {
    const client = new Database(':memory:');
    const app = drizzleApp(drizzleSqlite({ client }) as never, tables);
    const users = app.table('users');
    const columns = Object.keys(tables.users)
      .slice(0, values.length)
      .map((name) => users.column(name));
    expect(columns.map(({ name, kind, unit }) => [name, kind, unit])).toEqual([
      ['"user_id"', 'integer', undefined],
      ['"seconds"', 'instant', 1_000],
      ['"milliseconds"', 'instant', 1],
      ['"active"', 'boolean', undefined],
      ['"settings"', 'json', undefined],
      ['"salary"', 'number', undefined],
      ['"written"', 'text', undefined],
      ['"changed"', 'instant', 1_000],
    ]);
    const list = columns.map(({ name }) => name).join(', ');
    const [row] = await app.transaction.run(async (tx) => {
      await app.run(tx, rawSql(`CREATE TABLE users (${list})`));
      const text = `INSERT INTO users VALUES (${columns.map(() => '?').join(', ')})
        RETURNING ${columns.map(({ name }, index) => `${name} AS c${index}`).join(', ')}`;
      return app.run(tx, {
        text,
        parameters: columns.map(({ encode }, index) => encode?.(values[index]) as SqlValue),
      });
    }, 'write');
    expect(row?.c1).toBe(INSTANT.getTime() / 1_000);
    expect(columns.map(({ decode }, index) => decode?.(row?.[`c${index}`]))).toEqual(values);
    // What is false or nothing for JavaScript is a value all the same.
    expect(
      await app.transaction.run(
        (tx) => app.run(tx, sql`SELECT ${0} AS c0, ${null} AS c1, ${''} AS c2`),
        'read',
      ),
    ).toEqual([{ c0: 0, c1: null, c2: '' }]);
    client.close();
  });

  test('Drizzle puts in what is a default of its own, and leaves SQL to the database', () => {
    const app = drizzleApp(drizzleSqlite({ client: new Database(':memory:') }) as never, tables);
    const users = app.table('users');
    expect(users.automatic).toEqual(['active', 'changed']);
    expect(users.column('active').initial?.()).toBe(true);
  });
});

test('another dialect is refused', () => {
  const mysql = drizzleMysql(async () => ({ rows: [] }));
  expect(() => drizzleDatabase(mysql as never, {})).toThrow(/SQLite and PostgreSQL/);
});
