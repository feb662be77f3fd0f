// scim2-server (PyPI) as a process, to hold the client against.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonPrograms } from '../python.ts';
import type { ForeignServer } from './scimmy.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Whether there is a Python to run it with. */
export const hasPython = spawnSync('python3', ['-m', 'venv', '--help'], { stdio: 'ignore' }).status === 0;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Installs it, unless it is, and starts it on a free port. */
export async function startScim2Server(token: string): Promise<ForeignServer> {
  const programs = pythonPrograms(
    join(root, '.venv-scim2-server'),
    join(root, 'test/foreign/requirements.txt'),
  );
  const port = await freePort();
  const args = ['--port', String(port), '--bearer-token', token];
  const child = spawn(join(programs, 'scim2-server'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => printed.push(String(data)));
  const baseUrl = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`scim2-server ended: ${printed.join('')}`);
    const answer = await fetch(`${baseUrl}/ServiceProviderConfig`).catch(() => undefined);
    if (answer) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    baseUrl,
    close: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
