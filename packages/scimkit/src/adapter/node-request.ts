// A request of node:http as plain data, for every host that is built on it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ScimError } from '../protocol/error.ts';
import {
  isStreamed,
  PayloadTooLarge,
  type RequestBody,
  type ScimRequest,
  type ScimResponse,
} from '../provider/provider.ts';

/** A request of node:http, or of a host on top of it that may have parsed the body and shortened the URL. */
export type NodeRequest = IncomingMessage & {
  readonly originalUrl?: string;
  readonly body?: unknown;
  readonly rawBody?: unknown;
};

/** What a host knows of a request besides. */
export interface NodeContext {
  /** The body, where the host has read it and put it somewhere of its own. */
  readonly body?: RequestBody | undefined;
  /** For the request's `signal`. */
  readonly response?: ServerResponse | undefined;
}

const AUTHORITY = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

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
    request.on('end', () => resolve(Buffer.concat(chunks)));
    const ended = () => reject(new ScimError(400, 'The request ended before its body was complete.'));
    request.on('error', ended);
    request.on('close', () => request.complete || ended());
  });
}

/** A body that the host has read: its bytes, its text, or what it parsed. */
export function hostBody(kept: unknown): RequestBody {
  if (typeof kept !== 'string' && !(kept instanceof Uint8Array)) return { parsed: kept };
  const bytes = typeof kept === 'string' ? Buffer.from(kept) : kept;
  return {
    read: async (maxBytes) => {
      if (bytes.length > maxBytes) throw new PayloadTooLarge();
      return bytes;
    },
  };
}

/** The body as the host left it. A parser that passed by may have left an empty object and the body unread. */
function bodyOf(request: NodeRequest): RequestBody | undefined {
  if (request.rawBody !== undefined) return hostBody(request.rawBody);
  return request.readableDidRead || request.readableEnded ? hostBody(request.body) : undefined;
}

/** Reads a request of node:http as plain data. */
export function toScimRequest(request: NodeRequest, context: NodeContext = {}): ScimRequest {
  const body = context.body ?? bodyOf(request);
  const headers = headersOf(request, body !== undefined);
  const host = headers.host ?? headers[':authority'] ?? '';
  const authority = AUTHORITY.test(host) ? host : 'localhost';
  const scheme = 'encrypted' in request.socket ? 'https' : 'http';
  const path = request.originalUrl ?? request.url ?? '/';
  const url = `${scheme}://${authority}${path.startsWith('/') ? path : `/${path}`}`;
  return new PlainRequest(request, url, headers, body, context.response);
}

/** The headers, each as one text. */
function headersOf(request: NodeRequest, isRead: boolean): Readonly<Record<string, string | undefined>> {
  // What the host has read, it has decoded.
  const isDecoded = isRead && request.headers['content-encoding'] !== undefined;
  // The one that node:http gives as a list.
  if (!isDecoded && request.headers['set-cookie'] === undefined) {
    return request.headers as Record<string, string | undefined>;
  }
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  if (isDecoded) delete headers['content-encoding'];
  return headers;
}

/** What few handlers ask for is worked out when they do. */
class PlainRequest implements ScimRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: RequestBody;
  readonly remoteAddress: string | undefined;
  private readonly response: ServerResponse | undefined;

  constructor(
    request: NodeRequest,
    url: string,
    headers: Readonly<Record<string, string | undefined>>,
    body: RequestBody | undefined,
    response: ServerResponse | undefined,
  ) {
    this.method = request.method ?? 'GET';
    this.url = url;
    this.headers = headers;
    this.body = body ?? { read: (maxBytes) => readStream(request, maxBytes) };
    this.remoteAddress = request.socket.remoteAddress;
    this.response = response;
  }

  get signal(): AbortSignal | undefined {
    return signalOf(this.response);
  }
}

/** Aborted when the client is gone before the answer is sent. */
function signalOf(response: ServerResponse | undefined): AbortSignal | undefined {
  if (!response) return undefined;
  const controller = new AbortController();
  if (response.destroyed && !response.writableFinished) controller.abort();
  response.once('close', () => response.writableFinished || controller.abort());
  return controller.signal;
}

/** An answer's headers as node:http needs them. A body that nobody reads ends the connection, and is dropped. */
export function answerHeaders(
  request: IncomingMessage,
  { headers, body }: ScimResponse,
): Record<string, string | number> {
  const sent: Record<string, string | number> = { ...headers };
  if (body !== undefined && !isStreamed(body)) sent['content-length'] = Buffer.byteLength(body);
  // It would stand before the connection's next request.
  if (!request.complete) {
    if (request.httpVersionMajor < 2) sent.connection = 'close';
    request.resume();
  }
  return sent;
}
