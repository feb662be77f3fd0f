// What the server is told. The command line and the environment are the CLI's business.

/** Options of `createServer`. */
export interface ServerOptions {
  /** The address to listen on. Default: "127.0.0.1". */
  readonly hostname?: string;
  /** The port to listen on; 0 for any that is free. Default: 8080. */
  readonly port?: number;
  /** The database: a path, a `sqlite:` URL, or ":memory:". Default: "scimkit.db". */
  readonly database?: string;
  /** "full": answered writes survive a power failure; "normal": they survive a crash. Default: "full". */
  readonly durability?: 'full' | 'normal';
  /** Bearer tokens that are accepted, besides those whose hashes are in the database. */
  readonly bearerTokens?: readonly string[];
  /** Make a bearer token: "first" when the database has none yet, "another" in any case. Default: none is made. */
  readonly createToken?: 'first' | 'another';
  /** Accept requests without a credential; on a loopback address alone. Default: false. */
  readonly allowAnonymous?: boolean;
  /** The base URL that locations begin with. Default: the request's origin and /scim/v2. */
  readonly baseUrl?: string;
  /** Refuse what the RFCs don't allow. Default: false. */
  readonly strict?: boolean;
  /** Milliseconds that a stop waits for requests under way. Default: 10,000. */
  readonly drainTimeout?: number;
  /** Where log lines go, one JSON object each. Default: the standard error. */
  readonly log?: { write(line: string): void };
}

/** A wrong option, told in one sentence. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** A day: longer waits are mistakes, and past 24 days a timer would fire at once. */
const MAX_DRAIN_TIMEOUT = 86_400_000;

/** What is wrong with single options is told before anything is opened. */
export function assertOptions({ hostname, port = 8080, drainTimeout = 0 }: ServerOptions): void {
  if (hostname === '') {
    throw new OptionError('--hostname must not be empty; to listen on every address, write 0.0.0.0.');
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new OptionError(`--port must be a whole number from 0 to 65535, not ${port}.`);
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
