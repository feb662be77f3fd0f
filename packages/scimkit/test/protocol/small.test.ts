import { describe, expect, test } from 'vitest';
import { type BulkOperation, planBulk, readBulk, substitute } from '../../src/protocol/bulk.ts';
import { quote, ScimError } from '../../src/protocol/error.ts';
import { type PageParameters, type PageRequest, type PageRules, readPage } from '../../src/protocol/page.ts';
import { findAttribute, isAttributePath } from '../../src/protocol/path.ts';
import { checkPrecondition, digestText, formatEtag, parseEtags } from '../../src/protocol/version.ts';
import { BULK_REQUEST, ENTERPRISE, errorBody, USER } from '../fixture.ts';
import { EXTENSION, Thing, User } from './resource.ts';

describe('errors (RFC 7644 §3.12)', () => {
  test('a keyword implies its status; the body has a status that is text', () => {
    expect(new ScimError('uniqueness', 'x').toJSON()).toEqual(errorBody(409, 'uniqueness'));
    expect(new ScimError('invalidFilter', 'x').toJSON()).toEqual(errorBody(400, 'invalidFilter'));
    expect(new ScimError(413, 'x').toJSON()).toEqual(errorBody(413));
    const cause = new Error('secret');
    expect(JSON.stringify(new ScimError(500, 'x', { cause }))).not.toContain('secret');
    expect(new ScimError(500, 'x', { cause }).cause).toBe(cause);
    expect('cause' in new ScimError(500, 'x')).toBe(false);
    expect(new ScimError(401, 'x', { headers: { 'www-authenticate': 'Bearer' } }).headers).toEqual({
      'www-authenticate': 'Bearer',
    });
    expect([String(new ScimError(404, 'x')), new ScimError(404, 'x').headers]).toEqual(['ScimError: x', {}]);
  });

  test("the client's data is quoted short, on one line, and by its kind when it has parts", () => {
    expect(quote('a"\n')).toBe('"a\\"\\n"');
    expect(quote('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(quote('x'.repeat(81))).toBe(`"${'x'.repeat(79)}…"`);
    expect([quote({ a: 1 }), quote([1]), quote(null), quote(5)]).toEqual([
      'an object',
      'an array',
      'null',
      '5',
    ]);
  });
});

describe('paths (RFC 7644 §3.10)', () => {
  test.each<[string, string | undefined]>([
    ['userName', 'userName'],
    ['USERNAME', 'userName'],
    ['name.givenName', 'name.givenName'],
    ['emails.$ref', undefined],
    [`${USER}:userName`, 'userName'],
    [`${USER}:meta.created`, 'meta.created'],
    [`${ENTERPRISE}:department`, `${ENTERPRISE}:department`],
    [`${ENTERPRISE.toUpperCase()}:MANAGER.VALUE`, `${ENTERPRISE}:manager.value`],
    [`${ENTERPRISE}:userName`, undefined],
    [ENTERPRISE, undefined],
    ['department', undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
    ['name.constructor', undefined],
    ['toString', undefined],
    ['', undefined],
    ['.', undefined],
    ['name.', undefined],
  ])('%s -> %s', (path, expected) => {
    expect(findAttribute(User, path)?.path).toBe(expected);
  });

  test('an attribute that is called constructor is found where it is declared', () => {
    expect(findAttribute(Thing, 'Constructor')?.path).toBe('constructor');
    expect(findAttribute(Thing, `${EXTENSION}:extra`)?.keys).toEqual([EXTENSION, 'extra']);
  });

  test.each([['a'], ['a.b'], ['$ref'], ['a.$ref'], ['urn:x:2.0:User:a.b']])(
    '%s has the form of a path',
    (path) => {
      expect(isAttributePath(path)).toBe(true);
    },
  );
  test.each([['a.b.c'], ['1a'], ['a b'], ['a['], ['a"'], ['urn:x:'], ['-a'], ['a..b'], ['a\\b']])(
    '%s has not',
    (path) => {
      expect(isAttributePath(path)).toBe(false);
    },
  );
});

const rules: PageRules = {
  defaultCount: 100,
  maxCount: 1000,
  cursor: true,
  defaultMethod: 'index',
  strict: false,
};

describe('pages (RFC 7644 §3.4.2.4)', () => {
  test.each<[unknown, unknown, number, number]>([
    [undefined, undefined, 1, 100],
    ['', '', 1, 100],
    ['1', '10', 1, 10],
    [5, 0, 5, 0],
    ['0', '-1', 1, 0],
    ['-7', '5000', 1, 1000],
    ['+3', '2', 3, 2],
    [null, null, 1, 100],
  ])('startIndex %o, count %o', (startIndex, count, first, size) => {
    expect(readPage({ startIndex, count }, rules)).toEqual({ startIndex: first, count: size });
  });
  test.each([['x'], ['1.5'], [1.5], [true], ['1e3'], [{}], ['9'.repeat(400)]])('%o is no index', (value) => {
    expect(() => readPage({ startIndex: value, count: 1 }, rules)).toThrow(/startIndex/);
    expect(() => readPage({ startIndex: 1, count: value }, rules)).toThrow(/count/);
  });
});

describe('which method of paging applies (RFC 9865 §2.2)', () => {
  const first = { cursor: undefined, count: 100 };
  const index = { startIndex: 1, count: 100 };
  test.each<[string, PageParameters, Partial<PageRules>, PageRequest | string]>([
    ['neither, index by default', {}, {}, index],
    ['neither, cursor by default', {}, { defaultMethod: 'cursor' }, first],
    ['startIndex', { startIndex: '2' }, { defaultMethod: 'cursor' }, { startIndex: 2, count: 100 }],
    ['an empty startIndex is none', { startIndex: '' }, { defaultMethod: 'cursor' }, first],
    ['an empty cursor', { cursor: '' }, {}, first],
    ['a cursor', { cursor: 'x', count: 5 }, {}, { cursor: 'x', count: 5 }],
    ['both, at the start', { cursor: '', startIndex: '1' }, {}, first],
    ['both, before the start', { cursor: '', startIndex: 0 }, {}, first],
    ['both, elsewhere', { cursor: '', startIndex: 2 }, {}, 'invalidValue'],
    ['both', { cursor: 'x', startIndex: 1 }, {}, 'invalidValue'],
    ['no cursors: an empty one says nothing', { cursor: '' }, { cursor: false }, index],
    ['no cursors: one is refused', { cursor: 'x' }, { cursor: false }, 'invalidCursor'],
    ['a count is clamped', { cursor: '', count: 5000 }, {}, { cursor: undefined, count: 1000 }],
    ['below 0, too', { cursor: '', count: -1 }, {}, { cursor: undefined, count: 0 }],
    ['not in strict mode', { cursor: '', count: 1001 }, { strict: true }, 'invalidCount'],
    ['nor below 0', { cursor: '', count: -1 }, { strict: true }, 'invalidCount'],
    ['its bounds are counts', { cursor: '', count: 0 }, { strict: true }, { cursor: undefined, count: 0 }],
    [
      'by index, strict mode clamps',
      { startIndex: 1, count: 1001 },
      { strict: true },
      { startIndex: 1, count: 1000 },
    ],
  ])('%s', (_, parameters, more, expected) => {
    const read = () => readPage(parameters, { ...rules, ...more });
    if (typeof expected === 'string') {
      expect(read).toThrow(expect.objectContaining({ status: 400, scimType: expected }));
    } else expect(read()).toEqual(expected);
  });
});

describe('versions (RFC 7644 §3.14)', () => {
  test.each<[string | undefined, unknown]>([
    [undefined, undefined],
    ['', undefined],
    ['*', '*'],
    ['W/"1"', ['1']],
    ['"1", W/"2.x" ,3', ['1', '2.x', '3']],
    [' "a b" ', ['a b']],
    [' * ', '*'],
    [',', []],
  ])('%s', (header, tags) => {
    expect(parseEtags(header)).toEqual(tags);
  });

  test('preconditions compare the counter alone (decision 12)', () => {
    const passes = (header: string, none = false) => {
      const tags = parseEtags(header);
      try {
        checkPrecondition(none ? { noneMatch: tags } : { match: tags }, '2');
        return true;
      } catch (error) {
        expect(error).toMatchObject({ status: 412 });
        return false;
      }
    };
    expect([passes('W/"2"'), passes('W/"2.abc"'), passes('*'), passes('W/"22"')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect([passes('W/"2"', true), passes('*', true), passes('W/"1"', true)]).toEqual([false, false, true]);
    expect([formatEtag('2'), formatEtag('2', 'x')]).toEqual(['W/"2"', 'W/"2.x"']);
    expect(digestText('a')).not.toBe(digestText('b'));
  });
});

describe('the order of a Bulk (RFC 7644 §3.7; anchor 12)', () => {
  const op = (
    bulkId: string | undefined,
    data: unknown,
    path = '/Users',
    method = 'POST',
  ): BulkOperation => ({
    ...{ method, bulkId, path, data, version: undefined, problem: undefined },
  });
  const plan = (operations: readonly BulkOperation[]) =>
    planBulk(operations).map((step) => step.map((operation) => operations.indexOf(operation)));

  test.each<[string, readonly BulkOperation[], readonly (readonly number[])[]]>([
    ['as sent', [op('a', {}), op('b', {}), op('c', {})], [[0], [1], [2]]],
    ['forward', [op('a', { x: 'bulkId:b' }), op('b', {})], [[1], [0]]],
    ['a chain', [op('a', ['bulkId:b']), op('b', { y: { z: 'bulkId:c' } }), op('c', {})], [[2], [1], [0]]],
    ['a path', [op(undefined, {}, '/Users/bulkId:a', 'PATCH'), op('a', {})], [[1], [0]]],
    [
      'a value path',
      [op(undefined, { path: 'members[value eq "bulkId:a"]' }, '/Groups/1', 'PATCH'), op('a', {})],
      [[1], [0]],
    ],
    ['a URL', [op('a', { $ref: '../Users/bulkId:b' }), op('b', {})], [[1], [0]]],
    ['a circle', [op('x', {}), op('a', 'bulkId:b'), op('b', 'bulkId:a')], [[0], [1, 2]]],
    [
      'two circles that touch',
      [op('a', ['bulkId:b', 'bulkId:c']), op('b', 'bulkId:a'), op('c', 'bulkId:a')],
      [[0, 1, 2]],
    ],
    ['itself', [op('a', 'bulkId:a')], [[0]]],
    ['backward', [op('a', {}), op('b', 'bulkId:a'), op('c', ['bulkId:a', 'bulkId:b'])], [[0], [1], [2]]],
    ['within a circle as sent', [op('a', 'bulkId:c'), op('b', 'bulkId:a'), op('c', 'bulkId:b')], [[0, 1, 2]]],
    [
      'a circle behind a circle',
      [op('a', ['bulkId:b', 'bulkId:c']), op('b', 'bulkId:a'), op('c', 'bulkId:d'), op('d', 'bulkId:c')],
      [
        [2, 3],
        [0, 1],
      ],
    ],
    ['nobody, and somebody', [op('a', ['bulkId:nobody', 'bulkId:b']), op('b', {})], [[1], [0]]],
    ['none but a POST makes something', [op('a', 'bulkId:b'), op('b', {}, '/Users/1', 'PUT')], [[0], [1]]],
    [
      'what has a problem makes nothing',
      [op('a', 'bulkId:b'), { ...op('b', {}), problem: { scimType: 'invalidSyntax' } as ScimError }],
      [[0], [1]],
    ],
    ['data of every kind', [op('a', null), op('b', [1, true, null, { x: undefined }])], [[0], [1]]],
    ['what needs a circle', [op('d', 'bulkId:a'), op('a', 'bulkId:b'), op('b', 'bulkId:a')], [[1, 2], [0]]],
    ['nobody', [op('a', 'bulkId:nobody')], [[0]]],
    ['no reference', [op('a', 'see bulkId:b there'), op('b', {})], [[0], [1]]],
  ])('%s', (_what, operations, expected) => {
    expect(plan(operations)).toEqual(expected);
  });

  test('a chain and a circle of 5,000 end', () => {
    const chain = Array.from({ length: 5_000 }, (_, i) => op(`b${i}`, `bulkId:b${i + 1}`));
    expect(plan(chain).map(([first]) => first)).toEqual(chain.map((_, i) => 4_999 - i));
    chain[4_999] = op('b4999', 'bulkId:b0');
    expect(plan(chain)).toHaveLength(1);
  });

  test('bulkId:1 leaves bulkId:10 alone; text that only mentions one stays', () => {
    const ids: Record<string, string> = { '1': 'ONE', '10': 'TEN' };
    const value = {
      a: 'bulkId:1',
      b: ['bulkId:10'],
      c: 'x bulkId:1',
      d: 'https://x/Users/bulkId:10',
      e: 'members[value eq "bulkId:1"].type',
    };
    expect(substitute(value, (id) => ids[id])).toEqual({
      a: 'ONE',
      b: ['TEN'],
      c: 'x bulkId:1',
      d: 'https://x/Users/TEN',
      e: 'members[value eq "ONE"].type',
    });
    expect(() => substitute('bulkId:2', (id) => ids[id])).toThrow('bulkId:2');
    expect(() => substitute('bulkId:2', (id) => ids[id])).toThrow(
      expect.objectContaining({ name: 'UnresolvedReference', bulkId: '2' }),
    );
    expect(substitute([5, null, true, { x: false }], (id) => ids[id])).toEqual([5, null, true, { x: false }]);
    const hostile = JSON.parse('{"__proto__":{"x":"bulkId:1"}}');
    expect(JSON.stringify(substitute(hostile, (id) => ids[id]))).toBe('{"__proto__":{"x":"ONE"}}');
  });

  test('what is wrong with one operation is its own problem', () => {
    const { operations } = readBulk(
      {
        schemas: [BULK_REQUEST],
        operations: [
          { METHOD: 'post', Path: '/Users', bulkid: 'a', data: {} },
          { method: 'POST', path: '/Users', bulkId: 'a', data: {} },
          5,
        ],
      },
      { maxOperations: 9 },
    );
    expect(operations.map(({ problem }) => problem?.scimType)).toEqual([
      undefined,
      'invalidSyntax',
      'invalidSyntax',
    ]);
    expect(operations[1]?.problem?.detail).toContain('used twice');
  });

  const bulk = (more: Record<string, unknown>) =>
    readBulk({ schemas: [BULK_REQUEST], Operations: [], ...more }, { maxOperations: 2 });

  test('operations as they are read', () => {
    const Operations = [
      { method: 'put', path: '/Users/1', version: 'W/"1"', bulkId: '', data: { a: 1 } },
      { method: 'DELETE', path: '/Users/2' },
    ];
    expect(bulk({ Operations })).toEqual({
      failOnErrors: undefined,
      operations: [
        { method: 'PUT', path: '/Users/1', version: 'W/"1"', data: { a: 1 } },
        { method: 'DELETE', path: '/Users/2' },
      ],
    });
    expect(bulk({ failOnErrors: 1 }).failOnErrors).toBe(1);
    expect(bulk({ failOnErrors: null }).failOnErrors).toBeUndefined();
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['another schema', { schemas: ['urn:x'] }, { scimType: 'invalidSyntax' }],
    ['no array', { Operations: {} }, { scimType: 'invalidSyntax' }],
    ['too many', { Operations: [1, 2, 3] }, { status: 413 }],
    ['failOnErrors 0', { failOnErrors: 0 }, { scimType: 'invalidValue' }],
    ['failOnErrors 1.5', { failOnErrors: 1.5 }, { scimType: 'invalidValue' }],
    ['failOnErrors as text', { failOnErrors: '1' }, { scimType: 'invalidValue' }],
  ])('refused as a whole: %s', (_what, more, error) => {
    expect(() => bulk(more)).toThrow(expect.objectContaining(error));
  });

  test('refused as a whole: no object', () => {
    for (const body of [undefined, null, 'x', [BULK_REQUEST]]) {
      expect(() => readBulk(body, { maxOperations: 2 })).toThrow(
        expect.objectContaining({ scimType: 'invalidSyntax', detail: expect.stringContaining(BULK_REQUEST) }),
      );
    }
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no method', { path: '/Users', data: {} }, '"method" must be'],
    ['another method', { method: 'GET', path: '/Users/1' }, 'not "GET"'],
    ['a method that is no text', { method: 5, path: '/Users/1' }, '"method" must be'],
    ['no path', { method: 'DELETE' }, '"path" is missing'],
    ['a path that is no text', { method: 'DELETE', path: 5 }, '"path" must be a string'],
    ['POST without bulkId', { method: 'POST', path: '/Users', data: {} }, 'needs a "bulkId"'],
    ['an empty bulkId', { method: 'POST', path: '/Users', data: {}, bulkId: '' }, 'needs a "bulkId"'],
    ['POST without data', { method: 'POST', path: '/Users', bulkId: 'a' }, 'a POST needs "data"'],
    ['PUT without data', { method: 'PUT', path: '/Users/1' }, 'a PUT needs "data"'],
    ['PATCH with an array', { method: 'PATCH', path: '/Users/1', data: [] }, 'a PATCH needs "data"'],
  ])('one operation: %s', (_what, operation, essence) => {
    const [, { problem } = {}] = bulk({
      Operations: [{ method: 'DELETE', path: '/Users/1' }, operation],
    }).operations;
    expect(problem).toMatchObject({ scimType: 'invalidSyntax', detail: expect.stringContaining(essence) });
    expect(problem?.detail).toContain('Operations[1]');
  });
});

test('an index that is no whole number is an invalid value, in an array too', () => {
  for (const value of ['x', ['5'], [5]]) {
    expect(() => readPage({ startIndex: value, count: 1 }, rules)).toThrow(
      expect.objectContaining({ scimType: 'invalidValue' }),
    );
  }
});

test.each<[string, unknown]>([
  ['abc, def', ['abc', 'def']],
  ['xW/"1"', ['xW/', '1']],
  ['W/1', ['1']],
])('entity tags that are not well formed: %s', (header, tags) => {
  expect(parseEtags(header)).toEqual(tags);
});

test('a precondition names several versions, or nothing is asked', () => {
  const check = (match: readonly string[]) => () => checkPrecondition({ match }, '2');
  expect(check(['1', '2'])).not.toThrow();
  expect(check(['1', '3'])).toThrow(expect.objectContaining({ status: 412 }));
  expect(check([])).toThrow(expect.objectContaining({ status: 412 }));
  expect(() => checkPrecondition({ noneMatch: ['1', '2'] }, '2')).toThrow(
    expect.objectContaining({ status: 412 }),
  );
  expect(() => checkPrecondition(undefined, '2')).not.toThrow();
  expect(() => checkPrecondition({}, '2')).not.toThrow();
});

test('where a reference to a bulkId ends', () => {
  const idOf = (bulkId: string) => `<${bulkId}>`;
  const values = [
    'bulkId:a b',
    'bulkId:a/b',
    '/Users/bulkId:a?x',
    '/Users/bulkId:a/b',
    '[value eq "bulkId:ab"]',
  ];
  expect(substitute(values, idOf)).toEqual([...values.slice(0, 4), '[value eq "<ab>"]']);
});
