// Which service provider a command speaks to: options, profiles, the environment.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Attempt, type ClientOptions, createClient, type ScimClient } from 'scimkit/client';
import { type Credential, credentialOf } from './credential.ts';
import { setHintFor401 } from './failure.ts';
import { OptionError } from './option-error.ts';
import { printable } from './printable.ts';
import {
  checkBaseUrl,
  findProfile,
  type Profile,
  type ProfileAuthentication,
  readProfiles,
} from './profiles.ts';
import { checkVariable, withoutSecrets } from './secret.ts';

/** The options that say which service provider is meant, and how it is spoken to. */
export interface ConnectionOptions {
  readonly profile?: string;
  readonly baseUrl?: string;
  readonly tokenEnv?: string;
  readonly tokenCommand?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly attempts?: number;
  readonly strict?: boolean;
  readonly verbose?: boolean;
}

/** A service provider that can be spoken to. */
export interface Connection {
  readonly client: ScimClient;
  readonly baseUrl: string;
  /** The profile's name, or the base URL. */
  readonly name: string;
}

/** Where a service provider is, and what is sent as Authorization. */
export interface Place {
  readonly name: string;
  readonly baseUrl: string;
  readonly credential: Credential | undefined;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new InvalidArgumentError('It is a number of seconds above 0, a day at most.');
  }
  return seconds;
}

function parseAttempts(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 to 999.');
  return Number(text);
}

/** Adds the options that say which service provider is meant: --profile, --base-url, --token-env, ... to a command. */
export function addConnectionOptions(command: Command): Command {
  const options = [
    new Option(
      '--profile <name>',
      'a service provider of scimkit profile add (env: SCIM_PROFILE; else: "default")',
    ),
    new Option('--base-url <url>', 'the base URL of a service provider instead (env: SCIM_BASE_URL)'),
    new Option(
      '--token-env <name>',
      "the variable that has the bearer token, if not SCIM_TOKEN or the profile's",
    ),
    new Option('--token-command <command>', 'a command that prints the bearer token'),
    new Option('--timeout <seconds>', 'how long one attempt may take (default: 30)').argParser(parseSeconds),
    new Option(
      '--attempts <number>',
      'how often what may be repeated is sent at most (default: 5)',
    ).argParser(parseAttempts),
    new Option('--strict', 'refuse answers that depart from the RFCs'),
    new Option('-v, --verbose', 'tell each attempt, and each departure from the RFCs, on stderr'),
  ];
  for (const option of options) command.addOption(option.helpGroup('Connection:'));
  return command;
}

/** Whether a base URL is there at all, without asking anybody. */
export function hasPlace({ profile, baseUrl }: ConnectionOptions): boolean {
  const { SCIM_PROFILE, SCIM_BASE_URL } = process.env;
  return Boolean(profile || baseUrl || SCIM_PROFILE || SCIM_BASE_URL) || readProfiles().has('default');
}

/** What the environment proves who it is with, where no profile says it. */
function authenticationOfEnvironment(): ProfileAuthentication | undefined {
  const { SCIM_TOKEN, SCIM_USERNAME, SCIM_PASSWORD } = process.env;
  if (SCIM_TOKEN) return { scheme: 'bearer', token: { env: 'SCIM_TOKEN' } };
  if (SCIM_USERNAME && SCIM_PASSWORD) {
    return { scheme: 'basic', username: SCIM_USERNAME, password: { env: 'SCIM_PASSWORD' } };
  }
  return undefined;
}

function authenticationOfOptions(options: ConnectionOptions): ProfileAuthentication | undefined {
  const { tokenEnv, tokenCommand } = options;
  if (tokenEnv !== undefined && tokenCommand !== undefined) {
    throw new OptionError('--token-env and --token-command are two places for one token: give one of them.');
  }
  if (tokenEnv !== undefined) {
    return { scheme: 'bearer', token: { env: checkVariable(tokenEnv, '--token-env') } };
  }
  return tokenCommand === undefined ? undefined : { scheme: 'bearer', token: { command: tokenCommand } };
}

function place(name: string, profile: Profile): Place {
  const { baseUrl, authentication } = profile;
  checkBaseUrl(
    baseUrl,
    `the base URL of ${name === baseUrl ? 'the service provider' : `the profile ${name}`}`,
  );
  const credential = authentication && credentialOf(authentication);
  if (authentication) checkVariables(authentication);
  if (credential) {
    for (const url of [baseUrl, credential.tokenUrl]) if (url !== undefined) warnOfPlainHttp(url);
  } else {
    const isProfile = name !== baseUrl;
    const given = isProfile
      ? `The profile ${name} has no credential: keep one with scimkit profile add ${name} --force, or give`
      : 'No credential was sent: set SCIM_TOKEN, keep one in a profile (scimkit profile add --help), or give';
    setHintFor401(`${given} --token-env or --token-command.`);
  }
  return { name, baseUrl, credential };
}

