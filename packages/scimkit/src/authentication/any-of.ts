// RFC 7643 §5: a service provider may take several authentication schemes.
import type { Authentication } from './authentication.ts';
import type { ScimRequest } from './request.ts';

/** What an authentication returns of a caller. */
type AuthOf<Way> = Way extends Authentication<infer Auth> ? Auth : never;

/**
 * Several ways to authenticate at once, tried in order: the first that knows the caller decides. The first is published
 * as the primary one.
 *
 * @throws TypeError when there is none.
 *
 * @example
 * anyOf(bearerTokens(tokens), basic(verify), jwt({ issuer, audience, keys, auth }));
 */
export function anyOf<const Ways extends readonly Authentication<unknown>[]>(
  ...ways: Ways
): Authentication<AuthOf<Ways[number]>> {
  const [first] = ways;
  if (!first) throw new TypeError('anyOf needs at least one way to authenticate');
  type Auth = AuthOf<Ways[number]>;
  const inTurn = async (request: ScimRequest): Promise<Auth | undefined> => {
    for (const way of ways) {
      const auth = await way.authenticate(request);
      if (auth !== undefined) return auth as Auth;
    }
    return undefined;
  };
  return {
    schemes: ways
      .flatMap((way) => way.schemes)
      .map(({ primary: _, ...scheme }, index) => ({ ...scheme, primary: index === 0 })),
    challenge: (request) => [...new Set(ways.map((way) => way.challenge(request)))].join(', '),
    authenticate: ways.length > 1 ? inTurn : (request) => first.authenticate(request) as Auth | undefined,
  };
}
