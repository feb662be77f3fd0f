// RFC 7644 §3.12: 403, for callers who are known and may not.
import { ScimError } from '../protocol/error.ts';
import type { Authentication } from './authentication.ts';
import type { ScimRequest } from './request.ts';

/**
 * Lets only some of the authenticated requests through; others are answered 403. To say why, throw a
 * `ScimError(403, detail)`.
 *
 * @example
 * restrict(bearer(verify), (auth, request) => request.method === 'GET' || auth.mayWrite);
 */
export function restrict<Auth>(
  authentication: Authentication<Auth>,
  isAllowed: (auth: Auth, request: ScimRequest) => boolean | Promise<boolean>,
): Authentication<Auth> {
  return {
    schemes: authentication.schemes,
    challenge: (request) => authentication.challenge(request),
    async authenticate(request) {
      const auth = await authentication.authenticate(request);
      if (auth === undefined || (await isAllowed(auth, request)) === true) return auth;
      throw new ScimError(403, 'The credential is valid, but it may not do this. Ask for one that may.');
    },
  };
}