/** A variable that is not set is a mistake of the call, found before anything is sent. */
function checkVariables(authentication: ProfileAuthentication): void {
  const { scheme } = authentication;
  const source =
    scheme === 'bearer'
      ? authentication.token
      : scheme === 'basic'
        ? authentication.password
        : authentication.clientSecret;
  if ('env' in source && !process.env[source.env]?.trim()) {
    throw new OptionError(`the variable ${source.env}, which has the secret, is not set or empty.`);
  }
}

const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname.toLowerCase());

function warnOfPlainHttp(text: string): void {
  const { protocol, hostname, host } = new URL(text);
  if (protocol !== 'http:' || isLoopback(hostname)) return;
  process.stderr.write(
    `warning: the credential goes over plain http to ${host}: whoever is on the way can read it. Use https.\n`,
  );
}

/** The service provider that the options, the profile and the environment mean. @throws OptionError */
export function findPlace(options: ConnectionOptions): Place {
  const { profile, baseUrl } = options;
  const { SCIM_PROFILE, SCIM_BASE_URL } = process.env;
  if (profile !== undefined && baseUrl !== undefined) {
    throw new OptionError(
      '--profile and --base-url both say which service provider is meant: give one of them.',
    );
  }
  const own = authenticationOfOptions(options);
  const ofProfile = (name: string) =>
    place(name, { ...findProfile(name), ...(own && { authentication: own }) });
  const ofUrl = (url: string, what: string) => {
    const authentication = own ?? authenticationOfEnvironment();
    return place(url, { baseUrl: checkBaseUrl(url, what), ...(authentication && { authentication }) });
  };
  if (profile !== undefined) return ofProfile(profile);
  if (baseUrl !== undefined) return ofUrl(baseUrl, '--base-url');
  if (SCIM_PROFILE) return ofProfile(SCIM_PROFILE);
  if (SCIM_BASE_URL) return ofUrl(SCIM_BASE_URL, 'SCIM_BASE_URL');
  if (readProfiles().has('default')) return ofProfile('default');
  throw new OptionError(
    'no service provider is given: name one with --base-url or SCIM_BASE_URL, or keep one with scimkit profile add default.',
  );
}

/** One line about an attempt, for --verbose. */
function tellAttempt({ method, url, attempt, status, error, durationMs, pauseMs }: Attempt): void {
  const outcome = status ?? error?.message ?? 'no answer';
  const again = pauseMs === undefined ? '' : `; again in ${pauseMs} ms`;
  const which = attempt > 1 ? ` (attempt ${attempt})` : '';
  const text = `${method} ${url}${which}: ${outcome}, ${durationMs} ms${again}`;
  process.stderr.write(`${printable(withoutSecrets(text))}\n`);
}

/** A client of a place. */
export function connectPlace(
  { name, baseUrl, credential }: Place,
  options: ConnectionOptions,
  more: Partial<ClientOptions> = {},
): Connection {
  const { timeout, attempts, strict, verbose } = options;
  try {
    const client = createClient({
      baseUrl,
      ...(credential && { authorization: credential.authorization }),
      ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
      ...(attempts !== undefined && { retry: { attempts } }),
      ...(strict !== undefined && { strict }),
      ...more,
      onAttempt(attempt) {
        if (verbose) tellAttempt(attempt);
        more.onAttempt?.(attempt);
      },
      onDeparture(departure) {
        const { method, url, where, section } = departure;
        const text = `${method} ${url}: departs from the RFCs (${where}): ${section}`;
        if (verbose) process.stderr.write(`${printable(withoutSecrets(text))}\n`);
        more.onDeparture?.(departure);
      },
    });
    return { client, baseUrl: client.baseUrl, name };
  } catch (error) {
    // The client says of each option what is wrong with it.
    if (error instanceof TypeError) throw new OptionError(error.message);
    throw error;
  }
}

/** The connection of a profile by its name. @throws OptionError */
export async function connectProfile(name: string, more: Partial<ClientOptions> = {}): Promise<Connection> {
  return connectPlace(place(name, findProfile(name)), {}, more);
}
