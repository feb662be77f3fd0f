// node:http, node:https and node:http2, and what is built on them: Connect, and Express (see express.ts).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ScimError } from '../protocol/error.ts';
import {
  isStreamed,
  type RequestBody,
  type ScimResponse,
  type ServiceProvider,
} from '../provider/provider.ts';
import { endAnswer } from './node-linger.ts';
import { abandon, sendPieces } from './node-pieces.ts';
import { answerHeaders, type NodeRequest, toScimRequest } from './node-request.ts';

export { trustedProxies } from './trusted-proxies.ts';

/** Sends an answer, unless the client is gone. */
function send(request: IncomingMessage, response: ServerResponse, answer: ScimResponse): void {
  const { status, body } = answer;
  if (response.destroyed || response.headersSent) {
    if (isStreamed(body)) abandon(body);
    return;
  }
  try {
    response.writeHead(status, answerHeaders(request, answer));
    if (isStreamed(body)) void sendPieces(request, response, body);
    else endAnswer(request, response, body);
  } catch {
    if (isStreamed(body)) abandon(body);
    // A header that HTTP can't carry: from an error's `headers`, since all others are the service provider's.
    response.writeHead(500, { 'content-type': 'application/scim+json' });
    response.end(JSON.stringify(new ScimError(500, 'The answer could not be sent.')));
  }
}

/** Answers a request; `body` is what the host has made of its body. */
export function answerNode(
  scim: ServiceProvider,
  request: IncomingMessage,
  response: ServerResponse,
  body?: RequestBody,
): void {
  const scimRequest = toScimRequest(request as NodeRequest, { body, response });
  // `handle` never rejects.
  void scim.handle(scimRequest).then((answer) => send(request, response, answer));
}

/**
 * Makes a request handler for node:http and Connect. A body that the host has read already (`request.rawBody`,
 * `request.body`) is taken as it is.
 *
 * @example
 * http.createServer(toNodeHandler(scim)).listen(8080);
 */
export function toNodeHandler(scim: ServiceProvider) {
  return (request: IncomingMessage, response: ServerResponse): void => answerNode(scim, request, response);
}
