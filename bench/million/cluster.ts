// A PostgreSQL server whose databases stay between two runs. It ends with the process that started it.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findBinaries, serverUser } from '../../test/postgres/binaries.ts';
import { freePort } from '../../test/postgres/free-port.ts';
import { ProcessorTime } from './processor-time.ts';

/** A server on this machine. */
export interface Cluster {
  /** What its processes take, those that it keeps for itself included. */
  readonly time: ProcessorTime;
  /** The URL of one of its databases, for the role that owns it and is no superuser. */
  urlOf(database: string): string;
  /** The names of its databases. */
  databases(): Promise<readonly string[]>;
  create(database: string): Promise<void>;
  drop(database: string): Promise<void>;
  rename(database: string, name: string): Promise<void>;
  /** Brings a database into the server's memory: one that has run for weeks has it there. False where that can't be done. */
  warm(database: string): Promise<boolean>;
  /** Has what was written reach the disk, so that it doesn't while others are measured. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const OWNER = 'scimkit';

const megabytes = (part: number) => `${Math.floor((totalmem() * part) / 2 ** 20)}MB`;

/** What differs from PostgreSQL's defaults: as for a machine that has to keep such a database in memory. */
export const SETTINGS = {
  shared_buffers: megabytes(1 / 3),
  effective_cache_size: megabytes(2 / 3),
  max_wal_size: '8GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
};

/** A cluster that isn't complete has another name. */
const INIT = `
  cd "$1" && rm -rf data.new && "$2/initdb" --pgdata=data.new --username=postgres --pwfile=password --auth=scram-sha-256 \\
    --encoding=UTF8 --locale="C.UTF-8" --locale-provider=icu --icu-locale=en-US >/dev/null && mv data.new data`;

/**
 * Runs as the server's user. The end of the standard input comes when the process that started the server stops it or
 * ends, in whatever way.
 */
const KEEPER = `
  cd "$1" || exit
  exec 3<&0
  "$2/postgres" -D data $3 </dev/null 3<&- & server=$!
  { read -r end <&3; kill -INT $server; } >/dev/null 2>&1 & keeper=$!
  wait $server
  kill $keeper`;

/** Whom the scripts run as, and in which environment. */
const asServer = () => ({ ...serverUser(), cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' } });

/** Starts the server of a folder, which is made if there is none; or tells why there can't be one. */
export async function startCluster(folder: string): Promise<Cluster | { readonly missing: string }> {
  const binaries = findBinaries(process.env);
  if ('missing' in binaries) return binaries;
  const bin = binaries.copy ? join(folder, 'native/bin') : binaries.folder;
  if (!existsSync(join(folder, 'data'))) make(folder, bin, binaries.copy);
  const port = await freePort();
  const stop = await launch(folder, bin, port);
  const password = readFileSync(join(folder, 'password'), 'utf8').trim();
  const urlOf = (role: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
  const administrate = async <Row extends object>(
    text: string,
    database = 'postgres',
  ): Promise<readonly Row[]> => {
    const client = new Client(urlOf('postgres', database));
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };
  await administrate(
    `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${OWNER}') THEN
       CREATE ROLE ${OWNER} LOGIN PASSWORD '${password}'; END IF; END $$`,
  );
  const [pid] = readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n');
  return {
    time: new ProcessorTime(Number(pid)),
    urlOf: (database) => urlOf(OWNER, database),
    async databases() {
      const rows = await administrate<{ datname: string }>('SELECT datname FROM pg_database');
      return rows.map(({ datname }) => datname);
    },
    async create(database) {
      await administrate(`CREATE DATABASE "${database}" OWNER ${OWNER}`);
    },
    async drop(database) {
      await administrate(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
    },
    async rename(database, name) {
      await administrate(`ALTER DATABASE "${database}" RENAME TO "${name}"`);
    },
    async warm(database) {
      const available = await administrate("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_prewarm'");
      if (available.length === 0) return false;
      // In a schema of its own: the first one has the store's tables alone.
      await administrate('CREATE SCHEMA IF NOT EXISTS bench', database);
      await administrate('CREATE EXTENSION IF NOT EXISTS pg_prewarm SCHEMA bench', database);
      await administrate(
        "SELECT bench.pg_prewarm(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')",
        database,
      );
      return true;
    },
    async settle() {
      await administrate('CHECKPOINT');
    },
    stop,
  };
}

function make(folder: string, bin: string, copy: string | undefined): void {
  const { uid, gid } = serverUser();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'password'), `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 });
  if (copy) execFileSync('cp', ['-R', copy, join(folder, 'native')]);
  if (uid !== undefined && gid !== undefined) execFileSync('chown', ['-R', `${uid}:${gid}`, folder]);
  const { status, stderr } = spawnSync('sh', ['-c', INIT, 'init', folder, bin], {
    ...asServer(),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`PostgreSQL can't make a cluster in ${folder}: ${stderr}`);
}

/** Starts the server; how to stop it is the result. */
async function launch(folder: string, bin: string, port: number): Promise<() => Promise<void>> {
  const options = { ...SETTINGS, listen_addresses: '127.0.0.1', port, unix_socket_directories: '' };
  const settings = Object.entries(options).map(([name, value]) => `-c ${name}=${value}`);
  const child = spawn('sh', ['-c', KEEPER, 'keeper', folder, bin, settings.join(' ')], {
    ...asServer(),
    stdio: ['pipe', 'ignore', 'pipe'],
    // Ctrl-C is for the bench: it ends its servers first.
    detached: true,
  });
  const ended = once(child, 'exit');
  // Told once the log is complete.
  ended.catch(() => {});
  child.stdin.on('error', () => {});
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (data) => {
      log = `${log}${data}`.slice(-10_000);
      if (log.includes('ready to accept connections')) resolve();
    });
    child.stderr.on('close', () => reject(new Error(`PostgreSQL in ${bin} does not start:\n${log}`)));
  });
  return async () => {
    child.stdin.end();
    await ended;
  };
}
