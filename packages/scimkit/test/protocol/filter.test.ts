import fc from 'fast-check';
import { type Filter, formatFilter, parseFilter, ScimError } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { randomRun } from '../random-run.ts';

const compare = (path: string, operator: string, value: unknown) => ({
  kind: 'compare',
  path,
  operator,
  value,
});
const present = (path: string) => ({ kind: 'present', path });

// RFC 7644 §3.4.2.2, figures 1 and 2.
describe('the grammar', () => {
  test.each<[string, unknown]>([
    ['userName eq "bjensen"', compare('userName', 'eq', 'bjensen')],
    ['name.familyName co "O\'Malley"', compare('name.familyName', 'co', "O'Malley")],
    [
      'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
      compare('urn:ietf:params:scim:schemas:core:2.0:User:userName', 'sw', 'J'),
    ],
    ['title pr', present('title')],
    ['Title PR', present('Title')],
    ['userName Eq "john"', compare('userName', 'eq', 'john')],
    ['a eq true', compare('a', 'eq', true)],
    ['a eq false', compare('a', 'eq', false)],
    ['a eq null', compare('a', 'eq', null)],
    ['a gt 5', compare('a', 'gt', 5)],
    ['a le -0.5e3', { ...compare('a', 'le', -500), text: '-0.5e3' }],
    ['a eq 1.0', { ...compare('a', 'eq', 1), text: '1.0' }],
    ['a eq "\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"', compare('a', 'eq', '"\\/\b\f\n\r\té')],
    ['a eq "日本 😀 )(][ and or"', compare('a', 'eq', '日本 😀 )(][ and or')],
    ['members.$ref pr', present('members.$ref')],
    ['not pr', present('not')],
    ['and eq "x"', compare('and', 'eq', 'x')],
    ['a-b_c9 pr', present('a-b_c9')],
    ['  a   eq\t"x"  ', compare('a', 'eq', 'x')],
    ['a\r\npr\n', present('a')],
    ['(a eq "x")and(b eq 1)', { kind: 'and', filters: [compare('a', 'eq', 'x'), compare('b', 'eq', 1)] }],
    [
      'a[b pr]and c pr',
      { kind: 'and', filters: [{ kind: 'valuePath', path: 'a', filter: present('b') }, present('c')] },
    ],
    ['a eq "x\\"y"', compare('a', 'eq', 'x"y')],
    ['a eq ""', compare('a', 'eq', '')],
    ['a eq 1e3', { ...compare('a', 'eq', 1000), text: '1e3' }],
    ['a eq -0', { ...compare('a', 'eq', -0), text: '-0' }],
    ['a eq 12E+2', { ...compare('a', 'eq', 1200), text: '12E+2' }],
    ['not (a pr)', { kind: 'not', filter: present('a') }],
    ['NOT(a pr)', { kind: 'not', filter: present('a') }],
    ['a[b eq "x"]', { kind: 'valuePath', path: 'a', filter: compare('b', 'eq', 'x') }],
    [
      'a[not (b pr) or c pr]',
      {
        kind: 'valuePath',
        path: 'a',
        filter: { kind: 'or', filters: [{ kind: 'not', filter: present('b') }, present('c')] },
      },
    ],
    ['((a pr))', present('a')],
  ])('%s', (text, tree) => {
    expect(parseFilter(text)).toEqual(tree);
  });

  // "not" before "and" before "or"; grouping before all.
  test.each([
    ['a pr or b pr and c pr', 'a pr or b pr and c pr', 'or'],
    ['(a pr or b pr) and c pr', '(a pr or b pr) and c pr', 'and'],
    ['not (a pr) and b pr', 'not (a pr) and b pr', 'and'],
    ['a pr and (b pr and c pr)', 'a pr and b pr and c pr', 'and'],
    ['a pr AND b pr Or c pr', 'a pr and b pr or c pr', 'or'],
    ['not (not (a pr or b pr))', 'not (not (a pr or b pr))', 'not'],
    [
      'userType eq "Employee" and (emails co "x" or emails.value co "y")',
      'userType eq "Employee" and (emails co "x" or emails.value co "y")',
      'and',
    ],
  ])('%s', (text, formatted, kind) => {
    const tree = parseFilter(text);
    expect(tree.kind).toBe(kind);
    expect(formatFilter(tree)).toBe(formatted);
  });

  test.each([
    ['', 'an expression is missing'],
    ['   ', 'an expression is missing'],
    ['userName', 'an operator is missing'],
    ['userName eq', 'a value is missing'],
    ['userName eq "x', 'closing quote'],
    ['userName eq "\\x"', 'not valid JSON'],
    ["userName eq 'x'", 'double quotes'],
    ['userName eq x', 'double quotes'],
    ['userName eq True', 'double quotes'],
    ['userName eq 01', 'double quotes'],
    ['userName eq 1.', 'double quotes'],
    ['userName eq .5', 'double quotes'],
    ['userName eq +1', 'double quotes'],
    ['userName eq 1e', 'double quotes'],
    ['userName eq 1e999', 'double quotes'],
    ['userName eq (1)', 'a value is missing after "eq"'],
    ['userName "eq" "x"', '"eq" is not supported'],
    ['userName "pr"', '"pr" is not supported'],
    ['emails[type pr] EQ "x"', 'nothing may follow'],
    ['emails[type pr] x', '"x" is not expected'],
    ['not', 'an operator is missing after "not"'],
    ['userName regex "x"', '"regex" is not supported'],
    ['userName eq "x" or', 'an expression is missing'],
    ['userName eq "x" and and', 'an operator is missing after "and"'],
    ['or userName pr', '"userName" is not supported'],
    ['userName pr title pr', 'is not expected'],
    ['(userName pr', '")" is missing'],
    ['userName pr)', '")" is not expected'],
    ['emails[type pr', '"]" is missing'],
    ['emails[]', 'an attribute name is expected'],
    ['emails[type pr)', '"]" is missing'],
    ['not userName pr', '"userName" is not supported'],
    ['"userName" eq "x"', 'an attribute name is expected'],
    ['a.b.c eq "x"', 'an attribute name is expected'],
    ['1a eq "x"', 'an attribute name is expected'],
    ['emails[type eq "work"].value eq "x"', 'nothing may follow'],
    ['emails[type eq "work"] eq "x"', 'nothing may follow'],
    ['()', 'an attribute name is expected'],
  ])('refused: %s', (text, essence) => {
    const refused = () => parseFilter(text);
    expect(refused).toThrow(ScimError);
    expect(refused).toThrow(essence);
    expect(refused).toThrow(expect.objectContaining({ scimType: 'invalidFilter', status: 400 }));
  });
});

