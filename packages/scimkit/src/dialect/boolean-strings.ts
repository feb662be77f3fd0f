import type { Rewrite } from './rewrite.ts';

/** `"True"` and `"false"` for booleans, in bodies, PATCH values, filters and value paths. */
export const booleanStrings: Rewrite = {
  name: 'boolean-strings',
  effect: '`"True"` and `"false"` for booleans, in bodies, PATCH values, filters and value paths',
  evidence: 'Entra ID (entra-02, entra-05; 15, 26), Keycloak (keycloak-01)',
  section: 'RFC 7643 §2.3.2',
  value(_attribute, expected, value) {
    if (expected !== 'boolean' || typeof value !== 'string') return undefined;
    const text = value.trim().toLowerCase();
    return text === 'true' ? true : text === 'false' ? false : undefined;
  },
};
