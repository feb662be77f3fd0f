// Blocks of the documents that name a file, as in "```ts examples/scim.ts", are parts of it, word for word.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from './snippets.ts';

interface Quote {
  readonly place: string;
  readonly file: string;
  readonly text: string;
}

function quotesIn(page: string): readonly Quote[] {
  const blocks = readFileSync(`${root}${page}`, 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, file = '', text = ''], index) => ({
    place: `${page} ${index + 1}`,
    file,
    text,
  }));
}

/** Whether a text is a part of a file, whole lines, however far they are indented there. */
function isPartOf(content: string, text: string): boolean {
  const indented = (by: string) => text.replace(/^(?=.)/gm, by);
  return ['', '  ', '    '].some((by) => `\n${content}`.includes(`\n${indented(by)}`));
}

test('what documents quote is in the files that they name', () => {
  const pages = ['README.md', ...readdirSync(`${root}docs`).map((file) => `docs/${file}`)];
  const quotes = pages.filter((page) => page.endsWith('.md')).flatMap(quotesIn);
  expect(quotes.length).toBeGreaterThan(10);
  const wrong = quotes.filter(
    ({ file, text }) =>
      !existsSync(`${root}${file}`) || !isPartOf(readFileSync(`${root}${file}`, 'utf8'), text),
  );
  expect(wrong.map(({ place, file, text }) => `${place} isn't in ${file}:\n${text}`)).toEqual([]);
});
