import type { Rewrite } from './rewrite.ts';

/** `op` in any case: `Add`, `Replace`, `Remove`. */
export const opCase: Rewrite = {
  name: 'op-case',
  effect: '`op` in any case',
  evidence: 'Entra ID without aadOptscim062020 (entra-02, entra-08; 20)',
  section: 'RFC 7644 §3.5.2',
  operation(operation) {
    const { op } = operation;
    if (typeof op !== 'string' || op === op.toLowerCase()) return undefined;
    return [{ ...operation, op: op.toLowerCase() }];
  },
};
