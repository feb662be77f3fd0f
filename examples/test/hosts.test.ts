import { once } from 'node:events';
import { createServer, get as httpGet, type IncomingMessage } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { bodyParser } from '@koa/bodyparser';
import { NestFactory } from '@nestjs/core';
import express from 'express';
import { fastify } from 'fastify';
import { H3, type H3Event, readBody, toNodeHandler as h3ToNodeHandler } from 'h3';
import {
  createApp as createH3v1,
  createRouter as createH3v1Router,
  defineEventHandler as defineH3v1Handler,
  readBody as readH3v1Body,
  toNodeListener as h3v1ToNodeListener,
} from 'h3v1';
import { Hono } from 'hono';
import { serve as serveHono } from '@hono/node-server';
import Koa from 'koa';
import {
  bearerTokens,
  createServiceProvider,
  type Exchange,
  Group,
  type ResourceType,
  type ServiceProvider,
  type Store,
  User,
} from 'scimkit';
import { toExpressHandlers } from 'scimkit/express';
import { toFastifyPlugin } from 'scimkit/fastify';
import { toH3Handler } from 'scimkit/h3';
import { toHonoHandler } from 'scimkit/hono';
import { toKoaMiddleware } from 'scimkit/koa';
import { createMemoryDatabase } from 'scimkit/memory';
import { SCIM_SERVICE_PROVIDER, ScimModule } from 'scimkit/nest';
import { toNextHandlers } from 'scimkit/next';
import { toNodeHandler, trustedProxies } from 'scimkit/node';
import { afterEach, describe, expect, test } from 'vitest';
import { HOSTS, listen, type Mounted } from './mount.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ada = { schemas: [USER], userName: 'ada' };
const exchanges: Exchange<unknown>[] = [];

function provider(more: { basePath?: string; limits?: { bodySize: number } } = {}): ServiceProvider {
  const database = createMemoryDatabase();
  exchanges.length = 0;
  return createServiceProvider({
    authentication: bearerTokens([{ token: 'secret', auth: { tenant: 'acme' } }]),
    resources: [{ type: User, store: ({ auth }) => database.open(User, auth) }],
    trustProxy: trustedProxies('loopback'),
    observe: (exchange) => exchanges.push(exchange),
    ...more,
  });
}

/** Sends to a host that is closed after the test. */
function client({ port, headers: routed = {}, close }: Mounted) {
  ends.push(close);
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        authorization: 'Bearer secret',
        'content-type': 'application/scim+json',
        ...routed,
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}

