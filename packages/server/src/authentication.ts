// Who may call the server: bearers of configured tokens, and of tokens whose hashes the database has.
import { type Authentication, anonymous, bearer, hashToken } from 'scimkit';
import type { Credentials } from './credentials.ts';
import { isLoopback, OptionError, type ServerOptions } from './options.ts';

/** The scope of the server's resources: it has one tenant and one connection. */
const SCOPE = { tenant: 'default', connection: 'default' } as const;

export type Scope = typeof SCOPE;

/**
 * The server's authentication.
 *
 * @throws OptionError when nobody could call, or everybody.
 */
export async function createAuthentication(
  { bearerTokens = [], allowAnonymous = false, hostname = '127.0.0.1' }: ServerOptions,
  credentials: Pick<Credentials, 'has' | 'isEmpty'>,
  makesToken: boolean,
): Promise<Authentication<Scope>> {
  if (bearerTokens.some((token) => !/^[\x21-\x7e]+$/.test(token))) {
    throw new OptionError(
      '--bearer-token must not be empty, and consists of visible ASCII characters without spaces.',
    );
  }
  const hasToken = makesToken || bearerTokens.length > 0 || !credentials.isEmpty();
  if (allowAnonymous) {
    if (!isLoopback(hostname)) {
      throw new OptionError(
        `--allow-anonymous is for this machine alone, and --hostname ${hostname} is reached from others; ` +
          'use a bearer token there.',
      );
    }
    if (bearerTokens.length > 0) {
      throw new OptionError(
        '--allow-anonymous and --bearer-token exclude each other; leave one of them out.',
      );
    }
    return anonymous(SCOPE);
  }
  if (!hasToken) {
    throw new OptionError(
      'No credential is configured, so nobody could call: give a token with --bearer-token, have one made with ' +
        '--create-token, or use --allow-anonymous on this machine.',
    );
  }
  const configured = new Set(await Promise.all(bearerTokens.map((token) => hashToken(token))));
  return bearer(async (token) => {
    const hash = await hashToken(token);
    return configured.has(hash) || credentials.has(hash) ? SCOPE : undefined;
  });
}
