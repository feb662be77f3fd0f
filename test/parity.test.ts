// docs/coming-from.md says what users of other projects find here; each row of its tables has a test that says so.
import { readFileSync } from 'node:fs';
import { type CallExpression, type Expression, parseSync, Visitor } from 'oxc-parser';
import { expect, test } from 'vitest';
import { listFiles } from './architecture/source.ts';
import { root } from './docs/snippets.ts';

/** The numbers of the rows, in the order of the page. */
function rows(): readonly number[] {
  const page = readFileSync(`${root}docs/coming-from.md`, 'utf8');
  return [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
}

/** What is called in the end: `test` in `test.each([...])('...')`; undefined where it never runs. */
function calleeOf(callee: Expression): string | undefined {
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'CallExpression') return calleeOf(callee.callee);
  if (callee.type !== 'MemberExpression') return undefined;
  const isOff = callee.property.type === 'Identifier' && ['skip', 'todo'].includes(callee.property.name);
  return isOff ? undefined : calleeOf(callee.object);
}

/** The rows that the names of tests, and of what they stand in, say. */
function namedIn(path: string, text: string): readonly number[] {
  const names: string[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [name] }: CallExpression) {
      if (name?.type !== 'Literal' || typeof name.value !== 'string') return;
      if (['describe', 'test', 'it', 'recorded'].includes(calleeOf(callee) ?? '')) names.push(name.value);
    },
  }).visit(parseSync(path, text).program);
  return names.flatMap((name) =>
    [...name.matchAll(/\bparity (\d+(?:, \d+)*)/g)].flatMap(([, numbers = '']) =>
      numbers.split(', ').map(Number),
    ),
  );
}

const files = ['packages', 'test', 'examples/test'].flatMap(listFiles);
const named = new Map<number, string[]>();
for (const path of files.filter((file) => file.endsWith('.test.ts'))) {
  const numbers = namedIn(path, readFileSync(root + path, 'utf8'));
  for (const number of numbers) named.set(number, [...(named.get(number) ?? []), path]);
}

test('the page has each row once', () => {
  expect(rows()).toEqual(Array.from({ length: rows().length }, (_, i) => i + 1));
  expect(rows().length).toBeGreaterThanOrEqual(47);
});

test('each row has a test whose name says its number, such as "(parity N)"', () => {
  const missing = rows().filter((row) => !named.has(row));
  expect(missing).toEqual([]);
});

test('no test names a row that there is not', () => {
  expect([...named].filter(([row]) => !rows().includes(row))).toEqual([]);
});

test.each<[string, readonly number[]]>([
  ["test('a (parity 7)', () => {})", [7]],
  ["test('a (RFC 7644 §3; parity 7, 8)', () => {})", [7, 8]],
  ["describe.each([])('a (parity 7: because)', () => {})", [7]],
  ["test.skipIf(process.env.X)('a (parity 7)', () => {})", [7]],
  ["test.skip('a (parity 7)', () => {})", []],
  ["test.todo('a (parity 7)')", []],
  ["// test('a (parity 7)')", []],
  ["const parity = 'parity 7'; expect('parity 7').toBe(parity)", []],
])('what counts as a name: %s', (text, numbers) => {
  expect(namedIn('a.test.ts', text)).toEqual(numbers);
});
