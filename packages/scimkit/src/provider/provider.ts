// RFC 7644: the service provider. Two functions: `handle` over plain data, and `fetch` over web standards.
import {
  PayloadTooLarge,
  type RequestBody,
  type ScimRequest,
  type ScimResponse,
} from '../authentication/request.ts';
import { Handling } from './handling.ts';
import type { ServiceProviderOptions } from './options.ts';
import { routeTable } from './route.ts';
import { createService } from './service.ts';

export { PayloadTooLarge, type RequestBody, type ScimRequest, type ScimResponse };

/** A SCIM 2.0 service provider. It keeps nothing of a request beyond its answer. */
export interface ServiceProvider {
  /** Answers a request given as plain data. It never throws. */
  handle(request: ScimRequest): Promise<ScimResponse>;
  /** Answers a web-standard Request. */
  fetch(request: Request): Promise<Response>;
  /** Every path with its methods, relative to the base path. */
  readonly routes: readonly { readonly path: string; readonly methods: readonly string[] }[];
}

/**
 * Makes a service provider of resource types, their stores and a way to authenticate.
 *
 * @throws TypeError that names the option, when one is wrong.
 *
 * @example
 * const database = createMemoryDatabase();
 * const scim = createServiceProvider({
 *   authentication: bearerTokens([{ token: process.env.SCIM_TOKEN, auth: { tenant: 'acme' } }]),
 *   resources: [
 *     { type: User, store: ({ auth }) => database.open(User, auth) },
 *     { type: Group, store: ({ auth }) => database.open(Group, auth) },
 *   ],
 * });
 * const response = await scim.fetch(new Request('https://example.com/scim/v2/Users', { headers }));
 */
export function createServiceProvider<Auth>(options: ServiceProviderOptions<Auth>): ServiceProvider {
  const service = createService(options);
  const handle = (request: ScimRequest) => new Handling(service, request).run();
  return {
    handle,
    async fetch(request) {
      const { status, headers, body } = await handle(toScimRequest(request));
      return new Response(body ?? null, { status, headers });
    },
    routes: routeTable(service),
  };
}

/** Reads a stream of bytes as far as a limit. */
async function readStream(stream: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream?.getReader();
  for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
    size += chunk.value.length;
    if (size > maxBytes) {
      await reader?.cancel();
      throw new PayloadTooLarge();
    }
    chunks.push(chunk.value);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function toScimRequest(request: Request): ScimRequest {
  const body: RequestBody = { read: (maxBytes) => readStream(request.body, maxBytes) };
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    ...(request.body && { body }),
    signal: request.signal,
  };
}
