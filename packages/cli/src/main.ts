// The command `scimkit`.
import { Command } from 'commander';
import { newCommand, OUTPUT } from './command.ts';
import { fail } from './failure.ts';
import { checkPlaces } from './misplaced.ts';
import { endWithReader } from './output/standard-output.ts';

/** Commands that are always there; each is loaded when it is called. */
const COMMANDS: Readonly<Record<string, readonly [description: string, load: () => Promise<Command>]>> = {
  serve: [
    'Serve SCIM 2.0 under /scim/v2, from SQLite or PostgreSQL',
    async () => (await import('./serve.ts')).serveCommand(),
  ],
  token: [
    "Make, list and revoke bearer tokens in a server's database",
    async () => (await import('./token.ts')).tokenCommand(),
  ],
  profile: [
    'Keep service providers under names',
    async () => (await import('./profile/command.ts')).profileCommand(),
  ],
  members: [
    'Add, remove and list the members of a group',
    async () => (await import('./members/command.ts')).membersCommand(),
  ],
  bulk: ['Carry out many operations', async () => (await import('./bulk.ts')).bulkCommand()],
  search: ['Query all resource types at once', async () => (await import('./search.ts')).searchCommand()],
  schemas: [
    'Show attributes and their characteristics',
    async () => (await import('./schemas.ts')).schemasCommand(),
  ],
  sync: [
    'Bring a service provider into line with files or another one',
    async () => (await import('./sync.ts')).syncCommand(),
  ],
  discover: [
    'Show what a service provider can do',
    async () => (await import('./discover.ts')).discoverCommand(),
  ],
};

/** Those with commands below them; so has each resource type. */
const NESTED = new Set(['token', 'profile', 'members']);

/** Those of resource types, which the service provider has a say in. */
const NOUNS: Readonly<Record<string, string>> = {
  users: 'Read and write users: list, get, create, replace, patch, delete',
  groups: 'Read and write groups in the same way',
};

const HELP = `
Each resource type of a service provider is a command in the same way: devices for /Devices.

Examples:
  scimkit serve --create-token
  scimkit profile add default --base-url https://app.example.com/scim/v2 --token-command 'pass show scim'
  scimkit users list --filter 'active eq true'
  scimkit users create --userName ada@example.com --name.givenName Ada
`;

/** The command that the first word calls; the others are there with a description alone. */
async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('scimkit')
    .description('SCIM 2.0: a service provider to run beside your app, and a client of any other')
    .version('0.0.0')
    .configureOutput(OUTPUT)
    .exitOverride()
    .addHelpText('after', HELP);
  const [called = '', ...rest] = args;
  const isOther = called !== '' && !called.startsWith('-') && !Object.hasOwn(COMMANDS, called);
  for (const [name, description] of Object.entries(NOUNS)) {
    if (name !== called) program.addCommand(newCommand(name, description));
  }
  for (const [name, [description, load]] of Object.entries(COMMANDS)) {
    program.addCommand(name === called ? await load() : newCommand(name, description));
  }
  if (isOther) {
    const { resourceCommand } = await import('./resources/command.ts');
    const command = await resourceCommand(called, rest, Object.keys(COMMANDS));
    program.addCommand(command);
  }
  return program;
}

/** `scimkit help users list` is `scimkit users list --help`. */
function withHelpLast(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  if (first !== 'help') return args;
  return [...rest, '--help'];
}

endWithReader();
try {
  const args = withHelpLast(process.argv.slice(2));
  checkPlaces(args, (command) => NESTED.has(command) || !Object.hasOwn(COMMANDS, command));
  const program = await createProgram(args);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  fail(error);
}
