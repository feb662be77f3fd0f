// A proxy between a client and a service provider that does to requests and answers what networks, and what stands in them, do.
import { once } from 'node:events';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What happens to one exchange. "Before": the service provider never hears of the request; "after": it carried it out. */
export const FAULTS = [
  'reset before',
  'reset after',
  'silence before',
  'silence after',
  '429 in seconds',
  '429 at a date',
  '500 before',
  '500 after',
  '502 page before',
  '502 page after',
  '503 empty before',
  '503 empty after',
  'too short',
  'cut chunks',
  'cut JSON',
  'answered twice',
  "another's answer before",
  "another's answer after",
] as const;
export type Fault = (typeof FAULTS)[number];

/** A request as it came in. */
export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An answer, as it is sent on. */
export interface Given {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** One exchange that the proxy has seen. */
export interface Seen {
  readonly asked: Asked;
  readonly fault: Fault | undefined;
  /** What the service provider answered; undefined: it never heard of it. */
  readonly truth: Given | undefined;
  /** The status that the client was sent, as far as it was sent one. */
  readonly told: number | undefined;
}

export interface ProxyOptions {
  /** The port of the service provider. */
  readonly port: number;
  /** What happens to a request; undefined: nothing. */
  readonly plan: (asked: Asked) => Fault | undefined;
  /** The answer to somebody else's request of the same form. Undefined: there is none, and nothing happens. */
  readonly another?: (asked: Asked) => Given | undefined;
  /** Told when the client is left without an answer. */
  readonly onSilence?: () => void;
  /** What happens elsewhere while an answer is on its way. */
  readonly meanwhile?: (asked: Asked) => Promise<void>;
}

/** A proxy at work. */
export interface FaultProxy {
  readonly origin: string;
  /** Everything that went through it, in order. */
  readonly seen: readonly Seen[];
  readonly close: () => Promise<void>;
}

/** The requests that come in on a connection. */
async function* requestsOn(socket: Socket): AsyncGenerator<Asked, void, undefined> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    for (;;) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) break;
      const [line = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
      const [method = '', path = ''] = line.split(' ');
      const headers = Object.fromEntries(
        lines.map((text) => [
          text.slice(0, text.indexOf(':')).toLowerCase(),
          text.slice(text.indexOf(':') + 1).trim(),
        ]),
      );
      const next = end + 4 + Number(headers['content-length'] ?? 0);
      if (bytes.length < next) break;
      yield { method, path, headers, body: bytes.subarray(end + 4, next) };
      bytes = bytes.subarray(next);
    }
  }
}

/** Headers that are the connection's. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Head and body of an answer; `framing` says how long the body is. */
function bytesOf({ status, headers, body }: Given, framing?: readonly string[]): Buffer {
  const isBare = status === 204 || status === 304;
  const lines = [
    `HTTP/1.1 ${status} Told`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(framing ?? (isBare ? [] : [`content-length: ${body.length}`])),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

const scimError = (status: number, headers: Given['headers'] = []): Given => ({
  status,
  headers: [['content-type', 'application/scim+json'], ...headers],
  body: Buffer.from(
    JSON.stringify({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      detail: 'Come back later.',
    }),
  ),
});

/** What a proxy answers in the place of the service provider. */
function inItsPlace(fault: Fault): Given | undefined {
  switch (fault) {
    case '429 in seconds':
      return scimError(429, [['retry-after', '0']]);
    case '429 at a date':
      return scimError(429, [['retry-after', new Date().toUTCString()]]);
    case '500 before':
    case '500 after':
      return scimError(500);
    case '502 page before':
    case '502 page after':
      return {
        status: 502,
        headers: [['content-type', 'text/html']],
        body: Buffer.from('<html><h1>Bad gateway</h1></html>'),
      };
    case '503 empty before':
    case '503 empty after':
      return { status: 503, headers: [], body: Buffer.alloc(0) };
    default:
      return undefined;
  }
}

const isBefore = (fault: Fault | undefined): boolean =>
  fault !== undefined && (fault.endsWith('before') || fault.startsWith('429'));

/** Starts a proxy on a port of its own. */
export async function startFaultProxy(options: ProxyOptions): Promise<FaultProxy> {
  const { port, plan, another = () => undefined, onSilence = () => {}, meanwhile } = options;
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  const seen: Seen[] = [];

  const forward = async ({ method, path, headers, body }: Asked): Promise<Given> => {
    const request = httpRequest({ agent, host: '127.0.0.1', port, method, path, headers });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const raw = response.rawHeaders;
    const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] as string] as const] : []));
    return {
      status: response.statusCode as number,
      headers: pairs.filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase())),
      body: Buffer.concat(chunks),
    };
  };

  /** Does to an answer what the fault says; true: the connection is still good. */
  const send = (socket: Socket, fault: Fault | undefined, given: Given): boolean => {
    const { body, headers } = given;
    const cut = { ...given, body: body.subarray(0, Math.floor(body.length / 2)) };
    switch (fault) {
      case 'reset before':
      case 'reset after':
        socket.resetAndDestroy();
        return false;
      case 'silence before':
      case 'silence after':
        onSilence();
        return false;
      case 'too short':
        socket.end(bytesOf(cut, [`content-length: ${body.length + 1}`]));
        return false;
      case 'cut chunks': {
        const chunk = Buffer.concat([Buffer.from(`${(body.length + 1).toString(16)}\r\n`), cut.body]);
        socket.end(bytesOf({ ...given, body: chunk }, ['transfer-encoding: chunked']));
        return false;
      }
      case 'cut JSON':
        socket.end(bytesOf({ ...cut, headers }, ['connection: close']));
        return false;
      case 'answered twice': {
        const bytes = bytesOf(given);
        socket.write(Buffer.concat([bytes, bytes]));
        return true;
      }
      default:
        socket.write(bytesOf(given));
        return true;
    }
  };

  const exchange = async (socket: Socket, asked: Asked): Promise<boolean> => {
    let fault = plan(asked);
    const other = fault?.startsWith('another') ? another(asked) : undefined;
    if (fault?.startsWith('another') && !other) fault = undefined;
    const truth = isBefore(fault) ? undefined : await forward(asked);
    await meanwhile?.(asked);
    // Nothing can be cut off an answer without a body: it is lost.
    const isEmpty = truth !== undefined && (truth.status === 204 || truth.body.length === 0);
    if (isEmpty && ['too short', 'cut chunks', 'cut JSON'].includes(fault ?? '')) fault = 'reset after';
    const given = other ??
      (fault && inItsPlace(fault)) ??
      truth ?? { status: 0, headers: [], body: Buffer.alloc(0) };
    const isTold = !/^(reset|silence|too short|cut chunks)/.test(fault ?? '');
    seen.push({ asked, fault, truth, told: isTold ? given.status : undefined });
    return send(socket, fault, given);
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    void (async () => {
      for await (const asked of requestsOn(socket)) {
        // What is silent stays open, until the client has had enough of it.
        if (!(await exchange(socket, asked)) && socket.destroyed) return;
      }
    })().catch(() => {
      // The client is gone, in the midst of something perhaps.
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
