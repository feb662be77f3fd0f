// A PostgreSQL server whose databases stay between two runs. It ends with the process that started it.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { findBinaries, serverUser } from '../../test/postgres/binaries.ts';
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
  /** Has what was written reach the disk, so that it doesn't while others are measured. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const OWNER = 'scimkit';

/** What differs from PostgreSQL's defaults: a quarter of a small machine's memory, and checkpoints that are rare. */
export const SETTINGS = {
  shared_buffers: '1GB',
  effective_cache_size: '4GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
};

/**
 * Runs as the server's user. The end of the standard input comes when the process that started the server stops it or
 * ends, in whatever way.
 */
const KEEPER = `
  cd "$1" || exit
  "$2/postgres" -D data $3 </dev/null & server=$!
  read -r end
  kill -INT $server
  wait $server`;

const INIT = `
  cd "$1" && "$2/initdb" --pgdata=data --username=postgres --pwfile=password --auth=scram-sha-256 --encoding=UTF8 \\
    --locale="C.UTF-8" --locale-provider=icu --icu-locale=en-US`;

/** Starts the server of a folder, which is made if there is none; or tells why there can't be one. */
export async function startCluster(folder: string): Promise<Cluster | { readonly missing: string }> {
  const binaries = findBinaries(process.env);
  if ('missing' in binaries) return binaries;
  const user = serverUser();
  const bin = binaries.copy ? join(folder, 'native/bin') : binaries.folder;
  const run = (script: string, ...args: string[]) =>
    ['-c', script, 'bench', folder, bin, ...args] as const satisfies readonly string[];
  const environment = { ...user, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  if (!existsSync(join(folder, 'data/PG_VERSION'))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'password'), `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 });
    if (binaries.copy) spawnSync('cp', ['-R', binaries.copy, join(folder, 'native')]);
    if (user.uid !== undefined && user.gid !== undefined) own(folder, user.uid, user.gid);
    const { status, stderr } = spawnSync('sh', run(INIT), { ...environment, encoding: 'utf8' });
    if (status !== 0) throw new Error(`PostgreSQL can't make a cluster in ${folder}: ${stderr}`);
  }
  const port = await freePort();
  const options = { ...SETTINGS, listen_addresses: '127.0.0.1', port, unix_socket_directories: '' };
  const settings = Object.entries(options).map(([name, value]) => `-c ${name}=${value}`);
  const child = spawn('sh', run(KEEPER, settings.join(' ')), {
    ...environment,
    stdio: ['pipe', 'ignore', 'pipe'],
    // Ctrl-C is for the bench: it ends its servers first.
    detached: true,
  });
  const ended = once(child, 'exit');
  child.stdin.on('error', () => {});
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (data) => {
      log = `${log}${data}`.slice(-10_000);
      if (log.includes('ready to accept connections')) resolve();
    });
    child.stderr.on('close', () => reject(new Error(`PostgreSQL in ${bin} does not start:\n${log}`)));
  });
  const password = readFileSync(join(folder, 'password'), 'utf8').trim();
  const pid = Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  const urlOf = (role: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
  const administrate = async <Row extends object>(text: string): Promise<readonly Row[]> => {
    const client = new Client(urlOf('postgres', 'postgres'));
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
  return {
    time: new ProcessorTime(pid),
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
    async settle() {
      await administrate('CHECKPOINT');
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Gives the folder to the user that the server runs as. */
function own(folder: string, uid: number, gid: number): void {
  chownSync(folder, uid, gid);
  const { status, stderr } = spawnSync('chown', ['-R', `${uid}:${gid}`, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`chown ${folder}: ${stderr}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
