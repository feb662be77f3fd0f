// RFC 7644: the service provider. Two functions: `handle` over plain data, and `fetch` over web standards.
import {
  PayloadTooLarge,
  isStreamed,
  type RequestBody,
  type ScimRequest,
  type ScimResponse,
} from '../authentication/request.ts';
import { Handling } from './handling.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { ServiceProviderOptions, TenantOf } from './options.ts';
import { routeTable } from './route.ts';
import { createService, type ServiceOptions } from './service.ts';
import { type RequestContext, toResponse, toScimRequest } from './web.ts';

export {
  isStreamed,
  PayloadTooLarge,
  type RequestBody,
  type RequestContext,
  type ScimRequest,
  type ScimResponse,
};

/** A SCIM 2.0 service provider. It keeps nothing of a request beyond its answer. */
export interface ServiceProvider {
  /** Answers a request given as plain data. It never throws. */
  handle(request: ScimRequest): Promise<ScimResponse>;
  /** Answers a web-standard Request; `context` is what the host knows besides. */
  fetch(request: Request, context?: RequestContext): Promise<Response>;
  /** The path under which it is mounted; `:tenant` in it stands for any. */
  readonly basePath: string;
  /** Whether a path, as it was asked for and without a query, lies under the base path. */
  serves(path: string): boolean;
  /** Every path with its methods, relative to the base path. */
  readonly routes: readonly { readonly path: string; readonly methods: readonly string[] }[];
}

/**
 * Makes a service provider of resource types, their stores and a way to authenticate.
 *
 * @throws TypeError that names the option, when one is wrong.
 *
 * @example
 * const database = createMemoryDatabase();
 * const scim = createServiceProvider({
 *   authentication: bearerTokens([{ token: process.env.SCIM_TOKEN, auth: { tenant: 'acme' } }]),
 *   resources: [
 *     { type: User, store: ({ auth }) => database.open(User, auth) },
 *     { type: Group, store: ({ auth }) => database.open(Group, auth) },
 *   ],
 * });
 * const response = await scim.fetch(new Request('https://example.com/scim/v2/Users', { headers }));
 */
export function createServiceProvider<
  Auth,
  Path extends string = string,
  Host extends string = string,
  Tx = undefined,
  const Types extends readonly ResourceType[] = readonly ResourceType[],
>(
  options: ServiceProviderOptions<Auth, TenantOf<Path, Host>, Tx, Types> & {
    readonly basePath?: Path;
    readonly tenant?: { readonly host?: Host };
  },
): ServiceProvider {
  // Stores are opened for URLs that lie under the base path: where a tenant belongs to it, there is one.
  const service = createService(options as unknown as ServiceOptions<Auth>);
  const handle = (request: ScimRequest) => new Handling(service, request).run();
  return {
    handle,
    fetch: async (request, context) => toResponse(await handle(toScimRequest(request, context))),
    basePath: service.basePath,
    serves: (path) => service.mount.serves(path),
    routes: routeTable(service),
  };
}