test.each([
  ['userName', 9],
  ['userName eq', 12],
  ['userName eq "x', 13],
  ['userName eq "\\x"', 13],
  ['userName eq x', 13],
  ['userName regex "x"', 10],
  ['userName pr)', 12],
  ['userName pr title pr', 13],
  ['(userName pr', 13],
  ['emails[type pr)', 15],
  ['emails[type pr].value pr', 16],
  ['a pr and 1a pr', 10],
  ['(((a pr)))', 3],
  ['a pr or a pr or a pr or a pr', 25],
])('says where it is wrong: %s', (text, character) => {
  expect(() => parseFilter(text, { maxDepth: 2, maxNodes: 3 })).toThrow(`wrong at character ${character}:`);
});

describe('tolerance, by option', () => {
  test.each([
    ['userName eq jyoung', 'userName eq "jyoung"', ['jyoung']],
    ['userName eq a@b.c and active eq True', 'userName eq "a@b.c" and active eq "True"', ['a@b.c', 'True']],
    ['id eq 01a205de-46a4', 'id eq "01a205de-46a4"', ['01a205de-46a4']],
  ])('unquoted: %s', (text, formatted, words) => {
    const seen: string[] = [];
    expect(formatFilter(parseFilter(text, { unquotedValue: (word) => seen.push(word) }))).toBe(formatted);
    expect(seen).toEqual(words);
  });

  test.each([
    ['emails[type eq "work"].value eq "x"', 'emails[type eq "work" and value eq "x"]'],
    ['emails[type eq "work"] eq "x"', 'emails[type eq "work" and value eq "x"]'],
    [
      'emails[type eq "a" or primary eq true].value pr',
      'emails[(type eq "a" or primary eq true) and value pr]',
    ],
    ['emails[type eq "work"].value ne "x"', 'not (emails[type eq "work" and value eq "x"])'],
    [
      'emails[type eq "work"].value eq "x" and title pr',
      'emails[type eq "work" and value eq "x"] and title pr',
    ],
    ['emails[type eq "work"] and title pr', 'emails[type eq "work"] and title pr'],
    ['emails[type eq "work"].Value Pr', 'emails[type eq "work" and Value pr]'],
    [
      'emails[type eq "a" and primary eq true] SW "x"',
      'emails[type eq "a" and primary eq true and value sw "x"]',
    ],
  ])('compared value path: %s', (text, formatted) => {
    const paths: string[] = [];
    expect(formatFilter(parseFilter(text, { comparedValuePath: (path) => paths.push(path) }))).toBe(
      formatted,
    );
    expect(paths.map((path) => path.toLowerCase())).toEqual(
      text.includes('] and') ? [] : ['emails[...].value'],
    );
  });

  test.each([
    ['emails[type pr].', 'nothing may follow'],
    ['emails[type pr].a.b.c pr', 'nothing may follow'],
    ['emails[type pr].value', 'an operator is missing after "value"'],
    ['emails[type pr] x', '"x" is not expected'],
    ['emails[type pr] "x"', '"x" is not expected'],
  ])('compared value path, refused: %s', (text, essence) => {
    expect(() => parseFilter(text, { comparedValuePath: () => {} })).toThrow(essence);
  });
});

