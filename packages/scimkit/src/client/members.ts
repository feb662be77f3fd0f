// RFC 7644 §3.5.2: members of a group, added and removed one by one, in requests of bounded size.
import { formatFilter } from '../protocol/filter.ts';
import type { RequestOptions } from './options.ts';
import type { PatchOperation } from './patch.ts';
import type { ResourceClient, Target } from './resource-client.ts';
import { idOf } from './target.ts';
import type { AnyType, WritablePath } from './typed-path.ts';

/** What a change of members may be given besides. */
export interface MembersOptions extends RequestOptions {
  /** Members in one request at most. Default: 500. */
  readonly size?: number;
}

/** Compiles for types whose resources have members, and for those that the compiler doesn't know. */
type MustHaveMembers<Type extends AnyType> = 'members' extends WritablePath<Type> ? unknown : never;

async function inParts<Type extends AnyType>(
  groups: ResourceClient<Type>,
  group: Target,
  ids: readonly string[],
  { size = 500, signal }: MembersOptions,
  toOperations: (part: readonly string[]) => readonly object[],
): Promise<void> {
  if (!groups.type.byName.has('members')) throw new TypeError(`A ${groups.type.name} has no members.`);
  if (!Number.isInteger(size) || size < 1)
    throw new TypeError('"size" must be a whole number of at least 1.');
  const all = [...new Set(ids)];
  for (let from = 0; from < all.length; from += size) {
    const operations = toOperations(all.slice(from, from + size));
    await groups.patch(idOf(group), operations as readonly PatchOperation<Type>[], { signal });
  }
}

/**
 * Adds members to a group, by their ids, whoever else does so at the same time. Who is a member already stays one; who is
 * nobody is passed over by some service providers, and refused by others.
 *
 * @throws ScimError as answered; TypeError for resources without members.
 *
 * @example
 * await addMembers(client.resources(Group), group, [ada.id, grace.id]);
 */
export function addMembers<Type extends AnyType>(
  groups: ResourceClient<Type> & MustHaveMembers<Type>,
  group: Target,
  ids: readonly string[],
  options: MembersOptions = {},
): Promise<void> {
  return inParts(groups, group, ids, options, (part) => [
    { op: 'add', path: 'members', value: part.map((value) => ({ value })) },
  ]);
}

/**
 * Removes members from a group, by their ids. Who is none is passed over by most service providers; see RFC 7644 §3.5.2.2.
 *
 * @throws ScimError as answered; TypeError for resources without members.
 */
export function removeMembers<Type extends AnyType>(
  groups: ResourceClient<Type> & MustHaveMembers<Type>,
  group: Target,
  ids: readonly string[],
  options: MembersOptions = {},
): Promise<void> {
  return inParts(groups, group, ids, options, (part) =>
    part.map((value) => ({
      op: 'remove',
      path: `members[${formatFilter({ kind: 'compare', path: 'value', operator: 'eq', value })}]`,
    })),
  );
}
