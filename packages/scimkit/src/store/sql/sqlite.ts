// SQLite through node:sqlite: the embedded database. One connection, one process.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { ResourceType } from '../../schema/resource-type.ts';
import { dumpResources, type KeptResource, readDump } from '../dump.ts';
import { resolveScope } from '../scope.ts';
import type { Scope, Store } from '../store.ts';
import { CommitQueue, type Transactions } from './commit-queue.ts';
import { MAX_KEPT_TEXT, type Row, type Sql, type Work } from './fragment.ts';
import { migrate } from './migrate.ts';
import { OpenStores } from './open-stores.ts';
import { uniqueInConnection } from './plan.ts';
import { reclaim, reindex } from './reindex.ts';
import { storedInstant } from './resource-row.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { type Runner, SqlStore, type Transaction } from './store.ts';
import { SQLITE_MIGRATIONS } from './sqlite-tables.ts';
import { absorbTexts, TEXT_BATCH } from './sqlite-texts.ts';
import { exportNext, importAll } from './transfer.ts';

/** Options of `createSqliteDatabase`. */
export interface SqliteOptions {
  /** A file, which is made if there is none, or ":memory:". */
  readonly path: string;
  /**
   * "full": an answered write survives a power failure. "normal": it survives a crash of the process, but a power
   * failure may cost the last writes. Default: "full".
   */
  readonly durability?: 'full' | 'normal';
  /** The time in milliseconds. Default: the clock. */
  readonly now?: () => number;
}

/** A SQLite database with tables of its own. */
export interface SqliteDatabase {
  /**
   * The resources of one type in one scope. `unique` names more attributes whose values are unique there. When the
   * type's schemas or `unique` have changed since the database was written, its index is made anew at the first call.
   *
   * @throws Error when stored resources contradict what has become unique.
   */
  open<Type extends ResourceType>(
    type: Type,
    scope: Scope,
    options?: { readonly unique?: readonly string[] },
  ): Store<Type>;
  /**
   * All resources of a scope as JSON text, in pieces: a ListResponse, with members and `meta`, without attributes that
   * are never returned. They are taken at once: iterate without waiting in between.
   */
  dump(types: readonly ResourceType[], scope: Scope): Iterable<string>;
  /**
   * Loads what `dump` made into a scope that has no resources: all or nothing, with ids, versions and times as they
   * were. False, when the scope has resources already: then nothing is done.
   *
   * @throws TypeError that names the source, the place and what is wrong.
   */
  load(json: unknown, types: readonly ResourceType[], scope: Scope, source?: string): boolean;
  /** Reads from the database; throws when it doesn't answer. */
  ping(): void;
  /** Waits for writes that are under way, and closes the database. */
  close(): Promise<void>;
  /** The version of the tables. */
  readonly schemaVersion: number;
}

/** Statements that stay prepared; filters make new ones. */
const MAX_STATEMENTS = 500;

/** KiB of pages that are kept: reads of a large database would ask the system for most of them each time. */
const CACHE_SIZE = 65_536;

/** Bytes of the file that are read as memory, the most that SQLite takes: what is not kept is no call to the system. */
const MAPPED_SIZE = 0x7fff0000;

/**
 * Pages of the log after which it is written back into the file. What is written again and again is written back once; a
 * start after a crash reads it in moments.
 */
const CHECKPOINT_AFTER = 4_000;

/** Milliseconds to wait for another process that writes. */
const BUSY_TIMEOUT = 2_000;

class SqliteRunner implements Runner {
  readonly now: () => number;
  private readonly database: DatabaseSync;
  private readonly queue: CommitQueue;
  private readonly statements = new Map<string, StatementSync>();
  private isReading = false;
  private readonly stores = new OpenStores();
  private writes = 0;
  private isAbsorbing = false;
  private isClosing = false;

