import type { Rewrite } from './rewrite.ts';

/** One value where an array is due: a single e-mail or member, as an object or a bare value. */
export const objectForArray: Rewrite = {
  name: 'object-for-array',
  effect: 'one value for an array',
  evidence: 'OneLogin (onelogin-01), member shapes (variants-01; 16, 30)',
  section: 'RFC 7643 §2.4',
  value(_attribute, expected, value) {
    return expected === 'array' && !Array.isArray(value) ? [value] : undefined;
  },
};
