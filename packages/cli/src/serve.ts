// `scimkit serve`: options, environment, banner, signals.
import { readFileSync } from 'node:fs';
import { createServer, type Listening, OptionError, type Server } from '@scimkit/server';
import { Command, InvalidArgumentError, Option } from 'commander';

const EXAMPLES = `
Every option can be given by the environment as well; the command line wins.

Examples:
  # try it: a file in this folder, and a bearer token that is made and shown once
  scimkit serve --create-token

  # a token of your own, kept out of the process list; one per line in the file, or in the environment
  scimkit serve --bearer-token-file /run/secrets/scim-tokens
  SCIMKIT_BEARER_TOKEN="$TOKEN" scimkit serve --database sqlite:/var/lib/scim/users.db

  # behind a proxy that serves it as https://scim.example.com/scim/v2
  scimkit serve --hostname 0.0.0.0 --base-url https://scim.example.com/scim/v2

A token on the command line is seen by every user of the machine (ps); prefer the file or the environment.
SIGTERM and SIGINT stop the server when the requests under way are answered; a second one stops it at once.
`;

/** Commander's errors on one line, with what it takes for meant. */
export const OUTPUT = {
  outputError: (text: string, write: (text: string) => void) =>
    write(`${text.trim().replace(/\s*\n\s*/g, ' ')}\n`),
};

interface ServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly database: string;
  readonly durability: 'full' | 'normal';
  readonly bearerToken?: readonly string[];
  readonly bearerTokenFile?: string;
  readonly createToken?: boolean;
  readonly newToken?: boolean;
  readonly allowAnonymous?: boolean;
  readonly baseUrl?: string;
  readonly strict?: boolean;
  readonly drainTimeout: number;
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

/** A switch; in the environment it is "true" or "false". */
function flag(flags: string, description: string, environment: string): Option {
  const option = new Option(flags, description).env(environment);
  const text = process.env[environment];
  // Commander takes any value of the environment for "on".
  if (text === undefined || /^(1|true|yes|on)$/i.test(text)) return option;
  if (!/^(0|false|no|off|)$/i.test(text)) {
    throw new OptionError(`${environment} must be true or false, not '${text}'.`);
  }
  return new Option(flags, description);
}

/** The command, with its options read from the command line and the environment. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Serve SCIM 2.0 under /scim/v2, from a SQLite database')
    .addOption(
      new Option('--hostname <address>', 'the address to listen on')
        .env('SCIMKIT_HOSTNAME')
        .default('127.0.0.1'),
    )
    .addOption(
      new Option('--port <port>', 'the port to listen on; 0 for any that is free')
        .env('SCIMKIT_PORT')
        .default(8080)
        .argParser(parsePort),
    )
    .addOption(
      new Option('--database <database>', 'a path, a sqlite: URL, or :memory:')
        .env('SCIMKIT_DATABASE')
        .default('scimkit.db'),
    )
    .addOption(
      new Option(
        '--durability <level>',
        'full: answered writes survive a power failure; normal: they survive a crash',
      )
        .env('SCIMKIT_DURABILITY')
        .choices(['full', 'normal'])
        .default('full'),
    )
    .addOption(
      new Option(
        '--bearer-token <token>',
        'a bearer token that is accepted; repeatable (visible in ps: see below)',
      )
        .env('SCIMKIT_BEARER_TOKEN')
        .argParser((text: string, earlier: readonly string[] = []) => [...earlier, text]),
    )
    .addOption(
      new Option(
        '--bearer-token-file <file>',
        'a file of bearer tokens, one per line; # begins a comment',
      ).env('SCIMKIT_BEARER_TOKEN_FILE'),
    )
    .addOption(
      flag(
        '--create-token',
        'make a bearer token if the database has none yet, and show it once',
        'SCIMKIT_CREATE_TOKEN',
      ),
    )
    .addOption(flag('--new-token', 'make another bearer token, and show it once', 'SCIMKIT_NEW_TOKEN'))
    .addOption(
      flag('--allow-anonymous', 'need no credential; on a loopback address alone', 'SCIMKIT_ALLOW_ANONYMOUS'),
    )
    .addOption(
      new Option('--base-url <url>', 'the base URL of locations; default: that of the request').env(
        'SCIMKIT_BASE_URL',
      ),
    )
    .addOption(flag('--strict', 'refuse what the RFCs do not allow', 'SCIMKIT_STRICT'))
    .addOption(
      new Option('--drain-timeout <seconds>', 'how long a stop waits for requests under way')
        .env('SCIMKIT_DRAIN_TIMEOUT')
        .default(10)
        .argParser(parseSeconds),
    )
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .configureOutput(OUTPUT)
    .exitOverride()
    .action((options: ServeOptions, command: Command) => serve(options, command));
}

/** The tokens of the option; a variable holds several. */
function tokensOf(tokens: readonly string[], command: Command): readonly string[] {
  if (command.getOptionValueSource('bearerToken') !== 'env') return tokens;
  const separate = tokens.flatMap((text) => text.split(/[\s,]+/)).filter((token) => token !== '');
  if (separate.length === 0) throw new OptionError('SCIMKIT_BEARER_TOKEN must not be empty.');
  return separate;
}

