// PostgreSQL: any number of processes in front of one database. Also for databases that speak its protocol.
import type { ResourceType } from '../../schema/resource-type.ts';
import { dumpAll, type KeptResource, readDump } from '../dump.ts';
import { resolveScope } from '../scope.ts';
import type { Scope, Store } from '../store.ts';
import { all, rawSql, type Work } from './fragment.ts';
import { migrate, schemaVersion } from './migrate.ts';
import { OpenStores } from './open-stores.ts';
import { uniqueInConnection } from './plan.ts';
import { postgresDialect } from './postgres-dialect.ts';
import { isMadeMeanwhile, isUndefinedTable } from './postgres-failure.ts';
import type { PostgresPool } from './postgres-pool.ts';
import { PostgresRunner } from './postgres-runner.ts';
import { POSTGRES_MIGRATIONS } from './postgres-tables.ts';
import { makeTrigramIndex } from './postgres-trigrams.ts';
import { ReadyRunner } from './ready-runner.ts';
import { isClaimed, isIndexed, reclaim, reindex } from './reindex.ts';
import { storedInstant } from './resource-row.ts';
import { SqlStore } from './store.ts';
import { exportNext, importAll } from './transfer.ts';

export type { PostgresClient, PostgresPool, PostgresResult, PostgresStatement } from './postgres-pool.ts';

/** Options of `createPostgresDatabase`. */
export interface PostgresOptions {
  /**
   * A pool of connections, such as `new Pool()` of the package pg. It stays yours: give it timeouts, and end it when the
   * database is no longer used. The tables are made in the first schema of its search path.
   */
  readonly pool: PostgresPool;
  /** Whether the tables are brought up to date at first use, or must be so already. Default: true. */
  readonly migrate?: boolean;
  /** Whether statements are prepared under names; not behind a proxy that lends connections by transaction. Default: true. */
  readonly prepare?: boolean;
  /** The time in milliseconds. Default: the clock. */
  readonly now?: () => number;
}

/** A PostgreSQL database with tables of our own. */
export interface PostgresDatabase {
  /**
   * The resources of one type in one scope. `unique` names more attributes whose values are unique there. When the
   * type's schemas or `unique` have changed since the database was written, its index is made anew before the first
   * operation; operations reject when stored resources contradict what has become unique.
   */
  open<Type extends ResourceType>(
    type: Type,
    scope: Scope,
    options?: { readonly unique?: readonly string[] },
  ): Store<Type>;
  /**
   * Brings the tables, and what is derived from resources of these types, up to date. It is done at first use anyway;
   * whoever wants to know of a failure before the first request waits for it.
   *
   * @throws Error when the database doesn't answer, was made by a newer version, or contradicts what has become unique.
   */
  ready(types?: readonly ResourceType[]): Promise<void>;
  /** All resources of a scope as JSON text, in pieces, as of one moment. See `SqliteDatabase.dump`. */
  dump(types: readonly ResourceType[], scope: Scope): AsyncIterable<string>;
  /** Loads what `dump` made into a scope that has no resources. See `SqliteDatabase.load`. */
  load(json: unknown, types: readonly ResourceType[], scope: Scope, source?: string): Promise<boolean>;
  /** Reads from the database; rejects when it doesn't answer. */
  ping(): Promise<void>;
  /** The version of the tables. */
  readonly schemaVersion: number;
}

class Postgres {
  private readonly runner: PostgresRunner;
  private readonly mayMigrate: boolean;
  private readonly stores = new OpenStores();
  private readonly shaping = new Map<ResourceType, Promise<void>>();
  private migrating: Promise<void> | undefined;

  constructor({ pool, migrate = true, prepare = true, now = Date.now }: PostgresOptions) {
    this.runner = new PostgresRunner(pool, now, prepare);
    this.mayMigrate = migrate;
  }

  open(type: ResourceType, scope: Required<Scope>, unique: readonly string[]): SqlStore {
    return this.stores.get(type, scope, unique, () => {
      const place = { ...scope, type, dialect: postgresDialect };
      const alsoUnique = uniqueInConnection(type, unique);
      const ready = async () => {
        await this.shape(type);
        const isDone = await this.runner.read(() => isClaimed(place, alsoUnique));
        if (!isDone) await this.runner.maintain(() => reclaim(place, alsoUnique));
      };
      return new SqlStore(new ReadyRunner(this.runner, ready), place, alsoUnique);
    });
  }

