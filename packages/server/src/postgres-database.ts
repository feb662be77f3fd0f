// PostgreSQL: any number of server processes in front of one database.
import { Pool } from 'pg';
import { createPostgresDatabase } from 'scimkit/postgres';
import type { Database, DatabaseOptions } from './database.ts';
import { describeDatabase, parsePostgresUrl } from './database-url.ts';
import { createLog } from './log.ts';
import { OptionError } from './option-error.ts';
import { openPostgresCredentials } from './postgres-credentials.ts';
import { makeServerTables, readPostgresSecret } from './postgres-server-tables.ts';

/** Connections of a process at most: more than the database has cores make nothing faster. */
const CONNECTIONS = 10;

/** Milliseconds that a statement may take. */
const STATEMENT_TIMEOUT = 10_000;

/** Milliseconds that an answer may take longer than the statement. */
const GRACE = 2_000;

/** Milliseconds that a request waits for a connection. */
const CONNECTION_TIMEOUT = 10_000;

/** Milliseconds after which the database ends a transaction that waits for us: we never let one wait. */
const IDLE_TRANSACTION_TIMEOUT = 30_000;

/**
 * A pool of connections to a database.
 *
 * @throws OptionError for what is no URL.
 */
export function createPool(url: string, options: DatabaseOptions): Pool {
  const { databaseConnections = CONNECTIONS, statementTimeout = STATEMENT_TIMEOUT } = options;
  const { prepareStatements = true } = options;
  if (!parsePostgresUrl(url)) {
    throw new OptionError(
      '--database: write postgres://user:password@host:port/database, and characters such as @, /, # and ? of a password ' +
        'as %40, %2F, %23 and %3F.',
    );
  }
  return new Pool({
    connectionString: url,
    max: databaseConnections,
    // Proxies refuse parameters of a session that they don't know.
    ...(prepareStatements && {
      statement_timeout: statementTimeout,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT,
    }),
    // A server that vanished says nothing: its connections are given up when it should have answered.
    query_timeout: statementTimeout + GRACE,
    connectionTimeoutMillis: CONNECTION_TIMEOUT,
    application_name: 'scimkit',
    keepAlive: true,
  });
}

/** Connects to a database, and makes the tables that it lacks. */
export async function openPostgres(url: string, options: DatabaseOptions): Promise<Database> {
  const pool = createPool(url, options);
  const log = createLog(options);
  // A connection that nobody uses was cut; the next request opens another one.
  pool.on('error', (error) => log.warn({ cause: error.message }, 'database connection lost'));
  const { prepareStatements: prepare = true } = options;
  const database = createPostgresDatabase({ pool, prepare });
  const close = () => pool.end();
  try {
    await database.ready();
    await makeServerTables(pool);
    return {
      ...{ name: describeDatabase(url), close, discard: close },
      credentials: openPostgresCredentials(pool, prepare),
      secret: await readPostgresSecret(pool),
      open: (type, scope) => database.open(type, scope),
      prepare: (types) => database.ready(types),
      dump: (types, scope) => database.dump(types, scope),
      load: (json, types, scope, source) => database.load(json, types, scope, source),
      ping: () => database.ping(),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
