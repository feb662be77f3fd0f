import type { Rewrite } from './rewrite.ts';

/** A number where a string is due, such as a numeric externalId: its digits. */
export const numberForString: Rewrite = {
  name: 'number-for-string',
  effect: 'a number for a string: its digits',
  evidence: "Okta's entitlement samples have a numeric externalId (16)",
  section: 'RFC 7643 §2.3.1',
  value(_attribute, expected, value) {
    return expected === 'string' && typeof value === 'number' && Number.isFinite(value)
      ? String(value)
      : undefined;
  },
};
