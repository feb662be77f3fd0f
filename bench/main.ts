// Measures what a request costs the server: `npm run bench`. See README.md.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { missedCeilings, type Results } from './ceilings.ts';
import { measure, type Row } from './measure.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { writeReport } from './page.ts';
import { formatReport } from './report.ts';
import type { Effort } from './slice.ts';
import { type Size, Subject } from './subject.ts';
import { assertMeans, tellFailure, tellMissed } from './verdict.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

const SIZES: readonly [Size, Size] = options.quick
  ? [
      { users: 200, large: 0 },
      { users: 1_000, large: 200 },
    ]
  : [
      { users: 1_000, large: 0 },
      { users: 100_000, large: 10_000 },
    ];
const EFFORT: Effort = options.quick
  ? { warmUp: 0, rounds: 1, share: 0.02 }
  : { warmUp: 8, rounds: 7, share: 1 };

const say = (text: string) => process.stderr.write(`${text}\n`);
const folder = mkdtempSync(join(tmpdir(), 'scimkit-bench-'));
const started: Subject[] = [];

async function start(making: Promise<Subject>): Promise<Subject> {
  const subject = await making;
  started.push(subject);
  return subject;
}

async function measureAll(bare: Subject, source: Subject, others: readonly Subject[]): Promise<Results> {
  const results = new Map<Operation, Row>();
  for (const operation of OPERATIONS) {
    if (options.only !== undefined && !operation.name.includes(options.only)) continue;
    say(operation.name);
    results.set(operation, await measure(operation, bare, source, others, EFFORT));
  }
  return results;
}

async function main(): Promise<void> {
  say(`Provisioning ${SIZES.map(({ users }) => users).join(' and ')} users`);
  const smallest = await start(Subject.scimkit(folder, SIZES[0]));
  const largest = await start(Subject.scimkit(folder, SIZES[1]));
  const bare = await start(Subject.bare(folder, largest));
  const others = [smallest, largest];
  // The ceilings are the server's own.
  if (!options.check) for (const size of SIZES) others.push(await start(Subject.scimmy(folder, size)));

  // What was provisioned reaches the disk first, and not while the first figures are taken.
  execFileSync('sync');
  const results = await measureAll(bare, largest, others);
  const report = formatReport(results, bare, others, [smallest, largest]);
  process.stdout.write(`${report}\n`);
  if (options.write) writeReport('README.md', report);
  if (!options.check) return;
  tellMissed(missedCeilings(results, smallest, largest));
}

try {
  assertMeans(options);
  await main();
} catch (error) {
  tellFailure(error);
} finally {
  for (const subject of started) await subject.close();
  rmSync(folder, { recursive: true, force: true });
}
