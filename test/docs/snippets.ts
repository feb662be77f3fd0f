// The TypeScript of the documents: taken out of the Markdown, so that it is compiled and run as it is printed.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A block of TypeScript in a document. */
export interface Snippet {
  /** "docs/library.md 2" */
  readonly name: string;
  readonly code: string;
}

/** A page whose blocks are the examples, word for word: they are run as such. */
export const HOSTS_PAGE = 'docs/hosts.md';

/** Every block of TypeScript in the README and the guide, but for those that are files of their own. */
export function snippets(): readonly Snippet[] {
  const files = ['README.md', ...readdirSync(`${root}docs`).map((file) => `docs/${file}`)];
  return snippetsIn(files.filter((file) => file.endsWith('.md') && file !== HOSTS_PAGE));
}

/** Every block of one language in some pages. */
export function snippetsIn(files: readonly string[], language = 'ts'): readonly Snippet[] {
  const block = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return files.flatMap((file) => {
    const blocks = readFileSync(`${root}${file}`, 'utf8').matchAll(block);
    return [...blocks].map((block, index) => ({ name: `${file} ${index + 1}`, code: block[1] as string }));
  });
}

/** Compiles the files of a folder below this one, as the tests are compiled; what the compiler says. */
export function compileFolder(folder: string): { readonly status: number | null; readonly output: string } {
  const config = join(folder, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ extends: '../../../tsconfig.test.json', include: ['*.ts'] }));
  const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { encoding: 'utf8' });
  return { status: tsc.status, output: tsc.stdout + tsc.stderr };
}