function tokensIn(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new OptionError(
      `--bearer-token-file ${file} can't be read: ${(error as NodeJS.ErrnoException).code}.`,
    );
  }
  // Within a token, # is a character like any other.
  const lines = text.split('\n').map((line) => line.replace(/(^|\s)#.*/, '').trim());
  const tokens = lines.filter((line) => line !== '');
  if (tokens.length === 0) throw new OptionError(`--bearer-token-file ${file} has no token.`);
  return tokens;
}

async function serve(options: ServeOptions, command: Command): Promise<void> {
  const { bearerToken = [], bearerTokenFile, drainTimeout, createToken, newToken, ...rest } = options;
  let server: Server;
  try {
    server = await createServer({
      ...rest,
      bearerTokens: [
        ...tokensOf(bearerToken, command),
        ...(bearerTokenFile === undefined ? [] : tokensIn(bearerTokenFile)),
      ],
      drainTimeout: drainTimeout * 1000,
      ...(newToken ? { createToken: 'another' } : createToken ? { createToken: 'first' } : {}),
    });
  } catch (error) {
    if (error instanceof OptionError) throw error;
    throw new Error(`the database ${rest.database} can't be opened: ${(error as Error).message}`);
  }
  try {
    const listening = await server.listen();
    process.stdout.write(banner(listening));
  } catch (error) {
    await server.close();
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const reason =
      code === 'EADDRINUSE' ? 'it is taken; choose another with --port' : (error as Error).message;
    throw new Error(`can't listen on ${rest.hostname}:${rest.port}: ${reason}`);
  }
  stopOnSignal(server);
}

function stopOnSignal(server: Server): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // Whoever asks twice doesn't want to wait.
    if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    isStopping = true;
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`error: the server did not stop in order: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function banner({ baseUrl, localUrl, token, isAnonymous, database }: Listening): string {
  const header = isAnonymous ? '' : ` -H "Authorization: Bearer ${token ?? '$SCIM_TOKEN'}"`;
  const lines = [
    'scimkit serves SCIM 2.0.',
    '',
    `  Base URL      ${baseUrl}`,
    `  Database      ${database}${database === ':memory:' ? ' (gone when the server stops)' : ''}`,
  ];
  if (token)
    lines.push(
      `  Bearer token  ${token}`,
      '                shown once: only its hash is kept. For another: --new-token',
    );
  else if (!isAnonymous)
    lines.push(
      '  Bearer token  one of those that are configured, or were made before',
      '                for another: --new-token',
    );
  if (isAnonymous) {
    lines.push(
      '',
      '  WARNING: --allow-anonymous: whoever reaches this address may read and change everything.',
    );
  }
  lines.push('', 'Try it:', '', `  curl${header} ${localUrl}/Users`, '');
  return `${lines.join('\n')}\n`;
}
