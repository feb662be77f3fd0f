// RFC 7519, RFC 9068: JWTs of an outside issuer as bearer tokens, checked as RFC 8725 wants it.
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { ScimError } from '../protocol/error.ts';
import type { Authentication } from './authentication.ts';
import { bearer } from './bearer.ts';
import type { ScimRequest } from './request.ts';

/** The claims of a token whose signature, issuer, audience and time are right. */
export type JwtClaims = JWTPayload;

/** Options of `jwt`. */
export interface JwtOptions<Auth> {
  /** Who issues the tokens: the value of `iss`, or several. */
  readonly issuer: string | readonly string[];
  /** Whom they are for: the value that `aud` must have, or one of several. */
  readonly audience: string | readonly string[];
  /** The issuer's public keys: a key set, or the https URL of one, which is fetched when it is needed and cached. */
  readonly keys: URL | JSONWebKeySet;
  /** Accepted signatures. Default: all of RSA, ECDSA and EdDSA; never `none`, nor a shared secret. */
  readonly algorithms?: readonly string[];
  /** Scopes that the token must have, all of them; in `scope`, `scp` or `roles`. By request, if given a function. */
  readonly scopes?: readonly string[] | ((request: ScimRequest) => readonly string[]);
  /**
   * What the app wants to know of the caller: tenant, connection, client; undefined for 401. It is asked before scopes are
   * compared, so that a caller who is nobody for `request.tenant` is not told of scopes.
   */
  readonly auth: (claims: JwtClaims, request: ScimRequest) => Auth | undefined | Promise<Auth | undefined>;
  /** Seconds by which clocks may differ. Default: 30. */
  readonly clockTolerance?: number;
  /** The protection space that the challenge names. Default: "scim". */
  readonly realm?: string;
  /** Published in ServiceProviderConfig. */
  readonly documentationUri?: string;
}

const PUBLIC_KEY_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** A key set that anybody on the way could change is none. */
function assertHttps({ protocol, hostname }: URL): void {
  if (protocol === 'https:') return;
  if (protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return;
  throw new TypeError('"keys" must be an https URL');
}

/** What makes a token wrong, and not the issuer's key set. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}

/** The scopes that a token has, wherever issuers write them. */
function scopesOf(claims: JwtClaims): ReadonlySet<string> {
  const { scope, scp, roles } = claims;
  const texts = [scope, scp, roles].flat().filter((text) => typeof text === 'string');
  return new Set(texts.flatMap((text) => text.split(' ')));
}

/**
 * JWTs as bearer tokens, of an issuer that publishes its keys. Signature, algorithm, `iss`, `aud`, `exp` (which must be
 * there) and `nbf` are checked; 403 when a scope is missing. A key set that can't be fetched is a failure, and no 401.
 * Needs the peer dependency `jose`.
 *
 * @throws TypeError for a key set that is not fetched by https.
 *
 * @example
 * jwt({
 *   issuer: 'https://login.example.com/',
 *   audience: 'https://app.example.com/scim',
 *   keys: new URL('https://login.example.com/.well-known/jwks.json'),
 *   scopes: ['scim'],
 *   auth: (claims) => ({ tenant: String(claims.org) }),
 * });
 */
export function jwt<Auth>(options: JwtOptions<Auth>): Authentication<Auth> {
  const { issuer, audience, keys, auth, algorithms = PUBLIC_KEY_ALGORITHMS, clockTolerance = 30 } = options;
  const { scopes = [], realm = 'scim', documentationUri } = options;
  if (keys instanceof URL) assertHttps(keys);
  if (issuer.length === 0 || audience.length === 0) {
    throw new TypeError('"issuer" and "audience" must not be empty');
  }
  if (algorithms.some((algorithm) => !PUBLIC_KEY_ALGORITHMS.includes(algorithm))) {
    throw new TypeError(`"algorithms" may have ${PUBLIC_KEY_ALGORITHMS.join(', ')}`);
  }
  const keySet = keys instanceof URL ? createRemoteJWKSet(keys) : createLocalJWKSet(keys);
  const expected = {
    issuer: [issuer].flat() as string[],
    audience: [audience].flat() as string[],
    algorithms: [...algorithms],
    clockTolerance,
    requiredClaims: ['exp'],
  };

  const verify = async (token: string): Promise<JwtClaims | undefined> => {
    // Others' tokens are no business of a key set.
    if (token.split('.').length !== 3) return undefined;
    try {
      return (await jwtVerify(token, keySet, expected)).payload;
    } catch (error) {
      if (isOfToken(error)) return undefined;
      throw error;
    }
  };
  const claimed = bearer(verify, { realm, ...(documentationUri !== undefined && { documentationUri }) });
  return {
    schemes: claimed.schemes.map((scheme) => ({
      ...scheme,
      name: 'JWT Bearer Token',
      description: `A JWT issued by ${[issuer].flat().join(' or ')}, in the Authorization header.`,
    })),
    challenge: (request) => claimed.challenge(request),
    async authenticate(request) {
      const claims = await claimed.authenticate(request);
      if (!claims) return undefined;
      const caller = await auth(claims, request);
      if (caller === undefined) return undefined;
      const granted = scopesOf(claims);
      const wanted = typeof scopes === 'function' ? scopes(request) : scopes;
      const missing = wanted.filter((scope) => !granted.has(scope));
      if (missing.length === 0) return caller;
      throw new ScimError(403, `The token lacks the scope ${missing.join(' ')}.`, {
        headers: {
          'www-authenticate': `Bearer realm="${realm}", error="insufficient_scope", scope="${wanted.join(' ')}"`,
        },
      });
    },
  };
}
