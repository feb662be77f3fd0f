// `scimkit profile`: service providers under names, with where their secrets are.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { newCommand } from '../command.ts';
import { OptionError } from '../option-error.ts';
import {
  addOutputOptions,
  type Column,
  createPrinter,
  jsonText,
  type OutputOptions,
} from '../output/output.ts';
import { print, tell } from '../output/standard-output.ts';
import {
  checkBaseUrl,
  checkProfileName,
  checkUrl,
  findProfile,
  type Profile,
  type ProfileAuthentication,
  profilesFile,
  readProfiles,
  writeProfiles,
} from '../profiles.ts';
import { checkVariable, type SecretSource } from '../secret.ts';

interface AddOptions {
  readonly baseUrl: string;
  readonly tokenEnv?: string;
  readonly tokenCommand?: string;
  readonly username?: string;
  readonly passwordEnv?: string;
  readonly passwordCommand?: string;
  readonly tokenUrl?: string;
  readonly clientId?: string;
  readonly clientSecretEnv?: string;
  readonly clientSecretCommand?: string;
  readonly scope?: string;
  readonly clientSecretIn?: 'basic' | 'body';
  readonly secretTimeout?: number;
  readonly force?: boolean;
}

/** Where one secret is; undefined: nothing is said of it. @throws OptionError */
function sourceOf(
  name: string,
  env: string | undefined,
  command: string | undefined,
  timeoutSeconds: number | undefined,
): SecretSource | undefined {
  if (env !== undefined && command !== undefined) {
    throw new OptionError(
      `--${name}-env and --${name}-command are two places for one secret: give one of them.`,
    );
  }
  if (env !== undefined) return { env: checkVariable(env, `--${name}-env`) };
  if (command === undefined) return undefined;
  if (command.trim() === '') throw new OptionError(`--${name}-command is empty.`);
  return { command, ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
}

function authenticationOf(options: AddOptions): ProfileAuthentication | undefined {
  const { username, tokenUrl, clientId, scope, clientSecretIn, secretTimeout } = options;
  const token = sourceOf('token', options.tokenEnv, options.tokenCommand, secretTimeout);
  const password = sourceOf('password', options.passwordEnv, options.passwordCommand, secretTimeout);
  const clientSecret = sourceOf(
    'client-secret',
    options.clientSecretEnv,
    options.clientSecretCommand,
    secretTimeout,
  );
  const isBasic = username !== undefined || password !== undefined;
  const isClient = [tokenUrl, clientId, clientSecret, scope, clientSecretIn].some(
    (each) => each !== undefined,
  );
  if ([token !== undefined, isBasic, isClient].filter(Boolean).length > 1) {
    throw new OptionError(
      'give one kind of credential: a bearer token, a user name and password, or a client.',
    );
  }
  if (token) return { scheme: 'bearer', token };
  if (isBasic) {
    if (username === undefined || !password) {
      throw new OptionError('HTTP Basic needs --username, and --password-env or --password-command.');
    }
    if (username.includes(':')) throw new OptionError('--username: a user name of HTTP Basic has no colon.');
    return { scheme: 'basic', username, password };
  }
  if (!isClient) return undefined;
  if (tokenUrl === undefined || clientId === undefined || !clientSecret) {
    throw new OptionError(
      'a client needs --token-url, --client-id, and --client-secret-env or --client-secret-command.',
    );
  }
  return {
    ...{ scheme: 'clientCredentials', tokenUrl: checkUrl(tokenUrl, '--token-url'), clientId, clientSecret },
    ...(scope !== undefined && { scope }),
    ...(clientSecretIn && { send: clientSecretIn }),
  };
}

function add(name: string, options: AddOptions): void {
  checkProfileName(name);
  const url = checkBaseUrl(options.baseUrl, '--base-url');
  if (/[?#]/.test(url)) throw new OptionError('--base-url must end with a path: no "?" and no "#".');
  const authentication = authenticationOf(options);
  const profiles = new Map(readProfiles());
  const isThere = profiles.has(name);
  if (isThere && !options.force) {
    throw new OptionError(`there is a profile '${name}' already: --force takes its place.`);
  }
  profiles.set(name, { baseUrl: url.replace(/\/+$/, ''), ...(authentication && { authentication }) });
  writeProfiles(profiles);
  tell(`Profile ${name} is ${isThere ? 'replaced' : 'kept'} in ${profilesFile()}.`);
  if (!authentication)
    tell('note: it sends no credential; see scimkit profile add --help for how it gets one.');
}

const sourceText = (source: SecretSource): string =>
  'env' in source ? `the variable ${source.env}` : `the command ${source.command}`;

/** A credential in words. */
function authenticationText({ authentication }: Profile): string {
  switch (authentication?.scheme) {
    case undefined:
      return 'none';
    case 'bearer':
      return `bearer token from ${sourceText(authentication.token)}`;
    case 'basic':
      return `${authentication.username}, with the password from ${sourceText(authentication.password)}`;
    case 'clientCredentials':
      return `client ${authentication.clientId} at ${authentication.tokenUrl}`;
  }
}

/** A profile as it is listed. */
type Listed = { readonly name: string } & Profile;

const COLUMNS: readonly Column<Listed>[] = [
  { name: 'name', read: ({ name }) => name },
  { name: 'base URL', read: ({ baseUrl }) => baseUrl },
  { name: 'credential', read: authenticationText },
];

async function list(options: OutputOptions): Promise<void> {
  const printer = createPrinter<Listed>(options, COLUMNS);
  for (const [name, profile] of readProfiles()) await printer.print({ name, ...profile });
  await printer.end();
}

function remove(name: string): void {
  findProfile(name);
  writeProfiles(new Map([...readProfiles()].filter(([each]) => each !== name)));
  tell(`Profile ${name} is removed.`);
}

const EXAMPLES = `
A profile says where a secret is: in a variable, or what a command prints. It never has the secret itself.
The profile "default" is taken where none is named. They are in $SCIMKIT_CONFIG, or scimkit/profiles.json in
$XDG_CONFIG_HOME, or in ~/.config.

Examples:
  scimkit profile add default --base-url https://app.example.com/scim/v2 --token-env APP_SCIM_TOKEN
  scimkit profile add staging --base-url https://staging.example.com/scim/v2 \\
    --token-command 'op read op://Private/scim-staging/token'
  scimkit profile add legacy --base-url https://legacy.example.com/scim --username scim \\
    --password-command 'pass show legacy/scim'
  scimkit profile add hr --base-url https://hr.example.com/scim/v2 --token-url https://login.example.com/oauth/token \\
    --client-id scim --client-secret-env HR_CLIENT_SECRET --scope scim
  scimkit users list --profile staging
`;

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new InvalidArgumentError('It is a number of seconds above 0.');
  return seconds;
}

function addCommand(): Command {
  return newCommand('add', 'Keep a service provider under a name')
    .argument('<name>', 'letters, digits, ".", "_" and "-"; "default" is taken where none is named')
    .requiredOption('--base-url <url>', 'up to and without "/Users"')
    .option('--token-env <name>', 'the variable that has the bearer token')
    .option('--token-command <command>', 'a command that prints the bearer token')
    .option('--username <name>', 'the user name for HTTP Basic')
    .option('--password-env <name>', 'the variable that has the password')
    .option('--password-command <command>', 'a command that prints the password')
    .option('--token-url <url>', 'OAuth 2.0 client credentials: where tokens are to be had')
    .option('--client-id <id>', 'the client')
    .option('--client-secret-env <name>', "the variable that has the client's secret")
    .option('--client-secret-command <command>', "a command that prints the client's secret")
    .option('--scope <scope>', 'the scope of the token')
    .addOption(
      new Option(
        '--client-secret-in <place>',
        'how the secret is sent: by HTTP Basic, or in the body',
      ).choices(['basic', 'body']),
    )
    .option(
      '--secret-timeout <seconds>',
      'how long a command for a secret may take (default: 60)',
      parseSeconds,
    )
    .option('-f, --force', 'take the place of a profile that is there')
    .addHelpText('after', EXAMPLES)
    .action((name: string, options: AddOptions) => add(name, options));
}

/** The command, with one below it for each thing to do. */
export function profileCommand(): Command {
  return newCommand('profile', 'Keep service providers under names')
    .addHelpText('after', EXAMPLES)
    .addCommand(addCommand())
    .addCommand(
      addOutputOptions(newCommand('list', 'List the profiles'), 'table')
        .addHelpText('after', '\nExamples:\n  scimkit profile list -o json\n')
        .action((options: OutputOptions) => list(options)),
    )
    .addCommand(
      newCommand('show', 'Show a profile, as JSON')
        .argument('<name>', 'as list shows it')
        .addHelpText('after', '\nExamples:\n  scimkit profile show default\n')
        .action(async (name: string) => print(`${jsonText({ name, ...findProfile(name) }, 2)}\n`)),
    )
    .addCommand(
      newCommand('remove', 'Forget a profile')
        .argument('<name>', 'as list shows it')
        .addHelpText('after', '\nExamples:\n  scimkit profile remove staging\n')
        .action((name: string) => remove(name)),
    );
}
