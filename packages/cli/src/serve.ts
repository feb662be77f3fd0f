// `scimkit serve`: from options to a server that stops in order.
import {
  createServer,
  LIMIT_NAMES,
  OptionError,
  type Server,
  type ServerOptions,
  failureToOpen,
} from '@scimkit/server';
import { Command } from 'commander';
import { banner } from './banner.ts';
import { OUTPUT } from './command.ts';
import { readBasicCredentials, readTokens } from './credential-files.ts';
import { limitsOf, listOf, type ServeOptions, serveOptions } from './serve-options.ts';

/** Names on lines that fit a terminal. */
function wrapped(names: readonly string[]): string {
  const rows = [names.slice(0, 6), names.slice(6, 12), names.slice(12)];
  return rows.map((row) => `  ${row.join(', ')}`).join(',\n');
}

const EXAMPLES = `
Every option can be given by the environment as well; the command line wins, and --no-... turns a switch off there.

Examples:
  # try it: a file in this folder, and a bearer token that is made and shown once
  scimkit serve --create-token

  # a token of your own, kept out of the process list; one per line in the file, or in the environment
  scimkit serve --bearer-token-file /run/secrets/scim-tokens
  SCIMKIT_BEARER_TOKEN="$TOKEN" scimkit serve --database sqlite:/var/lib/scim/users.db

  # several customers, each under a path of its own; what a token is for, scimkit token create says
  scimkit serve --tenant-from path
  scimkit token create --tenant acme --connection default

  # behind a proxy on this machine that serves it as https://scim.example.com/scim/v2
  scimkit serve --create-token --trust-proxy loopback

  # resources of your own types, in memory, kept in a file between two runs
  scimkit serve --create-token --database :memory: --schema 'schemas/*.schema.json' \\
    --resource-type 'schemas/*.type.json' --load-resources dump.json --dump-resources dump.json

Limits (--limit name=number; bytes, characters, counts, milliseconds):
${wrapped(LIMIT_NAMES)}

A token on the command line is seen by every user of the machine (ps); prefer the file or the environment.
SIGTERM, SIGINT and SIGHUP stop the server when the requests under way are answered; a second one stops it at once.
`;

/** The command, with its options read from the command line and the environment. */
export function serveCommand(): Command {
  const command = new Command('serve').description(
    'Serve SCIM 2.0 under /scim/v2, from SQLite or PostgreSQL',
  );
  for (const option of serveOptions()) command.addOption(option);
  return command
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .configureOutput(OUTPUT)
    .exitOverride()
    .action((options: ServeOptions, own: Command) => serve(options, own));
}

/** The tokens of the option; a variable holds several. */
function tokensOf(command: Command, file: string | undefined): NonNullable<ServerOptions['bearerTokens']> {
  const tokens = listOf(command, 'bearerToken', /[\s,]+/);
  if (tokens.length === 0 && command.getOptionValueSource('bearerToken') === 'env') {
    throw new OptionError('SCIMKIT_BEARER_TOKEN must not be empty.');
  }
  return file === undefined ? tokens : [...tokens, ...readTokens(file)];
}

/** What the server is told. */
function toServerOptions(options: ServeOptions, command: Command): ServerOptions {
  const { createToken, newToken, drainTimeout, bearerTokenFile, basicAuthFile } = options;
  const { databaseConnections, statementTimeout, unprepared, pagination, cursorTimeout } = options;
  const { hostname, port, database, durability, logLevel, baseUrl, tlsCert, tlsKey } = options;
  const { tenantFrom, tenantHost, resourcesTenant: tenant, resourcesConnection: connection } = options;
  const { dumpResources, loadResources, strict, allowAnonymous, verboseErrors } = options;
  const { jwtIssuer: issuer, jwtAudience: audience, jwtKeys: keys } = options;
  const { jwtTenantClaim: tenantClaim, jwtConnectionClaim: connectionClaim } = options;
  const scopes = listOf(command, 'jwtScope', /[\s,]+/);
  const claims = {
    ...(tenantClaim !== undefined && { tenantClaim }),
    ...(connectionClaim !== undefined && { connectionClaim }),
  };
  const hasJwt =
    [issuer, audience, keys, tenantClaim, connectionClaim].some((value) => value !== undefined) ||
    scopes.length > 0;
  const given = { baseUrl, tlsCert, tlsKey, tenantHost, dumpResources, loadResources };
  const isGiven = ([, value]: [string, unknown]) => value !== undefined;
  return {
    ...{ hostname, port, database, durability, logLevel, tenantFrom },
    resourceScope: { tenant, connection },
    ...(Object.fromEntries(Object.entries(given).filter(isGiven)) as Partial<ServerOptions>),
    ...{
      strict: strict ?? false,
      allowAnonymous: allowAnonymous ?? false,
      verboseErrors: verboseErrors ?? false,
    },
    schemaFiles: listOf(command, 'schema'),
    resourceTypeFiles: listOf(command, 'resourceType'),
    bearerTokens: tokensOf(command, bearerTokenFile),
    ...(newToken ? { createToken: 'another' } : createToken ? { createToken: 'first' } : {}),
    ...(basicAuthFile !== undefined && { basicCredentials: readBasicCredentials(basicAuthFile) }),
    ...(hasJwt && {
      jwt: { issuer: issuer ?? '', audience: audience ?? '', keys: keys ?? '', scopes, ...claims },
    }),
    trustProxy: listOf(command, 'trustProxy').flatMap((text) => text.split(',')),
    limits: limitsOf(listOf(command, 'limit')),
    drainTimeout: drainTimeout * 1000,
    ...{ databaseConnections, pagination, cursorTimeout },
    statementTimeout: statementTimeout * 1000,
    prepareStatements: !(unprepared ?? false),
  };
}

async function serve(options: ServeOptions, command: Command): Promise<void> {
  const serverOptions = toServerOptions(options, command);
  let server: Server;
  try {
    server = await createServer(serverOptions);
  } catch (error) {
    throw failureToOpen(options.database, error);
  }
  try {
    const listening = await server.listen();
    const { loadResources, dumpResources, verboseErrors, jwtIssuer } = options;
    process.stdout.write(
      banner(listening, { loadResources, dumpResources, isVerbose: verboseErrors ?? false, jwtIssuer }),
    );
  } catch (error) {
    await server.close();
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const reason =
      code === 'EADDRINUSE' ? 'it is taken; choose another with --port' : (error as Error).message;
    throw new Error(`can't listen on ${options.hostname}:${options.port}: ${reason}`);
  }
  stopOnSignal(server);
}

/** What shells report of a process that a signal ended. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

function stopOnSignal(server: Server): void {
  let isStopping = false;
  const stop = (signal: keyof typeof EXIT_CODES) => {
    // Whoever asks twice doesn't want to wait.
    if (isStopping) process.exit(EXIT_CODES[signal]);
    isStopping = true;
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`error: the server did not stop in order: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(signal));
}
