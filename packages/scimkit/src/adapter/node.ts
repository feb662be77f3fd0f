// node:http, and what is built on it: Express, Connect. Plain data in, plain data out; no web objects are made.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ScimError } from '../protocol/error.ts';
import {
  PayloadTooLarge,
  type RequestBody,
  type ScimRequest,
  type ScimResponse,
  type ServiceProvider,
} from '../provider/provider.ts';

/** A request of node:http, or of a host on top of it that may have parsed the body and shortened the URL. */
type NodeRequest = IncomingMessage & {
  readonly originalUrl?: string;
  readonly body?: unknown;
  readonly rawBody?: unknown;
};

/** Reads a request's body as far as a limit; what comes beyond it is dropped, so that the answer gets through. */
function readStream(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(new PayloadTooLarge());
      }
    });
    // A host may have read it and kept nothing.
    if (request.readableEnded) resolve(Buffer.alloc(0));
    request.on('end', () => resolve(Buffer.concat(chunks)));
    const ended = () => reject(new ScimError(400, 'The request ended before its body was complete.'));
    request.on('error', ended);
    request.on('close', () => request.complete || ended());
  });
}

/** The body as the host left it: its bytes, parsed, or still to be read. */
function bodyOf(request: NodeRequest): RequestBody | undefined {
  const kept = request.rawBody ?? request.body;
  if (typeof kept === 'string' || kept instanceof Uint8Array) {
    const bytes = typeof kept === 'string' ? Buffer.from(kept) : kept;
    return {
      read: async (maxBytes) => {
        if (bytes.length > maxBytes) throw new PayloadTooLarge();
        return bytes;
      },
    };
  }
  if (kept !== undefined && kept !== null) return { parsed: kept };
  return { read: (maxBytes) => readStream(request, maxBytes) };
}

function toScimRequest(request: NodeRequest): ScimRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const host = headers.host ?? headers[':authority'] ?? '';
  const authority = /^[A-Za-z0-9._:[\]-]+$/.test(host) ? host : 'localhost';
  const scheme = 'encrypted' in request.socket ? 'https' : 'http';
  const path = request.originalUrl ?? request.url ?? '/';
  return {
    method: request.method ?? 'GET',
    url: `${scheme}://${authority}${path.startsWith('/') ? path : `/${path}`}`,
    headers,
    body: bodyOf(request),
    remoteAddress: request.socket.remoteAddress,
  };
}

function send(request: IncomingMessage, response: ServerResponse, answer: ScimResponse): void {
  const { status, headers, body } = answer;
  const sent: Record<string, string | number> = { ...headers };
  if (body !== undefined) sent['content-length'] = Buffer.byteLength(body);
  // A body that nobody reads would stand before the connection's next request.
  const isUnread = !request.complete;
  if (isUnread) sent.connection = 'close';
  response.writeHead(status, sent);
  response.end(body);
  if (isUnread) request.resume();
}

/**
 * Makes a request handler for node:http, Express and Connect. A body that the host has parsed already
 * (`request.rawBody`, `request.body`) is taken as it is.
 *
 * @example
 * http.createServer(toNodeHandler(scim)).listen(8080);
 * app.use('/scim/v2', toNodeHandler(scim)); // Express
 */
export function toNodeHandler(scim: ServiceProvider) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await scim.handle(toScimRequest(request));
    if (!response.destroyed && !response.headersSent) send(request, response, answer);
  };
}
