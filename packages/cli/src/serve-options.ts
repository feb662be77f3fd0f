// The options of `scimkit serve`: what they are called, where they come from, what they must look like.
import {
  LIMIT_NAMES,
  LOG_LEVELS,
  type LogLevel,
  OptionError,
  TENANT_SOURCES,
  type TenantSource,
  PAGINATION_MODES,
  type PaginationMode,
} from '@scimkit/server';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** The options as commander reads them. Lists are as they were given; see `listOf`. */
export interface ServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly database: string;
  readonly durability: 'full' | 'normal';
  readonly databaseConnections: number;
  readonly statementTimeout: number;
  readonly unprepared?: boolean;
  readonly pagination: PaginationMode;
  readonly cursorTimeout: number;
  readonly schema?: readonly string[];
  readonly resourceType?: readonly string[];
  readonly tenantFrom: TenantSource;
  readonly tenantHost?: string;
  readonly dumpResources?: string;
  readonly loadResources?: string;
  readonly resourcesTenant: string;
  readonly resourcesConnection: string;
  readonly bearerToken?: readonly string[];
  readonly bearerTokenFile?: string;
  readonly createToken?: boolean;
  readonly newToken?: boolean;
  readonly basicAuthFile?: string;
  readonly jwtIssuer?: string;
  readonly jwtAudience?: string;
  readonly jwtKeys?: string;
  readonly jwtScope?: readonly string[];
  readonly jwtTenantClaim?: string;
  readonly jwtConnectionClaim?: string;
  readonly allowAnonymous?: boolean;
  readonly baseUrl?: string;
  readonly trustProxy?: readonly string[];
  readonly strict?: boolean;
  readonly limit?: readonly string[];
  readonly drainTimeout: number;
  readonly logLevel: LogLevel;
  readonly verboseErrors?: boolean;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  return port;
}

function parseSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It is a whole number of seconds.');
  return Number(text);
}

function parseCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It is a whole number of at least 1.');
  return Number(text);
}

/** An option with the variable that it is called by in the environment: --base-url is SCIMKIT_BASE_URL. */
export function option(flags: string, description: string): Option {
  const name = /^--([a-z-]+)/.exec(flags)?.[1] ?? '';
  return new Option(flags, description).env(`SCIMKIT_${name.toUpperCase().replaceAll('-', '_')}`);
}

/** An option that can be given more than once; with `...` it takes several values at once, as shells expand globs. */
function list(flags: string, description: string): Option {
  return option(flags, `${description}; repeatable`).argParser(
    (text: string, earlier: readonly string[] = []) => [...earlier, text],
  );
}

/** A switch, which --no-... turns off again; in the environment it is "true" or "false". */
function flag(flags: string, description: string): readonly Option[] {
  const on = option(flags, description);
  const off = new Option(flags.replace('--', '--no-')).hideHelp();
  const text = process.env[on.envVar ?? ''];
  // Commander takes any value of the environment for "on".
  if (text === undefined || /^(1|true|yes|on)$/i.test(text)) return [on, off];
  if (!/^(0|false|no|off|)$/i.test(text)) {
    throw new OptionError(`${on.envVar} must be true or false, not '${text}'.`);
  }
  return [new Option(flags, description), off];
}

