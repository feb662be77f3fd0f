// RFC 7644 §3.12 (413): how many values of relations one request may have.
import { ScimError } from '../protocol/error.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Context } from './context.ts';

/**
 * Refuses a request with too many members.
 *
 * @throws ScimError 413
 */
export function assertMembers<Auth>(
  { service: { limits } }: Context<Auth>,
  type: ResourceType,
  lists: Iterable<readonly string[] | undefined>,
): void {
  let count = 0;
  for (const list of lists) count += list?.length ?? 0;
  if (count <= limits.members) return;
  const names = type.holders.map(({ path }) => `"${path}"`).join(' and ');
  throw new ScimError(
    413,
    `The request has ${count} values of ${names}; at most ${limits.members} are accepted (members). Send the others ` +
      'in further requests, with PATCH and "add".',
  );
}
