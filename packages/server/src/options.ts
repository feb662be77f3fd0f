// What the server is told. The command line and the environment are the CLI's business.
import type { ServerLimits } from './limits.ts';
import { OptionError } from './option-error.ts';
import type { Scope } from './scope.ts';

/** Options of `createServer`. */
export interface ServerOptions {
  /** The address to listen on. Default: "127.0.0.1". */
  readonly hostname?: string;
  /** The port to listen on; 0 for any that is free. Default: 8080. */
  readonly port?: number;
  /** Files in PEM: the certificate with what leads to its root, and its key. Default: HTTP without TLS. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** The database: a path, a `sqlite:` URL, ":memory:", or a `postgres://` URL. Default: "scimkit.db". */
  readonly database?: string;
  /** SQLite. "full": answered writes survive a power failure; "normal": they survive a crash. Default: "full". */
  readonly durability?: 'full' | 'normal';
  /** PostgreSQL: connections of this process at most. Default: 10. */
  readonly databaseConnections?: number;
  /** PostgreSQL: milliseconds that a statement may take. Default: 10,000. */
  readonly statementTimeout?: number;
  /** PostgreSQL: whether statements are prepared under names; not behind a proxy that can't keep them. Default: true. */
  readonly prepareStatements?: boolean;
  /**
   * Paging (RFC 9865). "index": by cursor where a client asks for it; "cursor": by cursor unless a client asks for an
   * index; "index-only": never by cursor; "unpublished": neither that, nor a word of it in ServiceProviderConfig.
   * Default: "index".
   */
  readonly pagination?: PaginationMode;
  /** Seconds for which a cursor is good. Default: 3,600. */
  readonly cursorTimeout?: number;
  /** Files of schemas, as /Schemas lists them: paths and globs. */
  readonly schemaFiles?: readonly string[];
  /** Files of resource types, as /ResourceTypes lists them: paths and globs. They come beside User and Group. */
  readonly resourceTypeFiles?: readonly string[];
  /**
   * What tells a request's tenant: the credential alone, or besides it the path (/t/:tenant/scim/v2) or the host, which
   * the credential must be for. Default: "credential".
   */
  readonly tenantFrom?: TenantSource;
  /** The host with `:tenant` in it, such as ":tenant.scim.example.com"; for `tenantFrom: 'host'`. */
  readonly tenantHost?: string;
  /** A file that the resources of `resourceScope` are written to when the server stops. */
  readonly dumpResources?: string;
  /**
   * A file that resources are read from when `resourceScope` has none. The one of `dumpResources` needn't exist yet.
   */
  readonly loadResources?: string;
  /** Whose resources are dumped and loaded. Default: those of the tenant "default", and of its connection "default". */
  readonly resourceScope?: Partial<Scope>;
  /** Bearer tokens that are accepted, besides those whose hashes are in the database. */
  readonly bearerTokens?: readonly (string | ConfiguredToken)[];
  /**
   * Make a bearer token for the tenant "default": "first" when the database has none that is accepted, "another" in any
   * case. Default: none is made.
   */
  readonly createToken?: 'first' | 'another';
  /** User names and passwords that are accepted (HTTP Basic). */
  readonly basicCredentials?: readonly ConfiguredPassword[];
  /** JWTs of an outside issuer that are accepted. */
  readonly jwt?: JwtTrust;
  /** Accept requests without a credential; on a loopback address alone. Default: false. */
  readonly allowAnonymous?: boolean;
  /**
   * The base URL that locations begin with, with `:tenant` where path or host tell it. Default: the request's origin and
   * the path.
   */
  readonly baseUrl?: string;
  /**
   * Proxies whose X-Forwarded-* headers count: addresses, ranges such as "10.0.0.0/8", "loopback", "linklocal",
   * "uniquelocal", or "all" where nobody but a proxy can call. Default: none.
   */
  readonly trustProxy?: readonly string[];
  /** Refuse what the RFCs don't allow. Default: false. */
  readonly strict?: boolean;
  /** How much a client may ask for, and how long it may take. */
  readonly limits?: ServerLimits;
  /** Milliseconds that a stop waits for requests under way. Default: 10,000. */
  readonly drainTimeout?: number;
  /** Which lines are logged: "info" has every exchange, "warn" those that were refused, "error" failures. */
  readonly logLevel?: LogLevel;
  /** Where log lines go, one JSON object each. Default: the standard error. */
  readonly log?: { write(line: string): void };
  /** Tell the causes of failures in answers, too: for development. Default: false. */
  readonly verboseErrors?: boolean;
}

