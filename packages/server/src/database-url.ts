// What a database option says, and how it may be shown.
import { OptionError } from './option-error.ts';

const POSTGRES = /^\s*["']?postgres(ql)?:/i;

/** Whether a database option is the URL of a PostgreSQL database, well written or not. */
export const isPostgres = (database: string): boolean => POSTGRES.test(database);

/** A database option as it may be shown: without a password, wherever one may be. */
export function describeDatabase(database: string): string {
  if (!isPostgres(database)) return database;
  // What follows an unescaped character of a password isn't read as one: nothing behind the scheme is shown then.
  const url = parsePostgresUrl(database);
  if (!url) return 'postgres://...';
  url.password = '';
  for (const name of [...url.searchParams.keys()])
    if (/password|secret|key/i.test(name)) url.searchParams.delete(name);
  return url.href;
}

/** The URL of a PostgreSQL database; undefined for what isn't written as one. */
export function parsePostgresUrl(database: string): URL | undefined {
  if (!/^postgres(ql)?:\/\/[^/]/i.test(database) || !URL.canParse(database)) return undefined;
  const url = new URL(database);
  return `${url.pathname}${url.search}${url.hash}`.includes('@') || url.hash !== '' ? undefined : url;
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
