// A service provider's parts that don't change from request to request, worked out once.
import type { Authentication } from '../authentication/authentication.ts';
import { createDialect, type Dialect } from '../dialect/dialect.ts';
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { createMount, type Mount } from './mount.ts';
import { createPagination, type Pagination } from './pagination.ts';
import type { Limits, ResourceOptions, ServiceProviderOptions } from './options.ts';

/** The limits with their defaults. */
const DEFAULT_LIMITS: Required<Limits> = {
  // A group of as many members as `members` says, as a client gets it and puts it back: some 170 bytes and 5 values each.
  bodySize: 32 * 1024 * 1024,
  bodyDepth: 64,
  bodyValues: 600_000,
  urlLength: 16_384,
  filterLength: 10_000,
  filterNodes: 500,
  filterDepth: 32,
  filterComputed: 20,
  patchOperations: 2_000,
  members: 100_000,
  values: 1_000,
  defaultPageSize: 100,
  maxPageSize: 1_000,
  bulkOperations: 1_000,
  bulkPayloadSize: 10 * 1024 * 1024,
};

/** An attribute such as User.groups, and the types whose stores know its values. */
export interface Inverse {
  readonly attribute: ResolvedAttribute;
  readonly holders: readonly ResourceType[];
}

/** Options of whatever transactions and resource types. */
export type ServiceOptions<Auth> = ServiceProviderOptions<Auth, string | undefined, unknown>;

/** A resource type, whatever opens its store. */
export type ServiceResource<Auth> = ResourceOptions<Auth, string | undefined, unknown>;

/** A service provider, compiled from its options. */
export interface Service<Auth> {
  readonly options: ServiceOptions<Auth>;
  readonly authentication: Authentication<Auth>;
  readonly basePath: string;
  readonly mount: Mount;
  readonly limits: Required<Limits>;
  readonly pagination: Pagination;
  readonly dialect: Dialect;
  readonly strict: boolean;
  readonly resources: readonly ServiceResource<Auth>[];
  readonly byEndpoint: ReadonlyMap<string, ServiceResource<Auth>>;
  readonly byName: ReadonlyMap<string, ServiceResource<Auth>>;
  /** The computed relations of each type, by the type's name. */
  readonly inverses: ReadonlyMap<string, readonly Inverse[]>;
}

/** The resource types whose relations lead to a type, and which one of its computed attributes shows. */
function inversesOf<Auth>(
  type: ResourceType,
  resources: readonly ServiceResource<Auth>[],
): readonly Inverse[] {
  return type.inverses.map((attribute) => {
    const sources = attribute.sub.get('$ref')?.referenceTypes ?? [];
    const holders = resources
      .map((resource) => resource.type)
      .filter(
        (holder) =>
          sources.includes(holder.name) &&
          holder.holders.some((relation) => relation.sub.get('$ref')?.referenceTypes.includes(type.name)),
      );
    return { attribute, holders };
  });
}

/**
 * Compiles a service provider's options.
 *
 * @throws TypeError that names the option, when one is wrong or two contradict each other.
 */
export function createService<Auth>(options: ServiceOptions<Auth>): Service<Auth> {
  const basePath = options.basePath ?? '/scim/v2';
  const mount = createMount(basePath, options.tenant, options.baseUrl);
  const { resources, authentication, strict = false, rewrites, checkEmails } = options;
  if (!authentication)
    throw new TypeError('"authentication" is missing: see bearer, bearerTokens or anonymous');
  if (resources.length === 0) throw new TypeError('"resources" must have at least one resource type');
  const byEndpoint = new Map(resources.map((resource) => [resource.type.endpoint, resource]));
  const byName = new Map(resources.map((resource) => [resource.type.name, resource]));
  if (byEndpoint.size < resources.length || byName.size < resources.length) {
    throw new TypeError('"resources": each resource type needs a name and an endpoint of its own');
  }
  for (const reserved of ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig', '/Bulk', '/Me']) {
    if (byEndpoint.has(reserved))
      throw new TypeError(`"resources": the endpoint "${reserved}" is the protocol's own`);
  }
  for (const [name, limit] of Object.entries(options.limits ?? {})) {
    if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) {
      throw new TypeError(`"limits.${name}" must be a whole number of at least 1`);
    }
  }
  return {
    options,
    authentication,
    ...{ basePath, mount },
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    pagination: createPagination(options.pagination),
    dialect: createDialect({ strict, rewrites, checkEmails }),
    strict,
    resources,
    byEndpoint,
    byName,
    inverses: new Map(resources.map(({ type }) => [type.name, inversesOf(type, resources)])),
  };
}
