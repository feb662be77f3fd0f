// RFC 7644 §3.4.2, §3.4.3: querying resources, of one type and at the root, by GET and by POST .search. RFC 9865: by cursor.
import type { ScimResponse } from '../authentication/request.ts';
import { quote, ScimError } from '../protocol/error.ts';
import { type CursorPage, type PageRequest, readPage } from '../protocol/page.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { type Context, run } from './context.ts';
import type { CursorContent, Cursors } from './cursor.ts';
import type { Parameters } from './parameters.ts';
import { listJson } from './pieces.ts';
import { type Part, parse, resolvePart, runPart } from './query-part.ts';
import { type Representation, representAll } from './represent.ts';
import { messageResponse } from './respond.ts';
import { concatenate, type Listing, merge, walk } from './root-query.ts';

/** What a ListResponse says besides its resources. */
interface Envelope {
  readonly total: number | undefined;
  readonly startIndex?: number;
  readonly nextCursor?: string | undefined;
  readonly previousCursor?: string | undefined;
}

function listResponse(
  representations: readonly Representation[],
  { total, startIndex, nextCursor, previousCursor }: Envelope,
): ScimResponse {
  const resources = representations.map((representation) => representation.json);
  const itemsPerPage = resources.length;
  const envelope = { totalResults: total, startIndex, itemsPerPage, nextCursor, previousCursor };
  return messageResponse(200, listJson(resources, envelope));
}

function requestedPage<Auth>({ service }: Context<Auth>, parameters: Parameters): PageRequest {
  const { limits, pagination, strict } = service;
  return readPage(parameters, {
    defaultCount: Math.min(limits.defaultPageSize, limits.maxPageSize),
    maxCount: limits.maxPageSize,
    cursor: pagination.cursors !== undefined,
    defaultMethod: pagination.defaultMethod,
    strict,
  });
}

/** Queries the resources of one type, or of several as one list. */
export async function query<Auth>(
  context: Context<Auth>,
  types: readonly ResourceType[],
  parameters: Parameters,
): Promise<ScimResponse> {
  const page = requestedPage(context, parameters);
  const filter = parse(context, parameters.filter);
  const parts = types.map((type) => resolvePart(context, type, types, filter, parameters));
  const isSorted = parameters.sortBy !== undefined;
  if ('startIndex' in page) {
    const { runs, total } = await list(context, parts, page, isSorted);
    return listResponse(await represent(context, runs), { total, startIndex: page.startIndex });
  }
  return queryByCursor(context, parts, page, parameters);
}

/** RFC 9865 §2: the page at a cursor, with the cursors of its neighbours. */
async function queryByCursor<Auth>(
  context: Context<Auth>,
  parts: readonly Part[],
  { cursor, count }: CursorPage,
  parameters: Parameters,
): Promise<ScimResponse> {
  const cursors = context.service.pagination.cursors as Cursors;
  const binding = await bindingOf(context, parts, parameters);
  const opened = cursor === undefined ? undefined : await cursors.open(cursor, binding, count);
  const isSorted = parameters.sortBy !== undefined;
  const listing = await list(context, parts, { cursor: opened?.at, count }, isSorted);
  const total = listing.total ?? opened?.total;
  const seal = async (at: CursorContent['at'] | undefined) =>
    at === undefined || count === 0 ? undefined : cursors.seal({ count, total, at }, binding);
  const [representations, nextCursor, previousCursor] = await Promise.all([
    represent(context, listing.runs),
    seal(listing.next),
    seal(listing.previous),
  ]);
  return listResponse(representations, { total, nextCursor, previousCursor });
}

/** What a cursor belongs to: whatever differs in it is another query, or somebody else's. */
async function bindingOf<Auth>(
  context: Context<Auth>,
  parts: readonly Part[],
  parameters: Parameters,
): Promise<string> {
  const { filter, sortBy, sortOrder, attributes, excludedAttributes } = parameters;
  const scopes = await run(context, 'read', async (opened) =>
    parts.map(({ type }) => opened.store(type).scope),
  );
  const places = parts.map(({ type }, index) => {
    const scope = scopes[index];
    if (scope !== undefined) return [type.endpoint, scope];
    if (parameters.cursor === undefined) {
      throw new Error(`"pagination.default" is "cursor", but the store of ${type.name} has no "scope"`);
    }
    throw new ScimError(
      'invalidCursor',
      `There are no cursors for ${type.endpoint} here. Leave out "cursor", and page by "startIndex" and "count".`,
    );
  });
  return JSON.stringify([places, filter, sortBy, sortOrder, attributes, excludedAttributes]);
}

async function list<Auth>(
  context: Context<Auth>,
  parts: readonly Part[],
  page: PageRequest,
  isSorted: boolean,
): Promise<Listing> {
  const [part] = parts;
  if (parts.length === 1 && part) {
    const { resources, ...rest } = await runPart(context, part, page);
    return { runs: [{ part, resources }], ...rest };
  }
  if (isSorted) return merge(context, parts, page);
  return 'startIndex' in page ? concatenate(context, parts, page) : walk(context, parts, page);
}

async function represent<Auth>(
  context: Context<Auth>,
  runs: Listing['runs'],
): Promise<readonly Representation[]> {
  const representations: Representation[] = [];
  for (const { part, resources } of runs) {
    representations.push(...(await representAll(context, part.type, part.projection, resources)));
  }
  return representations;
}

/** `filter` on discovery endpoints is refused (RFC 7644 §4). */
export function refuseFilter(parameters: Parameters): void {
  if (parameters.filter === undefined) return;
  throw new ScimError(
    403,
    `Discovery documents can't be filtered (RFC 7644 §4); leave out ${quote('filter')}.`,
  );
}
