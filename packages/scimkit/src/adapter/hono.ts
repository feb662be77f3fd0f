// Hono, on any runtime.
import type { RequestBody, ServiceProvider } from '../provider/provider.ts';

interface HonoContext {
  readonly req: { readonly raw: Request; arrayBuffer(): Promise<ArrayBuffer> };
  readonly env?: unknown;
}

/** What @hono/node-server tells of the connection. */
interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
}

/**
 * Makes a handler for Hono. A body that a middleware has read by `c.req` is taken from there.
 *
 * @example
 * app.all('/scim/v2/*', toHonoHandler(scim));
 */
export function toHonoHandler(scim: ServiceProvider) {
  return (context: HonoContext): Promise<Response> => {
    const { raw } = context.req;
    const body: RequestBody | undefined = raw.bodyUsed
      ? { read: async () => new Uint8Array(await context.req.arrayBuffer()) }
      : undefined;
    const { incoming } = (context.env ?? {}) as NodeBindings;
    return scim.fetch(raw, { body, remoteAddress: incoming?.socket?.remoteAddress });
  };
}
