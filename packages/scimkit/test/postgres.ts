// Databases on a real PostgreSQL server, made when they are used first and dropped when the file's tests are over.
import { Pool, type PoolConfig } from 'pg';
import { createPostgresDatabase, type PostgresDatabase, type PostgresOptions } from 'scimkit/postgres';
import { afterAll } from 'vitest';
import { createTestDatabase, hasPostgres } from '../../../test/postgres/test-database.ts';

export { hasPostgres };

const cleanups: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A pool on a new database of its own. */
export async function newPool(options: PoolConfig = {}): Promise<Pool> {
  const database = await createTestDatabase();
  cleanups.unshift(() => database.drop());
  return morePool(database.url, options);
}

/** A pool on a database that is there. */
export function morePool(connectionString: string, options: PoolConfig = {}): Pool {
  const pool = new Pool({ max: 8, allowExitOnIdle: true, ...options, connectionString });
  // Connections that a test breaks while nobody uses them.
  pool.on('error', () => {});
  cleanups.unshift(() => pool.end());
  return pool;
}

/** A database that nobody else uses; it is made when it is used first. */
export function postgresDatabase(options: Omit<PostgresOptions, 'pool'> = {}): PostgresDatabase {
  let pool: Promise<Pool> | undefined;
  const connect = async () => {
    pool ??= newPool();
    return (await pool).connect();
  };
  return createPostgresDatabase({ ...options, pool: { connect } });
}

/** PostgreSQL among the stores that a battery runs against; nothing where there is none, which the run tells. */
export const POSTGRES = hasPostgres ? [['postgres', () => postgresDatabase()] as const] : [];
