// Measures what mapped stores cost beside the same SQL by hand: `npm run bench:mapped`. See mapped.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Server, startServer } from '../test/postgres/server.ts';
import { missedMapped } from './ceilings.ts';
import { KINDS, type Kind, openApp } from './mapped/apps.ts';
import { type Contest, contest } from './mapped/contest.ts';
import { mapDirectory } from './mapped/directory.ts';
import { OPERATIONS } from './mapped/operations.ts';
import { formatReport } from './mapped/report.ts';
import { type Size, World } from './mapped/world.ts';
import { writeReport } from './page.ts';
import type { Effort } from './slice.ts';
import { assertMeans, tellFailure, tellMissed } from './verdict.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    app: { type: 'string', default: '' },
  },
});

const SIZE: Size = options.quick
  ? { users: 300, teams: 3, large: 100 }
  : { users: 10_000, teams: 200, large: 1_000 };
const EFFORT: Effort = options.quick
  ? { warmUp: 0, rounds: 1, share: 0.02 }
  : { warmUp: 1, rounds: 9, share: 1 };

const say = (text: string) => process.stderr.write(`${text}\n`);
const folder = mkdtempSync(join(tmpdir(), 'scimkit-bench-'));

async function openServer(kinds: readonly Kind[]): Promise<Server | undefined> {
  if (kinds.every(({ dialect }) => dialect === 'sqlite')) return undefined;
  const server = await startServer();
  if (!('missing' in server)) return server;
  if (options.check) throw new Error(`no PostgreSQL to measure: ${server.missing}`);
  say(`PostgreSQL is left out: ${server.missing}`);
  return undefined;
}

async function measureApp(kind: Kind, server: Server | undefined): Promise<Contest[]> {
  const contests: Contest[] = [];
  const app = await openApp(kind, folder, server);
  try {
    const directory = mapDirectory(app.database, app.library);
    const world = await World.fill(app, directory, SIZE);
    for (const operation of OPERATIONS) {
      if (!operation.name.includes(options.only)) continue;
      say(`${app.name}: ${operation.name}`);
      contests.push(await contest(world, directory, operation, EFFORT));
    }
  } finally {
    await app.close();
  }
  return contests;
}

async function main(): Promise<void> {
  const wanted = KINDS.filter(({ name }) => name.toLowerCase().includes(options.app.toLowerCase()));
  const server = await openServer(wanted);
  const contests: Contest[] = [];
  try {
    for (const kind of wanted) {
      if (kind.dialect === 'sqlite' || server) contests.push(...(await measureApp(kind, server)));
    }
  } finally {
    await server?.stop();
  }
  const report = formatReport(contests, SIZE);
  process.stdout.write(`${report}\n`);
  if (options.write) writeReport('mapped.md', report);
  if (options.check) tellMissed(missedMapped(contests));
}

try {
  assertMeans(options);
  await main();
} catch (error) {
  tellFailure(error);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
