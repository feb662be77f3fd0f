// RFC 7644 §3.11: /Me, the alias of the caller's own resource.
import { ScimError } from '../protocol/error.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Context } from './context.ts';

/**
 * The resource that /Me stands for.
 *
 * @throws ScimError 501 where the service provider has no /Me, or for POST; 404 where the caller has no resource.
 */
export function resolveMe<Auth>(context: Context<Auth>, method: string): { type: ResourceType; id: string } {
  const { me } = context.service.options;
  if (!me) throw new ScimError(501, '/Me is not supported here: a credential does not stand for a resource.');
  if (method === 'POST')
    throw new ScimError(501, 'POST /Me is not supported; create resources at their endpoint.');
  const subject = me(context.auth, context.request.tenant);
  const type = subject && context.service.byName.get(subject.resourceType)?.type;
  if (!subject || !type) throw new ScimError(404, 'The caller has no resource of its own here.');
  return { type, id: subject.id };
}
