// Measures whether a request costs at a million users what it costs at a thousand: `npm run bench:million`. See million.md.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Cluster, startCluster } from './million/cluster.ts';
import { type Compared, compare, comparisons } from './million/comparison.ts';
import { postgresDatabase, sqliteDatabase } from './million/databases.ts';
import { Directory, type Size } from './million/directory.ts';
import { readThrough } from './million/file-cache.ts';
import { type Doubled, doubles } from './million/pair.ts';
import { formatReport } from './million/report.ts';
import { type Database, Subject } from './million/subject.ts';
import { writeReport } from './page.ts';
import type { Effort } from './slice.ts';
import { assertMeans, tellFailure, tellMissed } from './verdict.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    users: { type: 'string' },
    database: { type: 'string' },
    data: { type: 'string' },
  },
});

const USERS = Number(options.users ?? (options.quick ? 5_000 : 1_000_000));
/** The small one, with which the large one is compared. */
const SIZES: readonly [Size, Size] = [
  { users: 1_000, large: 0 },
  { users: USERS, large: Math.floor(USERS / 10) },
];
const EFFORT: Effort = options.quick
  ? { warmUp: 0, rounds: 1, share: 0.02 }
  : { warmUp: 6, rounds: 7, share: 1 };

const say = (text: string) => process.stderr.write(`${text}\n`);
const logs = mkdtempSync(join(tmpdir(), 'scimkit-bench-'));
// PostgreSQL runs as somebody else, who must get to its folder in here.
chmodSync(logs, 0o711);
const data = options.quick && options.data === undefined ? logs : folderOf(options.data);
const started: Subject[] = [];

function folderOf(path: string | undefined): string {
  const folder =
    path === undefined
      ? fileURLToPath(new URL('./.data', import.meta.url))
      : join(resolve(path), 'scimkit-bench');
  mkdirSync(folder, { recursive: true });
  return folder;
}

const isWanted = (name: string) => name.includes(options.only);
const isDatabase = (kind: Database['kind']) =>
  options.database === undefined || options.database === kind.toLowerCase();

/** The same population in a small and a large database of one kind. */
interface Pair {
  readonly small: Database;
  readonly large: Database;
}

async function makePair(make: (size: Size) => Promise<Database>): Promise<Pair> {
  return { small: await make(SIZES[0]), large: await make(SIZES[1]) };
}

async function start(database: Database, size: Size): Promise<Subject> {
  const subject = await Subject.start(database, new Directory(size), logs);
  started.push(subject);
  return subject;
}

async function openCluster(): Promise<Cluster | undefined> {
  if (!isDatabase('PostgreSQL')) return undefined;
  const cluster = await startCluster(join(data, 'postgres'));
  if (!('missing' in cluster)) return cluster;
  if (process.env.CI || options.check) throw new Error(`no PostgreSQL to measure: ${cluster.missing}`);
  say(`PostgreSQL is left out: ${cluster.missing}`);
  return undefined;
}

async function compareSizes(pairs: readonly Pair[]): Promise<Compared[]> {
  const subjects: [Subject, Subject][] = [];
  for (const { small, large } of pairs) {
    subjects.push([await start(small, SIZES[0]), await start(large, SIZES[1])]);
  }
  const compared: Compared[] = [];
  for (const group of comparisons(subjects)) {
    const [{ name } = { name: '' }] = group;
    if (!isWanted(name)) continue;
    say(name);
    compared.push(...(await compare(group, EFFORT)));
  }
  for (const subject of started.splice(0)) await subject.close();
  return compared;
}

async function main(): Promise<void> {
  const cluster = await openCluster();
  try {
    const pairs: Pair[] = [];
    const onSqlite = isDatabase('SQLite') && (await makePair((size) => sqliteDatabase(data, size, say)));
    if (onSqlite) pairs.push(onSqlite);
    const files = onSqlite ? [onSqlite.small.location, onSqlite.large.location] : [];
    const onPostgres = cluster && (await makePair((size) => postgresDatabase(cluster, size, say)));
    if (onPostgres) pairs.push(onPostgres);
    // What was made reaches the disk first, and not while the first figures are taken.
    await cluster?.settle();
    execFileSync('sync');
    for (const path of files) readThrough(path);
    const compared = await compareSizes(pairs);
    let doubled: readonly Doubled[] | undefined;
    if (onPostgres) {
      say('Two processes');
      doubled = await doubles(() => start(onPostgres.large, SIZES[1]), cpus().length, EFFORT, isWanted);
      if (!doubled) say('Two processes are left out: no part of a processor can be set (control groups)');
    }
    judge(compared, doubled);
  } finally {
    for (const subject of started) await subject.close();
    await cluster?.stop();
  }
}

function judge(compared: readonly Compared[], doubled: readonly Doubled[] | undefined): void {
  const report = formatReport([SIZES[0].users, USERS], compared, doubled);
  process.stdout.write(`${report}\n`);
  if (options.write) writeReport('million.md', report);
  if (!options.check) return;
  const missed = [...compared, ...(doubled ?? [])].flatMap((one) => one.missed);
  if (!doubled && isDatabase('PostgreSQL')) missed.push('two processes: not measured');
  tellMissed(missed);
}

try {
  assertMeans(options);
  await main();
} catch (error) {
  tellFailure(error);
} finally {
  rmSync(logs, { recursive: true, force: true });
}
