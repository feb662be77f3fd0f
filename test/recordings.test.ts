import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bearerTokens, createServiceProvider, Group, User } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { toNodeHandler } from 'scimkit/node';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, root, serve, stop } from './serve/command.ts';

const replay = join(root, '../shared/idp/run.mjs');
const scratch = mkdtempSync(join(tmpdir(), 'scimkit-recordings-'));

// The recordings lie beside the repository. In CI they must be there; elsewhere the tests count as skipped.
const recorded = test.skipIf(!process.env.CI && !existsSync(replay));

afterAll(() => {
  cleanUp();
  rmSync(scratch, { recursive: true, force: true });
});

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

/** Replays all recordings against a base URL; what failed, step by step. */
async function failures(baseUrl: string, token: string): Promise<readonly string[]> {
  const json = join(scratch, 'results.json');
  const child = spawn(process.execPath, [replay, baseUrl, token, '--fail-only', '--json', json], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const { tally, results } = JSON.parse(readFileSync(json, 'utf8')) as Results;
  expect(tally.passed).toBeGreaterThan(200);
  const failed = results.flatMap(({ file, steps }) =>
    steps.filter((step) => !step.ok).map((step) => `${file}: ${step.name}: ${step.errors.join('; ')}`),
  );
  expect(code).toBe(failed.length > 0 ? 1 : 0);
  return failed;
}

recorded(
  'every step of every recording passes against scimkit serve on a SQLite file',
  async () => {
    const server = await serve(['--database', join(scratch, 'recordings.db'), '--create-token']);
    expect(await failures(server.baseUrl, server.token as string)).toEqual([]);
    expect(await stop(server)).toBe(0);
  },
  60_000,
);

recorded(
  'the same in process, against the memory store',
  async () => {
    const database = createMemoryDatabase();
    const scim = createServiceProvider({
      authentication: bearerTokens([{ token: 'recorded', auth: { tenant: 'acme' } }]),
      resources: [
        { type: User, store: ({ auth }) => database.open(User, auth) },
        { type: Group, store: ({ auth }) => database.open(Group, auth) },
      ],
    });
    const server = createServer(toNodeHandler(scim)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    expect(await failures(`http://127.0.0.1:${port}/scim/v2`, 'recorded')).toEqual([]);
    server.closeAllConnections();
    server.close();
  },
  60_000,
);
