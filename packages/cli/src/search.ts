// RFC 7644 §3.4.2.1, §3.4.3: `scimkit search`, one query over all resource types.
import { type Command, Option } from 'commander';
import type { ResourceType } from 'scimkit';
import { filterOver, findAttribute, listOfPaths, pathOver } from './attributes/attribute-path.ts';
import { gather } from './attributes/selection.ts';
import { newCommand } from './command.ts';
import { OptionError } from './option-error.ts';
import { columnsAt, type Json, member } from './output/columns.ts';
import { addOutputOptions, type Column, createPrinter } from './output/output.ts';
import { addQueryOptions, pageSize, printAll, type QueryOptions } from './resources/list.ts';
import { columnsOption } from './resources/context.ts';
import { addPreviewOptions, addSessionOptions, openSession, typeNamed } from './session.ts';

interface SearchOptions extends QueryOptions {
  readonly type?: readonly string[];
}

const DEFAULT_COLUMNS: readonly Column<Json>[] = [
  { name: 'type', read: (resource) => member(member(resource, 'meta'), 'resourceType') },
  { name: 'id', read: ({ id }) => id },
  { name: 'name', read: (resource) => member(resource, 'userName') ?? member(resource, 'displayName') },
  { name: 'externalId', read: (resource) => member(resource, 'externalId') },
];

/** Columns of several types: each resource is read by the type that has the attribute. */
function columnsOf(types: readonly ResourceType[], texts: readonly string[]): readonly Column<Json>[] {
  return texts.flatMap(listOfPaths).map((text) => {
    const name = text.split('[', 1)[0] ?? text;
    pathOver(types, name, '--columns');
    const type = types.find((each) => findAttribute(each, name)) as ResourceType;
    const [column] = columnsAt(type, [text]).columns;
    return column as Column<Json>;
  });
}

async function search(filter: string | undefined, options: SearchOptions): Promise<void> {
  if (filter !== undefined && options.filter !== undefined) {
    throw new OptionError('the filter is given twice.');
  }
  const asked = filter ?? options.filter;
  const session = await openSession(options);
  const { connection, preview } = session;
  const types = options.type ? options.type.map((name) => typeNamed(session, name, '--type')) : session.types;
  const sent = asked === undefined ? undefined : filterOver(types, asked, 'the filter');
  const paths = (texts: readonly string[] | undefined, option: string) =>
    texts?.flatMap(listOfPaths).map((path) => pathOver(types, path, option));
  const attributes = paths(options.attributes, '--attributes');
  const excludedAttributes = paths(options.exclude, '--exclude');
  if (attributes && excludedAttributes) {
    throw new OptionError(
      '--attributes and --exclude contradict each other (RFC 7644 §3.9): give one of them.',
    );
  }
  const sortBy = options.sortBy === undefined ? undefined : pathOver(types, options.sortBy, '--sort-by');
  const columns = options.columns ? columnsOf(types, options.columns) : DEFAULT_COLUMNS;
  if (preview) preview.showsReads = true;
  const resources = connection.client.list(types, {
    method: 'POST',
    ...pageSize(options),
    ...(sent !== undefined && { filter: sent }),
    ...(attributes && { attributes }),
    ...(excludedAttributes && { excludedAttributes }),
    ...(sortBy !== undefined && { sortBy }),
    ...(options.descending && { sortOrder: 'descending' }),
  });
  await printAll(resources, createPrinter<Json>(options, columns), options.limit);
}

/** The command. */
export function searchCommand(): Command {
  const command = newCommand('search', 'Query all resource types at once, with POST /.search').argument(
    '[filter]',
    'those for which it is true; else all',
  );
  addQueryOptions(command).addOption(
    new Option('--type <type>', 'read as this type, such as users; repeatable; else all').argParser(gather),
  );
  addOutputOptions(command, 'table').addOption(columnsOption());
  return addSessionOptions(addPreviewOptions(command, false))
    .addHelpText(
      'after',
      `
Examples:
  scimkit search 'externalId eq "4711"'
  scimkit search 'displayName co "crew" or userName co "crew"' -o jsonl
  scimkit search 'meta.lastModified gt "2026-01-01T00:00:00Z"' --columns id,meta.resourceType,meta.lastModified
`,
    )
    .action((filter: string | undefined, options: SearchOptions) => search(filter, options));
}
