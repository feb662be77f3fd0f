import { port, scim } from '../scim.ts';

Deno.serve({ port, hostname: '127.0.0.1', onListen() {} }, (request, { remoteAddr }) =>
  scim.fetch(request, { remoteAddress: remoteAddr.hostname }),
);
