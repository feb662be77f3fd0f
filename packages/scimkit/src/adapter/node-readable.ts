// Answers that come in pieces as streams, for hosts that send one themselves.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { breakOff } from './node-pieces.ts';

/** The pieces as a stream. When making them fails, the answer is broken off; when the client goes away, they end. */
export function toReadable(
  request: IncomingMessage,
  response: ServerResponse,
  pieces: AsyncIterable<string>,
): Readable {
  const stream = Readable.from(pieces, { objectMode: false });
  response.once('close', () => stream.destroy());
  return stream.once('error', () => breakOff(request, response));
}