  /** Brings the tables up to date, once; after a failure, again. */
  migrate(): Promise<void> {
    this.migrating ??= this.runMigrations().catch((error: unknown) => {
      this.migrating = undefined;
      throw error;
    });
    return this.migrating;
  }

  private async runMigrations(): Promise<void> {
    // Most often there is nothing to do, and nothing to lock.
    const version = await this.runner.read(() => schemaVersion(POSTGRES_MIGRATIONS)).catch(noTables);
    if (version < POSTGRES_MIGRATIONS.length) await this.makeMissing(version);
    // Each time: an extension may have come later.
    if (this.mayMigrate) await makeTrigramIndex(this.runner);
  }

  private async makeMissing(version: number): Promise<void> {
    if (!this.mayMigrate) {
      throw new Error(
        `The database has schema version ${version}, and this version of scimkit needs ${POSTGRES_MIGRATIONS.length}; ` +
          'open it once with "migrate", by a role that may make tables.',
      );
    }
    await this.makeTables().catch((error: unknown) => {
      // Two processes at once: the other one has won, and this one waits for it now.
      if (isMadeMeanwhile(error)) return this.makeTables();
      throw error;
    });
  }

  private makeTables(): Promise<void> {
    return this.runner.maintain(() => migrate(POSTGRES_MIGRATIONS, postgresDialect));
  }

  /** Brings what is derived from a type's resources up to date with its schemas, once. */
  shape(type: ResourceType): Promise<void> {
    const known = this.shaping.get(type);
    if (known) return known;
    const shaping = this.runShaping(type).catch((error: unknown) => {
      this.shaping.delete(type);
      throw error;
    });
    this.shaping.set(type, shaping);
    return shaping;
  }

  private async runShaping(type: ResourceType): Promise<void> {
    await this.migrate();
    const isDone = await this.runner.read(() => isIndexed(type));
    if (!isDone) await this.runner.maintain(() => reindex(type, postgresDialect));
  }

  async *export(types: readonly ResourceType[], scope: Required<Scope>): AsyncIterable<KeptResource> {
    await this.migrate();
    yield* this.runner.snapshot(async function* (run) {
      for (const type of types) {
        const place = { ...scope, type, dialect: postgresDialect };
        let batch = await run(exportNext(place, ''));
        while (batch.length > 0) {
          yield* batch;
          batch = await run(exportNext(place, batch.at(-1)?.id ?? ''));
        }
      }
    });
  }

  async import(resources: readonly KeptResource[], scope: Required<Scope>, source: string): Promise<boolean> {
    const now = storedInstant(this.runner.now());
    const work = () => importAll(resources, scope, source, now, postgresDialect);
    const isDone = await this.runner.maintain(work);
    // What is unique within the connection is claimed at the next call of `open`.
    for (const { type } of resources) this.stores.forget(type);
    return isDone;
  }

  ping(): Promise<void> {
    return this.runner.read(function* (): Work<void> {
      yield* all(rawSql('SELECT 1 AS one'));
    });
  }
}

function noTables(error: unknown): number {
  if (isUndefinedTable(error)) return 0;
  throw error;
}

/**
 * Resources in a PostgreSQL database, in tables of our own. Nothing is asked of it before the first operation: the tables
 * are made then, once, however many processes start.
 *
 * Writes that meet each other are tried again; so are those whose connection is lost before they are committed.
 *
 * @example
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10, statement_timeout: 10_000 });
 * const database = createPostgresDatabase({ pool });
 * const users = database.open(User, { tenant: 'acme' });
 */
export function createPostgresDatabase(options: PostgresOptions): PostgresDatabase {
  const database = new Postgres(options);
  return {
    schemaVersion: POSTGRES_MIGRATIONS.length,
    open: (type, scope, { unique = [] } = {}) => database.open(type, resolveScope(scope), unique),
    async ready(types = []) {
      await database.migrate();
      for (const type of types) await database.shape(type);
    },
    dump: (types, scope) => dumpAll(database.export(types, resolveScope(scope))),
    async load(json, types, scope, source = 'dump') {
      for (const type of types) await database.shape(type);
      return database.import(readDump(json, types, source), resolveScope(scope), source);
    },
    ping: () => database.ping(),
  };
}
