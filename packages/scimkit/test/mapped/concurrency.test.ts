// Requests at once over real sockets, on an app's own tables.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from 'scimkit/node';
import { afterAll, describe } from 'vitest';
import { declareConcurrency } from '../concurrency.ts';
import { provider, type Send, toAnswer } from '../fixture.ts';
import { MAPPED } from './directory.ts';

const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(database: Parameters<typeof provider>[0]): Promise<Send> {
  const server = createServer(toNodeHandler(provider(database)));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return async (method, path, body, headers = {}) => {
    const given = { authorization: 'Bearer secret', 'content-type': 'application/scim+json' };
    return toAnswer(
      await fetch(`http://127.0.0.1:${port}/scim/v2${path}`, {
        method,
        headers: { ...given, ...(headers as Record<string, string>) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  };
}

describe.each(MAPPED)('at once, over real sockets, on %s', (_, create) => {
  declareConcurrency(listen(create()));
});
