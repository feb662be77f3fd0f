// How often, and after which pauses, a unit of work is begun anew because others were faster.

/** Times that a unit of work is tried when others were faster. With the pauses in between, about ten seconds. */
export const MAX_CONFLICTS = 40;

/** The longest pause between two tries, in milliseconds. */
const MAX_PAUSE = 500;

/** Waits longer with each try, and never as long as others who wait. */
export function pause(tries: number): Promise<void> {
  const longest = Math.min(MAX_PAUSE, 2 ** tries);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}
