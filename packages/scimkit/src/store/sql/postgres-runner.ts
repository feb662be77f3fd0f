// Units of work on PostgreSQL: reads on a connection each, writes in a transaction each, tried again where that is safe.
import { ScimError } from '../../protocol/error.ts';
import { MAX_CONFLICTS, pause } from '../retry.ts';
import type { Row, Work } from './fragment.ts';
import { isBroken, isConflict, isTimeout } from './postgres-failure.ts';
import type { PostgresClient, PostgresPool, PostgresStatement } from './postgres-pool.ts';
import { toStatement } from './postgres-statement.ts';
import type { Runner, Transaction } from './store.ts';

/** How long it is tried again after a connection was lost, in milliseconds. */
const PATIENCE = 2_000;

/** What timers can wait at most, in milliseconds; it is 24 days. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Of the server: until the end of the transaction, statements take as long as they take. */
const NO_TIMEOUT = 'SET LOCAL statement_timeout = 0';

/** Rows of `counter` that creates and deletes are spread over, so that they don't wait for each other. */
const SLOTS = 16;

const heeded = new WeakSet<PostgresClient>();

/** Takes note that a connection was cut: the statement that is under way, or the next one, fails with the same error. */
function heed(client: PostgresClient): void {
  if (heeded.has(client)) return;
  heeded.add(client);
  client.on?.('error', () => {});
}

/** A commit of which it isn't known whether it happened. */
class UnknownOutcome extends Error {
  constructor(cause: unknown) {
    super('The connection to the database was lost while a transaction was being committed', { cause });
  }
}

/** Runs units of work on the connections of a pool. */
export class PostgresRunner implements Runner {
  readonly now: () => number;
  private readonly pool: PostgresPool;
  private readonly isPrepared: boolean;

  constructor(pool: PostgresPool, now: () => number, isPrepared: boolean) {
    this.pool = pool;
    // A connection may be cut in the moment in which it is made.
    pool.on?.('connect', heed);
    this.now = now;
    this.isPrepared = isPrepared;
  }

  slot(): number {
    return Math.floor(Math.random() * SLOTS);
  }

  read<Result>(work: () => Work<Result>): Promise<Result> {
    return this.persist(() => this.connected((client) => this.drive(client, work())));
  }

  write<Result>(work: () => Work<Result>): Promise<Result> {
    return this.persist(() => this.transact((client) => this.drive(client, work())));
  }

  /** Runs a write that may take as long as it takes: of tables, or of all resources of a type. */
  maintain<Result>(work: () => Work<Result>): Promise<Result> {
    return this.persist(() =>
      this.transact(async (client) => {
        await this.command(client, NO_TIMEOUT);
        return this.drive(client, work(), { query_timeout: LONGEST_TIMEOUT });
      }),
    );
  }

  atomically(steps: (transaction: Transaction) => void | Promise<void>): Promise<void> {
    return this.persist(() =>
      this.transact(async (client) => {
        await steps({ step: (work) => this.drive(client, work) });
      }),
    );
  }

  isTimeout(error: unknown): boolean {
    return isTimeout(error);
  }

  /** Reads many times what the database was at one moment, as long as it takes. */
  async *snapshot<Item>(
    read: (run: <Result>(work: Work<Result>) => Promise<Result>) => AsyncIterable<Item>,
  ): AsyncIterable<Item> {
    const client = await this.connect();
    // Nothing was written: whoever reads all of it, stops early or fails ends it in the same way.
    let ending: unknown = 'read';
    try {
      await this.command(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await this.command(client, NO_TIMEOUT);
      yield* read((work) => this.drive(client, work, { query_timeout: LONGEST_TIMEOUT }));
    } catch (error) {
      ending = error;
      throw error;
    } finally {
      await this.giveBack(client, ending);
    }
  }

  /** Tries until it succeeds, as long as there is a point in it. */
  private async persist<Result>(attempt: () => Promise<Result>): Promise<Result> {
    let conflicts = 0;
    let breaks = 0;
    let end = Number.POSITIVE_INFINITY;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (isBroken(error) && ++breaks === 1) end = performance.now() + PATIENCE;
        const isWorthIt = isBroken(error)
          ? performance.now() < end
          : isConflict(error) && ++conflicts < MAX_CONFLICTS;
        if (error instanceof ScimError || !isWorthIt) throw error;
        await pause(conflicts + breaks);
      }
    }
  }

  private async connected<Result>(work: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    const client = await this.connect();
    let isUseless = false;
    try {
      return await work(client);
    } catch (error) {
      isUseless = isBroken(error);
      throw error;
    } finally {
      client.release(isUseless);
    }
  }

  private async transact<Result>(work: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    const client = await this.connect();
    let failure: unknown;
    try {
      await this.command(client, 'BEGIN');
      const result = await work(client);
      await this.commit(client);
      return result;
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      await this.giveBack(client, failure);
    }
  }

  private async commit(client: PostgresClient): Promise<void> {
    let command: string | undefined;
    try {
      command = await this.command(client, 'COMMIT');
    } catch (error) {
      // A conflict is certain; of a connection that is lost, it isn't known how far it came.
      throw isBroken(error) ? new UnknownOutcome(error) : error;
    }
    if (command === 'ROLLBACK') throw new Error('The database could not commit a transaction');
  }

  /**
   * Gives a connection back without a transaction: after a commit there is none, and anything else undoes it. One that
   * doesn't answer any more is given up.
   */
  private async giveBack(client: PostgresClient, ending: unknown): Promise<void> {
    if (ending === undefined) return client.release();
    if (isBroken(ending) || ending instanceof UnknownOutcome) return client.release(true);
    try {
      await this.command(client, 'ROLLBACK');
      client.release();
    } catch {
      client.release(true);
    }
  }

  private async connect(): Promise<PostgresClient> {
    const client = await this.pool.connect();
    heed(client);
    return client;
  }

  private async command(client: PostgresClient, text: string): Promise<string | undefined> {
    return (await client.query({ text, values: [] })).command;
  }

  private async drive<Result>(
    client: PostgresClient,
    work: Work<Result>,
    limits: Pick<PostgresStatement, 'query_timeout'> = {},
  ): Promise<Result> {
    let next = work.next();
    while (!next.done) {
      const { rows } = await client.query({ ...toStatement(next.value, this.isPrepared), ...limits });
      next = work.next(rows as readonly Row[]);
    }
    return next.value;
  }
}
