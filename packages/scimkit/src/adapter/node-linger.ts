// RFC 9112 §9.6: how a connection is closed on which the client still sends.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Milliseconds that a client has to read an answer which came before it had sent its whole body. */
const LINGER = 2_000;

/**
 * Ends an answer. When the request's body has not come whole, the end, and with it that of the connection, waits for it a
 * little, and drops what comes: closed at once, the connection would be reset, and the answer lost on the way.
 */
export function endAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  body: string | Uint8Array | undefined,
): void {
  if (request.complete || request.destroyed) {
    response.end(body);
    return;
  }
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER);
  request.once('end', end).once('close', end).resume();
}
