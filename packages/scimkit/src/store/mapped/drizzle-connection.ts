// What is needed of Drizzle's databases, and which drivers want what.
import { entityKind, type SQL } from 'drizzle-orm';

/** What the databases of Drizzle, and their transactions, have of it. */
export interface DrizzleConnection {
  select(fields: Record<string, unknown>): { from(table: unknown): { toSQL(): { sql: string } } };
  transaction(
    work: (tx: never) => Promise<unknown>,
    settings?: { readonly behavior?: 'deferred' | 'immediate' },
  ): unknown;
  /** PostgreSQL. */
  execute?(query: SQL): unknown;
  /** SQLite: with rows, and without. */
  all?(query: SQL): unknown;
  run?(query: SQL): unknown;
  readonly resultKind?: 'sync' | 'async';
  readonly session?: object;
  readonly $client?: unknown;
}

/** How a driver lets transactions be. */
export interface Manner {
  /** All there is goes over one connection: everything takes turns. */
  readonly isShared: boolean;
  /** There is one writer: those that wait here needn't be told to come again. */
  readonly isQueued: boolean;
  /** Drizzle's own transactions don't wait for promises, or leave their connection: BEGIN and COMMIT are sent by hand. */
  readonly isByHand: boolean;
}

interface Client {
  readonly protocol?: unknown;
  readonly totalCount?: unknown;
  readonly connect?: unknown;
  readonly query?: unknown;
}

const kindOf = (value: object | undefined): unknown =>
  (value?.constructor as { [entityKind]?: unknown } | undefined)?.[entityKind];

/** The manner of a driver. `file` tells the file of a SQLite database, which is "" for one in memory. */
export async function mannerOf(
  db: DrizzleConnection,
  dialect: 'sqlite' | 'postgres',
  file: () => Promise<string>,
): Promise<Manner> {
  const client = db.$client as Client | undefined;
  if (dialect === 'postgres') {
    // A single client of pg. Other drivers have pools, or queue by themselves.
    const isSingle =
      typeof client?.connect === 'function' &&
      typeof client.query === 'function' &&
      client.totalCount === undefined &&
      kindOf(db.session) !== 'PgliteSession';
    return { isShared: isSingle, isQueued: isSingle, isByHand: false };
  }
  if (db.resultKind === 'sync') return { isShared: true, isQueued: true, isByHand: true };
  if (kindOf(db.session) === 'SQLiteRemoteSession')
    return { isShared: true, isQueued: true, isByHand: false };
  // libsql opens a connection for each transaction: another one of a file, and another database in memory.
  const isLocal = client?.protocol === 'file';
  const isMemory = isLocal && (await file()) === '';
  return { isShared: isMemory, isQueued: isLocal, isByHand: isMemory };
}
