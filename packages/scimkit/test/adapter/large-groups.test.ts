// RFC 9112 §8: a large group over real sockets. What is read ahead of a slow client is bounded, a client that goes away ends
// the reading, and what fails in the middle doesn't look whole.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get as httpGet, type IncomingMessage, type Server } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Exchange } from 'scimkit';
import { toNodeHandler } from 'scimkit/node';
import { afterAll, expect, test } from 'vitest';
import { type Database, provider } from '../fixture.ts';
import { counting, fileMember, fillFile, readingOn } from '../large-group.ts';

const SIZE = 100_000;
const scratch = mkdtempSync(join(tmpdir(), 'scimkit-large-'));
// Some 35 MB of JSON in 100 readings: sockets hold a part of that.
const { database, id } = fillFile(join(scratch, 'large.db'), SIZE);
const servers: (Server | ReturnType<typeof createHttp2Server>)[] = [];
afterAll(async () => {
  for (const server of servers) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
  await database.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function listen(over: Database) {
  const exchanges: Exchange<unknown>[] = [];
  const scim = provider(over, { observe: (exchange) => exchanges.push(exchange) });
  const server = createServer(toNodeHandler(scim));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { scim, exchanges, port: (server.address() as AddressInfo).port };
}

const path = `/scim/v2/Groups/${id}`;
const headers = { authorization: 'Bearer secret' };

async function request(port: number): Promise<IncomingMessage> {
  const sent = httpGet({ port, host: '127.0.0.1', path, headers, agent: false });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** Waits until a number doesn't change any more. */
async function settled(count: () => number): Promise<number> {
  let same = 0;
  for (let last = count(); same < 10; last = count()) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    same = count() === last ? same + 1 : 0;
  }
  return count();
}

test('a client that does not read is not read for; when it goes on, it gets all', async () => {
  const { database: counted, count } = counting(database);
  const { port, exchanges } = await listen(counted);
  const response = await request(port);
  expect(response.headers['content-length']).toBeUndefined();
  // Sockets took what they hold.
  expect(await settled(count)).toBeLessThan(60);
  expect(exchanges).toHaveLength(0);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  const { members } = JSON.parse(text);
  expect(count()).toBe(SIZE / 1_000);
  expect(members).toHaveLength(SIZE);
  for (const number of [1, 1_000, 1_001, 54_321, SIZE]) {
    expect(members[number - 1].value).toBe(fileMember(number));
  }
  expect(exchanges.map(({ isComplete, error }) => [isComplete, error])).toEqual([[true, undefined]]);
});

test('a client that goes away ends the reading', async () => {
  const { database: counted, count } = counting(database);
  const { port, exchanges } = await listen(counted);
  const response = await request(port);
  await once(response, 'readable');
  response.destroy();
  await expect.poll(() => exchanges.length).toBe(1);
  expect([exchanges[0]?.isComplete, exchanges[0]?.error]).toEqual([false, undefined]);
  const read = count();
  expect(read).toBeLessThan(60);
  expect(await settled(count)).toBe(read);
});

test('one that is gone before the answer begins is not read for at all', async () => {
  let release = () => {};
  const waiting = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { database: counted, count } = counting(database);
  const slow: Database = {
    open(...place) {
      const store = counted.open(...place);
      return new Proxy(store, {
        get: (target, name) =>
          name === 'get'
            ? (...args: Parameters<typeof store.get>) => waiting.then(() => target.get(...args))
            : Reflect.get(target, name),
      });
    },
  };
  const { port, exchanges } = await listen(slow);
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  release();
  await expect.poll(() => exchanges.length).toBe(1);
  expect([exchanges[0]?.isComplete, count()]).toEqual([false, 0]);
});

/** A database whose stores fail at the third reading. */
const failing = () => {
  let calls = 0;
  return readingOn(database, (references) => async (...args) => {
    if (++calls === 3) throw new Error('The disk is gone.');
    return references(...args);
  });
};

test('when the store fails in the middle, the connection breaks before the end of the body', async () => {
  const { port, exchanges } = await listen(failing());
  const socket = connect(port, '127.0.0.1')
    .setEncoding('latin1')
    .on('error', () => {});
  let received = '';
  socket.on('data', (data) => {
    received += data;
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n\r\n`);
  await once(socket, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 200[\s\S]*transfer-encoding: chunked/i);
  expect(received).toContain(fileMember(3_000));
  expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
  expect(exchanges.map(({ error }) => (error as Error).message)).toEqual(['The disk is gone.']);
});

test('HTTP/2: the same', async () => {
  const handlers = [
    toNodeHandler((await listen(database)).scim),
    toNodeHandler((await listen(failing())).scim),
  ];
  const server = createHttp2Server((request, response) =>
    handlers.shift()?.(request as never, response as never),
  );
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ask = async () => {
    const stream = session.request({ ':path': path, ...headers });
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return JSON.parse(text).members.length;
  };
  expect(await ask()).toBe(SIZE);
  await expect(ask()).rejects.toThrow(/INTERNAL_ERROR/);
  session.destroy();
});

test('a request whose body has not come is answered, too', async () => {
  const { port } = await listen(database);
  const socket = connect(port, '127.0.0.1')
    .setEncoding('latin1')
    .on('error', () => {});
  let tail = '';
  socket.on('data', (data) => {
    tail = (tail + data).slice(-20);
  });
  socket.write(
    `GET ${path}?attributes=members.value HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nContent-Length: 9\r\n\r\n`,
  );
  await once(socket, 'close');
  expect(tail).toMatch(/\]\}\r\n0\r\n\r\n$/);
});
