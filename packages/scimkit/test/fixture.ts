// Service providers over each store, and a client of few words.
import {
  bearerTokens,
  createServiceProvider,
  Group,
  type ResourceType,
  type Scope,
  type ServiceProvider,
  type ServiceProviderOptions,
  type Store,
  User,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { expect } from 'vitest';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
export const SEARCH_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
export const LIST_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** What the tests need of a database. */
export interface Database {
  open(type: ResourceType, scope: Scope, options?: { readonly unique?: readonly string[] }): Store;
}

/** A database whose stores can't patch: the service provider reads, applies and replaces. */
export function withoutPatch(database: Database): Database {
  return {
    open(...place) {
      const store = database.open(...place);
      return {
        ...(store.scope !== undefined && { scope: store.scope }),
        create: (...args) => store.create(...args),
        get: (...args) => store.get(...args),
        query: (...args) => store.query(...args),
        replace: (...args) => store.replace(...args),
        delete: (...args) => store.delete(...args),
        groupsOf: async (ids) => (await store.groupsOf?.(ids)) ?? new Map(),
        newId: () => store.newId?.() as string,
      };
    },
  };
}

/** The host in which the battery runs, over real sockets; undefined: in process. */
export const HOST = process.env.SCIMKIT_HOST;
const sendThrough = HOST ? (await import('./host.ts')).sendThrough : undefined;

/** The stores that hold resources of any type; in a host, which has nothing to do with them, one. */
export const DATABASES: readonly (readonly [name: string, create: () => Database])[] = [
  ['memory', () => createMemoryDatabase()] as const,
  ['sqlite', () => createSqliteDatabase({ path: ':memory:' })] as const,
  ...(HOST ? [] : (await import('./postgres.ts')).POSTGRES),
  ['a store without patch', () => withoutPatch(createMemoryDatabase())] as const,
].slice(0, HOST ? 1 : undefined);

/** The same, and an app's own tables, which hold users and groups: the stores that every battery of those runs against. */
export const DIRECTORIES: readonly (readonly [name: string, create: () => Database])[] = [
  ...DATABASES,
  ...(HOST ? [] : (await import('./mapped/directory.ts')).MAPPED),
];

/** What comes back. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into JSON of every form
  readonly body: any;
  readonly headers: Headers;
}

/** Sends one request; a body that is no text is JSON. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string | undefined>>,
) => Promise<Answer>;

/** A client of a service provider in process; `base` is the base URL. */
export function client(
  scim: ServiceProvider,
  token: string | undefined = 'secret',
  base = 'http://scim.test/scim/v2',
): Send {
  return async (method, path, body, extra = {}) => {
    const headers: Record<string, string> = {};
    const given = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      ...extra,
    };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) headers[name] = value;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    if (HOST && sendThrough) {
      return toAnswer(await sendThrough(HOST, scim, { url: `${base}${path}`, method, headers, body: text }));
    }
    const response = await scim.fetch(
      new Request(`${base}${path}`, { method, headers, ...(text !== undefined && { body: text }) }),
    );
    return toAnswer(response);
  };
}

export async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** What a caller is known by in the tests. */
export interface Auth extends Scope {
  readonly me?: string;
}

/** A service provider over a database, for users and groups and whatever else. */
export function provider(
  database: Database,
  options: Partial<ServiceProviderOptions<Auth>> & { readonly types?: readonly ResourceType[] } = {},
): ServiceProvider {
  const { types = [User, Group], ...rest } = options;
  return createServiceProvider<Auth>({
    authentication: bearerTokens([
      { token: 'secret', auth: { tenant: 'acme' } },
      { token: 'other-tenant', auth: { tenant: 'globex' } },
      { token: 'other-connection', auth: { tenant: 'acme', connection: 'second' } },
    ]),
    resources: types.map((type) => ({
      type,
      store: ({ auth, tenant = auth.tenant }) => database.open(type, { ...auth, tenant }),
    })),
    ...rest,
  });
}

/** A client of a fresh service provider. */
export function fresh(database: Database, options: Parameters<typeof provider>[1] = {}): Send {
  return client(provider(database, options));
}

export const user = (userName: string, more: Record<string, unknown> = {}) => ({
  schemas: [USER],
  userName,
  ...more,
});

export const group = (displayName: string, members: readonly string[] = []) => ({
  schemas: [GROUP],
  displayName,
  members: members.map((value) => ({ value })),
});

export const patchOp = (...Operations: readonly Record<string, unknown>[]) => ({
  schemas: [PATCH_OP],
  Operations,
});

/** Creates a resource and returns its id. */
export async function made(send: Send, path: string, body: unknown): Promise<string> {
  const answer = await send('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

/** The error body that is expected. */
export const errorBody = (status: number, scimType?: string) => ({
  schemas: [ERROR],
  status: String(status),
  detail: expect.stringMatching(/\S/),
  ...(scimType && { scimType }),
});
