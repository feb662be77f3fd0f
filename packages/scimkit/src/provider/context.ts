// What belongs to one request, and travels with it: nothing of it is kept anywhere else.
import type { ScimRequest } from '../authentication/request.ts';
import { ScimError } from '../protocol/error.ts';
import type { Leniency } from '../protocol/leniency.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { patchByReplace } from '../store/patch-by-replace.ts';
import type { Store } from '../store/store.ts';
import type { Operation, Outcome } from './operation.ts';
import type { ResourceOptions } from './options.ts';
import type { Service } from './service.ts';

/** One request, authenticated. */
export interface Context<Auth> {
  readonly service: Service<Auth>;
  readonly request: ScimRequest;
  readonly auth: Auth;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly leniency: Leniency;
  readonly operations: { operation: Operation<Auth>; error?: unknown }[];
  /** The store of a type, opened for this caller. */
  store(type: ResourceType): Store;
  /** Carries an operation out, through the middleware. */
  perform(operation: Operation<Auth>): Promise<Outcome>;
}

/** Makes the context of a request whose caller is known. */
export function createContext<Auth>(
  service: Service<Auth>,
  request: ScimRequest,
  auth: Auth,
  baseUrl: string,
  leniency: Leniency,
): Context<Auth> {
  const stores = new Map<string, Store>();
  const context: Context<Auth> = {
    service,
    request,
    auth,
    baseUrl,
    leniency,
    operations: [],
    store(type) {
      const opened = stores.get(type.name);
      if (opened) return opened;
      const { store } = service.byName.get(type.name) as ResourceOptions<Auth>;
      const fresh = store({ auth, tenant: request.tenant });
      stores.set(type.name, fresh);
      return fresh;
    },
    async perform(operation) {
      const entry: { operation: Operation<Auth>; error?: unknown } = { operation };
      context.operations.push(entry);
      const { use = [] } = service.options;
      const run = (index: number, current: Operation<Auth>): Promise<Outcome> => {
        const middleware = use[index];
        if (!middleware) return carryOut(context, current);
        return middleware(current, (changed = current) => run(index + 1, changed));
      };
      try {
        return await run(0, operation);
      } catch (error) {
        entry.error = error;
        throw error;
      }
    },
  };
  return context;
}

/** The innermost step: the store. */
function carryOut<Auth>(context: Context<Auth>, operation: Operation<Auth>): Promise<Outcome> {
  const { type } = context.service.byName.get(operation.resourceType) as ResourceOptions<Auth>;
  const store = context.store(type);
  const { unknownReferences = 'skip' } = context.service.options;
  const { keepAbsent } = context.leniency;
  const { report } = operation;
  switch (operation.name) {
    case 'create':
      return store.create(operation.input, { ...operation, unknownReferences, report });
    case 'get':
      return store.get(operation.id, operation.selection);
    case 'query':
      return store.query(operation.query);
    case 'replace':
      return store.replace(operation.id, operation.input, {
        ...operation,
        unknownReferences,
        keepAbsent,
        report,
      });
    case 'patch': {
      const options = { ...operation, unknownReferences, report };
      return store.patch
        ? store.patch(operation.id, operation.changes, options)
        : patchByReplace(type, store, operation.id, operation.changes, options);
    }
    case 'delete':
      return store.delete(operation.id, operation);
    default:
      throw new ScimError(501, 'There is no such operation.');
  }
}

/** What every operation of a request has. */
export function common<Auth>(context: Context<Auth>, type: ResourceType, bulkId?: string) {
  return {
    resourceType: type.name,
    auth: context.auth,
    tenant: context.request.tenant,
    report: context.leniency.report,
    ...(bulkId !== undefined && { bulkId }),
  };
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
