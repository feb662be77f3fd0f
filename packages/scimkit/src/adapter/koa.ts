// Koa.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isStreamed, type ServiceProvider } from '../provider/provider.ts';
import { toReadable } from './node-readable.ts';
import { answerHeaders, hostBody, type NodeRequest, toScimRequest } from './node-request.ts';

interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: object;
  readonly originalUrl: string;
  status: number;
  body: unknown;
  set(headers: Record<string, string>): void;
}

/** The body that a parser has put into Koa's own request. */
function parsedBody(request: { readonly rawBody?: unknown; readonly body?: unknown }, raw: IncomingMessage) {
  if (request.rawBody !== undefined) return hostBody(request.rawBody);
  return raw.readableDidRead ? hostBody(request.body) : undefined;
}

/**
 * Makes a middleware for Koa: it answers what lies under the service provider's `basePath`, and passes on the rest.
 *
 * @example
 * app.use(toKoaMiddleware(scim));
 */
export function toKoaMiddleware(scim: ServiceProvider) {
  return async (context: KoaContext, next: () => Promise<unknown>): Promise<unknown> => {
    const { req, res, originalUrl } = context;
    const [path = ''] = originalUrl.split('?', 1);
    if (!scim.serves(path)) return next();
    const request = toScimRequest(Object.assign(req, { originalUrl }) as NodeRequest, {
      body: parsedBody(context.request, req),
      response: res,
    });
    const answer = await scim.handle(request);
    const headers = answerHeaders(req, answer);
    context.status = answer.status;
    const { body } = answer;
    context.body = isStreamed(body)
      ? toReadable(req, res, body)
      : typeof body === 'object'
        ? Buffer.from(body)
        : (body ?? null);
    // Koa replaces the type and drops the length when the body is set, so they come last.
    context.status = answer.status;
    context.set(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])));
    return undefined;
  };
}
