// Next.js: route handlers of the app router.
import type { RequestBody, ServiceProvider } from '../provider/provider.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

type RouteHandler = (request: Request) => Promise<Response>;

/** Options of `toNextHandlers`. */
export interface NextOptions {
  /** The body, where a wrapper around the handler has consumed it. */
  readonly body?: (request: Request) => RequestBody | undefined;
}

/**
 * Makes the handlers of `app/scim/v2/[[...path]]/route.ts`. Given a function, they make the service provider with the
 * first request: `next build` loads the file as well, and has no secrets and no database. Set
 * `skipTrailingSlashRedirect: true` in next.config: Next would redirect what some clients send.
 *
 * @example
 * export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = toNextHandlers(async () => (await import('@/scim')).scim);
 */
export function toNextHandlers(
  scim: ServiceProvider | (() => ServiceProvider | Promise<ServiceProvider>),
  options: NextOptions = {},
): Record<(typeof METHODS)[number], RouteHandler> {
  let made: ServiceProvider | Promise<ServiceProvider> | undefined =
    typeof scim === 'function' ? undefined : scim;
  const handler: RouteHandler = async (request) => {
    made ??= (scim as () => ServiceProvider | Promise<ServiceProvider>)();
    return (await made).fetch(request, { body: options.body?.(request), url: urlOf(request) });
  };
  return Object.fromEntries(METHODS.map((method) => [method, handler])) as Record<
    (typeof METHODS)[number],
    RouteHandler
  >;
}

/** The URL as the client wrote it: Next puts the name that the server listens on in the place of the host. */
function urlOf({ url, headers }: Request): string {
  const host = headers.get('host') ?? '';
  return /^[A-Za-z0-9._:[\]-]+$/.test(host) ? url.replace(/^(https?:\/\/)[^/?#]*/, `$1${host}`) : url;
}
