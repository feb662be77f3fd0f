// RFC 7644 §3.4.2, §3.4.3: querying resources, of one type and at the root, by GET and by POST .search.
import type { ScimResponse } from '../authentication/request.ts';
import { quote, ScimError } from '../protocol/error.ts';
import { type Filter, parseFilter } from '../protocol/filter.ts';
import { readIndexPage } from '../protocol/page.ts';
import { findAttribute } from '../protocol/path.ts';
import { compileProjection, type Projection } from '../protocol/project.ts';
import { type ResolvedFilter, resolveFilter } from '../protocol/resolve-filter.ts';
import { compareSortKeys, resolveSort, type Sort, sortKey } from '../protocol/sort.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { foldStored } from '../store/evaluate.ts';
import type { Page, Query, StoredResource } from '../store/store.ts';
import { type Context, common } from './context.ts';
import type { Parameters } from './parameters.ts';
import { listJson } from './pieces.ts';
import { type Representation, representAll, selectionFor } from './represent.ts';
import { messageResponse } from './respond.ts';

/** Resources that a sorted query at the root merges at most. */
const MAX_MERGED = 10_000;

function parse<Auth>(context: Context<Auth>, text: string | undefined): Filter | undefined {
  if (text === undefined) return undefined;
  const { leniency, service } = context;
  return parseFilter(text, {
    maxLength: service.limits.filterLength,
    maxNodes: service.limits.filterNodes,
    maxDepth: service.limits.filterDepth,
    ...(leniency.unquotedValues && {
      // Not the word itself: it may be personal, and notes are logged.
      unquotedValue: () => leniency.report({ kind: 'rewrite', name: 'unquoted-values', where: 'filter' }),
    }),
    ...(leniency.comparedValuePath && {
      comparedValuePath: (path) =>
        leniency.report({ kind: 'rewrite', name: 'compared-value-path', where: path }),
    }),
  });
}

/** A query resolved for one of the types that it is about. */
interface Part {
  readonly type: ResourceType;
  readonly filter: ResolvedFilter | undefined;
  readonly sort: Sort | undefined;
  readonly projection: Projection;
}

/** How many conditions of a filter are on attributes that are computed from other resources. */
function computedIn(filter: ResolvedFilter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.reduce((sum, part) => sum + computedIn(part), 0);
    case 'not':
      return computedIn(filter.filter);
    case 'constant':
      return 0;
    default:
      return (filter.attribute.parent ?? filter.attribute).relation === 'inverse' ? 1 : 0;
  }
}

function assertComputed(filter: ResolvedFilter, limit: number): void {
  const count = computedIn(filter);
  if (count <= limit) return;
  throw new ScimError(
    'invalidFilter',
    `The filter has ${count} conditions on computed attributes such as "groups"; at most ${limit} are accepted ` +
      '(filterComputed). Query the groups instead, and read their members.',
  );
}

function resolvePart<Auth>(
  context: Context<Auth>,
  type: ResourceType,
  types: readonly ResourceType[],
  filter: Filter | undefined,
  parameters: Parameters,
): Part {
  const { leniency } = context;
  const { sortBy, sortOrder } = parameters;
  const others = types.filter((other) => other !== type);
  const knownElsewhere = (path: string) =>
    others.some((other) =>
      findAttribute(other, findAttribute(other, path) ? path : (leniency.path(path, other) ?? '')),
    );
  const resolved =
    filter &&
    resolveFilter(type, filter, {
      leniency,
      locationBase: `${context.baseUrl}${type.endpoint}/`,
      ...(others.length > 0 && { knownElsewhere }),
    });
  if (resolved) assertComputed(resolved, context.service.limits.filterComputed);
  const isSortedElsewhere = sortBy !== undefined && !findAttribute(type, sortBy) && knownElsewhere(sortBy);
  return {
    type,
    filter: resolved,
    sort:
      sortBy === undefined || isSortedElsewhere ? undefined : resolveSort(type, sortBy, sortOrder, leniency),
    projection: compileProjection(type, parameters, leniency),
  };
}

const isNever = (filter: ResolvedFilter | undefined) => filter?.kind === 'constant' && !filter.value;

