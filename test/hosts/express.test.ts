import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { bearerTokens, createServiceProvider, User } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { toNodeHandler } from 'scimkit/node';
import { expect, test } from 'vitest';

// Mounted in Express under a prefix, before and after the app's own body parser.
test.each([
  ['without a body parser', []],
  ['behind express.json()', [express.json({ type: ['application/json', 'application/scim+json'] })]],
  ['behind express.raw()', [express.raw({ type: () => true })]],
  ['behind express.text()', [express.text({ type: () => true })]],
])('%s', async (_what, parsers) => {
  const database = createMemoryDatabase();
  const scim = createServiceProvider({
    basePath: '/api/scim',
    authentication: bearerTokens([{ token: 'secret', auth: { tenant: 'acme' } }]),
    resources: [{ type: User, store: ({ auth }) => database.open(User, auth) }],
  });
  const app = express();
  for (const parser of parsers) app.use(parser);
  app.use('/api/scim', toNodeHandler(scim));
  app.get('/', (_request, response) => void response.send('the app'));
  const server: Server = await new Promise((resolve) => {
    const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  const { port } = server.address() as AddressInfo;
  const send = (method: string, path: string, body?: unknown) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: 'Bearer secret', 'content-type': 'application/scim+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const created = await send('POST', '/api/scim/Users', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'ada',
  });
  expect(created.status).toBe(201);
  const location = created.headers.get('location') as string;
  expect(location).toMatch(`http://127.0.0.1:${port}/api/scim/Users/`);
  expect((await send('GET', new URL(location).pathname)).status).toBe(200);
  expect((await send('GET', '/api/scim/Users?filter=userName+eq+%22ADA%22')).status).toBe(200);
  expect((await send('GET', '/api/scim/Nope')).headers.get('content-type')).toBe('application/scim+json');
  expect((await send('DELETE', new URL(location).pathname)).status).toBe(204);
  expect(await (await send('GET', '/')).text()).toBe('the app');
  server.closeAllConnections();
  server.close();
});
