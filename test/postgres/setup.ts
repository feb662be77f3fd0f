// One server for a run of the tests, started when the first file asks for it: most runs don't.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type Server, startServer } from './server.ts';

/** What a file of tests is told. */
export type Answer =
  | Pick<Server, 'url' | 'owner'>
  | { readonly missing: string }
  | { readonly error: string };

declare module 'vitest' {
  interface ProvidedContext {
    /** Whoever connects here is told of the server. */
    postgresPort: number;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: ReturnType<typeof startServer> | undefined;
  const answer = async (): Promise<Answer> => {
    try {
      starting ??= startServer();
      const server = await starting;
      return 'missing' in server ? server : { url: server.url, ...(server.owner && { owner: server.owner }) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
  const desk = createServer((socket) => {
    socket.on('error', () => {});
    void answer().then((text) => socket.end(JSON.stringify(text)));
  }).listen(0, '127.0.0.1');
  await once(desk, 'listening');
  const address = desk.address();
  project.provide('postgresPort', typeof address === 'object' && address ? address.port : 0);

  return async () => {
    desk.close();
    const server = await starting?.catch(() => undefined);
    if (!server) return;
    if ('missing' in server)
      process.stderr.write(`\nThe tests on PostgreSQL were skipped: ${server.missing}\n`);
    else await server.stop();
  };
}
