import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HOSTS_PAGE, root, snippetsIn } from './snippets.ts';

test('docs/hosts.md prints the examples as they are, all of them', () => {
  const examples = readdirSync(`${root}examples`, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(scim|[a-z0-9]+\/server)\.ts$|^next\/app\/.*route\.ts$/.test(file))
    .filter((file) => !file.includes('node_modules') && !file.includes('.next'));
  expect(examples.length).toBeGreaterThan(9);
  const contents = examples.map((file) => readFileSync(`${root}examples/${file}`, 'utf8'));
  expect(
    snippetsIn([HOSTS_PAGE])
      .map(({ code }) => code)
      .toSorted(),
  ).toEqual(contents.toSorted());
});
