import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isWithoutRecordings, replay } from '../../test/replay.ts';
import { buildNext } from './build-next.ts';
import { folder, startProcess } from './example-process.ts';

const bins = join(folder, 'node_modules');

const bun = join(bins, '@oven/bun-linux-x64/bin/bun');
const deno = join(bins, '@deno/linux-x64-glibc/deno');
const next = join(bins, 'next/dist/bin/next');

type Command = readonly [command: string, args: (port: number) => readonly string[]];

const onNode = (name: string): Command => [process.execPath, () => [`${name}/server.ts`]];
const EXAMPLES: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(
    ['node', 'express', 'fastify', 'koa', 'hono', 'h3', 'nest'].map((name) => [name, onNode(name)]),
  ),
  bun: [bun, () => ['run', 'bun/server.ts']],
  deno: [deno, () => ['run', '--allow-all', 'deno/server.ts']],
  next: [process.execPath, (port) => [next, 'start', 'next', '-p', String(port), '-H', '127.0.0.1']],
};

/** Starts an example and waits until it answers; its base URL. */
async function start(name: string): Promise<string> {
  if (name === 'next') buildNext(join(folder, 'next'));
  const [command, args] = EXAMPLES[name] as Command;
  return startProcess(name, command, args, { NEXT_TELEMETRY_DISABLED: '1' });
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
      const failed = await replay(await startOnce(), 'example');
      // Next answers doubled slashes with a redirect of its own; nothing else may fail there.
      const isOfNext = (step: string) => name === 'next' && /slash/.test(step);
      expect(failed.filter((step) => !isOfNext(step))).toEqual([]);
      expect(failed.length).toBeLessThan(2);
    },
    120_000,
  );
});