// Next may have to be built before.
describe.each(Object.keys(HOSTS))('in %s', { timeout: 120_000 }, (name) => {
  const mount = HOSTS[name] as (typeof HOSTS)[string];

  test('behind a proxy that is trusted, locations are those of the outside, prefix included', async () => {
    const scim = provider();
    const send = client(await mount(scim));
    const { headers } = await send('POST', '/scim/v2/Users', ada, {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'app.example.com',
      'x-forwarded-prefix': '/idp',
      'x-forwarded-for': '203.0.113.9',
    });
    // Next believes the scheme of anybody, and doesn't tell who called: the rest takes `trustProxy: true`.
    if (name === 'next') {
      expect(headers.get('location')).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/scim\/v2\/Users\//);
    } else {
      expect(headers.get('location')).toMatch('https://app.example.com/idp/scim/v2/Users/');
      expect(exchanges[0]?.request.remoteAddress).toBe('203.0.113.9');
    }
  });

  test('under any prefix, and what is elsewhere is told where SCIM is (parity 5)', async () => {
    const send = client(await mount(provider({ basePath: '/customers/scim' })));
    const { status, headers } = await send('POST', '/customers/scim/Users', ada);
    expect([status, headers.get('location')]).toEqual([
      201,
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/customers\/scim\/Users\//),
    ]);
  });

  test('under a path that names the tenant, whatever characters the name has', async () => {
    const database = createMemoryDatabase();
    const scim = createServiceProvider({
      basePath: '/t/:tenant/scim/v2',
      tenant: { permits: ({ tenants }, tenant) => tenants.includes(tenant) },
      authentication: bearerTokens([{ token: 'secret', auth: { tenants: ['acme', 'a b/ü'] } }]),
      resources: [{ type: User, store: ({ tenant }) => database.open(User, { tenant }) }],
    });
    const send = client(await mount(scim));
    for (const path of ['/t/acme/scim/v2', '/t/a%20b%2F%C3%BC/scim/v2']) {
      const { status, headers } = await send('POST', `${path}/Users`, ada);
      expect([status, new URL(headers.get('location') ?? '').pathname]).toEqual([
        201,
        expect.stringMatching(`${path}/Users/`),
      ]);
      expect((await send('GET', `${path}/Users`)).body.totalResults).toBe(1);
      expect((await send('GET', `${path}?filter=userName+eq+%22ada%22`)).body.totalResults).toBe(1);
    }
    const [other, none] = [
      await send('GET', '/t/globex/scim/v2/Users'),
      await send('GET', '/t/none/scim/v2/Users'),
    ];
    expect([other.status, other.body]).toEqual([401, none.body]);
  });

  test('a compressed body is refused with what to send instead', async () => {
    const send = client(await mount(provider()));
    const { status, body } = await send('POST', '/scim/v2/Users', ada, { 'content-encoding': 'gzip' });
    expect([status, body.detail]).toEqual([415, expect.stringMatching(/uncompressed/)]);
  });

  test('413 names the limit, and the next request is answered', async () => {
    const send = client(await mount(provider({ limits: { bodySize: 200 } })));
    const large = { ...ada, title: 'x'.repeat(100_000) };
    const refused = await send('POST', '/scim/v2/Users', large);
    expect([refused.status, refused.body.detail]).toEqual([413, expect.stringMatching(/bodySize/)]);
    expect((await send('POST', '/scim/v2/Users', ada)).status).toBe(201);
  });

  test('a large group is read as the client takes it, and is whole or broken off', async () => {
    const size = 20_000;
    let readings = 0;
    let failsAt = 0;
    const cause = new Error('The disk is gone.');
    const database = createMemoryDatabase();
    const open = (type: ResourceType) => {
      const store = database.open(type, { tenant: 'acme' });
      const references: Store['references'] = async (...args) => {
        if (++readings === failsAt) throw cause;
        return store.references?.(...args);
      };
      return Object.assign(Object.create(store) as Store, { references });
    };
    const input = (attributes: object, relations: readonly [string, string[]][] = []) => ({
      attributes: { ...attributes },
      relations: new Map(relations),
      secrets: {},
      mentioned: new Set<string>(),
    });
    const members: string[] = [];
    for (let i = 0; i < size; i++) {
      // 1,000 of them are more than sockets hold of some others.
      const displayName = `${i}`.padStart(1_000, 'x');
      members.push((await open(User).create(input({ userName: `u${i}`, displayName }), {})).id);
    }
    const { id } = await open(Group).create(input({ displayName: 'G' }, [['members', members]]), {});
    const seen: Exchange<unknown>[] = [];
    const scim = createServiceProvider({
      authentication: bearerTokens([{ token: 'secret', auth: { tenant: 'acme' } }]),
      resources: [User, Group].map((type) => ({ type, store: () => open(type) })),
      observe: (exchange) => seen.push(exchange),
    });
    const host = await (HOSTS[name] as (typeof HOSTS)[string])(scim);
    const send = client(host);
    const whole = await send('GET', `/scim/v2/Groups/${id}`);
    expect([whole.status, whole.body.members.length]).toEqual([200, size]);
    expect(whole.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    expect([seen[0]?.isComplete, readings]).toEqual([true, 20]);
    // A client that reads nothing, and then goes away.
    readings = 0;
    const { port, headers } = host;
    const ask = httpGet({
      ...{ port, host: '127.0.0.1', path: `/scim/v2/Groups/${id}`, agent: false },
      headers: { authorization: 'Bearer secret', ...headers },
    });
    const [response] = (await once(ask, 'response')) as [IncomingMessage];
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(readings).toBeLessThan(18);
    response.destroy();
    await expect.poll(() => seen.length).toBe(2);
    expect([seen[1]?.isComplete, seen[1]?.error]).toEqual([false, undefined]);
    // A store that fails in the middle.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toHaveLength(2);
    readings = 0;
    failsAt = 3;
    await expect(send('GET', `/scim/v2/Groups/${id}`)).rejects.toThrow();
    expect([seen[2]?.isComplete, seen[2]?.error]).toEqual([false, cause]);
  });
});

describe('the path that is not mounted', () => {
  test('is told by the service provider where SCIM is', async () => {
    const send = client(await listen(createServer(toNodeHandler(provider({ basePath: '/customers/scim' })))));
    const { status, body } = await send('GET', '/scim/v2/Users');
    expect([status, body.detail]).toEqual([404, expect.stringMatching(/\/customers\/scim/)]);
  });

  test('a Fastify plugin under another prefix is refused at the start', async () => {
    const app = fastify();
    app.register(toFastifyPlugin(provider()), { prefix: '/elsewhere' });
    await expect(app.ready()).rejects.toThrow(/"\/elsewhere".*"\/scim\/v2"/);
  });
});

const { default: express4 } = (await import('express4' as string)) as { default: typeof express };
const json = ['application/json', 'application/scim+json'];

describe('a body that the host has parsed', () => {
  const works = async (host: Mounted) => {
    const send = client(host);
    const created = await send('POST', '/scim/v2/Users', ada);
    expect(created.status).toBe(201);
    const path = `/scim/v2/Users/${created.body.id}`;
    expect((await send('GET', '/scim/v2/Users?filter=userName+eq+%22ADA%22')).body.totalResults).toBe(1);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
    return send;
  };

  for (const [name, framework] of [
    ['express', express],
    ['express4', express4],
  ] as const) {
    test.each([
      ['without a parser', () => []],
      ['by express.json()', () => [framework.json({ type: json })]],
      ['by express.json() that lets SCIM pass', () => [framework.json()]],
      ['by express.raw()', () => [framework.raw({ type: () => true })]],
      ['by express.text()', () => [framework.text({ type: () => true })]],
    ])(`${name}: %s`, async (_what, parsers) => {
      const app = framework();
      for (const parser of parsers()) app.use(parser);
      app.use('/scim/v2', ...toExpressHandlers(provider()));
      app.get('/', (_request, response) => void response.send('the app'));
      const send = await works(await listen(createServer(app)));
      expect((await send('GET', '/')).body).toBe('the app');
    });

    test(`${name}: what its parser refuses is a SCIM error, after the credential; others' errors are passed on`, async () => {
      const app = framework();
      app.use(framework.json({ type: json, limit: 100 }));
      app.use('/scim/v2', ...toExpressHandlers(provider()));
      app.get('/scim/v2x', () => {
        throw new Error('of the app');
      });
      app.use(
        (
          error: Error,
          _request: express.Request,
          response: express.Response,
          _next: express.NextFunction,
        ) => {
          response.status(500).send(`handled by the app: ${error.message}`);
        },
      );
      const send = client(await listen(createServer(app)));
      const malformed = await send('POST', '/scim/v2/Users', '{"userName":');
      expect([malformed.status, malformed.body.scimType]).toEqual([400, 'invalidSyntax']);
      const large = await send('POST', '/scim/v2/Users', { ...ada, title: 'x'.repeat(200) });
      expect([large.status, large.body.detail]).toEqual([413, expect.stringMatching(/100 bytes/)]);
      const charset = { 'content-type': 'application/json; charset=x-unknown' };
      expect((await send('POST', '/scim/v2/Users', ada, charset)).status).toBe(415);
      const garbled = await send('POST', '/scim/v2/Users', 'no gzip', { 'content-encoding': 'gzip' });
      expect([garbled.status, garbled.body.detail]).toEqual([415, expect.stringMatching(/uncompressed/)]);
      expect((await send('POST', '/scim/v2/Users', '{', { authorization: 'Bearer wrong' })).status).toBe(401);
      expect((await send('GET', '/scim/v2x')).body).toBe('handled by the app: of the app');
      expect((await send('POST', '/scim/v2x', '{')).status).toBe(500);
    });
  }

  test.each([
    ['json', { enableTypes: ['json' as const], extendTypes: { json } }],
    ['text', { enableTypes: ['text' as const], extendTypes: { text: json } }],
    ['nothing', { enableTypes: [] }],
  ])('koa: %s', async (_what, options) => {
    const app = new Koa();
    app.use(bodyParser(options));
    app.use(toKoaMiddleware(provider()));
    app.use((context) => {
      context.body = 'the app';
    });
    const callback = app.callback();
    const send = await works(
      await listen(createServer((request, response) => void callback(request, response))),
    );
    expect((await send('GET', '/')).body).toBe('the app');
  });

  test('fastify: whatever the parsers of the app are, and its hooks see the answers', async () => {
    const app = fastify();
    app.addContentTypeParser('application/scim+json', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    );
    app.addHook('onSend', async (_request, reply) => void reply.header('x-app', 'seen'));
    app.register(toFastifyPlugin(provider()), { prefix: '/scim/v2' });
    app.get('/', async () => 'the app');
    await app.listen({ port: 0, host: '127.0.0.1' });
    const send = await works(await listen(app.server));
    expect((await send('GET', '/')).body).toBe('the app');
    expect((await send('GET', '/scim/v2/Users')).headers.get('x-app')).toBe('seen');
  });

  test('hono: read by a middleware before', async () => {
    const app = new Hono();
    app.use('*', async (context, next) => {
      if (context.req.method === 'POST') await context.req.json();
      await next();
      context.res.headers.set('x-app', 'seen');
    });
    app.all('/scim/v2/*', toHonoHandler(provider()));
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    const send = await works(await listen(server as ReturnType<typeof createServer>));
    expect((await send('GET', '/scim/v2/Users')).headers.get('x-app')).toBe('seen');
  });

  test.each([
    ['Deno', { remoteAddr: { hostname: '127.0.0.1' } }],
    ['Bun', { requestIP: () => ({ address: '127.0.0.1' }) }],
    ['Bun, inside', { server: { requestIP: () => ({ address: '127.0.0.1' }) } }],
  ])('hono on %s: a trusted proxy is known by its address', async (_runtime, bindings) => {
    const app = new Hono().all('/scim/v2/*', toHonoHandler(provider()));
    const headers = { authorization: 'Bearer secret', 'x-forwarded-host': 'app.example.com' };
    const response = await app.request('/scim/v2/Schemas', { headers }, bindings);
    expect(await response.text()).toContain('"location":"http://app.example.com/scim/v2/Schemas/');
  });

  test('h3: read by a middleware that says where it is', async () => {
    const app = new H3();
    app.use(async (event, next) => {
      if (event.req.method === 'POST') event.context.parsed = await readBody(event);
      return next();
    });
    const body = ({ context: { parsed } }: H3Event) => (parsed === undefined ? undefined : { parsed });
    app.all('/scim/v2/**', toH3Handler(provider(), { body }));
    await works(await listen(createServer(h3ToNodeHandler(app))));
  });

  test('h3 1: read by a middleware before', async () => {
    const app = createH3v1().use(
      defineH3v1Handler(async (event) => void (event.method === 'POST' && (await readH3v1Body(event)))),
    );
    app.use(createH3v1Router().use('/scim/v2/**', defineH3v1Handler(toH3Handler(provider()))));
    const listener = h3v1ToNodeListener(app);
    await works(await listen(createServer((request, response) => void listener(request, response))));
  });

  test('next: read by a wrapper that says where it is', async () => {
    const parsed = new WeakMap<Request, unknown>();
    const { POST } = toNextHandlers(provider(), { body: (request) => ({ parsed: parsed.get(request) }) });
    const request = new Request('http://localhost/scim/v2/Users', {
      method: 'POST',
      headers: {
        authorization: 'Bearer secret',
        host: 'app.example.com',
        'content-type': 'application/json',
      },
      body: JSON.stringify(ada),
    });
    parsed.set(request, await request.json());
    const response = await POST(request);
    expect([response.status, response.headers.get('location')]).toEqual([
      201,
      expect.stringMatching('http://app.example.com/scim/v2/Users/'),
    ]);
  });

  test('by fetch: a body that is consumed, and given to nobody, is missing', async () => {
    const request = new Request('http://localhost/scim/v2/Users', {
      method: 'POST',
      headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
      body: JSON.stringify(ada),
    });
    await request.text();
    expect((await provider().fetch(request)).status).toBe(400);
  });

  test('nest: a service provider that Nest makes; its own parser comes before', async () => {
    class Tokens {
      readonly all = [{ token: 'secret', auth: { tenant: 'acme' } }];
    }
    const database = createMemoryDatabase();
    const root = ScimModule.forRootAsync({
      imports: [{ module: class Known {}, providers: [Tokens], exports: [Tokens] }],
      inject: [Tokens],
      useFactory: async (tokens: Tokens) =>
        createServiceProvider({
          authentication: bearerTokens(tokens.all),
          resources: [{ type: User, store: ({ auth }) => database.open(User, auth) }],
        }),
    });
    const app = await NestFactory.create(root, { logger: false });
    expect(app.get<ServiceProvider>(SCIM_SERVICE_PROVIDER).basePath).toBe('/scim/v2');
    await app.listen(0, '127.0.0.1');
    const send = await works(await listen(app.getHttpServer()));
    const malformed = await send('POST', '/scim/v2/Users', '{', { 'content-type': 'application/json' });
    expect(malformed.status).toBe(400);
  });
});

test('HTTP/2: the same answers', async () => {
  const handler = toNodeHandler(provider());
  const server = createHttp2Server((request, response) => {
    void handler(request as never, response as never);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  ends.push(
    () => session.destroy(),
    () => server.close(),
  );
  const send = async (method: string, path: string, body?: string) => {
    const stream = session.request({
      ':method': method,
      ':path': path,
      authorization: 'Bearer secret',
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
    });
    stream.end(body);
    const [headers] = (await once(stream, 'response')) as [Record<string, string | number>];
    let text = '';
    for await (const chunk of stream) text += chunk;
    return { status: headers[':status'], headers, text };
  };
  const created = await send('POST', '/scim/v2/Users', JSON.stringify(ada));
  expect([created.status, created.headers.location]).toEqual([
    201,
    expect.stringMatching(`http://127.0.0.1:${port}/scim/v2/Users/`),
  ]);
  expect((await send('POST', '/scim/v2/Users', '{"x":')).status).toBe(400);
  const large = JSON.stringify({ ...ada, title: 'x'.repeat(33 * 1024 * 1024) });
  expect((await send('POST', '/scim/v2/Users', large)).status).toBe(413);
  expect((await send('GET', '/scim/v2/Users')).status).toBe(200);
});

test('a client that goes away aborts the signal of its request', async () => {
  let aborted: Promise<unknown> | undefined;
  const scim = createServiceProvider({
    authentication: {
      schemes: [],
      challenge: () => 'Bearer',
      authenticate({ signal }) {
        aborted = new Promise((resolve) => signal?.addEventListener('abort', resolve));
        return new Promise<undefined>((resolve) =>
          signal?.addEventListener('abort', () => resolve(undefined)),
        );
      },
    },
    resources: [{ type: User, store: () => createMemoryDatabase().open(User, { tenant: 'acme' }) }],
  });
  const { port, close } = await listen(createServer(toNodeHandler(scim)));
  ends.push(close);
  const controller = new AbortController();
  const answer = fetch(`http://127.0.0.1:${port}/scim/v2/Users`, { signal: controller.signal });
  while (!aborted) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort();
  await expect(answer).rejects.toThrow();
  await aborted;
});
