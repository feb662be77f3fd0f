import { port, scim } from '../scim.ts';

Bun.serve({
  port,
  hostname: '127.0.0.1',
  fetch: (request, server) => scim.fetch(request, { remoteAddress: server.requestIP(request)?.address }),
});
