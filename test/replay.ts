// The recorded traffic of identity providers, which lies beside the repository, replayed against a base URL.
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Declaration, type Step } from './declared.ts';
import { root } from './serve/command.ts';

const script = join(root, '../shared/idp/run.mjs');

/** In CI the recordings must be there; elsewhere the tests that need them count as skipped. */
export const isWithoutRecordings = !process.env.CI && !existsSync(script);

interface Results {
  readonly results: readonly {
    readonly file: string;
    readonly idp: string;
    readonly passed: number;
    readonly steps: readonly {
      readonly ok: boolean;
      readonly name: string;
      readonly errors: readonly string[];
    }[];
  }[];
}

/** Replays all recordings; what failed, step by step. */
export async function replay(baseUrl: string, token: string): Promise<readonly string[]> {
  const { passed, failed } = await run(script, baseUrl, token);
  const total = [...passed.values()].reduce((sum, count) => sum + count, 0);
  if (total < 200) throw new Error(`Only ${total} steps of the recordings passed`);
  return failed;
}

/** What came of a replay: how many steps passed, by whose recordings they are, and what failed. */
export interface Replayed {
  readonly passed: ReadonlyMap<string, number>;
  readonly failed: readonly string[];
}

/** Replays the recordings as far as the service provider declares what they need. */
export async function replayDeclared(baseUrl: string, token: string): Promise<Replayed> {
  const get = async (path: string) =>
    (await fetch(`${baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })).json();
  const declaration = new Declaration(await get('/Schemas'), await get('/ResourceTypes'));
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-declared-'));
  try {
    const copy = join(folder, 'run.mjs');
    copyFileSync(script, copy);
    for (const name of readdirSync(dirname(script)).filter((file) => file.endsWith('.json'))) {
      const recording = JSON.parse(readFileSync(join(dirname(script), name), 'utf8')) as { steps: Step[] };
      const steps = declaration.adaptAll(recording.steps);
      writeFileSync(join(folder, name), JSON.stringify({ ...recording, steps }));
    }
    return await run(copy, baseUrl, token);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(runner: string, baseUrl: string, token: string): Promise<Replayed> {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-replay-'));
  try {
    const json = join(folder, 'results.json');
    const child = spawn(process.execPath, [runner, baseUrl, token, '--fail-only', '--json', json], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    const { results } = JSON.parse(readFileSync(json, 'utf8')) as Results;
    const failed = results.flatMap(({ file, steps }) =>
      steps.filter((step) => !step.ok).map((step) => `${file}: ${step.name}: ${step.errors.join('; ')}`),
    );
    if ((code === 0) !== (failed.length === 0)) throw new Error(`The replay ended with ${code}`);
    const passed = new Map<string, number>();
    for (const { idp, passed: count } of results) passed.set(idp, (passed.get(idp) ?? 0) + count);
    return { passed, failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
