// h3 2, and what is built on it: Nitro.
import type { RequestBody, ServiceProvider } from '../provider/provider.ts';

interface H3Event {
  readonly req: Request & { readonly ip?: string | undefined };
}

/** Options of `toH3Handler`. */
export interface H3Options<Event> {
  /** The body, where a middleware has consumed it: h3 doesn't keep it. */
  readonly body?: (event: Event) => RequestBody | undefined;
}

/**
 * Makes an event handler for h3.
 *
 * @example
 * app.all('/scim/v2/**', toH3Handler(scim));
 */
export function toH3Handler<Event extends H3Event>(scim: ServiceProvider, options: H3Options<Event> = {}) {
  return (event: Event): Promise<Response> =>
    scim.fetch(event.req, { body: options.body?.(event), remoteAddress: event.req.ip });
}
