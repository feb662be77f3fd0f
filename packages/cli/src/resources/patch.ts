// RFC 7644 §3.5.2: `scimkit users patch`.
import { type Command, Option } from 'commander';
import type { ResourceType } from 'scimkit';
import { diff, type PatchOperation } from 'scimkit/client';
import { Assignments, type Operation } from '../attributes/assignments.ts';
import { addAttributeOptions } from '../attributes/attribute-options.ts';
import { parsePath, splitOutside } from '../attributes/attribute-path.ts';
import { checkNames } from '../attributes/document-names.ts';
import { gather, addSelectionOptions, selectionOf } from '../attributes/selection.ts';
import { newCommand } from '../command.ts';
import { addDocumentOptions, type DocumentOptions, readDocument } from '../documents.ts';
import { OptionError } from '../option-error.ts';
import { type Json, member } from '../output/columns.ts';
import { tell } from '../output/standard-output.ts';
import { addOutputOptions } from '../output/output.ts';
import { printable } from '../printable.ts';
import { addPreviewOptions, addSessionOptions, type Session } from '../session.ts';
import {
  type Context,
  columnsOption,
  ifMatchOption,
  printResource,
  type ResourceOptions,
} from './context.ts';
import { byOption, resolveId, withNameHint } from './target.ts';

interface PatchOptions extends ResourceOptions, DocumentOptions {
  readonly operations?: string;
}

/** The operations of a document: a PatchOp message, or its Operations alone. */
function operationsIn(json: unknown, where: string): readonly Operation[] {
  const list = Array.isArray(json) ? json : member(json, 'Operations');
  if (!Array.isArray(list))
    throw new OptionError(`${where} must be a PatchOp message, or the array of its Operations.`);
  for (const [index, each] of list.entries()) {
    const op = member(each, 'op');
    if (typeof op !== 'string' || !/^(add|replace|remove)$/i.test(op)) {
      throw new OptionError(`${where}, operation ${index + 1}: "op" must be add, replace or remove.`);
    }
  }
  return list as readonly Operation[];
}

function parseOperations(text: string): readonly Operation[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new OptionError(`--operations is no JSON: ${printable((error as Error).message)}`);
  }
  return operationsIn(json, '--operations');
}

/** A resource with what a document says: null stays, for it clears, and of complex attributes so does what is not named. */
function merged(type: ResourceType, resource: Json, document: Json): Json {
  const result: Record<string, unknown> = { ...resource };
  for (const [key, value] of Object.entries(document)) {
    const name = type.byName.get(key.toLowerCase())?.name ?? type.byUrn.get(key.toLowerCase())?.urn ?? key;
    const attribute = type.byName.get(key.toLowerCase());
    const isPart =
      typeof value === 'object' && value !== null && !Array.isArray(value) && !attribute?.multiValued;
    const before = member(resource, name);
    const base =
      typeof before === 'object' && before !== null && !Array.isArray(before) ? (before as Json) : {};
    result[name] = isPart ? mergedPart(base, value as Json) : value;
  }
  return result;
}

function mergedPart(before: Json, after: Json): Json {
  const isNamed = (key: string) =>
    Object.keys(after).some((name) => name.toLowerCase() === key.toLowerCase());
  const kept = Object.entries(before).filter(([key]) => !isNamed(key));
  return Object.fromEntries([...kept, ...Object.entries(after)]);
}

/** The difference that a document makes, as a PATCH under the version that was read. */
async function patchByDifference(
  type: ResourceType,
  { connection, preview }: Session,
  id: string,
  document: Json,
  { ifMatch }: PatchOptions,
): Promise<unknown> {
  const resources = connection.client.resources(type);
  if (preview || ifMatch !== undefined) {
    const before = (await resources.get(id)) as unknown as Json & { readonly id: string };
    const operations = diff(type, before, merged(type, before, document));
    if (operations.length === 0) return nothingToChange(before);
    return resources.patch(before, operations, ifMatch === undefined ? {} : { ifMatch });
  }
  let isSame = false;
  const after = await resources.modify(id, (resource) => {
    const changed = merged(type, resource as unknown as Json, document);
    isSame = diff(type, resource, changed).length === 0;
    return changed;
  });
  return isSame ? nothingToChange(after) : after;
}

function nothingToChange<Resource>(resource: Resource): Resource {
  tell('It is like that already: nothing was sent.');
  return resource;
}

