// A proxy before a server: it counts what is really sent, and can answer, or stop the world, at a moment of the test's choice.
import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What a test may do at a request: `before` it is passed on, where it can be answered instead, and `after` it was carried out. */
interface Hooks {
  before?: (seen: Seen, response: ServerResponse) => boolean;
  after?: (seen: Seen) => void;
}

/** A proxy that listens. */
export interface CountingProxy {
  readonly baseUrl: string;
  readonly hooks: Hooks;
  /** What came since the last `forget`. */
  readonly seen: readonly Seen[];
  /** Those that would change something. */
  writes(): readonly Seen[];
  forget(): void;
  close(): Promise<void>;
}

/** Starts a proxy before a SCIM service. */
export async function proxyTo(baseUrl: string): Promise<CountingProxy> {
  const target = new URL(baseUrl);
  const agent = new Agent({ keepAlive: true });
  const seen: Seen[] = [];
  const hooks: Hooks = {};
  const pass = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const body = Buffer.concat(parts);
    const one = { method: incoming.method ?? '', path: incoming.url ?? '', body: body.toString() };
    seen.push(one);
    if (hooks.before?.(one, response)) return;
    const outgoing = request({
      ...{ host: target.hostname, port: target.port, agent, method: one.method, path: one.path },
      headers: { ...incoming.headers, host: target.host },
    });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const answered: Buffer[] = [];
    for await (const part of answer) answered.push(part);
    hooks.after?.(one);
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    response.end(Buffer.concat(answered));
  };
  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}${target.pathname}`,
    hooks,
    seen,
    writes: () => seen.filter(({ method, path }) => method !== 'GET' && !path.includes('.search')),
    forget: () => seen.splice(0),
    async close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
