// Whichever service provider the test mounts: a header says which one is meant.
import type { ServiceProvider } from 'scimkit';
import { toNextHandlers } from 'scimkit/next';

const mounted = (request: Request) =>
  (globalThis as unknown as { scimkitInNext: Map<string, ServiceProvider> }).scimkitInNext.get(
    request.headers.get('x-mounted') ?? '',
  ) as ServiceProvider;

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = toNextHandlers({
  fetch: (request, context) => mounted(request).fetch(request, context),
} as ServiceProvider);
