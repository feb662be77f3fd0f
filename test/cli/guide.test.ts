// docs/cli.md: what it tells to type is typed, in its order, in one shell.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { snippetsIn } from '../docs/snippets.ts';
import { cleanUp, root, scratch, serve } from '../serve/command.ts';

afterAll(cleanUp);

// It starts some forty processes, one after the other.
test('every block of the guide does what it says', { timeout: 180_000 }, async () => {
  const server = await serve(['--database', ':memory:', '--create-token']);
  const bin = join(scratch, 'bin');
  mkdirSync(bin);
  const command = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'packages/cli/bin/scimkit.js')}' "$@"\n`;
  writeFileSync(join(bin, 'scimkit'), command, { mode: 0o755 });
  const blocks = snippetsIn(['docs/cli.md'], 'sh');
  // What comes after a block shows which one it was that failed.
  const script = blocks.map(({ name, code }) => `${code}\necho '== ${name}'`).join('\n');
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: `${bin}:${process.env.PATH}`, HOME: scratch, SCIMKIT_CONFIG: join(scratch, 'guide.json') },
      ...{ SCIM_BASE_URL: server.baseUrl, SCIM_TOKEN: server.token },
    },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(shell.stdout),
    text(shell.stderr),
    once(shell, 'close'),
  ]);
  expect(code, `after ${stdout.match(/^== .*$/gm)?.at(-1) ?? 'nothing'}: ${stderr}`).toBe(0);
  expect(stdout.match(/^== /gm)).toHaveLength(blocks.length);
  expect(stdout + stderr).not.toContain(server.token);
  // One of the things that it shows, of each kind.
  expect(stdout).toMatch(/^hr .* client scim at https:\/\/login\.example\.com/m);
  expect(stdout).toMatch(/^1 +201 +[\w-]{36} +mary$/m);
  expect(stdout).toMatch(/"path": "title",\n +"value": "Countess"/);
  expect(stdout).toMatch(/^[\w-]{36} +User +joan$/m);
  expect(stdout).toMatch(/^2 +POST +\/Groups +201/m);
  expect(stdout).toMatch(/^DELETE http/m);
  expect(stdout).toMatch(/^curl -sS -X POST/m);
  expect(stdout).toMatch(/^Group +[\w-]{36} +Crew$/m);
  expect(readFileSync(join(scratch, 'users.csv'), 'utf8')).toContain('grace,Hopper,hopper@example.com\n');
});

test('in a clone, the command is there from everywhere, on the Node that the clone brings along', async () => {
  const [block] = snippetsIn(['docs/cli.md'], 'bash');
  const line = block?.code.replace('/path/to/the/clone', root.replace(/\/$/, '')) ?? '';
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', `${line}\nscimkit --version`], {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: scratch },
  });
  const [stdout, [code]] = await Promise.all([text(shell.stdout), once(shell, 'close')]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
});
