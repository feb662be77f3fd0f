// What a run says of itself: that its figures hold, or that it has none.

/** Tells which ceilings were missed, if any: then the process fails. */
export function tellMissed(missed: readonly string[]): void {
  process.stdout.write(missed.length === 0 ? '\nAll ceilings hold.\n' : `\nMissed:\n${missed.join('\n')}\n`);
  if (missed.length > 0) process.exitCode = 1;
}

/** Refuses to judge or to keep the figures of a quick run. */
export function assertMeans(options: { quick: boolean; check: boolean; write: boolean }): void {
  if (!options.quick || !(options.check || options.write)) return;
  throw new Error(
    '--quick shows that the bench runs; its figures say nothing. Leave out --check and --write.',
  );
}

/** Tells why a run came to nothing: then the process fails. */
export function tellFailure(error: unknown): void {
  process.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
