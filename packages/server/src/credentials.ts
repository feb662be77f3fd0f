// The server's own bearer tokens: shown once, kept as hashes, looked up with each request.
import type { Scope } from './scope.ts';

/** A bearer token, as far as it is known once it has been shown. */
export interface Credential extends Scope {
  /** The beginning of its hash, to name it by. */
  readonly id: string;
  /** What it is for, in words; "" where nobody said. */
  readonly name: string;
  /** Times are in ISO 8601. */
  readonly created: string;
  readonly expires: string | undefined;
  readonly revoked: string | undefined;
}

/** A token to be made. */
export interface NewCredential extends Scope {
  readonly name?: string;
  /** When it ends. Default: never. */
  readonly expires?: Date;
}

/** Tokens whose hashes are stored beside the resources. */
export interface Credentials {
  /** Whose resources the token with this hash reaches; undefined when there is none, or it is revoked or expired. */
  find(hash: string): Scope | undefined | Promise<Scope | undefined>;
  /** Whether no token is accepted at this moment. */
  isEmpty(): boolean | Promise<boolean>;
  /** Makes a token and stores its hash; the token itself is nowhere afterwards. */
  create(credential: NewCredential): Promise<{ readonly token: string; readonly credential: Credential }>;
  /** All tokens of a scope, or of all, revoked and expired ones too; by tenant, connection and time. */
  list(scope?: Partial<Scope>): Promise<readonly Credential[]>;
  /** Ends a token at once; undefined when there is none with this id. One that is revoked stays as it is. */
  revoke(id: string): Promise<Credential | undefined>;
  close(): void | Promise<void>;
}

/** Hexadecimal digits of a hash that name a token: enough to tell tokens apart, and none to guess one by. */
export const ID_LENGTH = 12;

/** A token from its row. */
export function toCredential(row: Readonly<Record<string, unknown>>): Credential {
  const { hash, tenant, connection, name, created, expires, revoked } = row;
  const time = (value: unknown) => (value === null ? undefined : String(value));
  return {
    id: String(hash).slice(0, ID_LENGTH),
    ...{ tenant: String(tenant), connection: String(connection), name: String(name) },
    ...{ created: String(created), expires: time(expires), revoked: time(revoked) },
  };
}
