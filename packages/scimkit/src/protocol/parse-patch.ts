// RFC 7644 §3.5.2: PATCH operations of the app's own, for middleware that adds to what a client sent.
import type { ResourceType } from '../schema/resource-type.ts';
import { strict } from './leniency.ts';
import { type PatchChange, type PatchOp, readPatch } from './patch.ts';
import { PATCH_OP_URN } from './urn.ts';

/**
 * PATCH operations as changes, by the RFC's letter.
 *
 * @throws ScimError when one of them is wrong, as PATCH is answered.
 *
 * @example
 * next({ ...operation, changes: [...operation.changes, ...parsePatch(User, [{ op: 'replace', path: 'title', value: 'x' }])] })
 */
export function parsePatch(
  type: ResourceType,
  operations: readonly { readonly op: PatchOp; readonly path: string; readonly value?: unknown }[],
): readonly PatchChange[] {
  return readPatch(type, { schemas: [PATCH_OP_URN], Operations: operations }, strict).changes;
}
