// The load: a fixed number of requests over a fixed number of connections that are kept alive.
import { Client } from 'undici';

/** Connections, each with one request under way. Commits that come together are made together: it matters. */
export const CONNECTIONS = 16;

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where a request stands in the load. A connection takes its turns in order. */
export interface Step {
  readonly connection: number;
  readonly turn: number;
}

/** What became of one load. */
export interface Outcome {
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly latencies: readonly number[];
  /** The Location of each answer that has one. */
  readonly locations: readonly string[];
}

/** What a server adds by itself, and repeats for any bytes that it is told. */
const OF_THE_CONNECTION = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

/** The connections to one server. */
export class Connections {
  private readonly clients: readonly Client[];
  private readonly headers: Readonly<Record<string, string>>;
  private readonly timeout: number;

  constructor(origin: string, token: string, timeout: number) {
    this.timeout = timeout;
    const options = { pipelining: 1, headersTimeout: timeout, bodyTimeout: timeout };
    this.clients = Array.from({ length: CONNECTIONS }, () => new Client(origin, options));
    this.headers = { authorization: `Bearer ${token}`, accept: 'application/scim+json' };
  }

  /** Sends one request. Throws when it is refused. */
  async send(request: Request, connection = 0): Promise<Answer> {
    const { method, path, body } = request;
    const sent = performance.now();
    const response = await (this.clients[connection] as Client).request({
      method,
      path,
      headers:
        body === undefined ? this.headers : { ...this.headers, 'content-type': 'application/scim+json' },
      ...(body !== undefined && { body }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) {
      const message = `${method} ${path} was answered ${response.statusCode}: ${text.slice(0, 500)}`;
      // A server that gives a statement up has been waited for as long as one that doesn't answer.
      const isLate = response.statusCode >= 500 && performance.now() - sent > this.timeout / 2;
      throw isLate ? new DOMException(message, 'TimeoutError') : new Error(message);
    }
    const headers = Object.entries(response.headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
    return {
      status: response.statusCode,
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: text,
    };
  }

  /**
   * Sends `count` requests or a few more, an even number on each connection. Those that follow what was answered get
   * their connection's last answer.
   */
  async drive(count: number, toRequest: (step: Step, last: Answer | undefined) => Request): Promise<Outcome> {
    const latencies: number[] = [];
    const locations: string[] = [];
    const used = this.clients.slice(0, Math.ceil(count / 2));
    const turns = 2 * Math.ceil(count / used.length / 2);
    const start = performance.now();
    await Promise.all(
      used.map(async (_, connection) => {
        let last: Answer | undefined;
        for (let turn = 0; turn < turns; turn++) {
          const request = toRequest({ connection, turn }, last);
          const sent = performance.now();
          last = await this.send(request, connection);
          latencies.push(performance.now() - sent);
          if (last.headers.location !== undefined) locations.push(last.headers.location);
        }
      }),
    );
    return { seconds: (performance.now() - start) / 1000, latencies, locations };
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.destroy()));
  }
}
