// The standalone server: SCIM over its own tables, health, an orderly end.
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { createServiceProvider, Group, ScimError, User } from 'scimkit';
import { toNodeHandler } from 'scimkit/node';
import { createSqliteDatabase, type SqliteDatabase } from 'scimkit/sqlite';
import { createAuthentication } from './authentication.ts';
import { type Credentials, openCredentials } from './credentials.ts';
import { createLog, logExchange } from './log.ts';
import { databasePath, OptionError, type ServerOptions } from './options.ts';
import { rawError, sendError, sendJson } from './respond.ts';

/** The path under which SCIM is served. */
const BASE_PATH = '/scim/v2';

/** What a server tells of itself once it listens. */
export interface Listening {
  /** The base URL to give to an identity provider. */
  readonly baseUrl: string;
  /** The base URL on this machine. */
  readonly localUrl: string;
  /** A token that was made at this start. It is shown once: only its hash is kept. */
  readonly token: string | undefined;
  /** Whether requests need no credential. */
  readonly isAnonymous: boolean;
  /** The database's file, or ":memory:". */
  readonly database: string;
}

/** A SCIM server. */
export interface Server {
  /** Starts to listen. Rejects when the address is taken. */
  listen(): Promise<Listening>;
  /**
   * Stops: no new connections, 503 to new requests, up to `drainTimeout` for those under way; then the database is
   * closed.
   */
  close(): Promise<void>;
}

/**
 * Opens the database and makes a server over it.
 *
 * @throws OptionError for a wrong option, or when no credential is configured; Error when the database can't be opened.
 *
 * @example
 * const server = await createServer({ database: ':memory:', bearerTokens: [token] });
 * const { baseUrl } = await server.listen();
 */
export async function createServer(options: ServerOptions = {}): Promise<Server> {
  const path = databasePath(options.database ?? 'scimkit.db');
  const { port = 8080, durability = 'full' } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new OptionError(`--port must be a whole number from 0 to 65535, not ${port}.`);
  }
  const database = createSqliteDatabase({ path, durability });
  const credentials = openCredentials(path);
  try {
    const wanted = options.createToken;
    const isNew = wanted === 'another' || (wanted === 'first' && credentials.isEmpty());
    const token = isNew ? await credentials.create() : undefined;
    const authentication = await createAuthentication(options, credentials);
    return new ScimServer(options, { path, database, credentials, token }, authentication);
  } catch (error) {
    credentials.close();
    await database.close();
    throw error instanceof TypeError ? new OptionError(`${error.message}.`, { cause: error }) : error;
  }
}

interface Resources {
  readonly path: string;
  readonly database: SqliteDatabase;
  readonly credentials: Credentials;
  readonly token: string | undefined;
}

/** Where an address is reached from this machine; one that means all addresses, by the loopback one. */
function localAuthority(address: string, port: number): string {
  const reached = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return reached.includes(':') ? `[${reached}]:${port}` : `${reached}:${port}`;
}

class ScimServer implements Server {
  private readonly options: ServerOptions;
  private readonly resources: Resources;
  private readonly scim: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  private readonly http: HttpServer;
  private isDraining = false;

  constructor(
    options: ServerOptions,
    resources: Resources,
    authentication: Awaited<ReturnType<typeof createAuthentication>>,
  ) {
    this.options = options;
    this.resources = resources;
    const { database } = resources;
    const log = createLog(options.log);
    const { baseUrl, strict = false } = options;
    const scim = createServiceProvider({
      basePath: BASE_PATH,
      authentication,
      strict,
      ...(baseUrl !== undefined && { baseUrl }),
      resources: [
        { type: User, store: ({ auth }) => database.open(User, auth) },
        { type: Group, store: ({ auth }) => database.open(Group, auth) },
      ],
      observe: (exchange) => logExchange(log, exchange),
    });
    this.scim = toNodeHandler(scim);
    this.http = createHttpServer(
      { headersTimeout: 20_000, requestTimeout: 60_000, keepAliveTimeout: 65_000, maxHeaderSize: 32_768 },
      (request, response) => this.answer(request, response),
    );
    this.http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (socket.writable) socket.end(rawError(error.code));
      else socket.destroy();
    });
  }

  listen(): Promise<Listening> {
    const { hostname = '127.0.0.1', port = 8080, allowAnonymous = false } = this.options;
    // An IPv6 address stands in brackets in URLs alone.
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, address, () => {
        this.http.off('error', reject);
        const { port: listening } = this.http.address() as { port: number };
        const localUrl = `http://${localAuthority(address, listening)}${BASE_PATH}`;
        resolve({
          baseUrl: this.options.baseUrl ?? localUrl,
          localUrl,
          token: this.resources.token,
          isAnonymous: allowAnonymous,
          database: this.resources.path,
        });
      });
    });
  }

  async close(): Promise<void> {
    this.isDraining = true;
    if (this.http.listening) {
      const { drainTimeout = 10_000 } = this.options;
      const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
      // A connection is idle once its request is answered; Node itself would keep it for the next one.
      const tidying = setInterval(() => this.http.closeIdleConnections(), 50);
      const impatience = setTimeout(() => this.http.closeAllConnections(), drainTimeout);
      await closed;
      clearInterval(tidying);
      clearTimeout(impatience);
    }
    this.resources.credentials.close();
    await this.resources.database.close();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    // While the server stops, a connection ends with the answer that is under way on it.
    if (this.isDraining) response.setHeader('connection', 'close');
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    if (path === '/healthz') sendJson(response, 200, { status: 'ok' });
    else if (path === '/readyz') this.sendReadiness(response);
    else if (path === '/') this.sendWelcome(request, response);
    else if (path !== BASE_PATH && !path.startsWith(`${BASE_PATH}/`)) {
      sendError(response, new ScimError(404, `There is nothing here. SCIM is served under ${BASE_PATH}.`));
    } else if (this.isDraining) {
      const headers = { 'retry-after': '5' };
      sendError(response, new ScimError(503, 'The server is stopping; send the request again.', { headers }));
    } else void this.scim(request, response);
  }

  private sendReadiness(response: ServerResponse): void {
    const [status, text] = this.isDraining ? ([503, 'stopping'] as const) : this.readiness();
    sendJson(response, status, { status: text });
  }

  private readiness(): readonly [status: number, text: string] {
    try {
      this.resources.database.ping();
      return [200, 'ready'];
    } catch {
      return [503, 'the database does not answer'];
    }
  }

  private sendWelcome(request: IncomingMessage, response: ServerResponse): void {
    const baseUrl = this.options.baseUrl ?? `http://${request.headers.host ?? 'localhost'}${BASE_PATH}`;
    sendJson(response, 200, {
      name: 'scimkit, a SCIM 2.0 service provider',
      baseUrl,
      serviceProviderConfig: `${baseUrl}/ServiceProviderConfig`,
      health: ['/healthz', '/readyz'],
    });
  }
}
