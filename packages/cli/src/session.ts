// What a command works with: the connection, the resource types of the other side, and whether anything is sent.
import { type Command, Option } from 'commander';
import { Group, type ResourceType, ScimError, User } from 'scimkit';
import type { ClientOptions } from 'scimkit/client';
import {
  addConnectionOptions,
  type Connection,
  type ConnectionOptions,
  connectPlace,
  findPlace,
} from './connection.ts';
import { OptionError } from './option-error.ts';
import { tell } from './output/standard-output.ts';
import { hiddenNames } from './preview/hidden.ts';
import { Preview } from './preview/preview.ts';
import { printable } from './printable.ts';

/** The options of commands that speak to a service provider. */
export interface SessionOptions extends ConnectionOptions {
  /** False: --no-discovery. */
  readonly discovery?: boolean;
  readonly dryRun?: boolean;
  readonly curl?: boolean;
}

/** What a command works with. */
export interface Session {
  readonly connection: Connection;
  readonly types: readonly ResourceType[];
  /** Present: writes are shown, and not sent. */
  readonly preview: Preview | undefined;
}

/** User and Group as the RFCs have them. */
export const RFC_TYPES: readonly ResourceType[] = [User, Group];

/** Adds the options of a connection, and --no-discovery. */
export function addSessionOptions(command: Command): Command {
  return addConnectionOptions(command).addOption(
    new Option(
      '--no-discovery',
      "take RFC 7643's User and Group, instead of asking the service provider for its resource types",
    ).helpGroup('Connection:'),
  );
}

/** Adds --curl, and for what writes --dry-run. */
export function addPreviewOptions(command: Command, isWrite: boolean): Command {
  if (isWrite) {
    command.addOption(
      new Option('--dry-run', 'show what would be written, and send nothing but reads').helpGroup('Preview:'),
    );
  }
  return command.addOption(
    new Option('--curl', 'show a line for curl instead, with variables for secrets').helpGroup('Preview:'),
  );
}

/** The connection of a session, whose types are not known yet. */
export function openConnection(
  options: SessionOptions,
  more: Partial<ClientOptions> = {},
): Pick<Session, 'connection' | 'preview'> {
  const { dryRun, curl } = options;
  if (dryRun && curl)
    throw new OptionError('--dry-run and --curl show the same thing in two ways: give one of them.');
  const place = findPlace(options);
  const kind = curl ? 'curl' : dryRun ? 'request' : undefined;
  const preview = kind && new Preview(kind, place.credential);
  const connection = connectPlace(place, options, {
    ...more,
    ...(preview && { fetch: preview.fetch }),
    ...(preview?.authorization && { authorization: preview.authorization }),
  });
  return { connection, preview };
}

/** A session with the service provider that the options mean. @throws OptionError, ScimError, RequestError */
export async function openSession(
  options: SessionOptions,
  more: Partial<ClientOptions> = {},
): Promise<Session> {
  const { connection, preview } = openConnection(options, more);
  const types = options.discovery === false ? RFC_TYPES : await discover(connection);
  if (preview) preview.hidden = hiddenNames(types);
  return { connection, types, preview };
}

/** The resource types of a service provider; those of the RFCs, if it tells none. */
async function discover({ client, baseUrl }: Connection): Promise<readonly ResourceType[]> {
  const instead = (reason: string) => {
    tell(`note: ${baseUrl} ${reason}: User and Group are taken to be RFC 7643's.`);
    return RFC_TYPES;
  };
  try {
    const types = await client.resourceTypes();
    return types.length > 0 ? types : instead('tells of no resource type that can be understood');
  } catch (error) {
    const isAbsent = error instanceof ScimError && [404, 405, 501].includes(error.status);
    if (!isAbsent) throw error;
    return instead(`has no discovery (${error.status})`);
  }
}

/** The type of an endpoint or of a name, in any case; undefined: there is none. */
export function findType(types: readonly ResourceType[], noun: string): ResourceType | undefined {
  const text = noun.toLowerCase();
  return (
    types.find(({ endpoint }) => endpoint.slice(1).toLowerCase() === text) ??
    types.find(({ name }) => name.toLowerCase() === text)
  );
}

/** The command of a type: its endpoint without the slash. */
export const nounOf = ({ endpoint }: ResourceType): string => printable(endpoint.slice(1).toLowerCase());

/** The type with some name. @throws OptionError that lists those that there are. */
export function typeNamed({ types }: Session, name: string, option: string): ResourceType {
  const found = findType(types, name);
  if (found) return found;
  throw new OptionError(
    `${option}: there is no resource type '${printable(name)}'. There are ${types.map(nounOf).join(', ')}.`,
  );
}
