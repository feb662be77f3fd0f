// The figures of a run as Markdown.
import { digits, number, provenance, table } from '../page.ts';
import { SETTINGS } from './cluster.ts';
import type { Compared, Cost } from './comparison.ts';
import { type Carried, type Doubled, PART } from './pair.ts';
import { PATIENCE } from './subject.ts';

const times = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(2)} x`);
const TOO_SLOW = `over ${PATIENCE / 1_000} s`;

const of = (cost: Cost | undefined, show: (cost: Cost) => string) => (cost ? show(cost) : TOO_SLOW);
const latency = ({ p50, p99 }: Cost) => `${digits(p50)} · ${digits(p99)}`;

function sqliteTable(rows: readonly Compared[], users: number): string {
  return table(
    ['SQLite', 'small, ms', 'large, ms', 'growth', `p50 · p99 at ${number(users)}`],
    rows.map(({ name, small, large, growth }) => [
      name,
      of(small, ({ server }) => server.toFixed(3)),
      of(large, ({ server }) => server.toFixed(3)),
      times(growth?.server),
      of(large, latency),
    ]),
  );
}

const both = ({ server, database }: Cost) => `${server.toFixed(3)} + ${database.toFixed(3)}`;

function postgresTable(rows: readonly Compared[], users: number): string {
  const head = ['PostgreSQL', 'small, ms', 'large, ms', 'server', 'database', 'sum'];
  return table(
    [...head, `p50 · p99 at ${number(users)}`],
    rows.map(({ name, small, large, growth }) => [
      name,
      of(small, both),
      of(large, both),
      ...[growth?.server, growth?.database, growth?.sum].map(times),
      of(large, latency),
    ]),
  );
}

const cores = ({ use: { servers, database, client, idle } }: Carried) =>
  [servers, database, client, idle].map((value) => value.toFixed(2)).join(' · ');

function pairTable(rows: readonly Doubled[]): string {
  return table(
    [
      'two processes',
      'one',
      'two',
      'gain',
      'one, ms',
      'two, ms',
      'processors of one: servers · database · client · idle',
      'of two',
    ],
    rows.map(({ name, one, two, gain }) => [
      name,
      `${number(one.throughput)}/s`,
      `${number(two.throughput)}/s`,
      times(gain),
      ...[one, two].map(({ server, database }) => `${server.toFixed(3)} + ${database.toFixed(3)}`),
      cores(one),
      cores(two),
    ]),
  );
}

/** The figures: of comparisons between two numbers of users, and of two processes. */
export function formatReport(
  [small, large]: readonly [number, number],
  compared: readonly Compared[],
  doubled: readonly Doubled[] | undefined,
): string {
  const by = (kind: Compared['kind']) => compared.filter((one) => one.kind === kind);
  const settings = Object.entries(SETTINGS).map(([name, value]) => `${name}=${value}`);
  const parts = [
    `${provenance()} ${number(small)} users (small) and ${number(large)} (large).`,
    ...(by('SQLite').length > 0 ? [sqliteTable(by('SQLite'), large)] : []),
    ...(by('PostgreSQL').length > 0
      ? [
          `PostgreSQL's settings, where they are not its defaults: ${settings.join(', ')}. Times are those of the server ` +
            'and of the database.',
          postgresTable(by('PostgreSQL'), large),
        ]
      : []),
    ...(doubled && doubled.length > 0
      ? [`Server processes that have ${PART * 100} % of a processor each:`, pairTable(doubled)]
      : []),
  ];
  return parts.join('\n\n');
}
