// RFC 7644 §3.12: how many values one request may have of a relation (413), and of other multi-valued attributes.
import { ScimError } from '../protocol/error.ts';
import { idsIn } from '../protocol/apply-patch.ts';
import { isObject, own } from '../protocol/message.ts';
import type { PatchChange } from '../protocol/patch.ts';
import type { Attributes } from '../protocol/validate.ts';
import { assertCount } from '../protocol/value.ts';
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

/**
 * Refuses a PATCH that searches the values of relations too often: each time, all of them are looked at. Those that it
 * names by their ids are looked up.
 *
 * @throws ScimError 413
 */
export function assertSearches<Auth>(
  { service: { limits } }: Context<Auth>,
  changes: readonly PatchChange[],
): void {
  const searches = changes.filter(
    ({ attribute, filter }) => attribute.relation === 'holder' && filter && !idsIn(filter),
  );
  const [first] = searches;
  if (!first || searches.length <= limits.filterComputed) return;
  const { path } = first.attribute;
  throw new ScimError(
    413,
    `The PATCH searches "${path}" ${searches.length} times; at most ${limits.filterComputed} times are accepted ` +
      `(filterComputed). Name the values by their ids: ${path}[value eq "..."].`,
  );
}

/**
 * Refuses a resource with too many values of one attribute.
 *
 * @throws ScimError `invalidValue`
 */
export function assertValues<Auth>(
  { service: { limits } }: Context<Auth>,
  type: ResourceType,
  attributes: Attributes,
): void {
  for (const attribute of type.attributes)
    assertCount(attribute, own(attributes, attribute.name), limits.values);
  for (const extension of type.extensions) {
    const object = own(attributes, extension.urn);
    if (!isObject(object)) continue;
    for (const attribute of extension.attributes)
      assertCount(attribute, own(object, attribute.name), limits.values);
  }
}
