// The public names, written out by hand.
export { type HttpLimits, LIMIT_NAMES, type ServerLimits } from './limits.ts';
export { OptionError } from './option-error.ts';
export { isLoopback, type JwtTrust, LOG_LEVELS, type LogLevel, type ServerOptions } from './options.ts';
export { createServer, type Listening, type Loading, type Server } from './server.ts';
