// `scimkit token`: makes, lists and revokes bearer tokens, beside a server that runs or not.
import {
  type Credential,
  type Credentials,
  describeScope,
  failureToOpen,
  openCredentials,
  type Scope,
  toScope,
} from '@scimkit/server';
import { Command, InvalidArgumentError, Option } from 'commander';
import { option } from './serve-options.ts';
import { OUTPUT } from './command.ts';

interface Place {
  readonly database: string;
}

interface CreateOptions extends Place, Scope {
  readonly name?: string;
  readonly expires?: Date;
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time from now on, such as 90d; or a date or time of ISO 8601, in UTC unless it says otherwise. */
function parseExpiry(text: string): Date {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const time = /T/.test(text) && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text;
  const date = count
    ? new Date(Date.now() + Number(count) * (UNITS[unit] ?? 0))
    : new Date(isTime ? time : '');
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) {
    throw new InvalidArgumentError(
      'Write how long it lasts, such as 90d, 12h or 30m, or a date: 2030-01-31.',
    );
  }
  if (date.getTime() <= Date.now()) throw new InvalidArgumentError('That is over.');
  return date;
}

function parseName(text: string): string {
  if (text.length <= 256 && !/\p{Control}/u.test(text)) return text;
  throw new InvalidArgumentError('It has at most 256 characters, on one line.');
}

/** Opens the tokens, and closes them whatever happens. */
async function withCredentials(
  { database }: Place,
  mustExist: boolean,
  use: (credentials: Credentials) => Promise<void>,
): Promise<void> {
  let credentials: Credentials;
  try {
    credentials = await openCredentials(database, { mustExist });
  } catch (error) {
    throw failureToOpen(database, error);
  }
  try {
    await use(credentials);
  } finally {
    await credentials.close();
  }
}

async function create({ database, tenant, connection, name = '', expires }: CreateOptions): Promise<void> {
  const scope = toScope({ tenant, connection }, '--tenant and --connection');
  await withCredentials({ database }, false, async (credentials) => {
    const made = await credentials.create({ ...scope, name, ...(expires && { expires }) });
    const { id, expires: until } = made.credential;
    // The token alone on the standard output, so that a script can take it.
    process.stderr.write(
      `Token ${id} for ${describeScope(scope)}; ${until ? `expires ${until}` : 'expires never'}. ` +
        'It is shown once: only its hash is kept.\n',
    );
    process.stdout.write(`${made.token}\n`);
  });
}

function stateOf({ revoked, expires }: Credential): string {
  if (revoked !== undefined) return `revoked ${revoked}`;
  if (expires === undefined) return 'valid';
  return `${expires > new Date().toISOString() ? 'expires' : 'expired'} ${expires}`;
}

async function list({ database, ...scope }: Place & Partial<Scope>): Promise<void> {
  await withCredentials({ database }, true, async (credentials) => {
    const rows = (await credentials.list(scope)).map((credential) => {
      const { id, tenant, connection, created, name } = credential;
      return [id, tenant, connection, created, stateOf(credential), name];
    });
    const table = [['ID', 'TENANT', 'CONNECTION', 'CREATED', 'STATE', 'NAME'], ...rows];
    const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
    const lines = table.map((row) =>
      row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join('  '),
    );
    process.stdout.write(`${lines.map((line) => line.trimEnd()).join('\n')}\n`);
  });
}

async function revoke(id: string, { database }: Place): Promise<void> {
  await withCredentials({ database }, true, async (credentials) => {
    const credential = await credentials.revoke(id);
    if (!credential) throw new Error(`there is no token with the id '${id}'; scimkit token list shows all`);
    process.stdout.write(`Token ${id} for ${describeScope(credential)} is revoked.\n`);
  });
}

const EXAMPLES = `
Tokens are kept as hashes in the server's database. What is made or revoked here counts at once, also for a server that runs.

Examples:
  # for one customer, one of its directories, for a year; the token alone goes to the standard output
  scimkit token create --tenant acme --connection main --name 'their directory' --expires 365d
  TOKEN=$(scimkit token create --tenant acme)

  scimkit token list --tenant acme
  scimkit token revoke 1f2e3d4c5b6a
`;

const database = () =>
  option('--database <database>', "the server's: a path, a sqlite: or a postgres:// URL").default(
    'scimkit.db',
  );

/** The command, with one below it for each thing to do. */
export function tokenCommand(): Command {
  const below = (name: string, description: string) =>
    new Command(name)
      .description(description)
      .addOption(database())
      .allowExcessArguments(false)
      .configureOutput(OUTPUT)
      .exitOverride();
  return new Command('token')
    .description("Make, list and revoke bearer tokens in a server's database")
    .addHelpText('after', EXAMPLES)
    .configureOutput(OUTPUT)
    .exitOverride()
    .addCommand(
      below('create', 'Make a bearer token, and show it once')
        .addOption(new Option('--tenant <name>', 'the customer whom it is for').default('default'))
        .addOption(
          new Option('--connection <name>', "the customer's directory that uses it").default('default'),
        )
        .addOption(new Option('--name <text>', 'what it is for, in words').argParser(parseName))
        .addOption(
          new Option(
            '--expires <when>',
            'how long it lasts (90d, 12h, 30m), or until when (2030-01-31)',
          ).argParser(parseExpiry),
        )
        .action((options: CreateOptions) => create(options)),
    )
    .addCommand(
      below('list', 'List tokens, those that are over too; never the tokens themselves')
        .addOption(new Option('--tenant <name>', 'those of one customer'))
        .addOption(new Option('--connection <name>', 'those of one directory'))
        .action((options: Place & Partial<Scope>) => list(options)),
    )
    .addCommand(
      below('revoke', 'End a token at once')
        .argument('<id>', 'as list shows it')
        .action((id: string, options: Place) => revoke(id, options)),
    );
}
