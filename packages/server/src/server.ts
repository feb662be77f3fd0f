// The standalone server: SCIM over its own tables, health, an orderly end.
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import {
  type Authentication,
  createServiceProvider,
  type ResourceType,
  ScimError,
  type ServiceProvider,
} from 'scimkit';
import { toNodeHandler, trustedProxies } from 'scimkit/node';
import { createAuthentication } from './authentication.ts';
import type { Database } from './database.ts';
import { assertWritable, readDumpFile, writeDump } from './dump-file.ts';
import { createHttpServer } from './http.ts';
import { splitLimits } from './limits.ts';
import { assertLocalRequest } from './local-request.ts';
import { createLog, logExchange } from './log.ts';
import { type Malformed, normalizeTarget } from './malformed.ts';
import { openDatabase } from './open-database.ts';
import { OptionError } from './option-error.ts';
import { assertOptions, type ServerOptions } from './options.ts';
import { toPagination } from './pagination.ts';
import { readResourceTypes } from './resource-types.ts';
import { sendError, sendJson } from './respond.ts';
import { type Scope, toScope } from './scope.ts';
import { ofTenant, parseBaseUrl, readTenants, type Tenants } from './tenants.ts';
import { readTls, type Tls } from './tls.ts';

/** What a server tells of itself once it listens. */
export interface Listening {
  /** The base URL to give to an identity provider; with `:tenant` in it, where path or host tell the tenant. */
  readonly baseUrl: string;
  /** The base URL on this machine, of the tenant "default". */
  readonly localUrl: string;
  /** The Host header that `localUrl` takes, where the host tells the tenant. */
  readonly localHost: string | undefined;
  /** A token that was made at this start. It is shown once: only its hash is kept. */
  readonly token: string | undefined;
  /** Whether requests need no credential. */
  readonly isAnonymous: boolean;
  /** How callers can authenticate: the types of ServiceProviderConfig's `authenticationSchemes`. */
  readonly schemes: readonly string[];
  /** The database's file, ":memory:", or a URL without a password. */
  readonly database: string;
  /** What became of `loadResources`; undefined when nothing was to be loaded. */
  readonly loading: Loading | undefined;
}

/** What became of resources that were to be loaded: "loaded"; "kept", because the database has some; "absent" yet. */
export type Loading = 'loaded' | 'kept' | 'absent';

