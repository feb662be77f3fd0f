// Who may call the server: bearers of configured tokens and of tokens whose hashes the database has, user names with
// passwords, and JWTs of an outside issuer.
import { hash as digest } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Authentication,
  anonymous,
  anyOf,
  basicCredentials,
  bearer,
  type KnownCredential,
} from 'scimkit';
import { jwt } from 'scimkit/jwt';
import type { Credentials } from './credentials.ts';
import { OptionError } from './option-error.ts';
import { isLoopback, type JwtTrust, type ServerOptions } from './options.ts';
import { describeScope, isName, type Scope, toScope } from './scope.ts';
import type { Tenants } from './tenants.ts';

/** What scimkit's hashToken makes, without the way to another thread that each request would wait for. */
const hashOf = (token: string) => digest('sha256', token, 'hex');

type Lookup = Pick<Credentials, 'find' | 'isEmpty'>;

/** The scopes of configured tokens by their hashes. */
function scopesOf(tokens: NonNullable<ServerOptions['bearerTokens']>): ReadonlyMap<string, Scope> {
  const scopes = new Map<string, Scope>();
  for (const entry of tokens) {
    const { token, ...scope } = typeof entry === 'string' ? { token: entry } : entry;
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new OptionError(
        '--bearer-token must not be empty, and consists of visible ASCII characters without spaces.',
      );
    }
    const hash = hashOf(token);
    const [known, fresh] = [scopes.get(hash), toScope(scope, 'A bearer token')];
    if (known && (known.tenant !== fresh.tenant || known.connection !== fresh.connection)) {
      throw new OptionError(
        `A bearer token is given twice, for ${describeScope(known)} and for ${describeScope(fresh)}; ` +
          'each connection needs a token of its own.',
      );
    }
    scopes.set(hash, fresh);
  }
  return scopes;
}

/** Names and passwords with their scopes. */
function passwordsOf(
  pairs: NonNullable<ServerOptions['basicCredentials']>,
): readonly KnownCredential<Scope>[] {
  const seen = new Set<string>();
  return pairs.map(({ username, password, ...scope }) => {
    const where = `The user name ${JSON.stringify(username)}`;
    const key = hashOf(`${username}:${password}`);
    if (seen.has(key)) {
      throw new OptionError(`${where} is given twice with the same password; whose it is must be clear.`);
    }
    seen.add(key);
    return { username, password, auth: toScope(scope, where) };
  });
}

/** The ways to authenticate that options configure, and tokens of the database whether there are some yet or not. */
async function configured(
  { bearerTokens = [], basicCredentials: pairs = [], jwt: trust }: ServerOptions,
  credentials: Lookup,
  makesToken: boolean,
  permits: Tenants['permits'],
): Promise<{ readonly ways: readonly Authentication<Scope>[]; readonly tokens: Authentication<Scope> }> {
  const scopes = scopesOf(bearerTokens);
  const tokens = bearer((token): Scope | undefined | Promise<Scope | undefined> => {
    const hash = hashOf(token);
    return scopes.get(hash) ?? credentials.find(hash);
  });
  const ways: Authentication<Scope>[] = [];
  if (makesToken || bearerTokens.length > 0 || !(await credentials.isEmpty())) ways.push(tokens);
  if (pairs.length > 0) ways.push(basicCredentials(passwordsOf(pairs)));
  if (trust) ways.push(trusting(trust, permits));
  return { ways, tokens };
}

function trusting(trust: JwtTrust, permits: Tenants['permits']): Authentication<Scope> {
  const { issuer, audience, keys, scopes, tenantClaim, connectionClaim } = trust;
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
    auth(claims, request) {
      // A token that doesn't say whose it is, is nobody's: never the default tenant's.
      const scope: { tenant?: string; connection?: string } = {};
      for (const [part, claim] of [
        ['tenant', tenantClaim],
        ['connection', connectionClaim],
      ] as const) {
        if (claim === undefined) continue;
        const name = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
        if (!isName(name)) return undefined;
        scope[part] = name;
      }
      const known = toScope(scope, 'A JWT');
      // Before its scopes are looked at: at another tenant's door, a token is an unknown one.
      return permits(known, request.tenant) ? known : undefined;
    },
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
export async function createAuthentication(
  options: ServerOptions,
  credentials: Lookup,
  makesToken: boolean,
  permits: Tenants['permits'],
): Promise<Authentication<Scope>> {
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
    return anonymous(toScope({}, '--allow-anonymous'));
  }
  const { ways, tokens } = await configured(options, credentials, makesToken, permits);
  if (ways.length === 0) {
    throw new OptionError(
      'No credential is configured, so nobody could call: give a token with --bearer-token, have one made with ' +
        '--create-token, or use --allow-anonymous on this machine.',
    );
  }
  const all = anyOf(...ways);
  if (ways.includes(tokens)) return all;
  // Tokens that are made while the server runs count at once; they are published with its next start.
  return {
    schemes: all.schemes,
    challenge: (request) => all.challenge(request),
    authenticate: async (request) => (await all.authenticate(request)) ?? tokens.authenticate(request),
  };
}
