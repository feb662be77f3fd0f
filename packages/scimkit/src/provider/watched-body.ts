// RFC 9112 §8: whether an answer that comes in pieces has been made to its end.

/** How an answer's pieces ended. */
export interface Ending {
  /** False when making them failed, or when the client went away. */
  readonly isComplete: boolean;
  /** What making them failed with. */
  readonly error: unknown;
}

/** The same pieces; `onEnd` is told once how they ended, though nobody may have taken any. */
export function watchBody(
  pieces: AsyncIterable<string>,
  onEnd: (ending: Ending) => void,
): AsyncIterable<string> {
  const iterator = pieces[Symbol.asyncIterator]();
  let isOver = false;
  const end = (isComplete: boolean, error?: unknown) => {
    if (isOver) return;
    isOver = true;
    onEnd({ isComplete, error });
  };
  const watched: AsyncIterator<string, undefined> = {
    async next() {
      try {
        const { done, value } = await iterator.next();
        if (!done) return { done: false, value };
        end(true);
        return { done: true, value: undefined };
      } catch (error) {
        end(false, error);
        throw error;
      }
    },
    // Not a generator's: one that nobody began would not hear of it.
    async return() {
      end(false);
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => watched };
}
