import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rewritesPage } from '../../scripts/rewrites-page.ts';
import { root } from './snippets.ts';

test('docs/rewrites.md says what the code does: npm run docs renews it', () => {
  expect(readFileSync(`${root}docs/rewrites.md`, 'utf8')).toBe(rewritesPage());
});
