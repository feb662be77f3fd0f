// RFC 7644 §3.6: DELETE. Afterwards every request for the id is answered 404.
import type { ScimResponse } from '../authentication/request.ts';
import type { Precondition } from '../protocol/version.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { type Context, notFound } from './context.ts';
import { perform } from './performance.ts';
import { withoutSuffix } from './suffix.ts';

/** Answers DELETE, or the same in a Bulk. */
export async function remove<Auth>(
  context: Context<Auth>,
  type: ResourceType,
  id: string,
  precondition: Precondition,
  bulkId?: string,
): Promise<ScimResponse> {
  const written = await withoutSuffix(id, (id) =>
    perform(context, {
      ...{ type, name: 'delete', bulkId },
      make: (common) => ({ ...common, name: 'delete', id, precondition }),
    }),
  );
  if (!written) throw notFound(type, id);
  return { status: 204, headers: {} };
}
