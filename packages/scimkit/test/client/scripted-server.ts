// A server that answers what a test says, over real sockets.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that came in. */
export interface Incoming {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into JSON of every form
  readonly body: any;
}

/** An answer; `silence` leaves the client waiting, `reset` breaks the connection. */
export type Scripted =
  | 'silence'
  | 'reset'
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** A text is sent as it is, everything else as SCIM's JSON. */
      readonly body?: unknown;
    };

export interface ScriptedServer {
  readonly origin: string;
  readonly asked: readonly Incoming[];
  /** "GET /Users", one after the other. */
  readonly lines: () => readonly string[];
  readonly close: () => Promise<void>;
}

const running: ScriptedServer[] = [];

/** Closes what was started: after each test. */
export async function closeScripted(): Promise<void> {
  for (const server of running.splice(0)) await server.close();
}

/** Starts a server that answers by a function. */
export async function startScripted(
  answer: (asked: Incoming, turn: number) => Scripted,
): Promise<ScriptedServer> {
  const asked: Incoming[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const isJson = request.headers['content-type']?.includes('json') === true && text !== '';
      const incoming: Incoming = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: isJson ? JSON.parse(text) : text,
      };
      asked.push(incoming);
      const given = answer(incoming, asked.length);
      if (given === 'reset') request.socket.resetAndDestroy();
      if (typeof given === 'string') return;
      const { status = 200, headers = {}, body } = given;
      response.writeHead(status, { 'content-type': 'application/scim+json', ...headers });
      response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const started: ScriptedServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    lines: () => asked.map(({ method, path }) => `${method} ${path}`),
    close: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  running.push(started);
  return started;
}

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';

/** A User as a service provider answers it. */
export const userJson = (id: string, more: object = {}) => ({
  schemas: [`${CORE}:User`],
  ...{ id, userName: `name-${id}`, meta: { resourceType: 'User' } },
  ...more,
});

/** A list of resources. */
export const listJson = (...resources: readonly unknown[]) => ({
  schemas: [`${MESSAGES}:ListResponse`],
  totalResults: resources.length,
  Resources: resources,
});

/** The body of an error. */
export const errorJson = (status: number, scimType?: string) => ({
  ...{ schemas: [`${MESSAGES}:Error`], status: String(status), detail: `It is ${status}.` },
  ...(scimType && { scimType }),
});
