// What the examples in the client's docstrings take for given: a client of a service provider that runs, and some resources.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bearerTokens, createServiceProvider } from 'scimkit';
import { bearerToken, createClient, Group, User } from 'scimkit/client';
import { createMemoryDatabase } from 'scimkit/memory';
import { toNodeHandler } from 'scimkit/node';

export const token = 'a-token';
const database = createMemoryDatabase();
const auth = { tenant: 'acme', connection: 'main' };
const scim = createServiceProvider({
  basePath: '/scim/v2',
  authentication: bearerTokens([{ token, auth }]),
  resources: [
    { type: User, store: () => database.open(User, auth) },
    { type: Group, store: () => database.open(Group, auth) },
  ],
});
const server = createServer(toNodeHandler(scim));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
server.unref();

export const baseUrl: string = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2`;
export const client = createClient({ baseUrl, authorization: bearerToken(token), retry: { attempts: 1 } });
export const users = client.resources(User);
export const groups = client.resources(Group);
export const user = await users.create({
  userName: 'user',
  emails: [{ value: 'user@example.com', type: 'work' }],
});
export const grace = await users.create({ userName: 'grace' });
export const group = await groups.create({ displayName: 'Mathematicians' });
export const { id } = user;
export const ada = await users.create({ userName: 'countess' });
export const name = 'user';
