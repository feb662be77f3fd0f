// The public names, written out by hand.
export { anyOf } from './authentication/any-of.ts';
export type { Authentication, AuthenticationScheme } from './authentication/authentication.ts';
export {
  type BasicOptions,
  basic,
  basicCredentials,
  type KnownCredential,
} from './authentication/basic.ts';
export {
  anonymous,
  type BearerOptions,
  bearer,
  bearerTokens,
  createToken,
  hashToken,
  type KnownToken,
} from './authentication/bearer.ts';
export type { RequestBody, ResponseBody, ScimRequest, ScimResponse } from './authentication/request.ts';
export { PayloadTooLarge } from './authentication/request.ts';
export { restrict } from './authentication/restrict.ts';
export { REWRITES } from './dialect/dialect.ts';
export { REWRITES_BY_IDENTITY_PROVIDER } from './dialect/identity-providers.ts';
export type { Rewrite, RewriteContext } from './dialect/rewrite.ts';
export {
  type EventLogOptions,
  eventLog,
  type RefusedEvent,
  type ResourceEvent,
} from './middleware/event-log.ts';
export { on } from './middleware/on.ts';
export { type AttributeChange, diffAttributes } from './protocol/diff.ts';
export { type ErrorMessage, ScimError, type ScimErrorOptions, type ScimType } from './protocol/error.ts';
export {
  type ComparisonOperator,
  type Filter,
  type FilterOptions,
  formatFilter,
  type Literal,
  parseFilter,
} from './protocol/filter.ts';
export { strict } from './protocol/leniency.ts';
export type { Leniency, LeniencyOptions, Note, RawOperation } from './protocol/leniency.ts';
export type { CursorPage, IndexPage, PageRequest } from './protocol/page.ts';
export { parsePatch } from './protocol/parse-patch.ts';
export type { PatchChange, PatchOp } from './protocol/patch.ts';
export { applyPatch, type Patched, type RelationChange } from './protocol/apply-patch.ts';
export { type FilterContext, type ResolvedFilter, resolveFilter } from './protocol/resolve-filter.ts';
export type { Sort } from './protocol/sort.ts';
export { type Attributes, type Input, replaceAttributes } from './protocol/validate.ts';
export { checkPrecondition, type Precondition } from './protocol/version.ts';
export type {
  CommonOperation,
  Middleware,
  MiddlewareFor,
  Operation,
  OperationName,
  Outcome,
} from './provider/operation.ts';
export type {
  Exchange,
  Limits,
  Performed,
  ResourceOptions,
  ServiceProviderOptions,
  StoreContext,
} from './provider/options.ts';
export type { Revocation } from './provider/revocation.ts';
export type { CursorSecret } from './provider/cursor.ts';
export type { PaginationOptions } from './provider/pagination.ts';
export type { ProxyTrust } from './provider/forwarded.ts';
export type { TenantOptions } from './provider/mount.ts';
export { createServiceProvider, type RequestContext, type ServiceProvider } from './provider/provider.ts';
export type {
  Attribute,
  AttributeDefinition,
  AttributeType,
  Mutability,
  Returned,
  Uniqueness,
} from './schema/attribute.ts';
export {
  ResourceTypeSchema,
  SchemaSchema,
  ServiceProviderConfigSchema,
} from './schema/discovery.ts';
export { parseResourceTypes, parseSchemas } from './schema/documents.ts';
export { EnterpriseUserSchema } from './schema/enterprise-user.ts';
export { GroupSchema } from './schema/group.ts';
export type {
  AttributePath,
  Meta,
  Resource,
  ResourceInput,
  Secrets,
  StoredAttributes,
} from './schema/infer.ts';
export {
  defineResourceType,
  type ResolvedAttribute,
  type ResolvedExtension,
  type ResourceType,
  type ResourceTypeDefinition,
  type SchemaExtension,
} from './schema/resource-type.ts';
export { Group, User } from './schema/resources.ts';
export { defineSchema, type SchemaDefinition } from './schema/schema.ts';
export { UserSchema } from './schema/user.ts';
export { CommitGroup, type GroupedWrite } from './store/commit-group.ts';
export { evaluate } from './store/evaluate.ts';
export { uuidv7 } from './store/id.ts';
export type {
  CreateOptions,
  Page,
  Query,
  Reference,
  RelationDelta,
  ReplaceOptions,
  Scope,
  Selection,
  Store,
  StoredResource,
  WriteOptions,
  Written,
} from './store/store.ts';
export type { Transaction } from './store/transaction.ts';
