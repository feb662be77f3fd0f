// Sends a test's requests over a real socket, through the host that SCIMKIT_HOST names.
import { once } from 'node:events';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import type { ServiceProvider } from 'scimkit';
import { afterAll } from 'vitest';
import { HOSTS, type Mounted } from '../../../examples/test/mount.ts';

const agent = new Agent({ keepAlive: true });
const mounted = new Map<ServiceProvider, Promise<Mounted>>();

afterAll(async () => {
  for (const host of await Promise.all(mounted.values())) await host.close();
  agent.destroy();
});

/** Headers that are the connection's. */
const OF_THE_HOST = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

/** What a client asks for. */
interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Sends a request to a service provider in a host; the Host header is that of the URL. */
export async function sendThrough(
  name: string,
  scim: ServiceProvider,
  { url, method, headers, body }: Asked,
): Promise<Response> {
  const mount = HOSTS[name];
  if (!mount) throw new Error(`There is no host ${name}`);
  const mounting = mounted.get(scim) ?? mount(scim);
  mounted.set(scim, mounting);
  const { port, headers: more } = await mounting;
  const [, host = '', path = ''] = /^http:\/\/([^/]*)(.*)$/.exec(url) ?? [];
  const request = httpRequest({
    agent,
    port,
    method,
    host: '127.0.0.1',
    // As `Request` does it.
    path: encodeURI(path || '/').replaceAll('%25', '%'),
    headers: {
      host,
      ...headers,
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      ...more,
    },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const status = response.statusCode as number;
  const text = Buffer.concat(chunks);
  return new Response([204, 304].includes(status) || text.length === 0 ? null : text, {
    status,
    headers: Object.entries(response.headers)
      .filter(([key]) => !OF_THE_HOST.has(key))
      .map(([key, value]) => [key, String(value)]),
  });
}
