// The figures of a run as Markdown.
import { growth, type Results } from './ceilings.ts';
import type { Result } from './measure.ts';
import { digits, number, provenance, table } from './page.ts';
import { PATIENCE, type Subject } from './subject.ts';

function cell(result: Result, show: (figure: Exclude<Result, string | undefined>) => string): string {
  if (result === undefined) return '';
  return result === 'too slow' ? `over ${PATIENCE / 1000} s` : show(result);
}

const titleOf = ({ kind, size }: Subject) => (kind === 'bare' ? kind : `${kind}, ${number(size.users)}`);

/** The figures of all subjects; `own` are the smallest and the largest of the server's sizes. */
export function formatReport(
  results: Results,
  bare: Subject,
  others: readonly Subject[],
  [smallest, largest]: readonly [Subject, Subject],
): string {
  const rows = [...results];
  const costs = table(
    ['operation', 'bare, ms', ...others.map(titleOf), 'ceiling', 'growth'],
    rows.map(([{ name, ceiling }, row]) => {
      const grown = growth(row.get(smallest), row.get(largest));
      return [
        name,
        cell(row.get(bare), ({ cpu }) => (cpu / 1000).toFixed(3)),
        ...others.map((subject) => cell(row.get(subject), ({ multiple }) => `${digits(multiple)} x`)),
        ceiling === undefined ? '' : `${ceiling} x`,
        grown === undefined ? '' : `${grown.toFixed(2)} x`,
      ];
    }),
  );
  const speeds = table(
    ['operation', ...[bare, ...others].map(titleOf)],
    rows.map(([{ name }, row]) => [
      name,
      ...[bare, ...others].map((subject) =>
        cell(row.get(subject), ({ throughput, p50, p99 }) =>
          [`${number(throughput)}/s`, digits(p50), digits(p99)].join(' · '),
        ),
      ),
    ]),
  );
  return [
    provenance(),
    'Processor time per request, as a multiple of a bare answer:',
    costs,
    'Requests per second, and milliseconds of the median and of the 99th percentile:',
    speeds,
  ].join('\n\n');
}
