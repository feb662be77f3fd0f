// Hono, on any runtime.
import type { RequestBody, ServiceProvider } from '../provider/provider.ts';

interface HonoContext {
  readonly req: { readonly raw: Request; arrayBuffer(): Promise<ArrayBuffer> };
  readonly env?: unknown;
}

/** Bun's server. */
interface BunServer {
  requestIP(request: Request): { readonly address: string } | null;
}

/** What tells of the connection: @hono/node-server, Deno, Bun. */
interface Bindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
  readonly remoteAddr?: { readonly hostname?: string };
  readonly server?: Partial<BunServer>;
  readonly requestIP?: BunServer['requestIP'];
}

function addressOf(bindings: Bindings, request: Request): string | undefined {
  const { incoming, remoteAddr } = bindings;
  const bun = bindings.requestIP ? bindings : bindings.server;
  return incoming?.socket?.remoteAddress ?? remoteAddr?.hostname ?? bun?.requestIP?.(request)?.address;
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
    return scim.fetch(raw, { body, remoteAddress: addressOf((context.env ?? {}) as Bindings, raw) });
  };
}
