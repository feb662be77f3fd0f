// An example as its reader runs it: a process of its own, from the built packages.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** The folder of the examples. */
export const folder = join(import.meta.dirname, '..');
/** A folder for one test file's data. */
export const scratch = mkdtempSync(join(tmpdir(), 'scimkit-examples-'));
const running = new Map<string, ChildProcess>();

afterAll(() => {
  for (const child of running.values()) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Starts an example with the token "example" and waits until it answers; its base URL. */
export async function startProcess(
  name: string,
  command: string,
  args: (port: number) => readonly string[],
  more: Readonly<Record<string, string>> = {},
  basePath = '/scim/v2',
): Promise<string> {
  const port = await freePort();
  const environment = { PORT: String(port), SCIM_TOKEN: 'example', DATABASE: join(scratch, `${name}.db`) };
  const child = spawn(command, args(port), {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', ...environment, ...more },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (data) => {
    complaints += data;
  });
  const baseUrl = `http://127.0.0.1:${port}${basePath}`;
  running.set(baseUrl, child);
  while (!(await fetch(`${baseUrl}/ServiceProviderConfig`).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`The example ${name} ended: ${complaints}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return baseUrl;
}

/** Stops an example, by its base URL. */
export async function stopProcess(baseUrl: string): Promise<void> {
  const child = running.get(baseUrl);
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
