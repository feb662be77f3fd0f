// RFC 7644 §3.5.1: PUT replaces a resource's attributes.
import type { ScimResponse } from '../authentication/request.ts';
import { compileProjection } from '../protocol/project.ts';
import { keptWhenAbsent, readResource } from '../protocol/validate.ts';
import type { Precondition } from '../protocol/version.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { StoredResource, Written } from '../store/store.ts';
import { type Context, notFound } from './context.ts';
import { assertMembers, assertValues } from './members.ts';
import { withoutSuffix } from './suffix.ts';
import type { Parameters } from './parameters.ts';
import { perform } from './performance.ts';
import { representOne, selectionFor } from './represent.ts';
import { resourceResponse } from './respond.ts';

/** Answers PUT, or the same in a Bulk. */
export async function replace<Auth>(
  context: Context<Auth>,
  type: ResourceType,
  id: string,
  body: unknown,
  parameters: Parameters,
  precondition: Precondition,
  bulkId?: string,
): Promise<ScimResponse> {
  const { leniency } = context;
  const input = readResource(type, body, leniency);
  assertMembers(context, type, input.relations.values());
  assertValues(context, type, input.attributes);
  if (leniency.keepAbsent) {
    for (const { path } of keptWhenAbsent(type)) {
      if (!input.mentioned.has(path)) leniency.report({ kind: 'rewrite', name: 'keep-absent', where: path });
    }
  }
  const projection = compileProjection(type, { ...parameters, mentioned: input.mentioned }, leniency);
  const written = await withoutSuffix(id, (id) =>
    perform(context, {
      ...{ type, name: 'replace', bulkId },
      make: (common, opened) => ({
        ...common,
        name: 'replace',
        id,
        input,
        precondition,
        selection: selectionFor(opened, type, projection),
      }),
    }),
  );
  if (!written) throw notFound(type, id);
  const stored = (written as Written).resource as StoredResource;
  return resourceResponse(200, await representOne(context, type, projection, stored));
}