/** A SCIM server. */
export interface Server {
  /** Starts to listen. Rejects when the address is taken. */
  listen(): Promise<Listening>;
  /**
   * Stops: no new connections, 503 to new requests, up to `drainTimeout` for those under way; then the resources are
   * dumped, where that is wanted, and the database is closed.
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
  assertOptions(options);
  const { dumpResources, createToken } = options;
  const tenants = readTenants(options);
  const settings = {
    tenants,
    resourceScope: toScope(options.resourceScope ?? {}, '--resources-tenant and --resources-connection'),
    baseUrl: options.baseUrl === undefined ? undefined : parseBaseUrl(options.baseUrl, tenants.from),
    trustProxy: trustOf(options.trustProxy),
    limits: splitLimits(options.limits ?? {}),
    tls: readTls(options.tlsCert, options.tlsKey),
    types: readResourceTypes(options.schemaFiles, options.resourceTypeFiles),
  };
  if (dumpResources !== undefined) assertWritable(dumpResources);
  const database = await openDatabase(options);
  try {
    // What contradicts the schemas of today is told now, and not to the first client.
    await database.prepare(settings.types, settings.resourceScope);
    const loading = await load(database, settings, options);
    const { credentials } = database;
    const makesToken =
      createToken === 'another' || (createToken === 'first' && (await credentials.isEmpty()));
    const authentication = await createAuthentication(options, credentials, makesToken, tenants.permits);
    return new ScimServer(options, { ...settings, ...{ loading, database, makesToken, authentication } });
  } catch (error) {
    await database.discard();
    throw error instanceof TypeError ? new OptionError(`${error.message}.`, { cause: error }) : error;
  }
}

/** Whose X-Forwarded-* headers count. */
function trustOf(names: readonly string[] = []): boolean | ((address: string) => boolean) {
  if (names.includes('all')) return true;
  try {
    return names.length > 0 && trustedProxies(...names);
  } catch (error) {
    throw new OptionError(`--trust-proxy: ${(error as Error).message}, all.`, { cause: error });
  }
}

async function load(
  database: Database,
  { types, resourceScope }: Pick<Resources, 'types' | 'resourceScope'>,
  { loadResources, dumpResources }: ServerOptions,
): Promise<Loading | undefined> {
  if (loadResources === undefined) return undefined;
  // The first start of a server that keeps its resources in a dump.
  const json = readDumpFile(loadResources, loadResources === dumpResources);
  if (json === undefined) return 'absent';
  try {
    return (await database.load(json, types, resourceScope, loadResources)) ? 'loaded' : 'kept';
  } catch (error) {
    throw error instanceof TypeError
      ? new OptionError(`--load-resources ${error.message}`, { cause: error })
      : error;
  }
}

interface Resources {
  readonly tenants: Tenants;
  readonly resourceScope: Scope;
  readonly baseUrl: string | undefined;
  readonly trustProxy: boolean | ((address: string) => boolean);
  readonly limits: ReturnType<typeof splitLimits>;
  readonly tls: Tls | undefined;
  readonly types: readonly ResourceType[];
  readonly loading: Loading | undefined;
  readonly database: Database;
  readonly makesToken: boolean;
  readonly authentication: Authentication<Scope>;
}

/** Milliseconds after which a database that is asked whether it is there isn't. */
const PATIENCE = 3_000;

/** Rejects when a promise takes too long. */
async function inTime(promise: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('The database takes too long')), PATIENCE);
  try {
    await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where an address is reached from this machine; one that means all addresses, by the loopback one. */
function localAuthority(address: string, port: number): string {
  const reached = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return reached.includes(':') ? `[${reached}]:${port}` : `${reached}:${port}`;
}

class ScimServer implements Server {
  private readonly options: ServerOptions;
  private readonly resources: Resources;
  private readonly scim: ServiceProvider;
  private readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  private readonly http: HttpServer;
  private readonly log: Logger;
  private isDraining = false;
  private closing: Promise<void> | undefined;

  constructor(options: ServerOptions, resources: Resources) {
    this.options = options;
    this.resources = resources;
    const { tenants, baseUrl, trustProxy, limits, tls, types, database, authentication } = resources;
    const log = createLog(options);
    this.log = log;
    this.scim = createServiceProvider<Scope>({
      basePath: tenants.basePath,
      ...tenants.options,
      authentication,
      strict: options.strict ?? false,
      verboseErrors: options.verboseErrors ?? false,
      ...{ trustProxy, limits: limits.scim, pagination: toPagination(options, database.secret) },
      ...(baseUrl !== undefined && { baseUrl }),
      resources: types.map((type) => ({
        type,
        store: ({ auth }) => database.open(type, auth),
      })),
      observe: (exchange) => logExchange(log, exchange),
    });
    this.handler = toNodeHandler(this.scim);
    this.http = createHttpServer({
      ...{ limits: limits.http, tls },
      answer: (request, response) => this.answer(request, response),
      onMalformed: (malformed) => this.logMalformed(malformed),
    });
  }

  async listen(): Promise<Listening> {
    const { hostname = '127.0.0.1', port = 8080, allowAnonymous = false } = this.options;
    const { database, baseUrl, makesToken, tls, loading, tenants } = this.resources;
    // An IPv6 address stands in brackets in URLs alone.
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    const scheme = tls ? 'https' : 'http';
    const bound = await this.bind(address, port);
    const origin = `${scheme}://${localAuthority(address, bound)}`;
    const scope = toScope({}, 'default');
    return {
      baseUrl:
        baseUrl ?? `${tenants.host ? `${scheme}://${tenants.host}:${bound}` : origin}${tenants.basePath}`,
      localUrl: `${origin}${ofTenant(tenants.basePath, scope.tenant)}`,
      localHost: tenants.host && ofTenant(tenants.host, scope.tenant),
      // Made no sooner than it can be shown: after a start that failed, nobody would know it.
      token: makesToken ? (await database.credentials.create(scope)).token : undefined,
      isAnonymous: allowAnonymous,
      schemes: this.resources.authentication.schemes.map(({ type }) => type),
      database: database.name,
      loading,
    };
  }

  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private bind(address: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, address, () => {
        this.http.off('error', reject);
        // A connection that can't be accepted is not the end of the others.
        this.http.on('error', (error) => this.log.error({ cause: error.stack }, 'failed'));
        resolve((this.http.address() as { port: number }).port);
      });
    });
  }

  private async stop(): Promise<void> {
    this.isDraining = true;
    const { dumpResources, drainTimeout = 10_000 } = this.options;
    const { database, types, resourceScope } = this.resources;
    const hasServed = this.http.listening;
    if (hasServed) {
      const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
      // A connection is idle once its request is answered; Node itself would keep it for the next one.
      const tidying = setInterval(() => this.http.closeIdleConnections(), 50);
      const impatience = setTimeout(() => this.http.closeAllConnections(), drainTimeout);
      await closed;
      clearInterval(tidying);
      clearTimeout(impatience);
    }
    try {
      if (hasServed && dumpResources !== undefined) {
        await writeDump(dumpResources, database.dump(types, resourceScope));
      }
    } finally {
      await database.close();
    }
  }

  /** Without a path: it came to no exchange. */
  private logMalformed({ error: { status, detail }, remoteAddress }: Malformed): void {
    this.log.warn({ status, ...(remoteAddress && { remoteAddress }), detail }, 'refused');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    // While the server stops, a connection ends with the answer that is under way on it.
    if (this.isDraining) response.setHeader('connection', 'close');
    try {
      normalizeTarget(request);
    } catch (error) {
      this.logMalformed({ error: error as ScimError, remoteAddress: request.socket.remoteAddress });
      sendError(response, error as ScimError);
      return;
    }
    const { url = '/' } = request;
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    if (path === '/healthz') sendJson(response, 200, { status: 'ok' });
    else if (path === '/readyz') void this.sendReadiness(response);
    else if (path === '/') this.sendWelcome(request, response);
    else if (!this.scim.serves(path)) {
      const { basePath } = this.scim;
      sendError(response, new ScimError(404, `There is nothing here. SCIM is served under ${basePath}.`));
    } else if (this.isDraining) {
      const headers = { 'retry-after': '5' };
      sendError(response, new ScimError(503, 'The server is stopping; send the request again.', { headers }));
    } else this.answerScim(request, response);
  }

  private answerScim(request: IncomingMessage, response: ServerResponse): void {
    if (this.options.allowAnonymous) {
      try {
        assertLocalRequest(request, this.resources.baseUrl);
      } catch (error) {
        sendError(response, error as ScimError);
        return;
      }
    }
    this.handler(request, response);
  }

  private async sendReadiness(response: ServerResponse): Promise<void> {
    const [status, text] = await this.readiness();
    sendJson(response, status, { status: text });
  }

  private async readiness(): Promise<readonly [status: number, text: string]> {
    if (this.isDraining) return [503, 'stopping'];
    try {
      await inTime(this.resources.database.ping());
      return [200, 'ready'];
    } catch {
      return [503, 'the database does not answer'];
    }
  }

  private sendWelcome(request: IncomingMessage, response: ServerResponse): void {
    const scheme = this.resources.tls ? 'https' : 'http';
    const origin = `${scheme}://${request.headers.host ?? 'localhost'}`;
    const baseUrl = this.resources.baseUrl ?? `${origin}${this.scim.basePath}`;
    sendJson(response, 200, {
      name: 'scimkit, a SCIM 2.0 service provider',
      baseUrl,
      serviceProviderConfig: `${baseUrl}/ServiceProviderConfig`,
      health: ['/healthz', '/readyz'],
    });
  }
}
