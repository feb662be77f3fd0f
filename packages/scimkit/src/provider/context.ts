// What belongs to one request, and travels with it: nothing of it is kept anywhere else.
import type { ScimRequest } from '../authentication/request.ts';
import { ScimError } from '../protocol/error.ts';
import type { Leniency } from '../protocol/leniency.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Store } from '../store/store.ts';
import type { Operation } from './operation.ts';
import type { Service, ServiceResource } from './service.ts';

/** Stores, opened for a caller: in a transaction of the app, where there are any. */
export interface Opened {
  readonly tx: unknown;
  store(type: ResourceType): Store;
}

/** An operation, for `observe`. */
export interface Entry<Auth> {
  operation: Operation<Auth>;
  error?: unknown;
  callbackErrors?: unknown[];
}

/** One request, authenticated. */
export interface Context<Auth> {
  readonly service: Service<Auth>;
  readonly request: ScimRequest;
  readonly auth: Auth;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly leniency: Leniency;
  readonly operations: Entry<Auth>[];
  /** What is opened for the whole request, where the app has no transactions. */
  readonly opened: Opened;
}

/** Makes the context of a request whose caller is known. */
export function createContext<Auth>(
  service: Service<Auth>,
  request: ScimRequest,
  auth: Auth,
  baseUrl: string,
  leniency: Leniency,
): Context<Auth> {
  const caller = { service, request, auth };
  return { ...caller, baseUrl, leniency, operations: [], opened: open(caller, undefined) };
}

function open<Auth>(
  { service, request, auth }: Pick<Context<Auth>, 'service' | 'request' | 'auth'>,
  tx: unknown,
): Opened {
  const stores = new Map<string, Store>();
  return {
    tx,
    store(type) {
      const opened = stores.get(type.name);
      if (opened) return opened;
      const { store } = service.byName.get(type.name) as ServiceResource<Auth>;
      const fresh = store({ auth, tenant: request.tenant, tx });
      if (typeof fresh.resourceType === 'object' && fresh.resourceType !== type) {
        throw new TypeError(
          `"resources": the store of ${type.name} has a resource type of its own, with the attributes that it has a place for. ` +
            'Give that one as "type", such as `users.type`',
        );
      }
      stores.set(type.name, fresh);
      return fresh;
    },
  };
}

/** Runs work in a transaction of the app, with stores that are opened for it; without one, where there are none. */
export function run<Auth, Result>(
  context: Context<Auth>,
  kind: 'read' | 'write',
  work: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  const { transaction } = context.service.options;
  return transaction ? transaction.run((tx) => work(open(context, tx)), kind) : work(context.opened);
}

/** Ids that stand in a URL as they are: most do. */
const PLAIN_ID = /^[\w.~-]*$/;

/** The permanent URL of a resource. */
export function locationOf(context: { readonly baseUrl: string }, type: ResourceType, id: string): string {
  return `${context.baseUrl}${type.endpoint}/${PLAIN_ID.test(id) ? id : encodeURIComponent(id)}`;
}

/** The error for an id that there isn't: the same whether it never was, is gone, or is somebody else's. */
export function notFound(type: ResourceType, id: string): ScimError {
  return new ScimError(404, `There is no ${type.name} with the id ${JSON.stringify(id.slice(0, 80))}.`);
}
