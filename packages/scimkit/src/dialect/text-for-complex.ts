import type { Rewrite } from './rewrite.ts';

/** A bare value where an object is due: it becomes the sub-attribute `value`. */
export const textForComplex: Rewrite = {
  name: 'text-for-complex',
  effect: 'a bare value for an object: its `value`',
  evidence: 'Entra ID (entra-06: manager as a bare id; 16, 27, 30)',
  section: 'RFC 7643 §2.3.8, §2.4',
  value(attribute, expected, value) {
    const isBare = typeof value === 'string' || typeof value === 'number';
    return expected === 'complex' && isBare && attribute.sub.has('value') ? { value } : undefined;
  },
};
