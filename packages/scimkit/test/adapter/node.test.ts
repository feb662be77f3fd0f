import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryDatabase } from 'scimkit/memory';
import { toNodeHandler } from 'scimkit/node';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { type Database, errorBody, provider, type Send, toAnswer, user, withoutPatch } from '../fixture.ts';
import { POSTGRES } from '../postgres.ts';
import { declareConcurrency } from '../concurrency.ts';

const scratch = mkdtempSync(join(tmpdir(), 'scimkit-node-'));
const servers: Server[] = [];

/** A server over real sockets, and a client of it. */
async function listen(
  database: Database,
  prepare: (request: IncomingMessage) => void | Promise<void> = () => {},
) {
  const handler = toNodeHandler(provider(database));
  const server = createServer((request, response) => {
    void Promise.resolve(prepare(request)).then(() => handler(request, response));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const send: Send = async (method, path, body, headers = {}) => {
    const given: Record<string, string> = {
      authorization: 'Bearer secret',
      'content-type': 'application/scim+json',
    };
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) given[name] = value;
    const response = await fetch(`http://127.0.0.1:${port}/scim/v2${path}`, {
      method,
      headers: given,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return toAnswer(response);
  };
  return { send, port };
}

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(scratch, { recursive: true, force: true });
});

describe.each<readonly [name: string, create: () => Database]>([
  ['memory', () => createMemoryDatabase()],
  ['sqlite on a file', () => createSqliteDatabase({ path: join(scratch, 'concurrent.db') })],
  ...POSTGRES,
  ['a store without patch', () => withoutPatch(createMemoryDatabase())],
])('at once, over real sockets, on %s', (_, create) => {
  declareConcurrency(listen(create()).then(({ send }) => send));
});

describe('the adapter', () => {
  test('a body that the host parsed, kept raw, or kept as text', async () => {
    const read = async (request: IncomingMessage) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    };
    const hosts: readonly ((body: Buffer) => Record<string, unknown>)[] = [
      (body) => ({ body: JSON.parse(body.toString() || '{}') }),
      (body) => ({ rawBody: body }),
      (body) => ({ body: body.toString() }),
      (body) => ({ body }),
    ];
    for (const host of hosts) {
      const { send } = await listen(createMemoryDatabase(), async (request) => {
        Object.assign(request, host(await read(request)));
      });
      expect((await send('POST', '/Users', user('ada'))).status).toBe(201);
      expect((await send('GET', '/Users')).body.totalResults).toBe(1);
    }
  });

  test('a body that the host read and did not keep is missing, not awaited for ever', async () => {
    const { send } = await listen(createMemoryDatabase(), async (request) => {
      for await (const _ of request);
    });
    expect((await send('POST', '/Users', user('ada'))).body).toEqual(errorBody(400, 'invalidSyntax'));
  });

  test('the prefix that a host cut off is put back (originalUrl)', async () => {
    const { send } = await listen(createMemoryDatabase(), (request) => {
      Object.assign(request, { originalUrl: request.url, url: '/Users' });
    });
    expect((await send('GET', '/Groups')).status).toBe(200);
    expect((await send('GET', '/Nope')).status).toBe(404);
  });

  test('413 reaches a client that is still sending, and the connection ends', async () => {
    const { port } = await listen(createMemoryDatabase());
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/scim/v2/Users',
      headers: {
        authorization: 'Bearer secret',
        'content-type': 'application/json',
        'transfer-encoding': 'chunked',
      },
    });
    const answered = once(request, 'response');
    request.on('error', () => {});
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    for (let i = 0; i < 33; i++) request.write(chunk);
    const [response] = (await answered) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([413, 'close']);
    request.destroy();
  });

  test('a connection is used again after an error, and HEAD has a length without a body', async () => {
    const { port } = await listen(createMemoryDatabase());
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    const head = (method: string, path: string, more = '') =>
      `${method} /scim/v2${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n${more}\r\n`;
    socket.write(head('GET', '/Nope'));
    socket.write(`${head('POST', '/Users', 'Content-Type: application/json\r\nContent-Length: 1\r\n')}{`);
    socket.write(head('HEAD', '/Users', 'Connection: close\r\n'));
    await once(socket, 'close');
    expect(received.match(/HTTP\/1\.1 (\d+)/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 400', 'HTTP/1.1 200']);
    expect(received).toMatch(/content-length: [1-9]\d*\r\n[^{]*$/i);
  });

  test.each(['evil.test/path?"<x>', ']][[', 'evil.test:1:2', 'evil.test:x'])(
    'a hostile Host header is not repeated in locations: %s',
    async (host) => {
      const { port } = await listen(createMemoryDatabase());
      const socket = connect(port, '127.0.0.1');
      let received = '';
      socket.on('data', (data) => {
        received += data;
      });
      const body = JSON.stringify(user('host'));
      socket.write(
        `POST /scim/v2/Users HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer secret\r\nConnection: close\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      await once(socket, 'close');
      expect(received).toContain('HTTP/1.1 201');
      expect(received).toContain('"location":"http://localhost/scim/v2/Users/');
    },
  );

  test('a request that breaks off harms nobody', async () => {
    const { port, send } = await listen(createMemoryDatabase());
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nContent-Length: 100\r\n\r\n{',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    expect((await send('GET', '/Users')).body.totalResults).toBe(0);
  });
});
