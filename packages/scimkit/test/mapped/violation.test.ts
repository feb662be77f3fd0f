// What databases say of rows that they refuse and of conflicts, in the words of each driver and library.
import { ScimError } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { isWorthAnotherTry } from '../../src/store/mapped/repeated.ts';
import { violationOf } from '../../src/store/mapped/violation.ts';

const failure = (message: string, more: object = {}) => Object.assign(new Error(message), more);
const duplicate = (detail: string, more: object = {}) =>
  failure('duplicate key value violates unique constraint "users_key"', { code: '23505', detail, ...more });
/** As Prisma has it: its own error, the adapter's, and what the adapter kept. */
const prisma = (kept: object) =>
  failure('Raw query failed', {
    code: 'P2010',
    meta: { driverAdapterError: failure('UniqueConstraintViolation', { cause: kept }) },
  });
const drizzle = (cause: Error, params = '') =>
  new Error(`Failed query: INSERT\nparams: ${params}`, { cause });

describe('what a row was refused for', () => {
  test.each([
    ['(email)=(x)', ['email']],
    ['(organisation_id, email)=(1, x)', ['organisation_id', 'email']],
    ['(lower(email))=(x)', ['email']],
    ['(organisation_id, lower((email)::text))=(1, x)', ['organisation_id', 'email']],
    ['(lower(email::character varying), tenant)=(x, y)', ['email', 'tenant']],
    ["(COALESCE(deleted_at, '-infinity'::timestamp without time zone))=(x)", ['deleted_at']],
    ['("firstName", "a ""b""")=(x, y)', ['firstName', 'a "b"']],
    ['(email)=(a)=(b, c)', ['email']],
    ['(größe)=(1)', ['größe']],
  ])('PostgreSQL: the columns of the key %s', (key, columns) => {
    const error = duplicate(`Key ${key} already exists.`, { constraint: 'users_key' });
    expect(violationOf(error)).toEqual({ kind: 'unique', columns, constraint: 'users_key' });
  });

  test.each([
    [
      'a foreign key, by pg',
      failure('insert or update violates', {
        code: '23503',
        detail: 'Key (organisation_id)=(9) is not present in table "organisations".',
        constraint: 'users_organisation_id_fkey',
      }),
      { kind: 'foreign key', columns: ['organisation_id'], constraint: 'users_organisation_id_fkey' },
    ],
    [
      'a missing value, by pg',
      failure('null value', { code: '23502', column: 'email' }),
      { kind: 'not null', columns: ['email'], constraint: undefined },
    ],
    [
      'a check, by pg',
      failure('new row violates', { code: '23514', constraint: 'positive' }),
      { kind: 'check', columns: [], constraint: 'positive' },
    ],
    [
      'postgres.js, which has other names, below Drizzle',
      drizzle(duplicate('Key (email)=(x) already exists.', { constraint_name: 'users_key' })),
      { kind: 'unique', columns: ['email'], constraint: 'users_key' },
    ],
    [
      "Prisma's adapter for PostgreSQL",
      prisma({
        kind: 'UniqueConstraintViolation',
        originalCode: '23505',
        originalMessage: 'duplicate key value violates unique constraint "users_email_key"',
        constraint: { index: 'users_email_key' },
      }),
      { kind: 'unique', columns: [], constraint: 'users_email_key' },
    ],
    [
      'a missing value, by the same',
      prisma({
        kind: 'NullConstraintViolation',
        originalCode: '23502',
        originalMessage: 'null value in column "email" of relation "users" violates not-null constraint',
      }),
      { kind: 'not null', columns: ['email'], constraint: undefined },
    ],
    [
      "Prisma's adapter for SQLite",
      prisma({
        originalCode: '2067',
        originalMessage: 'SQLITE_CONSTRAINT: UNIQUE constraint failed: users.org, users.email',
      }),
      { kind: 'unique', columns: ['org', 'email'] },
    ],
    [
      'node:sqlite',
      failure('UNIQUE constraint failed: users.email', { code: 'ERR_SQLITE_ERROR', errcode: 2067 }),
      { kind: 'unique', columns: ['email'] },
    ],
    [
      'an index of expressions in SQLite',
      failure("UNIQUE constraint failed: index 'users_email_lower'"),
      { kind: 'unique', columns: [], constraint: 'users_email_lower' },
    ],
    [
      'a foreign key in SQLite',
      failure('FOREIGN KEY constraint failed'),
      { kind: 'foreign key', columns: [] },
    ],
    [
      'a missing value in SQLite, with what a driver adds',
      failure('D1_ERROR: NOT NULL constraint failed: users.email: SQLITE_CONSTRAINT'),
      { kind: 'not null', columns: ['email'] },
    ],
    [
      'a check in SQLite',
      failure('CHECK constraint failed: positive'),
      { kind: 'check', columns: [], constraint: 'positive' },
    ],
  ])('%s', (_, error, expected) => {
    expect(violationOf(error)).toEqual(expected);
  });

  test.each([
    ['nothing', undefined],
    ['a text', 'UNIQUE constraint failed: users.email'],
    ['another failure', failure('no such column: x', { code: 'SQLITE_ERROR' })],
    ['a value that says so', drizzle(failure('no such table'), 'UNIQUE constraint failed: users.email')],
  ])('%s is no violation', (_, error) => {
    expect(violationOf(error)).toBeUndefined();
  });

  test('an error that is its own cause ends', () => {
    const error = failure('round');
    error.cause = error;
    expect(violationOf(error)).toBeUndefined();
  });
});

describe('what is begun anew', () => {
  test.each([
    ['a serialization failure', failure('x', { code: '40001' })],
    ['a deadlock, below Drizzle', drizzle(failure('x', { code: '40P01' }))],
    ['a deadlock, below Prisma', prisma({ originalCode: '40P01', originalMessage: 'deadlock detected' })],
    ["Prisma's own conflict", failure('x', { code: 'P2034' })],
    [
      'Prisma without a connection',
      failure('Unable to start a transaction in the given time.', { code: 'P2028' }),
    ],
    ['a busy database, by node:sqlite', failure('x', { code: 'ERR_SQLITE_ERROR', errcode: 5 })],
    ['one that was written since it was read', failure('x', { code: 'ERR_SQLITE_ERROR', errcode: 517 })],
    ['a busy database, below Prisma', prisma({ originalCode: '5', originalMessage: 'x' })],
    ['the same, by better-sqlite3', failure('x', { code: 'SQLITE_BUSY_SNAPSHOT' })],
    ['a busy database without any code', failure('database is locked')],
  ])('%s', (_, error) => {
    expect(isWorthAnotherTry(error)).toBe(true);
  });

  test.each([
    [
      'a violation',
      failure('UNIQUE constraint failed: users.email', { code: 'ERR_SQLITE_ERROR', errcode: 2067 }),
    ],
    [
      'what a client did wrong',
      new ScimError('uniqueness', 'taken', { cause: failure('x', { code: '40001' }) }),
    ],
    ['a value that says so', drizzle(failure('no such table'), 'database is locked')],
    ['a lost connection', failure('Connection terminated unexpectedly')],
    ['what gRPC calls "not found"', failure('5 NOT_FOUND', { code: 5 })],
    ['what gRPC calls "already exists"', failure('6 ALREADY_EXISTS', { code: 6 })],
    ['a text in no encoding, below Prisma', prisma({ originalCode: '22021', originalMessage: 'x' })],
  ])('%s is not', (_, error) => {
    expect(isWorthAnotherTry(error)).toBe(false);
  });
});
