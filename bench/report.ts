// Figures as Markdown: printed, and kept in README.md between two markers.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { growth, type Results } from './ceilings.ts';
import type { Result } from './measure.ts';
import { PATIENCE, type Subject } from './subject.ts';

const readme = new URL('./README.md', import.meta.url);
const BEGIN = '<!-- figures: npm run bench -- --write -->';
const END = '<!-- end of figures -->';

const number = (value: number) => Math.round(value).toLocaleString('en-US');
/** About three digits, whatever the magnitude. */
const digits = (value: number) => (value >= 100 ? number(value) : value.toFixed(value >= 10 ? 1 : 2));

function cell(result: Result, show: (figure: Exclude<Result, string | undefined>) => string): string {
  if (result === undefined) return '';
  return result === 'too slow' ? `over ${PATIENCE / 1000} s` : show(result);
}

const titleOf = ({ kind, size }: Subject) => (kind === 'bare' ? kind : `${kind}, ${number(size.users)}`);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--', 'packages', 'bench/*.ts') !== '';
    return `commit ${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`;
  } catch {
    return 'no commit';
  }
}

/** The figures of all subjects; `own` are the smallest and the largest of the server's sizes. */
export function formatReport(
  results: Results,
  bare: Subject,
  others: readonly Subject[],
  [smallest, largest]: readonly [Subject, Subject],
): string {
  const rows = [...results];
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  const day = new Date().toISOString().slice(0, 10);
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
    `${day}, ${commit()}, Node ${process.versions.node}, ${cpus().length} x ${model}.`,
    'Processor time per request, as a multiple of a bare answer:',
    costs,
    'Requests per second, and milliseconds of the median and of the 99th percentile:',
    speeds,
  ].join('\n\n');
}

/** Puts a report into README.md. */
export function writeReport(report: string): void {
  const text = readFileSync(readme, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('README.md has lost the markers of its figures.');
  writeFileSync(readme, `${text.slice(0, begin)}${BEGIN}\n${report}\n${text.slice(end)}`);
}
