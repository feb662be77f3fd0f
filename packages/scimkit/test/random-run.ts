// How long random tests run, and from where: printed, so that a run can be repeated.

/** The seed and the number of runs: SCIMKIT_SEED repeats a run, SCIMKIT_RUNS makes it longer than `usual`. */
export function randomRun(name: string, usual: number): { readonly seed: number; readonly runs: number } {
  const seed = Number(process.env.SCIMKIT_SEED ?? Date.now() % 1_000_000);
  const runs = Number(process.env.SCIMKIT_RUNS ?? usual);
  console.log(`${name}: SCIMKIT_SEED=${seed} SCIMKIT_RUNS=${runs}`);
  return { seed, runs };
}
