// The TypeScript of the documents: taken out of the Markdown, so that it is compiled and run as it is printed.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A block of TypeScript in a document. */
export interface Snippet {
  /** "docs/library.md 2" */
  readonly name: string;
  readonly code: string;
}

/** Every block of TypeScript in the README and the guide. */
export function snippets(): readonly Snippet[] {
  const files = ['README.md', ...readdirSync(`${root}docs`).map((file) => `docs/${file}`)];
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const blocks = readFileSync(`${root}${file}`, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm);
      return [...blocks].map((block, index) => ({ name: `${file} ${index + 1}`, code: block[1] as string }));
    });
}
