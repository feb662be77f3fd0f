// How wrong options are told.

/** A wrong option, told in one sentence. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}
