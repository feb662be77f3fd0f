// `scimkit sync`: brings a service provider into line with a source: plans, asks, writes, reports.
import { accessSync, constants, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { confirm, isCancel } from '@clack/prompts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { newCommand } from './command.ts';
import {
  addConnectionOptions,
  type Connection,
  type ConnectionOptions,
  connectPlace,
  connectProfile,
  findPlace,
} from './connection.ts';
import { OptionError } from './option-error.ts';
import { printable, printableLines } from './printable.ts';
import { type Between, betweenText } from './sync/between.ts';
import { type Plan, type Stop, stopsOf } from './sync/ceiling.ts';
import { Gate } from './sync/gate.ts';
import { preparePlan } from './sync/prepare.ts';
import { planJson, planText, problemText, reportText } from './sync/print.ts';
import { Progress } from './sync/progress.ts';
import { heldBackOf, isClean, problemsOf, type Report, sizeOf, Tally } from './sync/report.ts';
import { runPlan } from './sync/run.ts';
import { readSyncFile, type SyncFile } from './sync/sync-file.ts';

/** The options as commander reads them. */
interface SyncOptions extends ConnectionOptions {
  readonly plan?: boolean;
  readonly yes?: boolean;
  readonly allowRemovals?: number;
  readonly concurrency: number;
  readonly output: 'text' | 'json';
  readonly all?: boolean;
  readonly report?: string;
  readonly quiet?: boolean;
  readonly detailedExitCode?: boolean;
}

/** Exit codes besides 0: all is as it should be, and 2: the call or the file is wrong. */
const EXIT = { failed: 1, stopped: 3, changes: 4, SIGINT: 130, SIGTERM: 143 } as const;

const EXAMPLES = `
Exit codes: 0 done; 1 something failed, or a row is wrong; 2 the call or the file is wrong; 3 stopped by the ceiling.

Examples:
  # see what would be done, then do it
  scimkit sync people.json --plan
  scimkit sync people.json

  # every night, with a report; stopped if more is removed than the ceiling allows
  scimkit sync people.json --yes --quiet --report report.json

  # 240 people have really left
  scimkit sync people.json --allow-removals 240

A run that was stopped or killed goes on where it ended: each one plans anew from what is there.
`;

function parseCount(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`It is a whole number of at least ${least}.`);
  };
}

/** The command. */
export function syncCommand(): Command {
  const command = newCommand(
    'sync',
    'Bring users, groups and memberships of a service provider into line with files or another one',
  )
    .argument('<file>', 'what comes from where: a small JSON file')
    .option('--plan', 'show what would be done, and write nothing')
    .addOption(new Option('--dry-run', 'the same').implies({ plan: true }).hideHelp())
    .option('-y, --yes', 'write without asking')
    .addOption(
      new Option(
        '--allow-removals <number>',
        'allow so many deactivations, deletions, or removals from groups, whatever the ceiling is',
      ).argParser(parseCount(1)),
    )
    .addOption(new Option('--concurrency <number>', 'requests at a time').default(4).argParser(parseCount(1)))
    .addOption(
      new Option('-o, --output <format>', 'how plan and report are written')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--all', 'show all of the plan and the report, not the first of each kind')
    .option('--report <file>', 'write the report to a file, in JSON')
    .option('-q, --quiet', 'no progress, no plan; the report alone')
    .option('--detailed-exit-code', 'with --plan: exit with 4 if there is something to do');
  return addConnectionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: SyncOptions) => sync(file, options));
}

/** The two sides of a run. */
interface Ends {
  readonly target: Connection;
  /** The target once more, with the patience of a long run: who is not there at all is told soon. */
  readonly written: Connection;
  /** And with none, for when it has gone. */
  readonly brisk: Connection;
  readonly source: Connection | undefined;
}

async function connectEnds(file: SyncFile, options: SyncOptions, gate: Gate): Promise<Ends> {
  const { timeout, attempts, strict, profile, baseUrl } = options;
  const isNamed = profile !== undefined || baseUrl !== undefined;
  const place = findPlace({
    ...options,
    ...(!isNamed && file.targetProfile !== undefined && { profile: file.targetProfile }),
  });
  const target = connectPlace(place, options);
  const written = connectPlace(place, options, {
    retry: { attempts: attempts ?? 8, maxDelayMs: 600_000 },
    onAttempt: (attempt) => gate.note(attempt),
  });
  const brisk = connectPlace(place, options, {
    retry: { attempts: 1, maxDelayMs: 600_000 },
    onAttempt: (attempt) => gate.note(attempt),
  });
  if (file.source.kind !== 'scim') return { target, written, brisk, source: undefined };
  const source = await connectProfile(file.source.profile, {
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(strict !== undefined && { strict }),
    ...(attempts !== undefined && { retry: { attempts } }),
  });
  if (source.baseUrl === target.baseUrl) {
    throw new OptionError(`source and target are one: ${target.baseUrl}.`);
  }
  return { target, written, brisk, source };
}

/** Asked to stop: once in order, twice at once. */
function watchSignals(onFirst: (signal: string) => void): () => void {
  let isAsked = false;
  const handle = (signal: NodeJS.Signals) => {
    if (isAsked) process.exit(EXIT[signal as 'SIGINT' | 'SIGTERM']);
    isAsked = true;
    onFirst(signal);
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle).off('SIGTERM', handle);
  };
}

/** What is to be done, and for whom it is told. */
interface Job {
  readonly path: string;
  readonly options: SyncOptions;
  readonly ends: Ends;
  readonly plan: Plan;
  readonly started: string;
}

