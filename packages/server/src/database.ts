// A server's database: resources, tokens, and what the processes in front of it share.
import type { ResourceType, Store } from 'scimkit';
import type { Credentials } from './credentials.ts';
import { OptionError } from './option-error.ts';
import { databasePath, type ServerOptions } from './options.ts';
import { openPostgres } from './postgres-database.ts';
import type { Scope } from './scope.ts';
import { openSqlite } from './sqlite-database.ts';

/** A database that is open. */
export interface Database {
  /** What it is called in messages: a path, or a URL without a password. */
  readonly name: string;
  readonly credentials: Credentials;
  /** What cursors are encrypted with: the same one in every process. */
  readonly secret: Uint8Array;
  open(type: ResourceType, scope: Scope): Store;
  /** Brings what is derived from a scope's resources up to date; rejects when they contradict what is unique now. */
  prepare(types: readonly ResourceType[], scope: Scope): Promise<void>;
  /** All resources of a scope as JSON text, in pieces. */
  dump(types: readonly ResourceType[], scope: Scope): Iterable<string> | AsyncIterable<string>;
  /** Loads a dump into a scope that has no resources; false when it has some. */
  load(json: unknown, types: readonly ResourceType[], scope: Scope, source: string): Promise<boolean>;
  /** Rejects when the database doesn't answer. */
  ping(): Promise<void>;
  /** Waits for what is under way, and closes it. */
  close(): Promise<void>;
  /** Closes it after a start that failed: what was made for that start alone is removed. */
  discard(): Promise<void>;
}

/** What is said of a database in options. */
export type DatabaseOptions = Pick<
  ServerOptions,
  | 'database'
  | 'durability'
  | 'databaseConnections'
  | 'statementTimeout'
  | 'prepareStatements'
  | 'log'
  | 'logLevel'
>;

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

/** Opens a database; makes it, or its tables, where there are none. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = options.database ?? 'scimkit.db';
  return isPostgres(database) ? openPostgres(database, options) : openSqlite(databasePath(database), options);
}

/** The same with a single sentence where it fails; what options say wrong stays as it is. */
export function failureToOpen(database: string, error: unknown): Error {
  if (error instanceof OptionError) return error;
  // Of several addresses, none answered: such an error has no text of its own.
  const { message, code } = error as NodeJS.ErrnoException;
  return new Error(`the database ${describeDatabase(database)} can't be opened: ${message || code}`, {
    cause: error,
  });
}
