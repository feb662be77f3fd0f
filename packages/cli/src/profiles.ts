// Profiles: service providers by name, and where their secrets are. The file never has a secret.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { OptionError } from './option-error.ts';
import { printable } from './printable.ts';
import { checkVariable, type SecretSource } from './secret.ts';

/** How a profile proves who it is. */
export type ProfileAuthentication =
  | { readonly scheme: 'bearer'; readonly token: SecretSource }
  | { readonly scheme: 'basic'; readonly username: string; readonly password: SecretSource }
  | {
      readonly scheme: 'clientCredentials';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: SecretSource;
      readonly scope?: string;
      /** How the client shows who it is at the token URL (RFC 6749 §2.3.1). Default: "basic". */
      readonly send?: 'basic' | 'body';
    };

/** A service provider that has a name. */
export interface Profile {
  readonly baseUrl: string;
  /** Absent: no credential is sent. */
  readonly authentication?: ProfileAuthentication;
}

/** The file that profiles are kept in. */
export function profilesFile(): string {
  const { SCIMKIT_CONFIG, XDG_CONFIG_HOME } = process.env;
  if (SCIMKIT_CONFIG) return SCIMKIT_CONFIG;
  // Relative paths don't count there (XDG Base Directory Specification).
  const base = XDG_CONFIG_HOME?.startsWith('/') ? XDG_CONFIG_HOME : join(homedir(), '.config');
  return join(base, 'scimkit', 'profiles.json');
}

/** The name of a profile. @throws OptionError */
export function checkProfileName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new OptionError(
    `'${printable(name)}' is no name for a profile: it has letters, digits, ".", "_" and "-".`,
  );
}

/** A URL that credentials are sent to. @throws OptionError */
export function checkUrl(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new OptionError(`${what} must be a URL, such as https://app.example.com/scim/v2.`);
  }
  if (url.username || url.password) {
    throw new OptionError(
      `${what} must have no user name and no password in it: see scimkit profile add --help.`,
    );
  }
  return text;
}

const ENDPOINT = /\/(Users|Groups|Me|Bulk|\.search|Schemas|ResourceTypes|ServiceProviderConfig)\/*$/;

/** A URL that endpoints are below, and that is none itself. @throws OptionError */
export function checkBaseUrl(text: string, what: string): string {
  const { origin, pathname } = new URL(checkUrl(text, what));
  const [endpoint] = ENDPOINT.exec(pathname) ?? [];
  if (endpoint === undefined) return text;
  const right = `${origin}${pathname.slice(0, -endpoint.length)}`;
  throw new OptionError(`${what} must end before "${endpoint.replace(/\/+$/, '')}": ${printable(right)}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a part of a profile, or says where in the file it is wrong. */
class Part {
  private readonly where: string;
  private readonly json: Record<string, unknown>;

  constructor(where: string, json: unknown) {
    if (!isObject(json)) throw new OptionError(`${where} must be a JSON object.`);
    this.where = where;
    this.json = json;
  }

  has(name: string): boolean {
    return this.json[name] !== undefined;
  }

  text(name: string): string {
    const value = this.json[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new OptionError(`${this.where}: "${name}" must be a text.`);
  }

  url(name: string): string {
    return checkUrl(this.text(name), `${this.where}: "${name}"`);
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
    const value = values.find((each) => each === this.json[name]);
    if (value !== undefined) return value;
    throw new OptionError(`${this.where}: "${name}" must be one of ${values.join(', ')}.`);
  }

  part(name: string): Part {
    return new Part(`${this.where}: "${name}"`, this.json[name]);
  }

  secret(name: string): SecretSource {
    const part = this.part(name);
    if (part.has('env')) return { env: checkVariable(part.text('env'), `${this.where}: "${name}"`) };
    const seconds = part.json.timeoutSeconds;
    if (seconds !== undefined && !(typeof seconds === 'number' && seconds > 0)) {
      throw new OptionError(`${part.where}: "timeoutSeconds" must be a number above 0.`);
    }
    return {
      command: part.text('command'),
      ...(typeof seconds === 'number' && { timeoutSeconds: seconds }),
    };
  }
}

function readAuthentication(part: Part): ProfileAuthentication {
  const scheme = part.oneOf('scheme', ['bearer', 'basic', 'clientCredentials']);
  if (scheme === 'bearer') return { scheme, token: part.secret('token') };
  if (scheme === 'basic')
    return { scheme, username: part.text('username'), password: part.secret('password') };
  return {
    scheme,
    tokenUrl: part.url('tokenUrl'),
    clientId: part.text('clientId'),
    clientSecret: part.secret('clientSecret'),
    ...(part.has('scope') && { scope: part.text('scope') }),
    ...(part.has('send') && { send: part.oneOf('send', ['basic', 'body']) }),
  };
}

function readText(file: string): string | undefined {
  try {
    // It says which commands are run.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o022) !== 0) {
      throw new OptionError(
        `${file} may be written by others, and it says which commands are run: chmod 600 it.`,
      );
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof OptionError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new OptionError(`the profiles in ${file} can't be read: ${code}.`);
  }
}

/** All profiles by name. @throws OptionError for a file that is none of profiles. */
export function readProfiles(file = profilesFile()): ReadonlyMap<string, Profile> {
  const text = readText(file);
  if (text === undefined) return new Map();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new OptionError(`the profiles in ${file} are no JSON.`);
  }
  const profiles = isObject(json) ? json.profiles : undefined;
  if (!isObject(profiles)) throw new OptionError(`${file} must be {"profiles": {...}}.`);
  return new Map(
    Object.entries(profiles).map(([name, value]) => {
      const part = new Part(`${file}: profile "${printable(name)}"`, value);
      const authentication = part.has('authentication')
        ? { authentication: readAuthentication(part.part('authentication')) }
        : {};
      return [name, { baseUrl: part.url('baseUrl'), ...authentication }];
    }),
  );
}

/** Writes all profiles: readers see the file as it was, or as it is to be. */
export function writeProfiles(profiles: ReadonlyMap<string, Profile>, file = profilesFile()): void {
  const sorted = [...profiles].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const text = `${JSON.stringify({ profiles: Object.fromEntries(sorted) }, undefined, 2)}\n`;
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
    // Whatever the umask says.
    chmodSync(temporary, 0o600);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Error(`the profiles can't be written to ${file}: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** A profile by its name. @throws OptionError if there is none. */
export function findProfile(name: string): Profile {
  const profiles = readProfiles();
  const profile = profiles.get(name);
  if (profile) return profile;
  const names = [...profiles.keys()];
  const known =
    names.length > 0
      ? `There are ${names.join(', ')}.`
      : 'There is none yet: see scimkit profile add --help.';
  throw new OptionError(`there is no profile '${printable(name)}'. ${known}`);
}