/** Options that say something of a path, in the order in which they are given. */
function addPathOptions(command: Command, type: ResourceType, assignments: Assignments): void {
  const add = (op: 'add' | 'replace', name: string, description: string) =>
    command.addOption(
      new Option(`--${name} <path=value>`, description)
        .helpGroup('Changes:')
        .argParser((text: string, earlier?: readonly string[]) => {
          const split = splitOutside(text, '=');
          if (!split) throw new OptionError(`--${name}: '${printable(text)}' is no path=value.`);
          assignments.add(
            op,
            parsePath(type, split[0], `--${name}`),
            `--${name} ${printable(split[0])}`,
            split[1],
          );
          return gather(text, earlier);
        }),
    );
  add('replace', 'set', 'replace what is at a path, as --set title=Countess; repeatable');
  add('add', 'add', 'add to the values at a path; repeatable');
  command.addOption(
    new Option('--remove <path>', 'remove what is at a path; repeatable')
      .helpGroup('Changes:')
      .argParser((text: string, earlier?: readonly string[]) => {
        assignments.add('remove', parsePath(type, text, '--remove'), '--remove');
        return gather(text, earlier);
      }),
  );
}

/** `patch`. */
export function patchCommand({ type, noun, example, open }: Context): Command {
  const assignments = new Assignments();
  const command = newCommand('patch', `Change some attributes of a ${type.name}`)
    .argument('<resource>', `its id, or a name: ${example}`)
    .addOption(byOption())
    .addOption(ifMatchOption());
  addPathOptions(command, type, assignments);
  command.addOption(
    new Option('--operations <json>', 'the operations of a PATCH, as they are sent').helpGroup('Changes:'),
  );
  addDocumentOptions(command, 'some attributes, or a PatchOp message');
  addOutputOptions(addSelectionOptions(command), 'json').addOption(columnsOption());
  addSessionOptions(addPreviewOptions(command, true));
  addAttributeOptions(command, type, assignments);
  const work = type.byName.has('emails')
    ? `
  scimkit ${noun} patch ${example} --set 'emails[type eq "work"].value=ada@example.com' --remove nickName`
    : '';
  return command
    .addHelpText(
      'after',
      `
Options become operations and are sent as they are. A document of attributes is compared with the resource that is there,
and only what differs is sent, under the version that was compared; null clears an attribute.

Examples:
  scimkit ${noun} patch ${example} --displayName 'Ada Lovelace'${work}
  scimkit ${noun} patch ${example} --json '{"externalId":"7"}' --dry-run
  scimkit ${noun} patch ${example} --operations '[{"op":"remove","path":"externalId"}]'
`,
    )
    .action(async (text: string, options: PatchOptions) => {
      const document = await readDocument(options);
      const given = options.operations === undefined ? [] : parseOperations(options.operations);
      const isMessage = document !== undefined && Array.isArray(member(document, 'Operations'));
      const isDifference = document !== undefined && !isMessage;
      if (isDifference && given.length > 0) {
        throw new OptionError(
          'a document of attributes and --operations are two ways to say a change: give one of them.',
        );
      }
      if (!document && given.length === 0 && assignments.isEmpty) {
        throw new OptionError(
          'say what is changed: attributes such as --externalId, --set, --add, --remove, --json, ...',
        );
      }
      if (isDifference) checkNames(type, document);
      const operations = [
        ...(isMessage ? operationsIn(document, 'the document') : []),
        ...given,
        ...(isDifference ? [] : await assignments.toOperations()),
      ];
      const selection = selectionOf(type, options);
      const session = open();
      const id = await resolveId(session, type, text, options.by);
      const resources = session.connection.client.resources(type);
      const { ifMatch } = options;
      const patched = await withNameHint(type, text, options.by, async () =>
        isDifference
          ? patchByDifference(type, session, id, await changesOver(assignments, document), options)
          : resources.patch(id, operations as unknown as readonly PatchOperation<ResourceType>[], {
              ...selection,
              ...(ifMatch !== undefined && { ifMatch }),
            }),
      );
      if (session.preview) return;
      // Members may be many, and a change of them is answered without them for that reason.
      const excludedAttributes = type.holders.map(({ path }) => path);
      const shown =
        patched ??
        (await resources.get(id, selection ?? (excludedAttributes.length > 0 ? { excludedAttributes } : {})));
      await printResource(type, shown, options);
    });
}

/** What options say wins over the document. */
const changesOver = (assignments: Assignments, document: Json): Promise<Json> => {
  if (assignments.hasPaths) {
    throw new OptionError(
      '--add, --remove and paths with filters go with other operations, not with a document of attributes.',
    );
  }
  return assignments.over(document);
};
