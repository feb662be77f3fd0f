// What must hold, and what doesn't.
import type { Contest } from './mapped/contest.ts';
import type { Figure, Result, Row } from './measure.ts';
import { MAX_GROWTH, type Operation } from './operations.ts';
import type { Subject } from './subject.ts';

/** The names of the two operations that must cost the same. */
const LARGE_GROUP = 'one member on 10,000';
const SMALL_GROUP = 'one member on 10';

export type Results = ReadonlyMap<Operation, Row>;

const isFigure = (result: Result): result is Figure => typeof result === 'object';

/** How much more one figure is than another; undefined where one of them is missing. */
export function growth(from: Result, to: Result): number | undefined {
  return isFigure(from) && isFigure(to) ? to.multiple / from.multiple : undefined;
}

/** The ceilings that are missed, each as a sentence. */
export function missedCeilings(results: Results, smallest: Subject, largest: Subject): string[] {
  const missed: string[] = [];
  for (const [operation, row] of results) {
    const { name, ceiling } = operation;
    if (ceiling === undefined) continue;
    const result = row.get(largest);
    if (!isFigure(result)) missed.push(`${name}: ${result ?? 'not measured'}`);
    else if (result.multiple > ceiling) {
      missed.push(`${name}: ${result.multiple.toFixed(2)} x of a bare answer, more than ${ceiling} x`);
    }
    const grown = growth(row.get(smallest), result);
    if (grown !== undefined && grown > MAX_GROWTH) {
      const { users } = smallest.size;
      missed.push(`${name}: ${grown.toFixed(2)} x of itself at ${users} users, more than ${MAX_GROWTH} x`);
    }
  }
  const byName = new Map([...results].map(([{ name }, row]) => [name, row.get(largest)]));
  const grown = growth(byName.get(SMALL_GROUP), byName.get(LARGE_GROUP));
  if (grown !== undefined && grown > MAX_GROWTH) {
    missed.push(`${LARGE_GROUP}: ${grown.toFixed(2)} x of one of 10, more than ${MAX_GROWTH} x`);
  }
  return missed;
}

/** How much an operation of a mapped store may cost, as a multiple of the same SQL written by hand. */
export const MAPPED_CEILING = 2;

/** The same of mapped stores. */
export function missedMapped(contests: readonly Contest[]): string[] {
  return contests
    .filter(({ store }) => !(store.multiple <= MAPPED_CEILING))
    .map(
      ({ app, operation, store }) =>
        `${app}, ${operation}: ${store.multiple.toFixed(2)} x of the same SQL by hand, more than ${MAPPED_CEILING} x`,
    );
}
