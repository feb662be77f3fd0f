// WHATWG Fetch: a web-standard Request as plain data, and back.
import {
  isStreamed,
  PayloadTooLarge,
  type RequestBody,
  type ResponseBody,
  type ScimRequest,
  type ScimResponse,
} from '../authentication/request.ts';

/** What a host knows of a request besides the web-standard `Request`. */
export interface RequestContext {
  /** The body, where the host has consumed it already. */
  readonly body?: RequestBody | undefined;
  /** The address that the request came from. */
  readonly remoteAddress?: string | undefined;
  /** The absolute URL that was asked for, where the request's own has another host. */
  readonly url?: string | undefined;
}

/** Reads a stream of bytes as far as a limit. */
async function readStream(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    size += chunk.value.length;
    if (size > maxBytes) {
      await reader.cancel();
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

/** A body that the host consumed and gave nobody is no body; it must not be waited for. */
function bodyOf({ body, bodyUsed }: Request): RequestBody | undefined {
  return body && !bodyUsed ? { read: (maxBytes) => readStream(body, maxBytes) } : undefined;
}

/** Reads a Request as plain data. */
export function toScimRequest(request: Request, context: RequestContext = {}): ScimRequest {
  const headers = Object.fromEntries(request.headers);
  // What the host has read, it has decoded.
  if (context.body) delete headers['content-encoding'];
  return {
    method: request.method,
    url: context.url ?? request.url,
    headers,
    body: context.body ?? bodyOf(request),
    remoteAddress: context.remoteAddress,
    get signal() {
      return request.signal;
    },
  };
}

/** Makes a Response of an answer. */
export function toResponse({ status, headers, body }: ScimResponse): Response {
  return new Response(toBodyInit(body), { status, headers });
}

function toBodyInit(
  body: ResponseBody | undefined,
): string | Uint8Array<ArrayBuffer> | ReadableStream | null {
  if (isStreamed(body)) return toStream(body);
  return (body as string | Uint8Array<ArrayBuffer> | undefined) ?? null;
}

/** A stream that makes a piece when one is read, and none ahead; when making one fails, so does the stream. */
function toStream(pieces: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
