// A service provider behind a proxy that does harm, and a way around it: what is really there.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bearer, createServiceProvider, Group, User } from 'scimkit';
import { toNodeHandler } from 'scimkit/node';
import type { Database, Send } from '../fixture.ts';
import { type Asked, type Fault, type FaultProxy, type Given, startFaultProxy } from './fault-proxy.ts';

/** A service provider, the proxy before it, and what they saw. */
export interface FaultPlace {
  /** The base URL, through the proxy. */
  readonly baseUrl: string;
  readonly proxy: FaultProxy;
  /** What happens to the next requests. */
  plan: (asked: Asked) => Fault | undefined;
  /** Told when the client is left without an answer. */
  onSilence: () => void;
  /** What happens elsewhere while an answer is on its way. */
  meanwhile: (asked: Asked) => Promise<void>;
  /** Speaks to the service provider itself, as the tenant of a token. */
  readonly direct: (token: string) => Send;
  readonly close: () => Promise<void>;
}

/** Starts it. Every token has a tenant of its own. */
export async function startFaultPlace(database: Database): Promise<FaultPlace> {
  const scim = createServiceProvider({
    basePath: '/scim/v2',
    authentication: bearer((token) => ({ tenant: token })),
    resources: [
      { type: User, store: ({ auth }) => database.open(User, auth) },
      { type: Group, store: ({ auth }) => database.open(Group, auth) },
    ],
  });
  const server = createServer(toNodeHandler(scim));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const direct = (token: string): Send => {
    return async (method, path, body, headers = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}/scim/v2${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/scim+json',
          ...(headers as Record<string, string>),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
    };
  };
  const others = await answersToAnother(direct('another'));
  const proxy = await startFaultProxy({
    port,
    plan: (asked) => place.plan(asked),
    another: others,
    onSilence: () => place.onSilence(),
    meanwhile: (asked) => place.meanwhile(asked),
  });
  const place: FaultPlace = {
    baseUrl: `${proxy.origin}/scim/v2`,
    proxy,
    plan: () => undefined,
    onSilence: () => {},
    meanwhile: async () => {},
    direct,
    close: async () => {
      await proxy.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return place;
}

/**
 * Answers to the requests of somebody else, of the same kind as a request. None for a DELETE that is answered 204: it looks the
 * same whatever was deleted; and none without results, because nobody can tell those apart.
 */
async function answersToAnother(send: Send): Promise<(asked: Asked) => Given | undefined> {
  const given = (status: number, body: unknown, location?: string): Given => ({
    status,
    headers: [
      ['content-type', 'application/scim+json'],
      ...(location ? [['location', location] as const] : []),
    ],
    body: Buffer.from(JSON.stringify(body)),
  });
  const user = await send('POST', '/Users', {
    schemas: [User.urn],
    userName: 'another',
    externalId: 'another',
  });
  const group = await send('POST', '/Groups', { schemas: [Group.urn], displayName: 'another' });
  const bulk = await send('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: ['1', '2', '3'].map((bulkId) => ({
      ...{ method: 'POST', path: '/Users', bulkId },
      data: { schemas: [User.urn], userName: `another-${bulkId}` },
    })),
  });
  const list = (await send('GET', '/Groups')).body;
  return ({ method, path }) => {
    const { body, headers } = path.startsWith('/scim/v2/Groups') ? group : user;
    if (path.startsWith('/scim/v2/Bulk')) return given(200, bulk.body);
    if (method === 'POST') return given(201, body, headers.get('location') as string);
    if (method === 'GET' && /\/Users(\?|$)/.test(path)) return given(200, list);
    return given(200, body);
  };
}

/** Creates a resource at a service provider and returns it. */
export async function created<Body>(send: Send, path: string, body: object): Promise<Body> {
  const answer = await send('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
