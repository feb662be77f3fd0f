// RFC 7644 §3.3: `scimkit users create`, one resource or many.
import type { Command } from 'commander';
import type { ResourceInput } from 'scimkit/client';
import type { ResourceType } from 'scimkit';
import { Assignments } from '../attributes/assignments.ts';
import { addAttributeOptions } from '../attributes/attribute-options.ts';
import { addSelectionOptions, selectionOf } from '../attributes/selection.ts';
import { newCommand } from '../command.ts';
import {
  addDocumentOptions,
  type DocumentOptions,
  type Documents,
  readDocuments,
  tellUnknownName,
} from '../documents.ts';
import { failureDetail } from '../failure.ts';
import { OptionError } from '../option-error.ts';
import { type Json, member } from '../output/columns.ts';
import { addOutputOptions, type Column, createPrinter } from '../output/output.ts';
import { addPreviewOptions, addSessionOptions, type Session } from '../session.ts';
import { type Context, columnsOption, printResource, type ResourceOptions } from './context.ts';

/** What became of one of many. */
interface Outcome {
  /** The line, or the element of an array. */
  readonly line: string;
  readonly status: number | string;
  readonly id?: string;
  readonly name?: string;
  readonly error?: string;
}

const COLUMNS: readonly Column<Outcome>[] = [
  { name: 'line', read: ({ line }) => line },
  { name: 'status', read: ({ status }) => status },
  { name: 'id', read: ({ id }) => id },
  { name: 'name', read: ({ name }) => name },
  { name: 'error', read: ({ error }) => error },
];

/** What a resource is called. */
function nameOf(json: Json): { readonly name?: string } {
  const name = member(json, 'userName') ?? member(json, 'displayName') ?? member(json, 'externalId');
  return typeof name === 'string' ? { name } : {};
}

async function createMany(
  type: ResourceType,
  { connection, preview }: Session,
  documents: Documents,
  options: ResourceOptions,
): Promise<void> {
  const resources = connection.client.resources(type);
  const printer = createPrinter<Outcome>(options, COLUMNS);
  for (const { place, json } of documents.all) {
    let outcome: Outcome;
    try {
      const { id } = (await resources.create(json as ResourceInput<ResourceType>)) as unknown as {
        id: string;
      };
      outcome = { line: place, status: 201, id, ...nameOf(json) };
    } catch (error) {
      if (preview) throw error;
      const { status = 'unknown' } = error as { readonly status?: number };
      outcome = { line: place, status, ...nameOf(json), error: failureDetail(error) };
      process.exitCode = 1;
    }
    if (!preview) await printer.print(outcome);
  }
  if (!preview) await printer.end();
}

/** `create`. */
export function createCommand({ type, noun, open }: Context): Command {
  const assignments = new Assignments();
  const command = newCommand('create', `Create a ${type.name}, or many from JSON lines or an array`);
  addDocumentOptions(command, 'the resource, or several');
  addOutputOptions(addSelectionOptions(command), 'json').addOption(columnsOption());
  addSessionOptions(addPreviewOptions(command, true));
  addAttributeOptions(command, type, assignments);
  const hasUserName = type.byName.has('username');
  const flags = hasUserName
    ? '--userName ada@example.com --name.givenName Ada --emails value=ada@example.com,type=work,primary=true'
    : '--displayName Crew';
  return command
    .addHelpText(
      'after',
      `
What options say wins over the document.

Examples:
  scimkit ${noun} create ${flags}
  scimkit ${noun} create --json '${hasUserName ? '{"userName":"ada"}' : '{"displayName":"Crew"}'}' --dry-run
  jq -c '.[]' export.json | scimkit ${noun} create --file -
`,
    )
    .action(async (options: ResourceOptions & DocumentOptions, own: Command) => {
      const documents = await readDocuments(options);
      if (!documents && assignments.isEmpty) {
        throw new OptionError('say what is created: attributes such as --externalId, or --json, or --file.');
      }
      const selection = selectionOf(type, options) ?? {};
      for (const { place, json } of documents?.all ?? []) {
        tellUnknownName(type, json, documents?.isList ? `${place}: ` : '');
      }
      const session = open();
      if (documents?.isList) {
        const all = await Promise.all(
          documents.all.map(async ({ place, json }) => ({ place, json: await assignments.over(json) })),
        );
        const isAsked = own.getOptionValueSource('output') === 'cli';
        const output = isAsked && options.output ? options.output : 'table';
        await createMany(type, session, { isList: true, all }, { ...options, output });
        return;
      }
      const input = await assignments.over(documents?.all[0]?.json ?? {});
      const resources = session.connection.client.resources(type);
      const created = await resources.create(input as ResourceInput<ResourceType>, selection);
      if (!session.preview) await printResource(type, created, options);
    });
}
