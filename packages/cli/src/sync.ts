// `scimkit sync`: brings a service provider into line with a source: plans, asks, writes, reports.
import { renameSync, writeFileSync } from 'node:fs';
import { confirm, isCancel } from '@clack/prompts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { newCommand } from './command.ts';
import {
  addConnectionOptions,
  type Connection,
  type ConnectionOptions,
  connect,
  connectProfile,
} from './connection.ts';
import { OptionError } from './option-error.ts';
import { printable } from './printable.ts';
import { type Plan, type Stop, stopsOf } from './sync/ceiling.ts';
import { Gate } from './sync/gate.ts';
import { preparePlan } from './sync/prepare.ts';
import { planJson, planText, reportText } from './sync/print.ts';
import { Progress } from './sync/progress.ts';
import { heldBackOf, isClean, problemsOf, type Report, sizeOf } from './sync/report.ts';
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
  readonly source: Connection | undefined;
}

async function connectEnds(file: SyncFile, options: SyncOptions, gate: Gate): Promise<Ends> {
  const { timeout, attempts, strict, profile, baseUrl } = options;
  const isNamed = profile !== undefined || baseUrl !== undefined;
  const target = await connect(
    { ...options, ...(!isNamed && file.targetProfile !== undefined && { profile: file.targetProfile }) },
    {
      // A long run outlasts what would be a failure of a short one.
      retry: { attempts: attempts ?? 8, maxDelayMs: 600_000 },
      onAttempt: (attempt) => gate.note(attempt),
    },
  );
  if (file.source.kind !== 'scim') return { target, source: undefined };
  const source = await connectProfile(file.source.profile, {
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(strict !== undefined && { strict }),
    retry: { attempts: attempts ?? 8 },
  });
  if (source.baseUrl === target.baseUrl) {
    throw new OptionError(`source and target are one: ${target.baseUrl}.`);
  }
  return { target, source };
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

async function sync(path: string, options: SyncOptions): Promise<void> {
  const { concurrency, quiet = false, output, all = false, plan: isPlanOnly = false } = options;
  const file = readSyncFile(path);
  const gate = new Gate(concurrency);
  const { target, source } = await connectEnds(file, options, gate);
  const progress = new Progress(process.stderr, quiet);
  const started = new Date().toISOString();
  const plan = await preparePlan({
    ...{ file, target, tell: (text) => progress.tell(printable(text)) },
    ...(source && { source }),
  });
  progress.clear();
  const stops = stopsOf(plan, file.ceilings, options.allowRemovals);
  const size = sizeOf(plan);
  const isJson = output === 'json';
  if (!isJson && (!quiet || isPlanOnly)) {
    const text = planText(plan, all);
    process.stdout.write(size === 0 ? `${text}\nThere is nothing to do.\n` : `${text}\n`);
  }
  if (stops.length > 0 || isPlanOnly) {
    if (isJson) process.stdout.write(`${JSON.stringify(planJson(plan, stops), null, 2)}\n`);
    endWithPlan(plan, stops, options);
    return;
  }
  if (size > 0 && !(await isConfirmed(size, target, options))) {
    process.stderr.write('Nothing was written.\n');
    process.exitCode = EXIT.failed;
    return;
  }
  let signal: string | undefined;
  const unwatch = watchSignals((name) => {
    signal = name;
    progress.clear();
    process.stderr.write('Stopping: what is under way is finished. Once more ends it at once.\n');
  });
  const { tally, stopped } = await runPlan(plan, {
    ...{ client: target.client, gate },
    isStopped: () => signal && `it was asked to (${signal}).`,
    onProgress: (done, failed) => progress.count(done, failed, size),
  });
  unwatch();
  progress.clear();
  const report: Report = {
    ...{ source: source?.name ?? path, target: target.name, started, ended: new Date().toISOString() },
    ...{ counts: tally.counts, failures: tally.failures },
    ...{ problems: problemsOf(plan), heldBack: heldBackOf(plan) },
    ...(stopped !== undefined && { stopped }),
  };
  if (options.report !== undefined) writeReport(options.report, report);
  if (isJson) process.stdout.write(`${JSON.stringify({ plan: planJson(plan, stops), report }, null, 2)}\n`);
  else if (size > 0) process.stdout.write(`${reportText(report, all)}\n`);
  if (signal !== undefined) process.exitCode = EXIT[signal as 'SIGINT' | 'SIGTERM'];
  else if (!isClean(report)) process.exitCode = EXIT.failed;
}

/** Ends a run that writes nothing. */
function endWithPlan(plan: Plan, stops: readonly Stop[], { detailedExitCode }: SyncOptions): void {
  if (stops.length > 0) {
    for (const { reason } of stops) process.stderr.write(`stopped: ${reason}\n`);
    process.stderr.write('Nothing was written.\n');
    process.exitCode = EXIT.stopped;
  } else if (problemsOf(plan).length > 0) process.exitCode = EXIT.failed;
  else if (detailedExitCode && sizeOf(plan) > 0) process.exitCode = EXIT.changes;
}

async function isConfirmed(size: number, target: Connection, options: SyncOptions): Promise<boolean> {
  if (options.yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY || options.output === 'json') {
    throw new OptionError(
      'there are changes to be written: say --yes to write them, or --plan to see them alone.',
    );
  }
  const answer = await confirm({
    message: `Write ${size === 1 ? 'this change' : `these ${size} changes`} to ${printable(target.name)}?`,
    initialValue: false,
    output: process.stderr,
  });
  return !isCancel(answer) && answer;
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
