// What the server is told. The command line and the environment are the CLI's business.
import type { ServerLimits } from './limits.ts';
import { OptionError } from './option-error.ts';

/** Options of `createServer`. */
export interface ServerOptions {
  /** The address to listen on. Default: "127.0.0.1". */
  readonly hostname?: string;
  /** The port to listen on; 0 for any that is free. Default: 8080. */
  readonly port?: number;
  /** Files in PEM: the certificate with what leads to its root, and its key. Default: HTTP without TLS. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** The database: a path, a `sqlite:` URL, or ":memory:". Default: "scimkit.db". */
  readonly database?: string;
  /** "full": answered writes survive a power failure; "normal": they survive a crash. Default: "full". */
  readonly durability?: 'full' | 'normal';
  /** Files of schemas, as /Schemas lists them: paths and globs. */
  readonly schemaFiles?: readonly string[];
  /** Files of resource types, as /ResourceTypes lists them: paths and globs. They come beside User and Group. */
  readonly resourceTypeFiles?: readonly string[];
  /** A file that all resources are written to when the server stops. */
  readonly dumpResources?: string;
  /** A file that resources are read from when the database has none. The one of `dumpResources` needn't exist yet. */
  readonly loadResources?: string;
  /** Bearer tokens that are accepted, besides those whose hashes are in the database. */
  readonly bearerTokens?: readonly string[];
  /** Make a bearer token: "first" when the database has none yet, "another" in any case. Default: none is made. */
  readonly createToken?: 'first' | 'another';
  /** User names and passwords that are accepted (HTTP Basic). */
  readonly basicCredentials?: readonly { readonly username: string; readonly password: string }[];
  /** JWTs of an outside issuer that are accepted. */
  readonly jwt?: JwtTrust;
  /** Accept requests without a credential; on a loopback address alone. Default: false. */
  readonly allowAnonymous?: boolean;
  /** The base URL that locations begin with. Default: the request's origin and /scim/v2. */
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
}

/** A day: longer waits are mistakes, and past 24 days a timer would fire at once. */
const MAX_DRAIN_TIMEOUT = 86_400_000;

/** What is wrong with single options is told before anything is opened. */
export function assertOptions({ hostname, port = 8080, drainTimeout = 0, logLevel }: ServerOptions): void {
  if (hostname === '') {
    throw new OptionError('--hostname must not be empty; to listen on every address, write 0.0.0.0.');
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new OptionError(`--port must be a whole number from 0 to 65535, not ${port}.`);
  }
  if (logLevel !== undefined && !LOG_LEVELS.includes(logLevel)) {
    throw new OptionError(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not '${logLevel}'.`);
  }
  if (!(drainTimeout >= 0 && drainTimeout <= MAX_DRAIN_TIMEOUT)) {
    throw new OptionError('--drain-timeout must be from 0 to 86400 seconds.');
  }
}

/**
 * A base URL as it stands in headers: ASCII alone, without a slash at its end.
 *
 * @throws OptionError for what is no absolute URL.
 */
export function parseBaseUrl(text: string): string {
  if (!/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(text) || !URL.canParse(text)) {
    throw new OptionError(
      `--base-url must be an absolute URL without a query, such as https://example.com/scim/v2, not '${text}'.`,
    );
  }
  return new URL(text).href.replace(/\/+$/, '');
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
  if (database === '') throw new OptionError('--database must name a file, a sqlite: URL or :memory:.');
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
      `--database ${scheme}... is not supported; write a path, a sqlite: URL or :memory:.`,
    );
  }
  return database;
}
