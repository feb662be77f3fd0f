// RFC 7644 §3.5.2 for stores that can't patch: read, apply, replace if unchanged, and again when somebody was faster.
import { applyPatch, type RelationChange } from '../protocol/apply-patch.ts';
import { ScimError } from '../protocol/error.ts';
import { foldElement } from '../protocol/fold.ts';
import { matchesElement } from '../protocol/match.ts';
import type { PatchChange } from '../protocol/patch.ts';
import { checkPrecondition } from '../protocol/version.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Reference, Store, WriteOptions, Written } from './store.ts';

/** Times that a PATCH is begun anew before it is given up. */
const ATTEMPTS = 1_000;

/**
 * Carries a PATCH out by `get` and `replace`. The version that was read is the precondition of the replacement, so no
 * update is lost; a conflict is repeated, unless the client named a version itself.
 *
 * @throws ScimError as `Store.patch` does; 503 when others kept being faster.
 */
export async function patchByReplace(
  type: ResourceType,
  store: Store,
  id: string,
  changes: readonly PatchChange[],
  options: WriteOptions,
): Promise<Written | undefined> {
  const selection = { relations: new Set(type.holders.map((attribute) => attribute.path)) };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stored = await store.get(id, selection);
    if (!stored) return undefined;
    checkPrecondition(options.precondition, stored.version);
    const patched = applyPatch(type, stored.attributes, changes, options.report);
    const relations = new Map(
      type.holders.map(({ path }) => [
        path,
        changeIds(path, stored.relations?.get(path) ?? [], patched.relations),
      ]),
    );
    const input = {
      attributes: patched.attributes,
      relations,
      secrets: patched.secrets,
      mentioned: new Set<string>(),
    };
    try {
      return await store.replace(id, input, {
        ...options,
        keepAbsent: false,
        precondition: { match: [stored.version] },
      });
    } catch (error) {
      if (!(error instanceof ScimError) || error.status !== 412) throw error;
    }
  }
  throw new ScimError(503, 'The resource is changed by others all the time; send the request again.', {
    headers: { 'retry-after': '1' },
  });
}

/** The ids of a relation after its changes. */
function changeIds(
  path: string,
  current: readonly Reference[],
  changes: readonly RelationChange[],
): readonly string[] {
  const known = new Map(current.map((reference) => [reference.value, reference]));
  let ids = [...known.keys()];
  for (const { attribute, op, ids: given, filter, mustMatch } of changes) {
    if (attribute.path !== path) continue;
    if (op === 'replace') ids = [...(given ?? [])];
    else if (op === 'add') ids = [...new Set([...ids, ...(given ?? [])])];
    else {
      // These ids, those that match, or all.
      const named = given && new Set(given);
      const isMeant = (id: string) =>
        (named?.has(id) ?? true) &&
        (!filter || matchesElement(filter, foldElement(attribute, known.get(id) ?? { value: id })));
      const kept = ids.filter((id) => !isMeant(id));
      if (mustMatch && kept.length === ids.length) {
        throw new ScimError('noTarget', `No value of "${path}" matches the path. Add the value first.`);
      }
      ids = kept;
    }
  }
  return ids;
}
