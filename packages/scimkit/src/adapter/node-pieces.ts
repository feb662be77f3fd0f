// Answers that come in pieces, over node:http and what is built on it: as fast as the client takes them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAnswer } from './node-linger.ts';

/** Says that no more pieces are taken: nobody is there to get them. */
export function abandon(pieces: AsyncIterable<string>): void {
  void pieces[Symbol.asyncIterator]().return?.();
}

/**
 * Breaks an answer off, so that it doesn't look whole. HTTP/2 needs an error for that; of HTTP/1, it would be taken for one
 * of the client's.
 */
export function breakOff(request: IncomingMessage, response: ServerResponse): void {
  response.destroy(
    request.httpVersionMajor < 2 ? undefined : new Error('The answer could not be made to its end.'),
  );
}

/**
 * Sends the pieces of an answer whose head has been written. The next one is made once the client has taken the one
 * before; none any more once the client is gone. Settles when the answer is over, whichever way.
 */
export async function sendPieces(
  request: IncomingMessage,
  response: ServerResponse,
  pieces: AsyncIterable<string>,
): Promise<void> {
  let isGone = response.destroyed;
  let wake = () => {};
  const onDrain = () => wake();
  const onClose = () => {
    isGone = true;
    wake();
  };
  response.on('drain', onDrain).once('close', onClose);
  try {
    for await (const piece of pieces) {
      if (isGone) return;
      if (response.write(piece)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (isGone) return;
    }
    endAnswer(request, response, undefined);
  } catch {
    // `observe` has the cause.
    breakOff(request, response);
  } finally {
    response.off('drain', onDrain).off('close', onClose);
  }
}