  constructor(options: SqliteOptions) {
    this.now = options.now ?? Date.now;
    this.database = new DatabaseSync(options.path);
    this.database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
    this.database.exec('PRAGMA journal_mode = WAL');
    this.database.exec(`PRAGMA synchronous = ${options.durability === 'normal' ? 'NORMAL' : 'FULL'}`);
    this.database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_AFTER}`);
    this.database.exec(`PRAGMA mmap_size = ${MAPPED_SIZE}`);
    this.database.exec(`PRAGMA cache_size = -${CACHE_SIZE}`);
    // What an operation may have to undo is kept for moments: a file that is made and removed costs more than it.
    this.database.exec('PRAGMA temp_store = MEMORY');
    this.queue = new CommitQueue(this.transactions(), (flush) => setImmediate(flush));
    this.migrate();
  }

  private transactions(): Transactions {
    const run = (text: string) => () => {
      this.prepare(text).run();
    };
    return {
      begin: () => this.beginWrite(),
      commit: run('COMMIT'),
      rollback: () => this.rollback(),
      savepoint: run('SAVEPOINT operation'),
      release: run('RELEASE operation'),
      rollbackToSavepoint: () => this.database.exec('ROLLBACK TO operation; RELEASE operation'),
    };
  }

  /** A disk that is full has ended the transaction already. */
  private rollback(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK');
  }

  /**
   * The store of a place. When it is asked for first, what is derived from the type's resources is brought up to date
   * with its schemas and with what is unique.
   */
  open(type: ResourceType, scope: Required<Scope>, unique: readonly string[]): SqlStore {
    return this.stores.get(type, scope, unique, (isFirst) => {
      const place = { ...scope, type, dialect: sqliteDialect };
      const alsoUnique = uniqueInConnection(type, unique);
      if (isFirst) this.transact(reindex(type, sqliteDialect));
      this.transact(reclaim(place, alsoUnique));
      if (isFirst) this.absorbSoon();
      return new SqlStore(this, place, alsoUnique);
    });
  }

  /** Brings the tables up to date, unless another process is doing so: then after it. */
  private migrate(): void {
    try {
      this.transact(migrate(SQLITE_MIGRATIONS, sqliteDialect));
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  private beginWrite(): void {
    this.endRead();
    this.prepare('BEGIN IMMEDIATE').run();
  }

  private transact<Result>(work: Work<Result>): Result {
    this.beginWrite();
    try {
      const result = this.step(work);
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** All resources of a scope, as of one moment. */
  *export(types: readonly ResourceType[], scope: Required<Scope>): Iterable<KeptResource> {
    this.endRead();
    this.database.exec('BEGIN');
    try {
      for (const type of types) {
        let batch = this.step(exportNext({ ...scope, type, dialect: sqliteDialect }, ''));
        while (batch.length > 0) {
          yield* batch;
          batch = this.step(exportNext({ ...scope, type, dialect: sqliteDialect }, batch.at(-1)?.id ?? ''));
        }
      }
    } finally {
      this.database.exec('COMMIT');
    }
  }

  /** Takes resources into a scope that is empty; false when it isn't. */
  import(resources: readonly KeptResource[], scope: Required<Scope>, source: string): boolean {
    const isDone = this.transact(
      importAll(resources, scope, source, storedInstant(this.now()), sqliteDialect),
    );
    // What is unique within the connection is claimed at the next call of `open`.
    for (const { type } of resources) this.stores.forget(type);
    this.absorbSoon();
    return isDone;
  }

  /** Nobody writes beside another here. */
  slot(): number {
    return 0;
  }

  ping(): void {
    this.prepare('SELECT version FROM scimkit_schema').all();
  }

  async read<Result>(work: () => Work<Result>): Promise<Result> {
    this.beginRead();
    return this.step(work());
  }

  /** Reads of one turn of the event loop share a transaction: they take and give back its locks once. */
  private beginRead(): void {
    if (this.isReading) return;
    this.prepare('BEGIN').run();
    this.isReading = true;
    setImmediate(() => this.endRead());
  }

  /** Whatever writes or closes comes after this: what was read is of the moment before. */
  private endRead(): void {
    if (!this.isReading) return;
    this.isReading = false;
    this.prepare('COMMIT').run();
  }

  write<Result>(work: () => Work<Result>): Promise<Result> {
    this.countWrite();
    return this.queue.run(() => this.step(work()));
  }

  atomically(steps: (transaction: Transaction) => void): Promise<void> {
    const step = <Result>(work: Work<Result>): Result => {
      this.countWrite();
      return this.step(work);
    };
    return this.queue.run(() => steps({ step }));
  }

  /** So many writes, and the index of texts may have something to take in. */
  private countWrite(): void {
    this.writes = (this.writes + 1) % TEXT_BATCH;
    if (this.writes === 0) this.absorbSoon();
  }

  /** Has the index of texts take in what waits, if that is much: batch after batch, and other work in between. */
  private absorbSoon(): void {
    if (this.isAbsorbing || this.isClosing) return;
    this.isAbsorbing = true;
    const next = (isMore: boolean) => {
      this.isAbsorbing = false;
      if (isMore) this.absorbSoon();
    };
    // Behind the writes of this turn. What it didn't take in is found all the same, and is taken in later.
    setImmediate(() => {
      if (!this.isClosing) this.queue.run(() => this.step(absorbTexts())).then(next, () => next(false));
    });
  }

  step<Result>(work: Work<Result>): Result {
    let next = work.next();
    while (!next.done) next = work.next(this.all(next.value));
    return next.value;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.queue.idle();
    this.endRead();
    this.database.close();
  }

  private all({ text, parameters }: Sql): readonly Row[] {
    return this.prepare(text).all(...(parameters as SQLInputValue[])) as Row[];
  }

  private prepare(text: string): StatementSync {
    const known = this.statements.get(text);
    if (known) return known;
    const statement = this.database.prepare(text);
    if (text.length > MAX_KEPT_TEXT) return statement;
    if (this.statements.size >= MAX_STATEMENTS) {
      const [oldest] = this.statements.keys();
      if (oldest !== undefined) this.statements.delete(oldest);
    }
    this.statements.set(text, statement);
    return statement;
  }
}

/**
 * Opens a SQLite database and brings its tables up to date. Commits are durable, and those that come together are
 * made together.
 *
 * @throws Error when the file can't be opened, or was made by a newer version.
 *
 * @example
 * const database = createSqliteDatabase({ path: 'scim.db' });
 * const users = database.open(User, { tenant: 'acme' });
 */
export function createSqliteDatabase(options: SqliteOptions): SqliteDatabase {
  const runner = new SqliteRunner(options);
  return {
    schemaVersion: SQLITE_MIGRATIONS.length,
    open: (type, scope, { unique = [] } = {}) => runner.open(type, resolveScope(scope), unique),
    dump: (types, scope) => dumpResources(runner.export(types, resolveScope(scope))),
    load(json, types, scope, source = 'dump') {
      const resolved = resolveScope(scope);
      for (const type of types) runner.open(type, resolved, []);
      return runner.import(readDump(json, types, source), resolved, source);
    },
    ping: () => runner.ping(),
    close: () => runner.close(),
  };
}
