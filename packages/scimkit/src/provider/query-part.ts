// RFC 7644 §3.4.2: a query as it is for one resource type.
import { ScimError } from '../protocol/error.ts';
import { type Filter, parseFilter } from '../protocol/filter.ts';
import { findAttribute } from '../protocol/path.ts';
import { compileProjection, type Projection } from '../protocol/project.ts';
import { type ResolvedFilter, resolveFilter, sumOf } from '../protocol/resolve-filter.ts';
import { resolveSort, type Sort } from '../protocol/sort.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Page, Query } from '../store/store.ts';
import type { Context } from './context.ts';
import type { Parameters } from './parameters.ts';
import { perform } from './performance.ts';
import { selectionFor } from './represent.ts';

/** Parses a filter by the service's limits. */
export function parse<Auth>(context: Context<Auth>, text: string | undefined): Filter | undefined {
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
export interface Part {
  readonly type: ResourceType;
  readonly filter: ResolvedFilter | undefined;
  readonly sort: Sort | undefined;
  readonly projection: Projection;
}

/** How many conditions of a filter are on attributes that are computed from other resources. */
const computedIn = (filter: ResolvedFilter): number =>
  sumOf(filter, (leaf) => {
    if (leaf.kind === 'constant') return 0;
    return (leaf.attribute.parent ?? leaf.attribute).relation === 'inverse' ? 1 : 0;
  });

function assertComputed(filter: ResolvedFilter, limit: number): void {
  const count = computedIn(filter);
  if (count <= limit) return;
  throw new ScimError(
    'invalidFilter',
    `The filter has ${count} conditions on computed attributes such as "groups"; at most ${limit} are accepted ` +
      '(filterComputed). Query the groups instead, and read their members.',
  );
}

/** Resolves a query for one of the types that it is about. */
export function resolvePart<Auth>(
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

/** A page of the resources of one type. */
export async function runPart<Auth>(context: Context<Auth>, part: Part, page: Query['page']): Promise<Page> {
  const { filter, type, sort, projection } = part;
  if (isNever(filter)) return { resources: [], total: 0 };
  const outcome = await perform(context, {
    ...{ type, name: 'query' },
    make: (common, opened) => ({
      ...common,
      name: 'query',
      query: {
        filter: filter?.kind === 'constant' ? undefined : filter,
        sort,
        page,
        selection: selectionFor(opened, type, projection, page.count),
      },
    }),
  });
  return outcome as Page;
}
