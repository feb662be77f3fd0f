// `scimkit users`, `scimkit groups`, and a command like them for each resource type of the service provider.
import { Command } from 'commander';
import { newCommand, OUTPUT } from '../command.ts';
import { hasPlace } from '../connection.ts';
import { failureText } from '../failure.ts';
import { OptionError } from '../option-error.ts';
import { tell } from '../output/standard-output.ts';
import { printable } from '../printable.ts';
import {
  addPreviewOptions,
  addSessionOptions,
  findType,
  nounOf,
  openSession,
  RFC_TYPES,
  type Session,
  type SessionOptions,
} from '../session.ts';
import { didYouMean } from '../similar.ts';
import { createContext } from './context.ts';
import { createCommand } from './create.ts';
import { deleteCommand } from './delete.ts';
import { getCommand } from './get.ts';
import { listCommand } from './list.ts';
import { patchCommand } from './patch.ts';
import { replaceCommand } from './replace.ts';

/** The options that say where the schemas are from, which the others are made from. */
function readSessionOptions(args: readonly string[]): SessionOptions {
  const probe = addSessionOptions(
    addPreviewOptions(new Command().configureOutput(OUTPUT).exitOverride(), true),
  );
  probe.parseOptions([...args]);
  return probe.opts<SessionOptions>();
}

/** The session; for --help, a service provider that can't be asked is no reason to say nothing. */
async function findSession(options: SessionOptions, isHelp: boolean): Promise<Session | undefined> {
  if (!isHelp) return openSession(options);
  if (!hasPlace(options)) return undefined;
  try {
    return await openSession(options);
  } catch (error) {
    tell(`note: this is RFC 7643's, because the schemas could not be read: ${failureText(error)}`);
    return undefined;
  }
}

/**
 * The command of a resource type. `known` are the other commands, for those who misspelt one.
 *
 * @throws OptionError for what is no resource type
 */
export async function resourceCommand(
  noun: string,
  args: readonly string[],
  known: readonly string[],
): Promise<Command> {
  const options = readSessionOptions(args);
  const isHelp = args.length === 0 || args.includes('--help') || args.includes('-h');
  const isRfcType = findType(RFC_TYPES, noun) !== undefined;
  if (!isRfcType && !hasPlace(options)) throw unknownCommand(noun, [...known, ...RFC_TYPES.map(nounOf)]);
  const session = await findSession(options, isHelp);
  const types = session?.types ?? RFC_TYPES;
  const type = findType(types, noun);
  if (!type) throw unknownCommand(noun, [...known, ...types.map(nounOf)], session?.connection.baseUrl);
  const context = createContext(type, session);
  const command = newCommand(
    noun,
    `Read and write ${printable(type.name)} resources at ${printable(type.endpoint)}`,
  );
  for (const below of [listCommand, getCommand, createCommand, replaceCommand, patchCommand, deleteCommand]) {
    command.addCommand(below(context));
  }
  return command.addHelpText(
    'after',
    `
Examples:
  scimkit ${context.noun} list
  scimkit ${context.noun} create --help          # the attributes, as the service provider's schemas have them
`,
  );
}

function unknownCommand(noun: string, known: readonly string[], baseUrl?: string): OptionError {
  const hint = didYouMean(noun, known);
  const there = known.map(printable).join(', ');
  return new OptionError(
    baseUrl === undefined
      ? `unknown command '${printable(noun)}'${hint}. There are ${there}; other resource types are commands once --base-url or a profile names a service provider.`
      : `unknown command '${printable(noun)}'${hint}: it is no resource type of ${printable(baseUrl)} either. There are ${there}.`,
  );
}
