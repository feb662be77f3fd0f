// h3 2 and 1, and what is built on them: Nitro, Nuxt.
import { isStreamed, type RequestBody, type ServiceProvider } from '../provider/provider.ts';
import { toResponse } from '../provider/web.ts';
import { sendPieces } from './node-pieces.ts';
import {
  answerHeaders,
  hostBody,
  type NodeContext,
  type NodeRequest,
  toScimRequest,
} from './node-request.ts';

/** Of web standards in h3 2, of node:http in h3 1. */
interface H3Event {
  readonly req: object;
}

type EventOf2 = { readonly req: Request & { readonly ip?: string | undefined } };

interface EventOf1 {
  readonly node: { readonly req: NodeRequest; readonly res: NonNullable<NodeContext['response']> };
}

/** Where h3 1 keeps what its `readBody` has read. */
const RAW_BODY = Symbol.for('h3RawBody');

/** Options of `toH3Handler`. */
export interface H3Options<Event> {
  /** The body, where a middleware has consumed it: h3 2 doesn't keep it. */
  readonly body?: (event: Event) => RequestBody | undefined;
}

const isOf2 = (event: object): event is EventOf2 =>
  typeof (event as Partial<EventOf2>).req?.headers.get === 'function';

async function answerIn1(
  scim: ServiceProvider,
  { req, res }: EventOf1['node'],
  given: RequestBody | undefined,
): Promise<Response | undefined> {
  const kept = await (req as { [RAW_BODY]?: unknown })[RAW_BODY];
  const body = given ?? (kept === undefined ? undefined : hostBody(kept));
  const answer = await scim.handle(toScimRequest(req, { body, response: res }));
  if (isStreamed(answer.body)) {
    // h3 1 would take a stream as fast as it is made, whether the client is there or not.
    res.writeHead(answer.status, answerHeaders(req, answer));
    await sendPieces(req, res, answer.body);
    return undefined;
  }
  const headers = Object.entries(answerHeaders(req, answer)).map(([name, value]) => [name, String(value)]);
  return toResponse({ ...answer, headers: Object.fromEntries(headers) });
}

/**
 * Makes an event handler for h3.
 *
 * @example
 * app.all('/scim/v2/**', toH3Handler(scim));
 */
export function toH3Handler<Event extends H3Event>(scim: ServiceProvider, options: H3Options<Event> = {}) {
  return (event: Event): Promise<Response | undefined> => {
    const body = options.body?.(event);
    if (!isOf2(event)) return answerIn1(scim, (event as unknown as EventOf1).node, body);
    return scim.fetch(event.req, { body, remoteAddress: event.req.ip });
  };
}
