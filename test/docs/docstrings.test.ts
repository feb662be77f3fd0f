// The examples in the client's docstrings, compiled and run.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { baseUrl } from './docstring-place.ts';
import { compileFolder, root } from './snippets.ts';

const sources = join(root, 'packages/scimkit/src/client');
const folder = join(root, 'test/docs/.docstrings');

/** Every example with its file and line. */
const EXAMPLES = readdirSync(sources).flatMap((file) => {
  const text = readFileSync(join(sources, file), 'utf8');
  return [...text.matchAll(/^ *\* @example\n((?: *\* .*\n)+?) *\*\/\n/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const code = (match[1] as string)
      .replace(/^ *\* /gm, '')
      .replace('https://app.example.com/scim/v2', baseUrl);
    return { name: `${file}:${line}`, code };
  });
});

/** The names that the client exports, but for types. */
const exported = [
  ...readFileSync(join(sources, 'index.ts'), 'utf8').matchAll(/^export \{([^}]*)\}/gm),
].flatMap(([, names = '']) =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type ')),
);
const given = 'ada, baseUrl, client, grace, group, groups, id, name, token, user, users';
const pathOf = (name: string) => join(folder, `${name.replace(/[^a-z0-9]+/g, '-')}.ts`);

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const { name, code } of EXAMPLES) {
    // What an example declares itself is no other's.
    const text = `import { ${exported.join(', ')} } from 'scimkit/client';
import { ${given} } from '../docstring-place.ts';
export const taken = [${given}, ${exported.join(', ')}];
export async function run() {
${code}}
`;
    writeFileSync(pathOf(name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every example compiles', () => {
  expect(EXAMPLES.length).toBeGreaterThan(8);
  expect(compileFolder(folder)).toEqual({ status: 0, output: '' });
}, 60_000);

test.each(EXAMPLES)('$name runs', async ({ name }) => {
  const { run } = (await import(pathOf(name))) as { run: () => Promise<void> };
  process.env.SCIM_TOKEN = 'a-token';
  await run();
});