/** Between whom: a plan that does not say it may be one for another service. */
function betweenOf({ path, ends: { source, target } }: Job): Between {
  return {
    ...{ source: source?.name ?? path, ...(source && { sourceUrl: source.baseUrl }) },
    ...{ target: target.name, targetUrl: target.baseUrl },
  };
}

const isWhole = ({ all = false }: SyncOptions): boolean => all;

function writeJson(json: object): void {
  process.stdout.write(`${printableLines(JSON.stringify(json, null, 2))}\n`);
}

async function sync(path: string, options: SyncOptions): Promise<void> {
  const { concurrency, quiet = false, output, plan: isPlanOnly = false } = options;
  if (options.report !== undefined) checkFolder(options.report);
  const file = readSyncFile(path);
  const gate = new Gate(concurrency);
  const ends = await connectEnds(file, options, gate);
  const progress = new Progress(process.stderr, quiet);
  const started = new Date().toISOString();
  const plan = await preparePlan({
    ...{ file, target: ends.target, tell: (text) => progress.tell(printable(text)) },
    ...(ends.source && { source: ends.source }),
  });
  progress.clear();
  const job: Job = { path, options, ends, plan, started };
  const stops = stopsOf(plan, file.ceilings, options.allowRemovals);
  const isJson = output === 'json';
  if (!isJson && (!quiet || isPlanOnly)) {
    const text = `${betweenText(betweenOf(job))}\n\n${planText(plan, isWhole(options))}`;
    process.stdout.write(sizeOf(plan) === 0 ? `${text}\nThere is nothing to do.\n` : `${text}\n`);
  } else if (!isJson && problemsOf(plan).length > 0) {
    process.stderr.write(`${problemText(plan, isWhole(options))}\n`);
  }
  if (stops.length > 0 || isPlanOnly) {
    if (isJson) writeJson({ ...betweenOf(job), ...planJson(plan, stops) });
    endWithPlan(job, stops);
  } else if (await isConfirmed(job)) await write(job, gate, progress);
  else {
    process.stderr.write('Nothing was written.\n');
    process.exitCode = EXIT.failed;
  }
}

/** Carries the plan out, and reports. */
async function write(job: Job, gate: Gate, progress: Progress): Promise<void> {
  const { options, ends, plan } = job;
  const size = sizeOf(plan);
  let signal: string | undefined;
  const unwatch = watchSignals((name) => {
    signal = name;
    progress.clear();
    process.stderr.write('Stopping: what is under way is finished. Once more ends it at once.\n');
  });
  const { tally, stopped } = await runPlan(plan, {
    ...{ client: ends.written.client, brisk: ends.brisk.client, gate },
    isStopped: () => signal && `it was asked to (${signal}).`,
    onProgress: (done, failed) => progress.count(done, failed, size),
  });
  unwatch();
  progress.clear();
  const report = reportOf(job, tally, stopped);
  if (options.output === 'json') writeJson({ plan: { ...betweenOf(job), ...planJson(plan, []) }, report });
  else if (size > 0) {
    const head = options.quiet ? `${betweenText(report)}\n\n` : '';
    process.stdout.write(`${head}${reportText(report, isWhole(options))}\n`);
  }
  if (signal !== undefined) process.exitCode = EXIT[signal as 'SIGINT' | 'SIGTERM'];
  else if (!isClean(report)) process.exitCode = EXIT.failed;
  if (options.report !== undefined) writeReport(options.report, report);
}

function reportOf(job: Job, tally: Tally, stopped: string | undefined): Report {
  const { plan, started } = job;
  return {
    ...betweenOf(job),
    ...{ started, ended: new Date().toISOString() },
    ...{ counts: tally.counts, failures: tally.failures },
    ...{ problems: problemsOf(plan), heldBack: heldBackOf(plan) },
    ...(stopped !== undefined && { stopped }),
  };
}

/** Ends a run that writes nothing. */
function endWithPlan(job: Job, stops: readonly Stop[]): void {
  const { plan, options } = job;
  if (stops.length > 0) {
    const reasons = stops.map(({ reason }) => reason);
    for (const reason of reasons) process.stderr.write(`stopped: ${reason}\n`);
    process.stderr.write('Nothing was written.\n');
    process.exitCode = EXIT.stopped;
    const report = reportOf(job, new Tally(plan, () => {}), reasons.join(' '));
    if (options.report !== undefined) writeReport(options.report, report);
  } else if (problemsOf(plan).length > 0) process.exitCode = EXIT.failed;
  else if (options.detailedExitCode && sizeOf(plan) > 0) process.exitCode = EXIT.changes;
}

async function isConfirmed(job: Job): Promise<boolean> {
  const { plan, ends, options } = job;
  const size = sizeOf(plan);
  if (options.yes || size === 0) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY || options.output === 'json') {
    throw new OptionError(
      'there are changes to be written: say --yes to write them, or --plan to see them alone.',
    );
  }
  const answer = await confirm({
    message: `Write ${size === 1 ? 'this change' : `these ${size} changes`} to ${printable(ends.target.name)}?`,
    initialValue: false,
    output: process.stderr,
  });
  return !isCancel(answer) && answer;
}

/** A report that can't be written is told before anything else is. */
function checkFolder(report: string): void {
  try {
    accessSync(dirname(report), constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OptionError(`--report ${report} can't be written: ${code}.`);
  }
}

/** Writes the report whole or not at all. */
function writeReport(file: string, report: Report): void {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    process.stderr.write(
      `error: the report can't be written to ${file}: ${(error as NodeJS.ErrnoException).code}.\n`,
    );
    process.exitCode = EXIT.failed;
  }
}
