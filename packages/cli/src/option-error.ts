// What is wrong with how a command was called.

/** A mistake in options, arguments, profiles or the environment: told in one sentence, with exit code 2. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}
