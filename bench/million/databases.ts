// The databases that are measured: made once, and kept for the next run as long as the store would write the same.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Group, User } from '../../packages/scimkit/src/index.ts';
import type { Migrations } from '../../packages/scimkit/src/store/sql/migrate.ts';
import { postgresDialect } from '../../packages/scimkit/src/store/sql/postgres-dialect.ts';
import { POSTGRES_MIGRATIONS } from '../../packages/scimkit/src/store/sql/postgres-tables.ts';
import { sqliteDialect } from '../../packages/scimkit/src/store/sql/sqlite-dialect.ts';
import { SQLITE_MIGRATIONS } from '../../packages/scimkit/src/store/sql/sqlite-tables.ts';
import { SqlStore } from '../../packages/scimkit/src/store/sql/store.ts';
import { assertPostgresAgrees, assertSqliteAgrees } from './agreement.ts';
import type { Cluster } from './cluster.ts';
import { Directory, SCOPE, type Size } from './directory.ts';
import { fillPostgres } from './fill-postgres.ts';
import { fillSqlite } from './fill-sqlite.ts';
import { readInput } from './input.ts';
import { Recorder } from './recorder.ts';
import type { Database } from './subject.ts';

/** Digest of what the store would write for a population today. */
async function digest(
  migrations: Migrations,
  dialect: typeof sqliteDialect,
  directory: Directory,
): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify([migrations, directory.size]));
  const recorder = new Recorder((statement) => digest.update(JSON.stringify(statement)));
  for (const [type, entries] of [
    [User, directory.users()],
    [Group, directory.groups()],
  ] as const) {
    const store = new SqlStore(recorder, { ...SCOPE, type, dialect }, []);
    for (const { id, body } of entries) {
      // The first stands for all; its members, if it has some, are known by their number.
      await store.create({ ...readInput(type, body), relations: new Map() }, { id });
      break;
    }
  }
  return digest.digest('hex').slice(0, 16);
}

/** The SQLite file of a size. */
export async function sqliteDatabase(folder: string, size: Size, say: Say): Promise<Database> {
  const directory = new Directory(size);
  const written = await digest(SQLITE_MIGRATIONS, sqliteDialect, directory);
  const path = join(folder, `${size.users}.db`);
  const mark = join(folder, `${size.users}.digest`);
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== written) {
    await assertSqliteAgrees(folder);
    for (const file of [mark, path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
    await timed(`SQLite, ${size.users} users`, say, () => fillSqlite(path, directory));
    // Last: what was not completed has none.
    writeFileSync(mark, written);
  }
  return { kind: 'SQLite', location: path };
}

/** The PostgreSQL database of a size. */
export async function postgresDatabase(cluster: Cluster, size: Size, say: Say): Promise<Database> {
  const directory = new Directory(size);
  const written = await digest(POSTGRES_MIGRATIONS, postgresDialect, directory);
  const name = `users_${size.users}_${written}`;
  const known = await cluster.databases();
  if (!known.includes(name)) {
    await assertPostgresAgrees(cluster);
    for (const old of known) if (old.startsWith(`users_${size.users}_`)) await cluster.drop(old);
    const unfinished = `unfinished_${size.users}`;
    await cluster.drop(unfinished);
    await cluster.create(unfinished);
    await timed(`PostgreSQL, ${size.users} users`, say, () =>
      fillPostgres(cluster.urlOf(unfinished), directory),
    );
    await cluster.rename(unfinished, name);
  }
  if (!(await cluster.warm(name)))
    say('PostgreSQL has no pg_prewarm: it is measured while it reads from disk.');
  return { kind: 'PostgreSQL', location: cluster.urlOf(name), time: cluster.time };
}

type Say = (text: string) => void;

async function timed(what: string, say: Say, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await work();
  say(`${what}: made in ${Math.round((performance.now() - start) / 1_000)} s`);
}
