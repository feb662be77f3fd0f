// RFC 7617: HTTP Basic. RFC 7644 §2.
import type { Authentication, AuthenticationScheme } from './authentication.ts';
import { hashToken } from './bearer.ts';

const SCHEME: AuthenticationScheme = {
  type: 'httpbasic',
  name: 'HTTP Basic',
  description: 'A user name and a password in the Authorization header. Use it over TLS alone.',
  specUri: 'https://www.rfc-editor.org/info/rfc7617',
  primary: true,
};

/** Options of `basic`. */
export interface BasicOptions {
  /** The protection space that the challenge names. Default: "scim". */
  readonly realm?: string;
  /** Where the customer's administrator reads how to get a credential; published in ServiceProviderConfig. */
  readonly documentationUri?: string;
}

/** User name and password of an Authorization header; undefined when it has another scheme, or is malformed. */
function credentialOf(header: string | undefined): { username: string; password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  let text: string;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  const username = text.slice(0, colon);
  const password = text.slice(colon + 1);
  return colon > 0 && password !== '' ? { username, password } : undefined;
}

/**
 * HTTP Basic (RFC 7617). `verify` gets user name and password, neither of them empty, and returns what the app wants to
 * know of the caller, or undefined. Passwords that people chose belong hashed with scrypt or argon2.
 *
 * @example
 * basic((username, password) => db.clients.authenticate(username, password));
 */
export function basic<Auth>(
  verify: (username: string, password: string) => Auth | undefined | Promise<Auth | undefined>,
  options: BasicOptions = {},
): Authentication<Auth> {
  const { realm = 'scim', documentationUri } = options;
  return {
    schemes: [{ ...SCHEME, ...(documentationUri && { documentationUri }) }],
    challenge: () => `Basic realm="${realm}", charset="UTF-8"`,
    authenticate(request) {
      const credential = credentialOf(request.headers.authorization);
      return credential && verify(credential.username, credential.password);
    },
  };
}

/** A credential that is known from the start, and what it stands for. The password is random, such as `createToken()`. */
export interface KnownCredential<Auth> {
  readonly username: string;
  readonly password: string;
  readonly auth: Auth;
}

/**
 * HTTP Basic with credentials that are known from the start, any number; only their hashes are kept, and compared.
 *
 * @throws TypeError for an empty user name or password, a colon in a user name, or for no credential at all.
 *
 * @example
 * basicCredentials([{ username: 'idp', password: process.env.SCIM_PASSWORD, auth: { tenant: 'acme' } }]);
 */
export function basicCredentials<Auth>(
  credentials: readonly KnownCredential<Auth>[],
  options: BasicOptions = {},
): Authentication<Auth> {
  if (credentials.length === 0) throw new TypeError('basicCredentials needs at least one credential');
  for (const { username, password } of credentials) {
    if (!username || !password || username.includes(':')) {
      throw new TypeError('A credential needs a user name without a colon, and a password');
    }
  }
  const known = Promise.all(
    credentials.map(
      async ({ username, password, auth }): Promise<[string, Auth]> => [
        await hashToken(`${username}:${password}`),
        auth,
      ],
    ),
  ).then((entries) => new Map(entries));
  return basic(
    async (username, password) => (await known).get(await hashToken(`${username}:${password}`)),
    options,
  );
}
