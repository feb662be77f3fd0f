// A PostgreSQL server of its own, in a folder of its own, that is gone with the process that started it.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Binaries, serverUser } from './binaries.ts';
import { freePort } from './free-port.ts';

/** A server that listens on 127.0.0.1, and on a socket in its folder. */
export interface Cluster {
  /** The superuser's URL. */
  readonly url: string;
  /** A role that is no superuser, with the same password: a database that it owns must be enough. */
  readonly owner: string;
  /** Everything of this server is in here. */
  readonly folder: string;
  /** Stops the server and removes its folder. Clients that are connected lose their connection. */
  stop(): Promise<void>;
}

const OWNER = 'scimkit';

/** What differs from PostgreSQL's defaults. Commits wait for nothing that outlives the tests. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'on',
  autovacuum: 'on',
  max_connections: '100',
  shared_buffers: '128MB',
};

/**
 * Runs as the server's user and takes the password from standard input. The end of that input comes when the process
 * that started the server stops it or ends, in whatever way. So the folder is made in here: nobody else would remove it.
 * The signal is repeated because a program that has only just been started may ignore it.
 */
const KEEPER = `
  folder=$1 bin=$2 locale=$3; shift 3
  read -r password
  [ -d "$folder" ] || mkdir -m 700 "$folder" || exit
  cd "$folder" || exit
  (umask 077; echo "$password" >password)
  "$bin/initdb" --pgdata=data --username=postgres --pwfile=password --auth-host=scram-sha-256 --auth-local=trust \
    --encoding=UTF8 --locale="$locale" --locale-provider=icu --icu-locale=en-US --no-sync >/dev/null
  if [ $? = 0 ]; then
    exec 3<&0
    "$bin/postgres" -D data "$@" </dev/null 3<&- & server=$!
    { read -r end <&3; while kill -QUIT $server; do sleep 1; done; } >/dev/null 2>&1 & keeper=$!
    wait $server
    kill $keeper
  fi
  cd / && rm -rf "$folder"`;

/** Starts a server with further settings, those of `postgresql.conf`. Its texts are sorted as in English, by ICU. */
export async function startCluster(
  binaries: Binaries,
  settings: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(binaries, { ...SETTINGS, ...settings });
    } catch (error) {
      // Somebody else may take a port between the look for a free one and the server's start.
      if (attempt === 5 || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function start(
  { folder: bin, copy }: Binaries,
  settings: Readonly<Record<string, string>>,
): Promise<Cluster> {
  const folder = join(tmpdir(), `scimkit-postgres-${randomBytes(8).toString('hex')}`);
  const user = serverUser();
  if (copy) {
    mkdirSync(folder, { mode: 0o700 });
    execFileSync('cp', ['-R', copy, join(folder, 'native')]);
    execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
  }

  const port = await freePort();
  const options = Object.entries({
    ...settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // pg_trgm takes letters to be those of this locale, whatever sorts: with C it sees no accented ones.
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8';
  const child = spawn(
    'sh',
    ['-c', KEEPER, 'keeper', folder, copy ? join(folder, 'native/bin') : bin, locale, ...options],
    {
      ...user,
      cwd: '/',
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
      // Ctrl-C is for the tests: they may need their database to end in order.
      detached: true,
    },
  );
  const ended = once(child, 'exit');
  // Told once the log is complete.
  ended.catch(() => {});
  child.stdin.on('error', () => {});
  const password = randomBytes(16).toString('hex');
  child.stdin.write(`${password}\n`);
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };

  let log = '';
  const ready = new Promise<boolean>((resolve) => {
    child.stderr.on('data', (data) => {
      log = `${log}${data}`.slice(-10_000);
      if (log.includes('ready to accept connections')) resolve(true);
    });
    child.stderr.on('close', () => resolve(false));
  });
  const patience = setTimeout(() => child.stdin.end(), 60_000);
  const started = await ready;
  clearTimeout(patience);
  if (!started) {
    await ended;
    throw new Error(`PostgreSQL in ${bin} does not start:\n${log}`);
  }

  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const client = new Client(url);
  try {
    await client.connect();
    await client.query(`CREATE ROLE ${OWNER} LOGIN PASSWORD '${password}'`);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await client.end();
  }
  return { url, owner: OWNER, folder, stop };
}
