// RFC 7644 §3.4.1: GET reads a resource. RFC 9110 §13: If-Match, If-None-Match.
import type { ScimResponse } from '../authentication/request.ts';
import { compileProjection } from '../protocol/project.ts';
import { checkPrecondition, parseEtags } from '../protocol/version.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { StoredResource } from '../store/store.ts';
import { type Context, notFound } from './context.ts';
import { withoutSuffix } from './suffix.ts';
import type { Parameters } from './parameters.ts';
import { perform } from './performance.ts';
import { representOne, selectionFor } from './represent.ts';
import { resourceResponse } from './respond.ts';

/** Answers GET of a resource. */
export async function get<Auth>(
  context: Context<Auth>,
  type: ResourceType,
  id: string,
  parameters: Parameters,
): Promise<ScimResponse> {
  const projection = compileProjection(type, parameters, context.leniency);
  const stored = await withoutSuffix(id, (id) =>
    perform(context, {
      ...{ type, name: 'get' },
      make: (common, opened) => ({
        ...common,
        ...{ name: 'get', id, selection: selectionFor(opened, type, projection) },
      }),
    }),
  );
  if (!stored) throw notFound(type, id);
  const { headers } = context.request;
  checkPrecondition({ match: parseEtags(headers['if-match']) }, (stored as StoredResource).version);
  const representation = await representOne(context, type, projection, stored as StoredResource);
  // Computed attributes count here: the whole tag is compared, digest included.
  const noneMatch = parseEtags(headers['if-none-match']);
  if (noneMatch) {
    const [tag] = parseEtags(representation.etag) as readonly string[];
    if (noneMatch === '*' || noneMatch.includes(tag as string)) {
      return { status: 304, headers: { etag: representation.etag, location: representation.location } };
    }
  }
  return resourceResponse(200, representation);
}
