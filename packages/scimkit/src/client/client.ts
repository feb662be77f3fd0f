// RFC 7644: a SCIM client.
import type { JsonObject } from '../protocol/message.ts';
import type { Resource } from '../schema/infer.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { BulkRun } from './bulk.ts';
import type { BulkOperation, BulkOptions, BulkResult } from './bulk-operation.ts';
import { Discovery, type ProviderConfig } from './discovery.ts';
import { type ListPage, readList } from './list-answer.ts';
import { listPages } from './listing.ts';
import { type MeClient, meResource } from './me.ts';
import type { ClientOptions, RequestOptions } from './options.ts';
import { type ListOptions, type QueryOptions, queryRequest } from './query.ts';
import { readResource } from './resource-answer.ts';
import type { ResourceClient } from './resource-client.ts';
import { firstPage, type Shared, TypedResources } from './resources.ts';
import { Sender } from './sender.ts';
import type { AnyType } from './typed-path.ts';

/** A SCIM client of one service provider. */
export interface ScimClient {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** The resources of a type: of `User`, of a declared one, or of one that `resourceTypes` returned. */
  resources<Type extends AnyType>(type: Type): ResourceClient<Type>;
  /** The resource of whoever the credential is (RFC 7644 §3.11). */
  me<Type extends AnyType>(type: Type): MeClient<Type>;
  /** Reads one page of the resources of several types, at the root (RFC 7644 §3.4.2.1). */
  query<Type extends AnyType>(
    types: readonly Type[],
    options?: QueryOptions<Type>,
  ): Promise<ListPage<Resource<Type>>>;
  /** Reads all resources of several types that a filter finds. */
  list<Type extends AnyType>(
    types: readonly Type[],
    options?: ListOptions<Type>,
  ): AsyncGenerator<Resource<Type>, void, undefined>;
  /**
   * Carries out many operations (RFC 7644 §3.7): in requests as large as the service provider takes, references to
   * creations resolved across them; one by one where it has no Bulk. The results have the order of the operations.
   *
   * @throws TypeError for operations that can't be sent; ScimError and RequestError where a whole request is refused: what
   * became of single operations is in their results.
   */
  bulk(operations: readonly BulkOperation[], options?: BulkOptions): Promise<readonly BulkResult[]>;
  /** What the service provider can do (RFC 7643 §5). */
  serviceProviderConfig(options?: RequestOptions): Promise<ProviderConfig>;
  /** The documents of its schemas (RFC 7643 §7), as they are. */
  schemas(options?: RequestOptions): Promise<readonly JsonObject[]>;
  /** Its resource types with their schemas, for `resources` (RFC 7643 §6). What can't be understood of them is left out, and told of. */
  resourceTypes(options?: RequestOptions): Promise<readonly ResourceType[]>;
}

/**
 * Whether a resource of several types is one of this type.
 *
 * @example
 * for await (const found of client.list([User, Group])) if (isOfType(User, found)) console.log(found.userName);
 */
export function isOfType<Type extends AnyType>(type: Type, resource: object): resource is Resource<Type> {
  const { meta } = resource as { readonly meta?: { readonly resourceType?: unknown } };
  return meta?.resourceType === type.name;
}

/**
 * Makes a client of a service provider. Nothing is sent before something is asked for.
 *
 * All requests throw the service provider's error as `ScimError`, and a `RequestError` where there is no answer to be used.
 * What is safe to repeat is repeated, on 429, 5xx and broken connections.
 *
 * @throws TypeError for options that contradict themselves.
 *
 * @example
 * const client = createClient({ baseUrl: 'https://app.example.com/scim/v2', authorization: bearerToken(token) });
 * for await (const user of client.resources(User).list({ filter: filter`active eq ${true}` })) console.log(user.userName);
 */
export function createClient(options: ClientOptions): ScimClient {
  const sender = new Sender(options);
  const discovery = new Discovery(sender);
  const shared: Shared = { sender, discovery, pagination: options.pagination ?? 'auto' };
  const readPage = async <Type extends AnyType>(types: readonly Type[], query: QueryOptions<Type>) => {
    let page: ListPage<Resource<Type>> | undefined;
    const { url } = await sender.send({
      ...queryRequest(types, '', query as QueryOptions<AnyType>),
      repeatable: true,
      signal: query.signal,
      check: (answer) => {
        const read = (json: unknown) => {
          const told = (json as { readonly meta?: { readonly resourceType?: unknown } } | null)?.meta
            ?.resourceType;
          const type = types.find(({ name }) => name === told) ?? types[0];
          return readResource(type as ResourceType, json, answer) as unknown as Resource<Type>;
        };
        page = readList(answer, read, query.cursor !== undefined);
      },
    });
    return { ...(page as ListPage<Resource<Type>>), url };
  };
  return {
    baseUrl: sender.baseUrl,
    resources: (type) => new TypedResources(type, shared),
    me: (type) => meResource(type, sender),
    query: (types, query = {}) => readPage(types, query),
    async *list(types, query = {}) {
      const pages = listPages(await firstPage(shared, query), (position) =>
        readPage(types, { ...query, ...position }),
      );
      for await (const page of pages) yield* page.resources;
    },
    bulk: async (operations, bulk = {}) => new BulkRun(shared, operations, bulk).run(),
    serviceProviderConfig: (request = {}) => discovery.readConfig(request),
    schemas: (request = {}) => discovery.schemas(request),
    resourceTypes: (request = {}) => discovery.resourceTypes(request),
  };
}
