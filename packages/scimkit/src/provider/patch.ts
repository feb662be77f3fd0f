// RFC 7644 §3.5.2: PATCH changes parts of a resource.
import type { ScimResponse } from '../authentication/request.ts';
import { readPatch } from '../protocol/patch.ts';
import { compileProjection } from '../protocol/project.ts';
import { formatEtag, type Precondition } from '../protocol/version.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { StoredResource, Written } from '../store/store.ts';
import { type Context, locationOf, notFound } from './context.ts';
import { assertMembers, assertSearches } from './members.ts';
import { withoutSuffix } from './suffix.ts';
import type { Parameters } from './parameters.ts';
import { perform } from './performance.ts';
import { representOne, selectionFor } from './represent.ts';
import { resourceResponse } from './respond.ts';

/** 204 for types whose relations may be large, 200 for others; a client that names attributes gets them. */
function answersWithBody<Auth>(context: Context<Auth>, type: ResourceType, parameters: Parameters): boolean {
  if (parameters.attributes || parameters.excludedAttributes) return true;
  const status = context.service.options.patchStatus?.[type.name];
  return status === undefined ? type.holders.length === 0 : status === 200;
}

/** Answers PATCH, or the same in a Bulk. */
export async function patch<Auth>(
  context: Context<Auth>,
  type: ResourceType,
  id: string,
  body: unknown,
  parameters: Parameters,
  precondition: Precondition,
  bulkId?: string,
): Promise<ScimResponse> {
  const { leniency, service } = context;
  const { patchOperations: maxOperations, values: maxValues } = service.limits;
  const limits = { maxOperations, maxValues, ...filterLimits(service.limits) };
  const { changes, mentioned } = readPatch(type, body, leniency, limits);
  assertMembers(
    context,
    type,
    changes.map(({ ids }) => ids),
  );
  assertSearches(context, changes);
  const projection = compileProjection(type, { ...parameters, mentioned }, leniency);
  const hasBody = answersWithBody(context, type, parameters);
  const outcome = await withoutSuffix(id, (id) =>
    perform(context, {
      ...{ type, name: 'patch', bulkId },
      make: (common, opened) => ({
        ...common,
        name: 'patch',
        id,
        changes,
        precondition,
        selection: hasBody ? selectionFor(opened, type, projection) : undefined,
      }),
    }),
  );
  if (!outcome) throw notFound(type, id);
  const written = outcome as Written;
  if (hasBody) {
    const stored = written.resource as StoredResource;
    return resourceResponse(200, await representOne(context, type, projection, stored));
  }
  const headers = { etag: formatEtag(written.version), location: locationOf(context, type, written.id) };
  return { status: 204, headers };
}

function filterLimits(limits: { filterLength: number; filterNodes: number; filterDepth: number }) {
  return { maxLength: limits.filterLength, maxNodes: limits.filterNodes, maxDepth: limits.filterDepth };
}
