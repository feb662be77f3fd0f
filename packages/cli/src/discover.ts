// RFC 7644 §4: `scimkit discover`, what a service provider can do, and where its answers depart from the RFCs.
import { type Command, Option } from 'commander';
import type { ResourceType } from 'scimkit';
import type { Departure, ProviderConfig, ScimClient } from 'scimkit/client';
import { newCommand } from './command.ts';
import { failureText } from './failure.ts';
import { jsonText } from './output/output.ts';
import { print } from './output/standard-output.ts';
import { padded, widthOf } from './output/width.ts';
import { printable } from './printable.ts';
import { addSessionOptions, openConnection, RFC_TYPES, type SessionOptions } from './session.ts';

interface DiscoverOptions extends SessionOptions {
  readonly output?: 'text' | 'json';
}

/** What was found out, or why it was not. */
type Found<Value> = { readonly value: Value } | { readonly error: string };

async function attempt<Value>(read: () => Promise<Value>): Promise<Found<Value>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { error: failureText(error) };
  }
}

/** How many resources of a type there are, found by a query for one of them. */
function countOf(client: ScimClient, type: ResourceType): Promise<Found<number | undefined>> {
  // Only the id, because a group may have many members.
  return attempt(
    async () => (await client.resources(type).query({ count: 1, attributes: ['id'] })).totalResults,
  );
}

const textOf = (value: unknown): string =>
  printable(typeof value === 'string' ? value : JSON.stringify(value ?? ''));

function featureLines(config: ProviderConfig): readonly (readonly [string, string])[] {
  const { patch, bulk, filter, sort, etag, changePassword, pagination, authenticationSchemes } = config;
  const yes = (is: boolean, ...more: readonly (string | undefined)[]) =>
    is ? ['yes', ...more.filter((each) => each !== undefined)].join(', ') : 'no';
  const limit = (value: number | undefined, what: string) =>
    value === undefined ? undefined : `${what} ${value}`;
  const methods = [...(pagination.index ? ['index'] : []), ...(pagination.cursor ? ['cursor'] : [])];
  return [
    ['PATCH', yes(patch.supported)],
    [
      'Bulk',
      yes(
        bulk.supported,
        limit(bulk.maxOperations, 'operations at most'),
        limit(bulk.maxPayloadSize, 'octets at most'),
      ),
    ],
    ['filters', yes(filter.supported, limit(filter.maxResults, 'results at most'))],
    ['sorting', yes(sort.supported)],
    ['ETag', yes(etag.supported)],
    ['passwords', yes(changePassword.supported)],
    [
      'paging',
      [methods.join(' and '), limit(pagination.maxPageSize, 'pages of at most')].filter(Boolean).join(', '),
    ],
    [
      'credentials',
      authenticationSchemes.map((scheme) => textOf(scheme.name ?? scheme.type)).join(', ') || 'none are told',
    ],
  ];
}

/** Names and what is said of them, in two columns. */
function paired(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)));
  return pairs.map(([name, text]) => `  ${padded(name, width)}  ${text}`.trimEnd()).join('\n');
}

/** Departures once each, with the places where they were noticed. */
function departureLines(departures: readonly Departure[]): readonly string[] {
  const byKind = new Map<string, Set<string>>();
  for (const { name, where, section, method, url } of departures) {
    const { pathname } = new URL(url);
    const key = `${name} (${printable(where) || 'none'}): ${section}`;
    byKind.set(key, (byKind.get(key) ?? new Set()).add(`${method} ${printable(pathname)}`));
  }
  return [...byKind].map(([text, places]) => `  ${text}\n    ${[...places].join(', ')}`);
}

async function discover(options: DiscoverOptions): Promise<void> {
  const departures: Departure[] = [];
  const { connection } = openConnection(options, { onDeparture: (departure) => departures.push(departure) });
  const { client, baseUrl } = connection;
  const config = await attempt(() => client.serviceProviderConfig());
  const found =
    options.discovery === false ? { value: RFC_TYPES } : await attempt(() => client.resourceTypes());
  const types = 'value' in found ? found.value : RFC_TYPES;
  const counts = await Promise.all(types.map((type) => countOf(client, type)));
  // A service provider that answers nothing of all that is none, or none for this credential.
  if ('error' in config && 'error' in found && counts.every((count) => 'error' in count)) {
    const reason = config.error.replace(/(?<![.?!])$/, '.');
    const hint = /answered 404/.test(reason) ? ' Is it the base URL, up to and without "/Users"?' : '';
    throw new Error(`${baseUrl} tells nothing of itself. ServiceProviderConfig: ${reason}${hint}`);
  }
  if (options.output === 'json') {
    const resourceTypes = types.map((type, at) => ({
      ...{ name: type.name, endpoint: type.endpoint, schema: type.urn },
      schemaExtensions: type.extensions.map(({ urn, required }) => ({ schema: urn, required })),
      ...('value' in (counts[at] ?? {})
        ? { totalResults: (counts[at] as { value: number }).value }
        : counts[at]),
    }));
    const told = 'value' in config ? config.value.document : config;
    const isAssumed = 'error' in found;
    await print(
      `${jsonText({ baseUrl, serviceProviderConfig: told, resourceTypes, ...(isAssumed && { resourceTypesError: found.error }), departures }, 2)}\n`,
    );
    return;
  }
  const typeLines = types.flatMap((type, at) => {
    const count = counts[at];
    const total =
      count && 'value' in count
        ? `${count.value ?? 'an unknown number of'} resources`
        : `can't be listed: ${count?.error}`;
    const own = [printable(type.endpoint), `${printable(type.name)}, ${total}`] as const;
    return [
      own,
      ...type.extensions.map(
        ({ urn, required }) => ['', `with ${printable(urn)}${required ? ' (required)' : ''}`] as const,
      ),
    ];
  });
  const noticed = departureLines(departures);
  const parts = [
    printable(baseUrl),
    'value' in config
      ? paired(featureLines(config.value))
      : `  ServiceProviderConfig can't be read: ${config.error}`,
    'Resource types',
    ...('error' in found ? [`  They can't be read: ${found.error} RFC 7643's are taken instead.`] : []),
    paired(typeLines),
    'Departures from the RFCs that were noticed',
    noticed.length > 0 ? noticed.join('\n') : '  none',
  ];
  await print(`${parts.join('\n\n').replaceAll(/^(Resource types|Departures.*)\n\n/gm, '$1\n')}\n`);
}

/** The command. */
export function discoverCommand(): Command {
  const command = newCommand(
    'discover',
    'Show what a service provider can do, and how it departs from the RFCs',
  ).addOption(
    new Option('-o, --output <format>', 'how it is printed').choices(['text', 'json']).default('text'),
  );
  return addSessionOptions(command)
    .addHelpText(
      'after',
      `
It reads ServiceProviderConfig, ResourceTypes, Schemas, and the id of one resource of each type. It writes nothing.

Examples:
  scimkit discover --base-url https://app.example.com/scim/v2
  scimkit discover --profile staging -o json | jq .departures
`,
    )
    .action((options: DiscoverOptions) => discover(options));
}
