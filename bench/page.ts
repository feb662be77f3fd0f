// Figures in a page of Markdown, between two markers.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const BEGIN = /<!-- figures: .* -->\n/;
const END = '<!-- end of figures -->';

export const number = (value: number) => Math.round(value).toLocaleString('en-US');
/** About three digits, whatever the magnitude. */
export const digits = (value: number) => (value >= 100 ? number(value) : value.toFixed(value >= 10 ? 1 : 2));

/** A table: the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
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

/** When, of what, and where figures were taken. */
export function provenance(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${commit()}, Node ${process.versions.node}, ${cpus().length} x ${model}.`;
}

/** Puts a report into the page of a name. */
export function writeReport(name: string, report: string): void {
  const page = new URL(`./${name}`, import.meta.url);
  const text = readFileSync(page, 'utf8');
  const begin = BEGIN.exec(text);
  const end = text.indexOf(END);
  if (!begin || end < begin.index) throw new Error(`${name} has lost the markers of its figures.`);
  writeFileSync(page, `${text.slice(0, begin.index)}${begin[0]}${report}\n${text.slice(end)}`);
}
