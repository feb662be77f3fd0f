// Who may call the server: bearers of configured tokens and of tokens whose hashes the database has, user names with
// passwords, and JWTs of an outside issuer.
import { hash as digest } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Authentication, anonymous, anyOf, basicCredentials, bearer } from 'scimkit';
import { jwt } from 'scimkit/jwt';
import type { Credentials } from './credentials.ts';
import { OptionError } from './option-error.ts';
import { isLoopback, type JwtTrust, type ServerOptions } from './options.ts';

/** The scope of the server's resources: it has one tenant and one connection. */
export const SCOPE = { tenant: 'default', connection: 'default' } as const;

export type Scope = typeof SCOPE;

/** What scimkit's hashToken makes, without the way to another thread that each request would wait for. */
const hashOf = (token: string) => digest('sha256', token, 'hex');

/** The ways to authenticate that options configure. */
function configured(
  { bearerTokens = [], basicCredentials: pairs = [], jwt: trust }: ServerOptions,
  credentials: Pick<Credentials, 'has' | 'isEmpty'>,
  makesToken: boolean,
): readonly Authentication<Scope>[] {
  if (bearerTokens.some((token) => !/^[\x21-\x7e]+$/.test(token))) {
    throw new OptionError(
      '--bearer-token must not be empty, and consists of visible ASCII characters without spaces.',
    );
  }
  const ways: Authentication<Scope>[] = [];
  if (makesToken || bearerTokens.length > 0 || !credentials.isEmpty()) {
    const hashes = new Set(bearerTokens.map(hashOf));
    ways.push(
      bearer((token) => {
        const hash = hashOf(token);
        return hashes.has(hash) || credentials.has(hash) ? SCOPE : undefined;
      }),
    );
  }
  if (pairs.length > 0) ways.push(basicCredentials(pairs.map((pair) => ({ ...pair, auth: SCOPE }))));
  if (trust) ways.push(trusting(trust));
  return ways;
}

function trusting({ issuer, audience, keys, scopes }: JwtTrust): Authentication<Scope> {
  for (const [option, value] of [
    ['issuer', issuer],
    ['audience', audience],
    ['keys', keys],
  ] as const) {
    if (!value)
      throw new OptionError(
        `--jwt-issuer, --jwt-audience and --jwt-keys belong together; --jwt-${option} is missing.`,
      );
  }
  const isUrl = /^https?:\/\//i.test(keys);
  return jwt({
    ...{ issuer, audience },
    ...(scopes && { scopes }),
    keys: isUrl ? new URL(keys) : readKeys(keys),
    auth: () => SCOPE,
  });
}

function readKeys(path: string) {
  try {
    const json = JSON.parse(readFileSync(path, 'utf8'));
    if (Array.isArray(json?.keys)) return json;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OptionError(`--jwt-keys ${path} can't be read: ${code ?? message}.`);
  }
  throw new OptionError(`--jwt-keys ${path} is no key set: it must be JSON with "keys" (RFC 7517 §5).`);
}

/**
 * The server's authentication.
 *
 * @throws OptionError when nobody could call, or everybody.
 */
export function createAuthentication(
  options: ServerOptions,
  credentials: Pick<Credentials, 'has' | 'isEmpty'>,
  makesToken: boolean,
): Authentication<Scope> {
  const { allowAnonymous = false, hostname = '127.0.0.1' } = options;
  const { bearerTokens = [], basicCredentials: pairs = [], jwt: trust } = options;
  if (allowAnonymous) {
    if (!isLoopback(hostname)) {
      throw new OptionError(
        `--allow-anonymous is for this machine alone, and --hostname ${hostname} is reached from others; ` +
          'use a bearer token there.',
      );
    }
    if (bearerTokens.length > 0 || pairs.length > 0 || trust) {
      throw new OptionError(
        '--allow-anonymous and credentials such as --bearer-token exclude each other; leave one of them out.',
      );
    }
    return anonymous(SCOPE);
  }
  const ways = configured(options, credentials, makesToken);
  if (ways.length === 0) {
    throw new OptionError(
      'No credential is configured, so nobody could call: give a token with --bearer-token, have one made with ' +
        '--create-token, or use --allow-anonymous on this machine.',
    );
  }
  return anyOf(...ways);
}