async function runPart<Auth>(context: Context<Auth>, part: Part, page: Query['page']): Promise<Page> {
  const { filter, type, sort, projection } = part;
  if (isNever(filter)) return { resources: [], total: 0 };
  const query: Query = {
    filter: filter?.kind === 'constant' ? undefined : filter,
    sort,
    page,
    selection: selectionFor(context, type, projection, page.count),
  };
  return (await context.perform({ ...common(context, type), name: 'query', query })) as Page;
}

function listResponse(
  representations: readonly Representation[],
  total: number,
  startIndex: number,
): ScimResponse {
  const resources = representations.map((representation) => representation.json);
  return messageResponse(200, listJson(resources, total, startIndex));
}

/** Queries the resources of one type, or of several as one list. */
export async function query<Auth>(
  context: Context<Auth>,
  types: readonly ResourceType[],
  parameters: Parameters,
): Promise<ScimResponse> {
  const { limits } = context.service;
  const page = readIndexPage(parameters.startIndex, parameters.count, {
    defaultCount: Math.min(limits.defaultPageSize, limits.maxPageSize),
    maxCount: limits.maxPageSize,
  });
  const filter = parse(context, parameters.filter);
  const parts = types.map((type) => resolvePart(context, type, types, filter, parameters));
  const [first] = parts;
  if (parts.length === 1 && first) {
    const { resources, total } = await runPart(context, first, page);
    return listResponse(
      await representAll(context, first.type, first.projection, resources),
      total,
      page.startIndex,
    );
  }
  const sorted = parameters.sortBy !== undefined;
  const { found, total } = sorted
    ? await merge(context, parts, page)
    : await concatenate(context, parts, page);
  const representations: Representation[] = [];
  // Neighbours of one type are represented together: one look-up of groups for all of them.
  for (let i = 0; i < found.length; ) {
    const { part } = found[i] as Found;
    let end = i;
    while (found[end]?.part === part) end++;
    const run = found.slice(i, end).map(({ stored }) => stored);
    representations.push(...(await representAll(context, part.type, part.projection, run)));
    i = end;
  }
  return listResponse(representations, total, page.startIndex);
}

interface Found {
  readonly part: Part;
  readonly stored: StoredResource;
}

interface Merged {
  readonly found: readonly Found[];
  readonly total: number;
}

/** Without sortBy: type after type in order of declaration, by id within each. */
async function concatenate<Auth>(
  context: Context<Auth>,
  parts: readonly Part[],
  page: Query['page'],
): Promise<Merged> {
  const found: Found[] = [];
  let total = 0;
  for (const part of parts) {
    // Where this page begins within the part: 1 once an earlier part has begun it.
    const startIndex = Math.max(page.startIndex - total, 1);
    const count = page.count - found.length;
    const result = await runPart(context, part, { startIndex, count });
    found.push(...result.resources.map((stored) => ({ part, stored })));
    total += result.total;
  }
  return { found, total };
}

/** With sortBy: all parts as one list, as long as it is not too long. */
async function merge<Auth>(
  context: Context<Auth>,
  parts: readonly Part[],
  page: Query['page'],
): Promise<Merged> {
  const descending = parts.some((part) => part.sort?.descending);
  const keyed: (Found & { readonly key: ReturnType<typeof sortKey>; readonly order: number })[] = [];
  let total = 0;
  for (const [order, part] of parts.entries()) {
    const result = await runPart(context, part, { startIndex: 1, count: MAX_MERGED });
    total += result.total;
    if (total > MAX_MERGED) {
      throw new ScimError(
        'tooMany',
        `A sorted query over all types orders at most ${MAX_MERGED} resources; narrow the filter, leave out ` +
          '"sortBy", or query one endpoint.',
      );
    }
    for (const stored of result.resources) {
      const key = part.sort && sortKey(foldStored(part.type, stored), part.sort.attribute);
      keyed.push({ part, stored, key, order });
    }
  }
  keyed.sort(
    (a, b) =>
      compareSortKeys(a.key, b.key, descending) || a.order - b.order || (a.stored.id < b.stored.id ? -1 : 1),
  );
  const start = page.startIndex - 1;
  return { found: keyed.slice(start, start + page.count), total };
}

/** `filter` on discovery endpoints is refused (RFC 7644 §4). */
export function refuseFilter(parameters: Parameters): void {
  if (parameters.filter === undefined) return;
  throw new ScimError(
    403,
    `Discovery documents can't be filtered (RFC 7644 §4); leave out ${quote('filter')}.`,
  );
}
