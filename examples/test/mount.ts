// Service providers mounted in each host, on real sockets. A host is loaded when it is asked for.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ServiceProvider } from 'scimkit';
import { buildNext } from './build-next.ts';

/** A host that listens. */
export interface Mounted {
  readonly port: number;
  /** Headers that lead a request to this service provider, where several share a host. */
  readonly headers?: Readonly<Record<string, string>>;
  close(): unknown;
}

type Mount = (scim: ServiceProvider) => Promise<Mounted>;

/** Listens, and cuts the connections off at the end: clients keep them. */
export async function listen(server: Server): Promise<Mounted> {
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const serve = (listener: RequestListener) => listen(createServer(listener));

/** Next builds its app beforehand, so the service providers come to it: each under a number of its own. */
const inNext = new Map<string, ServiceProvider>();
let nextServer: Promise<Mounted> | undefined;

async function startNext(): Promise<Mounted> {
  // Its declarations would change those of Node for all tests.
  const { default: next } = await import('next' as string);
  (globalThis as Record<string, unknown>).scimkitInNext = inNext;
  const dir = join(import.meta.dirname, 'next-app');
  // A run that leaves out the tests in Next has not built it.
  if (!existsSync(join(dir, '.next/BUILD_ID'))) buildNext(dir);
  const app = next({ dev: false, dir });
  await app.prepare();
  return serve(app.getRequestHandler());
}

/** Every host by its name. */
export const HOSTS: Readonly<Record<string, Mount>> = {
  async node(scim) {
    const { toNodeHandler } = await import('scimkit/node');
    return serve(toNodeHandler(scim));
  },
  async express(scim) {
    const { default: express } = await import('express');
    const { toExpressHandlers } = await import('scimkit/express');
    return serve(express().use(scim.basePath || '/', toExpressHandlers(scim)));
  },
  async express4(scim) {
    const { default: express } = (await import('express4' as string)) as {
      default: () => { use(...handlers: unknown[]): RequestListener };
    };
    const { toExpressHandlers } = await import('scimkit/express');
    return serve(express().use(scim.basePath || '/', ...toExpressHandlers(scim)));
  },
  async fastify(scim) {
    const { fastify } = await import('fastify');
    const { toFastifyPlugin } = await import('scimkit/fastify');
    const app = fastify();
    await app.register(toFastifyPlugin(scim), { prefix: scim.basePath });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return listen(app.server);
  },
  async koa(scim) {
    const { default: Koa } = await import('koa');
    const { toKoaMiddleware } = await import('scimkit/koa');
    const callback = new Koa().use(toKoaMiddleware(scim)).callback();
    return serve((request, response) => void callback(request, response));
  },
  async hono(scim) {
    const { serve: serveHono } = await import('@hono/node-server');
    const { Hono } = await import('hono');
    const { toHonoHandler } = await import('scimkit/hono');
    const app = new Hono().all(`${scim.basePath}/*`, toHonoHandler(scim));
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    await once(server, 'listening');
    return listen(server);
  },
  async h3(scim) {
    const { H3, toNodeHandler } = await import('h3');
    const { toH3Handler } = await import('scimkit/h3');
    return serve(toNodeHandler(new H3().all(`${scim.basePath}/**`, toH3Handler(scim))));
  },
  async h3v1(scim) {
    const { createApp, createRouter, defineEventHandler, toNodeListener } = await import('h3v1');
    const { toH3Handler } = await import('scimkit/h3');
    const handler = defineEventHandler(toH3Handler(scim));
    if (!scim.basePath.includes(':'))
      return serve(toNodeListener(createApp().use(scim.basePath || '/', handler)));
    // `use` of an app takes prefixes alone; that of a router takes parameters, and `/**` is not what is before it.
    const router = createRouter().use(scim.basePath, handler).use(`${scim.basePath}/**`, handler);
    return serve(toNodeListener(createApp().use(router)));
  },
  async nest(scim) {
    const { NestFactory } = await import('@nestjs/core');
    const { ScimModule } = await import('scimkit/nest');
    const app = await NestFactory.create(ScimModule.forRoot(scim), { logger: false });
    await app.listen(0, '127.0.0.1');
    return listen(app.getHttpServer());
  },
  async 'nest-fastify'(scim) {
    const { NestFactory } = await import('@nestjs/core');
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    const { ScimModule } = await import('scimkit/nest');
    const app = await NestFactory.create(ScimModule.forRoot(scim), new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    return listen(app.getHttpServer());
  },
  async next(scim) {
    nextServer ??= startNext();
    const { port } = await nextServer;
    const key = String(inNext.size);
    inNext.set(key, scim);
    // Others are mounted in the same one: it ends with the process.
    return { port, headers: { 'x-mounted': key }, close() {} };
  },
};
