// What a database option says, and how it may be shown.
import { OptionError } from './option-error.ts';

const POSTGRES = /^postgres(ql)?:\/\//i;

/** Whether a database option is the URL of a PostgreSQL database. */
export const isPostgres = (database: string): boolean => POSTGRES.test(database);

/** A database option as it may be shown: without a password. */
export function describeDatabase(database: string): string {
  if (!isPostgres(database)) return database;
  if (!URL.canParse(database)) return database.replace(/\/\/.*@/s, '//');
  const url = new URL(database);
  url.password = '';
  for (const name of [...url.searchParams.keys()]) if (/password/i.test(name)) url.searchParams.delete(name);
  return url.href;
}

/** A failure to open a database, in one sentence without a password; what options say wrong stays as it is. */
export function failureToOpen(database: string, error: unknown): Error {
  if (error instanceof OptionError) return error;
  // Of several addresses, none answered: such an error has no text of its own.
  const { message, code } = error as NodeJS.ErrnoException;
  return new Error(`the database ${describeDatabase(database)} can't be opened: ${message || code}`, {
    cause: error,
  });
}
