// `scimkit members`: who is in a group, added and removed without reading the group.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ResourceType } from 'scimkit';
import { addMembers, removeMembers } from 'scimkit/client';
import { newCommand } from '../command.ts';
import { readInput } from '../documents.ts';
import { OptionError } from '../option-error.ts';
import { type Json, member } from '../output/columns.ts';
import { addOutputOptions, type Column, createPrinter, type OutputOptions } from '../output/output.ts';
import { tell } from '../output/standard-output.ts';
import { printable } from '../printable.ts';
import { resolveId } from '../resources/target.ts';
import {
  addPreviewOptions,
  addSessionOptions,
  nounOf,
  openSession,
  type Session,
  type SessionOptions,
  typeNamed,
} from '../session.ts';
import { checkIds } from './ids.ts';
import { findMembers } from './names.ts';

interface MembersOptions extends SessionOptions, OutputOptions {
  readonly type: string;
  readonly by?: string;
  readonly file?: string;
  readonly size?: number;
}

/** The type whose resources have members. @throws OptionError */
function groupType(session: Session, { type: name }: MembersOptions): ResourceType {
  const type = typeNamed(session, name, '--type');
  if (type.byName.has('members')) return type;
  const others = session.types.filter(({ byName }) => byName.has('members')).map(nounOf);
  throw new OptionError(
    `--type: ${type.name} has no members.${others.length > 0 ? ` Take ${others.join(', ')}.` : ''}`,
  );
}

/** Who is named: arguments, and the lines of a file. @throws OptionError if nobody is */
async function readTexts(texts: readonly string[], file: string | undefined): Promise<readonly string[]> {
  const lines = file === undefined ? [] : (await readInput(file)).replace(/^\ufeff/, '').split(/\r?\n/);
  const all = [
    ...texts,
    ...lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')),
  ];
  if (all.length === 0)
    throw new OptionError('name members: ids, names such as userName=ada, or --file with one per line.');
  if (all.includes('')) throw new OptionError('the id of a member is empty.');
  return all;
}

async function change(
  isAdded: boolean,
  group: string,
  texts: readonly string[],
  options: MembersOptions,
): Promise<void> {
  const given = await readTexts(texts, options.file);
  const session = await openSession(options);
  const type = groupType(session, options);
  const id = await resolveId(session, type, group);
  const { ids, unchecked } = await findMembers(session, given, options.by);
  const isCertain = !isAdded || (await checkIds(session, type, unchecked));
  const groups = session.connection.client.resources(type);
  const size = options.size === undefined ? {} : { size: options.size };
  await (isAdded ? addMembers(groups, id, ids, size) : removeMembers(groups, id, ids, size));
  if (session.preview) return;
  const named = `${ids.length} member${ids.length === 1 ? '' : 's'} named`;
  const place = `${printable(type.name)} ${printable(id)}`;
  tell(`${named}: ${isAdded ? addedText(ids.length, place, isCertain) : removedText(ids.length, place)}`);
}

// Nobody reads the group, so nobody knows who was in it before.

function addedText(number: number, place: string, isCertain: boolean): string {
  if (!isCertain) return `sent to ${place}; whether there are such members could not be looked up.`;
  return `${number === 1 ? 'it is' : 'all are'} in ${place} now.`;
}

function removedText(number: number, place: string): string {
  return `${number === 1 ? 'it is not' : 'none of them is'} in ${place} now, whether or not it was before.`;
}

const COLUMNS: readonly Column<Json>[] = [
  { name: 'id', read: (each) => member(each, 'value') },
  { name: 'type', read: typeOf },
  { name: 'display', read: (each) => member(each, 'display') },
];

/** Those who leave out the type tell it in the reference. */
function typeOf(each: Json): unknown {
  const type = member(each, 'type');
  const reference = member(each, '$ref');
  if (type !== undefined || typeof reference !== 'string') return type;
  return reference.split('/').at(-2)?.replace(/s$/, '');
}

async function list(group: string, options: MembersOptions): Promise<void> {
  const session = await openSession(options);
  const type = groupType(session, options);
  const id = await resolveId(session, type, group);
  if (session.preview) session.preview.showsReads = true;
  const resource = await session.connection.client.resources(type).get(id, { attributes: ['members'] });
  const members = member(resource, 'members');
  const printer = createPrinter<Json>(options, COLUMNS);
  for (const each of Array.isArray(members) ? members : []) await printer.print(each as Json);
  await printer.end();
}

function parseSize(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It is a whole number of at least 1.');
  return Number(text);
}

const typeOption = (): Option =>
  new Option('--type <type>', 'the resource type of the group').default('groups');

function changeCommand(name: 'add' | 'remove'): Command {
  const isAdded = name === 'add';
  const command = newCommand(name, isAdded ? 'Add members to a group' : 'Remove members from a group')
    .argument('<group>', 'its id, or displayName=...')
    .argument('[member...]', 'ids, or names: userName=ada, displayName=Crew')
    .addOption(
      new Option(
        '--file <path>',
        'a file with one member per line; - for standard input; # begins a comment',
      ),
    )
    .addOption(
      new Option(
        '--by <attribute>',
        'the attribute that names the members, such as userName; else their ids',
      ),
    )
    .addOption(
      new Option('--size <number>', 'members in one request at most (default: 500)').argParser(parseSize),
    )
    .addOption(typeOption());
  return addSessionOptions(addPreviewOptions(command, true))
    .addHelpText(
      'after',
      `
Examples:
  scimkit members ${name} displayName=Crew userName=ada userName=grace
  scimkit members ${name} e9e30dba-f08f-4109-8486-d5c6a331660a --by emails.value --file addresses.txt
`,
    )
    .action((group: string, texts: readonly string[], options: MembersOptions) =>
      change(isAdded, group, texts, options),
    );
}

/** The command, with one below it for each thing to do. */
export function membersCommand(): Command {
  const listing = newCommand('list', 'List the members of a group')
    .argument('<group>', 'its id, or displayName=...')
    .addOption(typeOption());
  addSessionOptions(addPreviewOptions(addOutputOptions(listing, 'table'), false))
    .addHelpText(
      'after',
      `
Examples:
  scimkit members list displayName=Crew
  scimkit members list displayName=Crew -o csv > crew.csv
`,
    )
    .action((group: string, options: MembersOptions) => list(group, options));
  return newCommand('members', 'Add, remove and list the members of a group')
    .addHelpText(
      'after',
      `
Examples:
  scimkit members add displayName=Crew userName=ada
  scimkit members list displayName=Crew
`,
    )
    .addCommand(changeCommand('add'))
    .addCommand(changeCommand('remove'))
    .addCommand(listing);
}
