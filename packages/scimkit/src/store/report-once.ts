// Units of work may begin more than once; what they report counts once.
import type { Note, Report } from '../protocol/leniency.ts';

/** Runs a write that may begin more than once, and says so each time: what it reports is held back until it is done. */
export async function reportingOnce<Options extends { readonly report?: Report }, Result>(
  options: Options,
  run: (options: Options, begin: () => void) => Promise<Result>,
): Promise<Result> {
  const { report } = options;
  let notes: Note[] = [];
  const begin = () => {
    notes = [];
  };
  try {
    return await run(report ? { ...options, report: (note) => notes.push(note) } : options, begin);
  } finally {
    for (const note of notes) report?.(note);
  }
}
