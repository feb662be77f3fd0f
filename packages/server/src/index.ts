// The public names, written out by hand.
export type { Credential, Credentials, NewCredential } from './credentials.ts';
export { describeDatabase, failureToOpen } from './database-url.ts';
export { type HttpLimits, LIMIT_NAMES, type ServerLimits } from './limits.ts';
export { openCredentials } from './open-credentials.ts';
export { OptionError } from './option-error.ts';
export {
  type ConfiguredPassword,
  type ConfiguredToken,
  isLoopback,
  type JwtTrust,
  LOG_LEVELS,
  type LogLevel,
  PAGINATION_MODES,
  type PaginationMode,
  type ServerOptions,
  TENANT_SOURCES,
  type TenantSource,
} from './options.ts';
export { describeScope, type Scope, toScope } from './scope.ts';
export { createServer, type Listening, type Loading, type Server } from './server.ts';
