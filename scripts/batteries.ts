// Runs the random batteries at length: `npm run batteries`. Each prints its seed; SCIMKIT_SEED repeats a run.
import { spawnSync } from 'node:child_process';

const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
const BATTERIES = [
  ['packages/scimkit/test/store/filters-properties.test.ts', 20_000],
  ['packages/scimkit/test/protocol/patch-properties.test.ts', 100_000],
  ['packages/scimkit/test/store/cursors-properties.test.ts', 10_000],
  ['packages/scimkit/test/store/scope-properties.test.ts', 10_000],
  ['packages/scimkit/test/mapped/filters-properties.test.ts', 2_000],
  ['packages/scimkit/test/mapped/scope-properties.test.ts', 1_000],
  ['packages/scimkit/test/store/page-marks.test.ts', 10_000],
  ['packages/scimkit/test/client/difference-properties.test.ts', 20_000],
  ['packages/scimkit/test/client/faults-properties.test.ts', 2_000],
  ['test/cli/sync-random.test.ts', 20_000],
  ['test/hostile/mutations.test.ts', 100_000],
] as const;

for (const [file, runs] of BATTERIES) {
  const start = Date.now();
  const { status } = spawnSync(process.execPath, [vitest, 'run', file, '--reporter=dot'], {
    stdio: 'inherit',
    env: { SCIMKIT_RUNS: String(runs), ...process.env },
  });
  process.stdout.write(
    `${file}: ${runs} runs, ${Math.round((Date.now() - start) / 1000)} s, ${status === 0 ? 'passed' : 'FAILED'}\n`,
  );
  if (status !== 0) process.exitCode = 1;
}
