// Runs the built command as a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'packages/cli/bin/scimkit.js');

/** A folder for one test file's data. */
export const scratch = mkdtempSync(join(tmpdir(), 'scimkit-serve-'));
const running = new Set<ChildProcess>();

export function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}

/** A process with what it has printed so far. */
export interface Command {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** The exit code. */
  readonly exited: Promise<number | null>;
}

/** Starts `scimkit` with arguments; of the environment, only what is given counts as its options. */
export function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Command {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SCIMKIT_')),
  );
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: scratch,
    env: { ...inherited, ...environment },
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    output.stdout += data;
  });
  child.stderr.on('data', (data) => {
    output.stderr += data;
  });
  const exited = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return { child, output, exited };
}

/** Runs `scimkit` to its end. */
export async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { output, exited } = start(args, environment);
  const code = await exited;
  return { code, ...output };
}

/** A server that listens. */
export interface Serving extends Command {
  /** The base URL that it printed. */
  readonly baseUrl: string;
  /** The address that it listens on. */
  readonly origin: string;
  /** The token that it printed, if it made one. */
  readonly token: string | undefined;
  /** Sends a request with a token: the printed one, unless another is given. */
  fetch(path: string, init?: RequestInit, token?: string): Promise<Response>;
}

/** Starts `scimkit serve` on a free port and waits until it listens. */
export async function serve(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const command = start(['serve', '--port', '0', ...args], environment);
  const { output, exited } = command;
  const ended = exited.then((code) => {
    throw new Error(`scimkit serve ended with ${code}: ${output.stderr}`);
  });
  ended.catch(() => {});
  while (!/curl.*\n/.test(output.stdout)) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 10)), ended]);
  }
  const baseUrl = /Base URL +(\S+)/.exec(output.stdout)?.[1] as string;
  const local = /(https?:\S+)\/Users/.exec(output.stdout)?.[1] as string;
  const token = /scimkit_[\w-]{43}/.exec(output.stdout)?.[0];
  return {
    ...command,
    baseUrl,
    origin: new URL(local).origin,
    token,
    fetch: (path, init = {}, other = token) =>
      fetch(`${local}${path}`, {
        ...init,
        headers: {
          ...(other !== undefined && { authorization: `Bearer ${other}` }),
          'content-type': 'application/scim+json',
          ...init.headers,
        },
      }),
  };
}

/** Stops a server in order; resolves with the exit code. */
export function stop({ child, exited }: Command): Promise<number | null> {
  child.kill('SIGTERM');
  return exited;
}