/** The values of `logLevel`. */
export const LOG_LEVELS = ['info', 'warn', 'error', 'silent'] as const;

/** From which importance on lines are logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The values of `tenantFrom`. */
export const TENANT_SOURCES = ['credential', 'path', 'host'] as const;

/** The values of `pagination`. */
export const PAGINATION_MODES = ['index', 'cursor', 'index-only', 'unpublished'] as const;

/** How results are divided into pages. */
export type PaginationMode = (typeof PAGINATION_MODES)[number];

/** What tells a request's tenant. */
export type TenantSource = (typeof TENANT_SOURCES)[number];

/** A bearer token, and whose resources it reaches. Default: those of the tenant and connection "default". */
export interface ConfiguredToken extends Partial<Scope> {
  readonly token: string;
}

/** A user name with its password, and whose resources they reach. Default: as with tokens. */
export interface ConfiguredPassword extends Partial<Scope> {
  readonly username: string;
  readonly password: string;
}

/** An issuer whose JWTs are accepted as bearer tokens. */
export interface JwtTrust {
  /** The value of `iss`. */
  readonly issuer: string;
  /** A value of `aud`. */
  readonly audience: string;
  /** The issuer's public keys (JWKS): an https URL, or a file. */
  readonly keys: string;
  /** Scopes that a token must have, all of them. Default: none. */
  readonly scopes?: readonly string[];
  /** The claim that has the tenant; tokens without it are refused. Default: all are for the tenant "default". */
  readonly tenantClaim?: string;
  /** The claim that has the connection, in the same way. */
  readonly connectionClaim?: string;
}

/** A day: longer waits are mistakes, and past 24 days a timer would fire at once. */
const MAX_DRAIN_TIMEOUT = 86_400_000;

/** What is wrong with single options is told before anything is opened. */
export function assertOptions(options: ServerOptions): void {
  const { hostname, port = 8080, drainTimeout = 0, logLevel, pagination } = options;
  if (hostname === '') {
    throw new OptionError('--hostname must not be empty; to listen on every address, write 0.0.0.0.');
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new OptionError(`--port must be a whole number from 0 to 65535, not ${port}.`);
  }
  if (logLevel !== undefined && !LOG_LEVELS.includes(logLevel)) {
    throw new OptionError(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not '${logLevel}'.`);
  }
  if (pagination !== undefined && !PAGINATION_MODES.includes(pagination)) {
    throw new OptionError(`--pagination must be one of ${PAGINATION_MODES.join(', ')}, not '${pagination}'.`);
  }
  if (!(drainTimeout >= 0 && drainTimeout <= MAX_DRAIN_TIMEOUT)) {
    throw new OptionError('--drain-timeout must be from 0 to 86400 seconds.');
  }
  const { databaseConnections = 1, statementTimeout = 1_000, cursorTimeout = 1 } = options;
  assertRange('--database-connections', databaseConnections, 1_000);
  assertRange('--statement-timeout', statementTimeout / 1_000, 86_400, 'seconds');
  assertRange('--cursor-timeout', cursorTimeout, 30 * 86_400, 'seconds');
}

function assertRange(option: string, value: number, most: number, unit = ''): void {
  if (Number.isFinite(value) && value > 0 && value <= most) return;
  throw new OptionError(`${option} must be from 1 to ${most}${unit && ` ${unit}`}.`);
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

/** Whether an address is reached from this machine alone. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * The file of a database option.
 *
 * @throws OptionError for a URL of another kind.
 */
export function databasePath(database: string): string {
  if (database === '')
    throw new OptionError('--database must name a file, a sqlite: URL, :memory: or a postgres:// URL.');
  if (database.startsWith('sqlite:')) {
    const path = database.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '' || path.startsWith('//')) {
      throw new OptionError(
        `--database ${database}: write sqlite:path/to/file.db or sqlite:///absolute/path.db.`,
      );
    }
    try {
      return decodeURIComponent(path);
    } catch {
      throw new OptionError(`--database ${database}: write a percent sign in a sqlite: URL as %25.`);
    }
  }
  // SQLite would take file: URLs, with parameters of its own.
  const scheme = /^(file:|[a-z][a-z0-9+.-]+:\/\/)/i.exec(database)?.[1];
  if (scheme) {
    throw new OptionError(
      `--database ${scheme}... is not supported; write a path, a sqlite: URL, :memory: or a postgres:// URL.`,
    );
  }
  return database;
}
