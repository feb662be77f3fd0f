// The figures of a run as Markdown.
import { MAPPED_CEILING } from '../ceilings.ts';
import { digits, number, provenance, table } from '../page.ts';
import type { Contest } from './contest.ts';
import type { Size } from './world.ts';

/** The figures: a table for each app's database. */
export function formatReport(contests: readonly Contest[], { users, teams, large }: Size): string {
  const byApp = Map.groupBy(contests, ({ app }) => app);
  return [
    `${provenance()} ${number(users)} users; ${number(teams)} teams, one of ${number(large)} members.`,
    ...[...byApp].map(([app, rows]) =>
      table(
        [app, 'statements', 'store, ms', 'SQL by hand, ms', "library's calls, ms", 'store / SQL', 'ceiling'],
        rows.map(({ operation, statements, store, hand, calls }) => [
          operation,
          String(statements),
          ...[store, hand, calls].map(({ cpu }) => digits(cpu / 1_000)),
          `${store.multiple.toFixed(2)} x`,
          `${MAPPED_CEILING} x`,
        ]),
      ),
    ),
  ].join('\n\n');
}
