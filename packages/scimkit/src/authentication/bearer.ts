// RFC 6750: bearer tokens. RFC 7644 §2.
import type { Authentication, AuthenticationScheme } from './authentication.ts';

const SCHEME: AuthenticationScheme = {
  type: 'oauthbearertoken',
  name: 'OAuth Bearer Token',
  description: 'A bearer token in the Authorization header.',
  specUri: 'https://www.rfc-editor.org/info/rfc6750',
  primary: true,
};

/** Options of `bearer`. */
export interface BearerOptions {
  /** The protection space that the challenge names. Default: "scim". */
  readonly realm?: string;
  /** Where the customer's administrator reads how to get a token; published in ServiceProviderConfig. */
  readonly documentationUri?: string;
}

/** The token of an Authorization header; undefined when it has another scheme, or none, or is empty. */
function tokenOf(header: string | undefined): string | undefined {
  const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '');
  return match?.[1];
}

/**
 * Bearer tokens (RFC 6750). `verify` gets the token and returns what the app wants to know of its bearer, or
 * undefined. Look tokens up by their hash (`hashToken`), so that no comparison leaks and no token is stored.
 *
 * @example
 * bearer(async (token) => db.credentials.findByHash(await hashToken(token)));
 */
export function bearer<Auth>(
  verify: (token: string) => Auth | undefined | Promise<Auth | undefined>,
  options: BearerOptions = {},
): Authentication<Auth> {
  const { realm = 'scim', documentationUri } = options;
  return {
    schemes: [{ ...SCHEME, ...(documentationUri && { documentationUri }) }],
    challenge({ headers }) {
      const presented = /^Bearer\b/i.test(headers.authorization ?? '');
      return `Bearer realm="${realm}"${presented ? ', error="invalid_token"' : ''}`;
    },
    authenticate(request) {
      const token = tokenOf(request.headers.authorization);
      return token === undefined ? undefined : verify(token);
    },
  };
}

/** The SHA-256 of a token in hexadecimal: what is stored in its place. Tokens are random, so no salt is needed. */
export async function hashToken(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A new token: 256 random bits in base64url behind a prefix that secret scanners can recognise. */
export function createToken(prefix = 'scimkit_'): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const base64 = btoa(String.fromCharCode(...bytes));
  return prefix + base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** A bearer token that is known from the start, by itself or by its hash, and what it stands for. */
export type KnownToken<Auth> = { readonly auth: Auth } & (
  | { readonly token: string }
  | { readonly hash: string }
);

/**
 * Bearer tokens that are known from the start, any number; only their hashes are kept, and compared.
 *
 * @throws TypeError for an empty token, or for none at all: nobody could ever call, or everybody.
 *
 * @example
 * bearerTokens([{ token: process.env.SCIM_TOKEN, auth: { tenant: 'acme' } }]);
 */
export function bearerTokens<Auth>(
  tokens: readonly KnownToken<Auth>[],
  options: BearerOptions = {},
): Authentication<Auth> {
  if (tokens.length === 0) throw new TypeError('bearerTokens needs at least one token');
  for (const known of tokens) {
    if ('token' in known && tokenOf(`Bearer ${known.token}`) === undefined) {
      throw new TypeError(
        'A bearer token must not be empty, and consists of visible ASCII characters without spaces',
      );
    }
    if ('hash' in known && !/^[0-9a-f]{64}$/i.test(known.hash)) {
      throw new TypeError('A hash of a token is 64 hexadecimal digits: see hashToken');
    }
  }
  const known = Promise.all(
    tokens.map(
      async (entry): Promise<[string, Auth]> => [
        'token' in entry ? await hashToken(entry.token) : entry.hash.toLowerCase(),
        entry.auth,
      ],
    ),
  ).then((entries) => new Map(entries));
  return bearer(async (token) => (await known).get(await hashToken(token)), options);
}

/**
 * No authentication: whoever reaches the service provider may do everything. For trials on the own machine.
 */
export function anonymous<Auth>(auth: Auth): Authentication<Auth> {
  return { schemes: [], challenge: () => 'Bearer', authenticate: () => auth };
}
