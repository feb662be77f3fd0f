// Which identity provider needs which rewrites, as far as its traffic is known. All are on by default, because a
// request doesn't tell who sent it; the table says what may be switched off where only one of them connects.

/** Identity provider -> names of the rewrites that its traffic needs. */
export const REWRITES_BY_IDENTITY_PROVIDER = {
  'Microsoft Entra ID': [
    ...[
      'op-case',
      'path-keys',
      'remove-with-value',
      'dot-after-urn',
      'unprefixed-attributes',
      'boolean-strings',
    ],
    ...['array-for-scalar', 'text-for-complex', 'unquoted-values', 'compared-value-path', 'missing-element'],
    ...['loose-schemas', 'parameter-case', 'stray-slashes', 'unknown-attributes', 'without-path'],
  ],
  Okta: ['keep-absent', 'number-for-string', 'loose-schemas', 'without-path'],
  OneLogin: ['object-for-array', 'loose-schemas', 'keep-absent'],
  Google: ['loose-schemas', 'without-path'],
  JumpCloud: ['remove-with-value'],
  PingFederate: ['one-primary', 'unquoted-values', 'keep-absent'],
  Keycloak: ['boolean-strings', 'remove-with-value', 'keep-absent'],
  authentik: ['unquoted-values', 'remove-with-value', 'path-keys'],
  ssosync: ['remove-with-value'],
  Jackson: ['missing-patch-schema', 'unprefixed-attributes'],
  SailPoint: ['attributes-win'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
