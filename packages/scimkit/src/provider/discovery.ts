// RFC 7644 §4: ServiceProviderConfig, ResourceTypes and Schemas, computed from what is switched on.
import type { ScimResponse } from '../authentication/request.ts';
import { ScimError } from '../protocol/error.ts';
import { LIST_RESPONSE_URN } from '../protocol/urn.ts';
import {
  describeResourceType,
  describeSchema,
  ResourceTypeSchema,
  SchemaSchema,
  ServiceProviderConfigSchema,
} from '../schema/discovery.ts';
import { keepsInteropProfile } from './interop-profile.ts';
import { describePagination } from './pagination.ts';
import type { Parameters } from './parameters.ts';
import { refuseFilter } from './query.ts';
import { messageResponse } from './respond.ts';
import type { Service } from './service.ts';

/** What a discovery document is made from. */
interface Discovery<Auth> {
  readonly service: Service<Auth>;
  readonly baseUrl: string;
}

type Document = Readonly<Record<string, unknown>>;

function serviceProviderConfig<Auth>({ service, baseUrl }: Discovery<Auth>): Document {
  const { limits, options, authentication, pagination } = service;
  return {
    schemas: [ServiceProviderConfigSchema.id],
    ...(options.documentationUri && { documentationUri: options.documentationUri }),
    patch: { supported: true },
    bulk: {
      supported: true,
      maxOperations: limits.bulkOperations,
      maxPayloadSize: limits.bulkPayloadSize,
    },
    filter: { supported: true, maxResults: limits.maxPageSize },
    changePassword: { supported: options.changePassword ?? false },
    sort: { supported: true },
    etag: { supported: true },
    ...(pagination.isPublished && { pagination: describePagination(pagination, limits) }),
    authenticationSchemes: authentication.schemes,
    ...(keepsInteropProfile(service) && { interopProfileConformant: true }),
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

function schemas<Auth>({ service, baseUrl }: Discovery<Auth>): readonly Document[] {
  const own = service.resources.flatMap(({ type: { definition } }) => [
    definition.schema,
    ...(definition.schemaExtensions ?? []).map((extension) => extension.schema),
  ]);
  const all = [...own, ServiceProviderConfigSchema, ResourceTypeSchema, SchemaSchema];
  const distinct = new Map(all.map((schema) => [schema.id.toLowerCase(), schema]));
  return [...distinct.values()].map((schema) => ({
    ...describeSchema(schema),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${encodeURIComponent(schema.id)}` },
  }));
}

function resourceTypes<Auth>({ service, baseUrl }: Discovery<Auth>): readonly Document[] {
  return service.resources.map(({ type }) => ({
    ...describeResourceType(type),
    meta: {
      resourceType: 'ResourceType',
      location: `${baseUrl}/ResourceTypes/${encodeURIComponent(type.name)}`,
    },
  }));
}

/** The discovery endpoints. */
export type DiscoveryName = 'ServiceProviderConfig' | 'Schemas' | 'ResourceTypes';

/**
 * Answers a discovery endpoint: the list, or one item by its id or name in any case. Parameters other than `filter`
 * are ignored (RFC 7644 §4).
 *
 * @throws ScimError 403 for `filter`, 404 for an item that there isn't.
 */
export function discover<Auth>(
  discovery: Discovery<Auth>,
  name: DiscoveryName,
  item: string | undefined,
  parameters: Parameters,
): ScimResponse {
  refuseFilter(parameters);
  if (name === 'ServiceProviderConfig') {
    if (item !== undefined) throw new ScimError(404, 'ServiceProviderConfig is one document, without items.');
    return messageResponse(200, JSON.stringify(serviceProviderConfig(discovery)));
  }
  const documents = name === 'Schemas' ? schemas(discovery) : resourceTypes(discovery);
  if (item === undefined) {
    const list = {
      schemas: [LIST_RESPONSE_URN],
      totalResults: documents.length,
      startIndex: 1,
      itemsPerPage: documents.length,
      Resources: documents,
    };
    return messageResponse(200, JSON.stringify(list));
  }
  const wanted = item.toLowerCase();
  const found = documents.find(({ id, name: called }) =>
    [id, name === 'Schemas' ? undefined : called].some((key) => String(key).toLowerCase() === wanted),
  );
  if (!found) {
    const ids = documents.map(({ id }) => id).join(', ');
    throw new ScimError(404, `There is no such item in /${name}. There are: ${ids}.`);
  }
  return messageResponse(200, JSON.stringify(found));
}
