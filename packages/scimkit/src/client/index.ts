// What `scimkit/client` exports, written out by hand.
export { ScimError, type ScimErrorOptions, type ScimType } from '../protocol/error.ts';
export type { Filter, Literal } from '../protocol/filter.ts';
export type { AttributePath, Resource, ResourceInput } from '../schema/infer.ts';
export { defineResourceType, type ResourceType } from '../schema/resource-type.ts';
export { Group, User } from '../schema/resources.ts';
export { defineSchema } from '../schema/schema.ts';
export {
  type Authorization,
  type AuthorizationContext,
  basicPassword,
  bearerToken,
  type ClientCredentialsOptions,
  clientCredentials,
} from './authorization.ts';
export {
  type BulkBuilder,
  bulkFor,
  type BulkOperation,
  type BulkOptions,
  type BulkResult,
} from './bulk-operation.ts';
export { createClient, isOfType, type ScimClient } from './client.ts';
export type { Departure, DepartureName } from './departure.ts';
export { diff } from './difference.ts';
export type { ProviderConfig } from './discovery.ts';
export { type FailureOptions, type FailureReason, RequestError } from './failure.ts';
export { type FilterBuilder, type FilterOver, type FilterPart, filter, filterFor } from './filter.ts';
export type { ListPage } from './list-answer.ts';
export { addMembers, type MembersOptions, removeMembers } from './members.ts';
export type { MeClient } from './me.ts';
export type { Attempt, ClientOptions, ClientPagination, RequestOptions, RetryOptions } from './options.ts';
export { type PatchBuilder, patchFor, type PatchOperation } from './patch.ts';
export type { ListOptions, QueryOptions, SelectionOptions } from './query.ts';
export type { Changes, DeleteOptions, ResourceClient, Target, WriteOptions } from './resource-client.ts';
