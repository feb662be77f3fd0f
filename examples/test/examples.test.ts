import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isWithoutRecordings, replay } from '../../test/replay.ts';
import { folder, startProcess } from './example-process.ts';

const bins = join(folder, 'node_modules');

const bun = join(bins, '@oven/bun-linux-x64/bin/bun');
const deno = join(bins, '@deno/linux-x64-glibc/deno');

type Command = readonly [command: string, args: (port: number) => readonly string[]];

const onNode = (name: string): Command => [process.execPath, () => [`${name}/server.ts`]];
const EXAMPLES: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(
    ['node', 'express', 'fastify', 'koa', 'hono', 'h3', 'nest'].map((name) => [name, onNode(name)]),
  ),
  bun: [bun, () => ['run', 'bun/server.ts']],
  deno: [deno, () => ['run', '--allow-all', 'deno/server.ts']],
};

/** Starts an example and waits until it answers; its base URL. */
async function start(name: string): Promise<string> {
  const [command, args] = EXAMPLES[name] as Command;
  return startProcess(name, command, args);
}

describe.each(Object.keys(EXAMPLES))('examples/%s', (name) => {
  // Runtimes that are installed where they fit.
  const isMissing =
    !process.env.CI && ((name === 'bun' && !existsSync(bun)) || (name === 'deno' && !existsSync(deno)));
  let started: Promise<string> | undefined;
  const startOnce = () => {
    started ??= start(name);
    return started;
  };

  test.skipIf(isMissing)(
    'answers whoever has the token (parity 26)',
    async () => {
      const baseUrl = await startOnce();
      const headers = { authorization: 'Bearer example', 'content-type': 'application/scim+json' };
      const created = await fetch(`${baseUrl}/Users`, {
        method: 'POST',
        headers,
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
          userName: 'newcomer',
        }),
      });
      expect(created.status).toBe(201);
      const location = created.headers.get('location') as string;
      expect(location).toMatch(`${baseUrl}/Users/`);
      expect((await fetch(location, { headers })).status).toBe(200);
      expect((await fetch(location)).status).toBe(401);
      expect((await fetch(location, { method: 'DELETE', headers })).status).toBe(204);
    },
    120_000,
  );

  test.skipIf(isMissing || isWithoutRecordings)(
    'passes every step of every recording',
    async () => {
      expect(await replay(await startOnce(), 'example')).toEqual([]);
    },
    120_000,
  );
});
