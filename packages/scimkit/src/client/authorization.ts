// RFC 6750 (bearer), RFC 7617 (Basic), RFC 6749 §4.4 (client credentials): what a client sends as Authorization.
import { quote } from '../protocol/error.ts';
import { isObject, type JsonObject } from '../protocol/message.ts';
import { RequestError, SettledError } from './failure.ts';

/** What an authorization may use to get hold of a credential. */
export interface AuthorizationContext {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly signal: AbortSignal;
}

/** Where the header `Authorization` comes from. */
export interface Authorization {
  /** The header's value for the next request. */
  header(context: AuthorizationContext): string | Promise<string>;
  /** Told of a header that was answered 401: true if another one may be had, and the request is worth repeating. */
  refused?(header: string): boolean;
}

/**
 * A bearer token (RFC 6750), or a function that finds one, which is called for each request.
 *
 * @throws TypeError for a token that no header can carry.
 *
 * @example
 * createClient({ baseUrl, authorization: bearerToken(process.env.SCIM_TOKEN ?? '') });
 */
export function bearerToken(token: string | (() => string | Promise<string>)): Authorization {
  const header = (text: string): string => {
    if (!/^[\x21-\x7e]+$/.test(text)) {
      throw new TypeError('The bearer token must be one word in ASCII; it is empty or has other characters.');
    }
    return `Bearer ${text}`;
  };
  if (typeof token === 'string') {
    const value = header(token);
    return { header: () => value };
  }
  return { header: async () => header(await token()) };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/**
 * A user name and a password (HTTP Basic, RFC 7617), in UTF-8.
 *
 * @throws TypeError for a user name with a colon.
 */
export function basicPassword(credentials: {
  readonly username: string;
  readonly password: string;
}): Authorization {
  const { username, password } = credentials;
  if (username.includes(':')) throw new TypeError('A user name of HTTP Basic has no colon (RFC 7617 §2).');
  const value = `Basic ${base64(`${username}:${password}`)}`;
  return { header: () => value };
}

/** What `clientCredentials` takes. */
export interface ClientCredentialsOptions {
  /** The authorization server's token endpoint. */
  readonly tokenUrl: string | URL;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  /** Parameters besides, such as `audience` or `resource`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How the client shows who it is: by HTTP Basic, or in the body (RFC 6749 §2.3.1). Default: "basic". */
  readonly authentication?: 'basic' | 'body';
}

/** Renewed this much before its end, in milliseconds: a request that is under way must arrive. */
const EARLY_MS = 30_000;

interface Token {
  readonly header: string;
  /** When it is renewed, in milliseconds since 1970. */
  readonly until: number;
}

/**
 * OAuth 2.0 client credentials (RFC 6749 §4.4). The token is fetched at the first request, kept in memory, renewed before it
 * ends and when it is answered 401; requests that wait for one wait for the same.
 *
 * The requests reject with a `RequestError` `unauthorized` where no token can be had: at once where it is refused, after some
 * attempts where the token endpoint can't be reached.
 *
 * @throws TypeError for a token endpoint that is none.
 */
export function clientCredentials(options: ClientCredentialsOptions): Authorization {
  let token: Token | undefined;
  let pending: Promise<Token> | undefined;
  const url = readTokenUrl(options.tokenUrl);
  const fetchToken = (context: AuthorizationContext): Promise<Token> => {
    // Whoever began may give up, and the others still wait: the renewal has a time limit of its own.
    pending ??= requestToken(url, options, { ...context, signal: AbortSignal.timeout(30_000) }).finally(
      () => {
        pending = undefined;
      },
    );
    return pending;
  };
  return {
    async header(context) {
      if (!token || token.until <= Date.now()) token = await fetchToken(context);
      return token.header;
    },
    refused(header) {
      if (token?.header === header) token = undefined;
      return true;
    },
  };
}

function readTokenUrl(tokenUrl: string | URL): URL {
  const url = URL.canParse(String(tokenUrl)) ? new URL(tokenUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new TypeError(
      '"tokenUrl" must be an absolute URL, such as "https://login.example.com/oauth2/token".',
    );
  if (url.username || url.password)
    throw new TypeError('"tokenUrl" must have no credential: give it as "clientId" and "clientSecret".');
  return url;
}

// RFC 6749 §2.3.1: the id and the secret are form-encoded before they are joined.
const formEncode = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);

function tokenRequest(url: URL, options: ClientCredentialsOptions, signal: AbortSignal): Request {
  const { clientId, clientSecret, scope, parameters, authentication = 'basic' } = options;
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...parameters });
  if (scope !== undefined) form.set('scope', scope);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (authentication === 'basic') {
    headers.authorization = `Basic ${base64(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}`;
  } else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  return new Request(url, { method: 'POST', body: form, headers, signal, redirect: 'manual' });
}

/** What an answer says of its error, on one line, without the secret: some token endpoints repeat what they were sent. */
function reasonIn(answer: JsonObject, { clientSecret }: ClientCredentialsOptions): string | undefined {
  const told = [answer.error, answer.error_description].filter((part) => typeof part === 'string').join(': ');
  const text = [clientSecret, formEncode(clientSecret), encodeURIComponent(clientSecret)]
    .filter(Boolean)
    .reduce((rest, secret) => rest.replaceAll(secret, '...'), told)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 300);
  return text || undefined;
}

async function requestToken(
  url: URL,
  options: ClientCredentialsOptions,
  { fetch, signal }: AuthorizationContext,
): Promise<Token> {
  // A query may hold what nobody else should read.
  const request = { method: 'POST', url: url.origin + url.pathname, mayBeDone: false };
  let status: number;
  let text: string;
  try {
    const response = await fetch(tokenRequest(url, options, signal));
    status = response.status;
    text = await response.text();
  } catch (cause) {
    throw new RequestError('unauthorized', 'the token endpoint gave no answer.', { ...request, cause });
  }
  const answer = parseObject(text);
  const { access_token: value, token_type: kind = 'Bearer', expires_in: seconds } = answer;
  if (status !== 200 || typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    const reason = reasonIn(answer, options);
    const Failure = status === 429 || status >= 500 ? RequestError : SettledError;
    const problem = `the token endpoint answered ${status}${reason ? ` (${reason})` : ' without a token'}.`;
    throw new Failure('unauthorized', problem, { ...request, status });
  }
  if (typeof kind !== 'string' || kind.toLowerCase() !== 'bearer') {
    const problem = `the token endpoint gave a token of the type ${quote(kind)}, not a bearer token.`;
    throw new SettledError('unauthorized', problem, { ...request, status });
  }
  const lifetime = typeof seconds === 'string' ? Number.parseFloat(seconds) : seconds;
  // Without a lifetime it is used until it is refused.
  const until =
    typeof lifetime === 'number' && Number.isFinite(lifetime)
      ? Date.now() + Math.max(lifetime * 1000 - EARLY_MS, lifetime * 500)
      : Infinity;
  return { header: `Bearer ${value}`, until };
}

/** The JSON object in a text; an empty one where there is none. The runtime's error would repeat a part of the token. */
function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
