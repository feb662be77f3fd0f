// RFC 7643 §5: a service provider may take several authentication schemes.
import type { Authentication } from './authentication.ts';

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
  if (ways.length === 0) throw new TypeError('anyOf needs at least one way to authenticate');
  return {
    schemes: ways
      .flatMap((way) => way.schemes)
      .map(({ primary: _, ...scheme }, index) => ({ ...scheme, primary: index === 0 })),
    challenge: (request) => [...new Set(ways.map((way) => way.challenge(request)))].join(', '),
    async authenticate(request) {
      for (const way of ways) {
        const auth = await way.authenticate(request);
        if (auth !== undefined) return auth as AuthOf<Ways[number]>;
      }
      return undefined;
    },
  };
}
