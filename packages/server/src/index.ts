// The public names, written out by hand.
export { isLoopback, OptionError, type ServerOptions } from './options.ts';
export { createServer, type Listening, type Server } from './server.ts';
