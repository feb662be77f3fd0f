import { createServer } from 'node:http';
import { join } from 'node:path';
import { bearerTokens, createServiceProvider, Group, User } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { toNodeHandler } from 'scimkit/node';
import { afterAll, expect, test } from 'vitest';
import { MAPPED } from '../packages/scimkit/test/mapped/directory.ts';
import { isWithoutRecordings, replay } from './replay.ts';
import { cleanUp, scratch, serve, stop } from './serve/command.ts';

const recorded = test.skipIf(isWithoutRecordings);

afterAll(cleanUp);

recorded(
  'every step of every recording passes against scimkit serve on a SQLite file (parity 29, 40)',
  async () => {
    const server = await serve(['--database', join(scratch, 'recordings.db'), '--create-token']);
    expect(await replay(server.baseUrl, server.token as string)).toEqual([]);
    expect(await stop(server)).toBe(0);
  },
  60_000,
);

recorded.each([['the memory store', () => createMemoryDatabase()] as const, ...MAPPED])(
  'the same in process, against %s (parity 40)',
  async (_, create) => {
    const database = create();
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
    expect(await replay(`http://127.0.0.1:${port}/scim/v2`, 'recorded')).toEqual([]);
    server.closeAllConnections();
    server.close();
  },
  60_000,
);
