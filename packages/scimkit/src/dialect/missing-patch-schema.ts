import { declaredSchemas } from '../protocol/message.ts';
import { PATCH_OP_URN } from '../protocol/urn.ts';
import type { Rewrite } from './rewrite.ts';

/** A PATCH body without `schemas`, or with others than PatchOp. */
export const missingPatchSchema: Rewrite = {
  name: 'missing-patch-schema',
  effect: 'a PATCH body without the PatchOp schema',
  evidence: "Jackson's fixtures PATCH without schemas (31)",
  section: 'RFC 7644 §3.5.2',
  patchRequest(body) {
    if (declaredSchemas(body)?.includes(PATCH_OP_URN.toLowerCase())) return undefined;
    const rest = Object.entries(body).filter(([key]) => key.toLowerCase() !== 'schemas');
    return { ...Object.fromEntries(rest), schemas: [PATCH_OP_URN] };
  },
};
