// RFC 7644 §3.4.2: `scimkit users list`.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { attributeAt, filterOver } from '../attributes/attribute-path.ts';
import { addSelectionOptions, selectionOf } from '../attributes/selection.ts';
import { newCommand } from '../command.ts';
import { columnsAt, defaultColumns, type Json } from '../output/columns.ts';
import { addOutputOptions, createPrinter } from '../output/output.ts';
import { addPreviewOptions, addSessionOptions } from '../session.ts';
import { type Context, columnsOption, type ResourceOptions } from './context.ts';

/** The options of a query, as commander reads them. */
export interface QueryOptions extends ResourceOptions {
  readonly filter?: string;
  readonly sortBy?: string;
  readonly descending?: boolean;
  readonly count?: number;
  readonly limit?: number;
  readonly post?: boolean;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number of at least 1.');
  return Number(text);
}

/** Adds what a query is made of. */
export function addQueryOptions(command: Command): Command {
  command
    .addOption(
      new Option('--filter <filter>', 'those for which it is true: userName sw "a" and active eq true'),
    )
    .addOption(new Option('--sort-by <path>', 'the attribute that decides the order'))
    .addOption(new Option('--descending', 'the other way around'))
    .addOption(new Option('--count <number>', 'how many a page has at most').argParser(parseCount))
    .addOption(new Option('--limit <number>', 'stop after so many').argParser(parseCount));
  return addSelectionOptions(command);
}

/** How many a page has: no more than are wanted. */
export function pageSize({ count, limit }: QueryOptions): { readonly count?: number } {
  // Beyond that, the service provider's own size of a page is the better one.
  const size = count ?? (limit !== undefined && limit <= 100 ? limit : undefined);
  return size === undefined ? {} : { count: Math.min(size, limit ?? size) };
}

/** Prints what comes, until there are enough. */
export async function printAll(
  resources: AsyncIterable<unknown>,
  printer: { print(item: Json): Promise<void>; end(): Promise<void> },
  limit = Number.POSITIVE_INFINITY,
): Promise<void> {
  let number = 0;
  for await (const resource of resources) {
    await printer.print(resource as Json);
    if (++number >= limit) break;
  }
  await printer.end();
}

/** `list`. */
export function listCommand({ type, noun, open }: Context): Command {
  const command = newCommand('list', `List the ${type.name} resources that a filter finds, or all`);
  addQueryOptions(command).addOption(
    new Option('--post', 'ask with POST /.search: nothing of it is in the URL'),
  );
  addOutputOptions(command, 'table').addOption(columnsOption());
  addSessionOptions(addPreviewOptions(command, false));
  const column = type.byName.has('username') ? 'userName,emails[type eq "work"].value' : 'id,displayName';
  return command
    .addHelpText(
      'after',
      `
Examples:
  scimkit ${noun} list --filter 'meta.lastModified gt "2026-01-01T00:00:00Z"' --limit 20
  scimkit ${noun} list -o csv --columns '${column}' > ${noun}.csv
  scimkit ${noun} list -o jsonl | jq -r .id
`,
    )
    .action(async (options: QueryOptions) => {
      const { filter, sortBy, descending, limit, post, output } = options;
      const { columns, attributes } = columnsAt(type, options.columns ?? defaultColumns(type));
      const isTabular = output === 'table' || output === 'csv';
      const selection = selectionOf(type, options) ?? (isTabular ? { attributes } : {});
      const found = filter === undefined ? undefined : filterOver([type], filter, '--filter');
      const sort = sortBy === undefined ? undefined : attributeAt(type, sortBy, '--sort-by').path;
      const { connection, preview } = open();
      if (preview) preview.showsReads = true;
      const resources = connection.client.resources(type).list({
        ...selection,
        ...pageSize(options),
        ...(found !== undefined && { filter: found }),
        ...(sort !== undefined && { sortBy: sort }),
        ...(descending && { sortOrder: 'descending' }),
        ...(post && { method: 'POST' }),
      });
      await printAll(resources, createPrinter<Json>(options, columns), limit);
    });
}