describe('hostile input ends in an error, whatever its size (anchor 7)', () => {
  test.each([
    ['parentheses', '('.repeat(65_536)],
    ['brackets', 'a['.repeat(32_768)],
    ['quotes', '"'.repeat(65_536)],
    ['backslashes', `a eq "${'\\'.repeat(65_536)}`],
    ['not not not', 'not ('.repeat(13_000)],
    ['and and and', 'a pr and '.repeat(7_000)],
    ['spaces', ' '.repeat(65_536)],
    ['one long word', 'a'.repeat(65_536)],
    ['dots', '.'.repeat(65_536)],
    ['colons', 'urn:'.repeat(16_384)],
  ])('%s', (_what, text) => {
    expect(() => parseFilter(text)).toThrow(ScimError);
    expect(() => parseFilter(text, { maxLength: 1e6, maxDepth: 1e6, maxNodes: 100 })).toThrow();
  });

  test('limits: length, depth, comparisons; what is within them passes', () => {
    const deep = (n: number) => `${'('.repeat(n)}a pr${')'.repeat(n)}`;
    const wide = (n: number) => Array.from({ length: n }, () => 'a pr').join(' or ');
    expect(() => parseFilter(deep(32))).not.toThrow();
    expect(() => parseFilter(deep(33))).toThrow(/deeper than 32/);
    expect(() => parseFilter(wide(500))).not.toThrow();
    expect(() => parseFilter(wide(501))).toThrow(/more than 500/);
    expect(() => parseFilter(`a eq "${'x'.repeat(9_993)}"`)).not.toThrow();
    expect(() => parseFilter(`a eq "${'x'.repeat(9_994)}"`)).toThrow(/at most 10000/);
    expect(() => parseFilter('a pr', { maxLength: 3 })).toThrow(
      expect.objectContaining({ scimType: 'invalidFilter' }),
    );
    // Side by side is not within each other.
    expect(() => parseFilter('(a pr) or (a pr) or a[b pr] or a[b pr]', { maxDepth: 1 })).not.toThrow();
  });
});

const { seed, runs: numRuns } = randomRun('filter', 200);

test('formatFilter(parseFilter(x)) is stable', () => {
  const path = fc.constantFrom('userName', 'emails.value', 'urn:x:2.0:User:a.b', '$ref', 'not', 'and');
  const value = fc.oneof(
    // Any UTF-16 unit, halves of surrogate pairs too; fast-check takes two seconds to prepare its own `binary`.
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
    fc.integer(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const operator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le');
  const leaf = fc.oneof(
    path.map((p): Filter => ({ kind: 'present', path: p })),
    fc.tuple(path, operator, value).map(([p, o, v]) => compare(p, o, v) as Filter),
  );
  const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc
        .tuple(
          fc.constantFrom('and' as const, 'or' as const),
          fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
        )
        .map(([kind, filters]): Filter => ({ kind, filters })),
      tie('tree').map((filter): Filter => ({ kind: 'not', filter })),
      fc.tuple(path, tie('tree')).map(([p, filter]): Filter => ({ kind: 'valuePath', path: p, filter })),
    ),
  }));
  fc.assert(
    fc.property(tree, (filter) => {
      const once = formatFilter(filter);
      const again = parseFilter(once, { maxLength: 1e6, maxNodes: 1e4 });
      expect(formatFilter(again)).toBe(once);
    }),
    { seed, numRuns },
  );
});

test('what is written in parentheses is one with what is around it, where the operator is the same', () => {
  const filters = [present('a'), present('b'), present('c')];
  expect(parseFilter('a pr and (b pr and c pr)')).toEqual({ kind: 'and', filters });
  expect(parseFilter('(a pr or b pr) or c pr')).toEqual({ kind: 'or', filters });
  expect(parseFilter('x[a pr and b pr].c pr', { comparedValuePath: () => {} })).toEqual({
    kind: 'valuePath',
    path: 'x',
    filter: { kind: 'and', filters },
  });
});

test.each([
  ['a pr "and" b pr', '"and" is not expected'],
  ['emails[type pr] "eq" "x"', '"eq" is not expected'],
])('a text is no operator: %s', (text, essence) => {
  expect(() => parseFilter(text, { comparedValuePath: () => {} })).toThrow(essence);
});
