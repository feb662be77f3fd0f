import type { Rewrite } from './rewrite.ts';

/** `["x"]` or `[{...}]` where one value is due, as Entra sends a manager. */
export const arrayForScalar: Rewrite = {
  name: 'array-for-scalar',
  effect: 'an array of one for a value',
  evidence: 'Entra ID (entra-06: manager; 16, 27)',
  section: 'RFC 7643 §2.3',
  value(_attribute, expected, value) {
    return expected !== 'array' && Array.isArray(value) && value.length === 1 ? value[0] : undefined;
  },
};
