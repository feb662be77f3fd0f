// A server's database: resources, tokens, and what the processes in front of it share.
import type { ResourceType, Store } from 'scimkit';
import type { Credentials } from './credentials.ts';
import type { ServerOptions } from './options.ts';
import type { Scope } from './scope.ts';

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
