// The recorded traffic of identity providers, which lies beside the repository, replayed against a base URL.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './serve/command.ts';

const script = join(root, '../shared/idp/run.mjs');

/** In CI the recordings must be there; elsewhere the tests that need them count as skipped. */
export const isWithoutRecordings = !process.env.CI && !existsSync(script);

interface Results {
  readonly tally: { readonly passed: number; readonly failed: number };
  readonly results: readonly {
    readonly file: string;
    readonly steps: readonly {
      readonly ok: boolean;
      readonly name: string;
      readonly errors: readonly string[];
    }[];
  }[];
}

/** Replays all recordings; what failed, step by step. */
export async function replay(baseUrl: string, token: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-replay-'));
  try {
    const json = join(folder, 'results.json');
    const child = spawn(process.execPath, [script, baseUrl, token, '--fail-only', '--json', json], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    const { tally, results } = JSON.parse(readFileSync(json, 'utf8')) as Results;
    if (tally.passed < 200) throw new Error(`Only ${tally.passed} steps of the recordings passed`);
    const failed = results.flatMap(({ file, steps }) =>
      steps.filter((step) => !step.ok).map((step) => `${file}: ${step.name}: ${step.errors.join('; ')}`),
    );
    if ((code === 0) !== (failed.length === 0)) throw new Error(`The replay ended with ${code}`);
    return failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