/** All options, in the order in which --help lists them. */
export function serveOptions(): readonly Option[] {
  return [
    option('--hostname <address>', 'the address to listen on').default('127.0.0.1'),
    option('--port <port>', 'the port to listen on; 0 for any that is free')
      .default(8080)
      .argParser(parsePort),
    option('--tls-cert <file>', 'serve HTTPS: the certificate and what leads to its root, in PEM'),
    option('--tls-key <file>', "the certificate's private key, in PEM"),
    option('--database <database>', 'a path, a sqlite: URL, :memory:, or a postgres:// URL').default(
      'scimkit.db',
    ),
    option(
      '--durability <level>',
      'of SQLite; full: answered writes survive a power failure; normal: they survive a crash',
    )
      .choices(['full', 'normal'])
      .default('full'),
    option('--database-connections <number>', 'of PostgreSQL: connections of this process at most')
      .default(10)
      .argParser(parseCount),
    option('--statement-timeout <seconds>', 'of PostgreSQL: how long a statement may take')
      .default(10)
      .argParser(parseCount),
    ...flag('--unprepared', 'of PostgreSQL: prepare no statements, for proxies that do not keep them'),
    list('--schema <files...>', 'schemas in JSON, as /Schemas lists them: a path or a glob'),
    list('--resource-type <files...>', 'resource types in JSON, beside User and Group: a path or a glob'),
    option(
      '--tenant-from <source>',
      'credential: it alone tells the tenant; path: /t/:tenant/scim/v2 does besides; host: --tenant-host does',
    )
      .choices([...TENANT_SOURCES])
      .default('credential'),
    option('--tenant-host <host>', "the host with the tenant in it, such as ':tenant.scim.example.com'"),
    option('--dump-resources <file>', "write one connection's resources to a file when the server stops"),
    option('--load-resources <file>', 'read such a file if that connection has no resources'),
    option('--resources-tenant <name>', 'the tenant whose resources are dumped and loaded').default(
      'default',
    ),
    option('--resources-connection <name>', "the tenant's connection whose they are").default('default'),
    list('--bearer-token <token>', 'a bearer token that is accepted (visible in ps: see below)'),
    option(
      '--bearer-token-file <file>',
      'a file of bearer tokens, one per line, each behind what it is for, as tenant=name connection=name; # begins a comment',
    ),
    ...flag('--create-token', 'make a bearer token if the database has none yet, and show it once'),
    ...flag('--new-token', 'make another bearer token, and show it once'),
    option(
      '--basic-auth-file <file>',
      'a file of user names and passwords (HTTP Basic), one name:password per line, in the same way',
    ),
    option('--jwt-issuer <url>', 'accept JWTs of this issuer as bearer tokens'),
    option('--jwt-audience <audience>', 'whom the JWTs must be for'),
    option('--jwt-keys <url>', "the issuer's public keys (JWKS): an https URL, or a file"),
    list('--jwt-scope <scope>', 'a scope that a JWT must have'),
    option('--jwt-tenant-claim <claim>', 'the claim that has the tenant; JWTs without it are refused'),
    option(
      '--jwt-connection-claim <claim>',
      'the claim that has the connection; JWTs without it are refused',
    ),
    ...flag('--allow-anonymous', 'need no credential; on a loopback address alone'),
    option(
      '--base-url <url>',
      'the base URL of locations, with :tenant where path or host tell it; default: that of the request',
    ),
    list(
      '--trust-proxy <addresses>',
      'proxies whose X-Forwarded-* headers count: addresses, ranges, loopback, linklocal, uniquelocal or all',
    ),
    ...flag('--strict', 'refuse what the RFCs do not allow'),
    list('--limit <name=number>', 'how much a client may ask for, and how long it may take (see below)'),
    option(
      '--pagination <mode>',
      'index: by cursor (RFC 9865) on demand; cursor: by index on demand; index-only; unpublished: nor told of',
    )
      .choices([...PAGINATION_MODES])
      .default('index'),
    option('--cursor-timeout <seconds>', 'how long a cursor is good').default(3600).argParser(parseCount),
    option('--drain-timeout <seconds>', 'how long a stop waits for requests under way')
      .default(10)
      .argParser(parseSeconds),
    option('--log-level <level>', 'info: every exchange; warn: those that were refused; error: failures')
      .choices([...LOG_LEVELS])
      .default('info'),
    ...flag('--verbose-errors', 'tell the causes of failures in answers, for development'),
  ];
}

/** The values of a list; in the environment, commas or spaces separate them. */
export function listOf(command: Command, name: keyof ServeOptions, separator = /,/): readonly string[] {
  const values = command.getOptionValue(name) as readonly string[] | undefined;
  if (values === undefined || command.getOptionValueSource(name) !== 'env') return values ?? [];
  return values
    .flatMap((text) => text.split(separator))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

/** Limits as they were given: name=number. */
export function limitsOf(texts: readonly string[]): Readonly<Record<string, number>> {
  const pairs = texts.map((text) => {
    const [, name = '', number = ''] = /^([A-Za-z]+)=(\d+)$/.exec(text) ?? [];
    if (name === '') {
      throw new OptionError(`--limit ${text}: write name=number; the limits are ${LIMIT_NAMES.join(', ')}.`);
    }
    return [name, Number(number)] as const;
  });
  return Object.fromEntries(pairs);
}
