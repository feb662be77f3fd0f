// From a recorded request to one that no identity provider sends: its JSON, its bytes, its URL, its headers.
import fc from 'fast-check';
import type { RawRequest } from './request.ts';

/** A step of a recording, as far as it is a request. */
export interface Step {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: unknown;
  readonly rawBody?: string;
}

const ODD_KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'toJSON', 'hasOwnProperty', 'length'],
  ...['', 'schemas', 'id', 'meta', 'members', 'userName', 'USERNAME', 'active', 'op', 'path', 'value'],
  ...[
    'emails[type eq "work"].value',
    'constructor.prototype.polluted',
    '__proto__.polluted',
    'name.givenName',
  ],
  ...['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', 'urn:x:__proto__', 'a'.repeat(300)],
];

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      null,
      '',
      [],
      {},
      true,
      false,
      0,
      -1,
      1e21,
      Number.MAX_SAFE_INTEGER + 1,
      'x',
      '\0',
      '\ud800',
      '\udc00x',
    ],
    ...[
      'True',
      'bulkId:x',
      '/Users/bulkId:\ud800',
      '%',
      '\u202e',
      'ẞ',
      'x'.repeat(5_000),
      '2026-02-30T25:00:00Z',
    ],
    ...[[[]], [null], [[['x']]], { value: { value: 1 } }, [{}, {}], ['a', 'a'], { $ref: '../Users/1' }],
  ),
  fc.constantFrom(...ODD_KEYS),
  fc.constantFrom(...ODD_KEYS).map((key) => JSON.parse(`{${JSON.stringify(key)}:{"polluted":1}}`)),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Something odd somewhere in a JSON value. */
const inJson = fc.record({
  kind: fc.constant('json' as const),
  path: fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }),
  how: fc.constantFrom('put' as const, 'add' as const, 'drop' as const, 'wrap' as const),
  odd: oddValue,
  key: fc.constantFrom(...ODD_KEYS),
  depth: fc.integer({ min: 1, max: 90 }),
});
type InJson = typeof inJson extends fc.Arbitrary<infer T> ? T : never;

function odd(value: unknown, mutation: InJson): unknown {
  if (mutation.how !== 'wrap') return mutation.odd;
  let wrapped = value;
  for (let i = 0; i < mutation.depth; i++) wrapped = i % 2 ? [wrapped] : { value: wrapped };
  return wrapped;
}

function mutateJson(value: unknown, [step = 0, ...rest]: readonly number[], mutation: InJson): unknown {
  const { how, key } = mutation;
  const isLeaf = typeof value !== 'object' || value === null || Object.keys(value).length === 0;
  if (isLeaf || rest.length === 0) return odd(value, mutation);
  const isLast = rest.length === 1;
  if (Array.isArray(value)) {
    const index = step % value.length;
    if (isLast && how === 'drop') return value.toSpliced(index, 1);
    if (isLast && how === 'add') return value.toSpliced(index, 0, odd(value, mutation));
    return value.with(index, mutateJson(value[index], rest, mutation));
  }
  const entries = Object.entries(value as object);
  const index = step % entries.length;
  const [name, part] = entries[index] as [string, unknown];
  if (isLast && how === 'drop') entries.splice(index, 1);
  else if (isLast && how === 'add') entries.push([key, odd(value, mutation)]);
  else entries[index] = [name, mutateJson(part, rest, mutation)];
  return Object.fromEntries(entries);
}

/** Something odd in the text or the bytes of a body. */
const inBody = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), byte: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    text: fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        '"',
        '\\',
        ',',
        ':',
        '\0',
        '\u00ff',
        '1e999',
        '-',
        '\\ud800',
        '/*x*/',
        '\u00ef\u00bb\u00bf',
      ],
      ...['"__proto__":{"polluted":1},', '"constructor":{"prototype":{"polluted":1}},', '['.repeat(70)],
    ),
  }),
  // A key that is given twice, perhaps in another case, with another value.
  fc.record({ kind: fc.constant('twice' as const), at: fc.nat(), upper: fc.boolean(), odd: oddValue }),
);
type InBody = typeof inBody extends fc.Arbitrary<infer T> ? T : never;

function mutateBody(bytes: Buffer, mutation: InBody): Buffer {
  const at = mutation.at % Math.max(bytes.length, 1);
  switch (mutation.kind) {
    case 'flip': {
      const flipped = Buffer.from(bytes);
      if (flipped.length > 0) flipped[at] = (flipped[at] as number) ^ mutation.byte;
      return flipped;
    }
    case 'cut':
      return bytes.subarray(0, at);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(mutation.text, 'latin1'), bytes.subarray(at)]);
    default: {
      const text = bytes.toString('utf8');
      const keys = [...text.matchAll(/"[^"\\]*"(?=:)/g)];
      const key = keys[mutation.at % Math.max(keys.length, 1)];
      if (!key) return bytes;
      const name = mutation.upper ? key[0].toUpperCase() : key[0];
      const twice = `${name}:${JSON.stringify(mutation.odd)},`;
      return Buffer.from(text.slice(0, key.index) + twice + text.slice(key.index));
    }
  }
}

const FILTER_PARTS = [
  ...[
    '(',
    ')',
    '[',
    ']',
    '"',
    '\\',
    ' and ',
    ' or ',
    ' not ',
    'not (',
    ' eq ',
    ' ne ',
    ' co ',
    ' gt ',
    ' pr',
  ],
  ...[
    'userName',
    'emails',
    'members',
    'groups',
    'meta.created',
    'password',
    '.value',
    'value',
    ':',
    'urn:x:a',
  ],
  ...[
    '%',
    '_',
    '\u0000',
    '__proto__',
    'constructor',
    'toString',
    '"x"',
    '"\\ud800"',
    '"2026-01-01T00:00:00Z"',
  ],
  ...['true', 'null', '5', '-1e400', '😀', "'; DROP TABLE resource; --"],
];

/** Something odd in the query, instead of what is there or behind it. */
const inQuery = fc.oneof(
  fc
    .array(fc.constantFrom(...FILTER_PARTS), { maxLength: 12 })
    .map((parts) => `filter=${encodeURIComponent(parts.join(''))}`),
  fc
    .tuple(
      fc.constantFrom(
        'sortBy',
        'attributes',
        'excludedAttributes',
        'count',
        'startIndex',
        'cursor',
        'sortOrder',
        'x',
      ),
      fc.oneof(fc.constantFrom(...ODD_KEYS, '-1', '1e9', '9'.repeat(30)), fc.string({ unit: 'grapheme' })),
    )
    .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`),
  fc.constantFrom(
    'filter=%',
    'filter=%E0%A4%A',
    '?'.repeat(50),
    '&&&=&',
    'filter',
    'filter=a&filter=b',
    '__proto__=1',
  ),
);

const ODD_SEGMENTS = [
  ...['', '.', '..', '%2e%2e', '%00', '%', '%zz', '%E0%A4%A', '%ed%a0%80', '%2F', '%5C', '\u00ff', '*', '~'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '.search',
    'Users.scim',
    '.scim',
    'Me',
    'Bulk',
  ],
  ...['Schemas', 'ResourceTypes', 'ServiceProviderConfig', 'x'.repeat(2_000), ';x=1', 'Users;', 'USERS', '1'],
];

/** Something odd in the URL. */
const inUrl = fc.oneof(
  fc.record({ kind: fc.constant('query' as const), text: inQuery, replaces: fc.boolean() }),
  fc.record({
    kind: fc.constant('segment' as const),
    at: fc.nat(3),
    text: fc.constantFrom(...ODD_SEGMENTS),
    replaces: fc.boolean(),
  }),
);
type InUrl = typeof inUrl extends fc.Arbitrary<infer T> ? T : never;

function mutateUrl(url: string, mutation: InUrl): string {
  const [path = '', query] = url.split('?', 2) as [string, string | undefined];
  if (mutation.kind === 'query') {
    return `${path}?${query && !mutation.replaces ? `${query}&` : ''}${mutation.text}`;
  }
  const segments = path.split('/');
  segments.splice(Math.max(mutation.at % (segments.length + 1), 1), mutation.replaces ? 1 : 0, mutation.text);
  return segments.join('/') + (query === undefined ? '' : `?${query}`);
}

const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ...[
    '*',
    'W/"1"',
    '"1"',
    'W/"',
    '"',
    '""',
    ',',
    'W/W/"1"',
    '1',
    '\u00ff',
    '"a", *',
    `"${'x'.repeat(9_000)}"`,
  ].flatMap((tag) => [['If-Match', tag] as const, ['If-None-Match', tag] as const]),
  ...[
    '',
    ';',
    'text/plain',
    'application/json',
    'application/JSON; charset=latin1',
    'application/scim+json;;',
    '\u00ff',
  ].map((type) => ['Content-Type', type] as const),
  ...['', '*/*', 'text/html', 'application/xml;q=1', 'q=', ','.repeat(500)].map(
    (type) => ['Accept', type] as const,
  ),
  ...['', 'Bearer', 'Bearer ', 'Basic', 'Basic !!!', 'Bearer __proto__', '\u00ff'].map(
    (credential) => ['Authorization', credential] as const,
  ),
  ...['', 'a b', '[', 'evil.test/x?', '\u00ff', 'x:99999', '__proto__'].map(
    (host) => ['Host', host] as const,
  ),
  ['Content-Encoding', 'gzip'],
  ['Content-Encoding', '__proto__'],
  ['Accept-Encoding', 'gzip'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['X-Forwarded-Host', '__proto__'],
  ['Range', 'bytes=0-1'],
  ['Expect', '100-continue'],
  ['Upgrade', 'h2c'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
];

const inHeaders = fc.record({
  kind: fc.constant('header' as const),
  header: fc.constantFrom(...ODD_HEADERS),
});
const inFraming = fc.record({
  kind: fc.constant('framing' as const),
  excess: fc.constantFrom(-1_000, -7, -1, 1, 100, 1e9, 2 ** 53),
});
const inMethod = fc.record({
  kind: fc.constant('method' as const),
  method: fc.constantFrom(
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'QUERY',
  ),
});

/** One mutation. */
export const mutation = fc.oneof(
  { weight: 8, arbitrary: inJson },
  { weight: 4, arbitrary: inBody },
  { weight: 4, arbitrary: inUrl },
  { weight: 2, arbitrary: inHeaders },
  { weight: 1, arbitrary: inFraming },
  { weight: 1, arbitrary: inMethod },
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

/** A step's request with mutations applied, JSON first; `fill` puts values in the place of variables. */
export function mutate(
  step: Step,
  mutations: readonly Mutation[],
  fill: (text: string) => string,
): RawRequest {
  let { method, path } = step;
  let json = step.body;
  let excess = 0;
  const headers = Object.entries(step.headers ?? {}).filter(
    (header): header is [string, string] => header[1] !== null && !/^(host|content-length)$/i.test(header[0]),
  );
  for (const change of mutations)
    if (change.kind === 'json') json = mutateJson(json ?? {}, change.path, change);
  const text = json === undefined ? step.rawBody : JSON.stringify(json);
  let body: Buffer | undefined = text === undefined ? undefined : Buffer.from(fill(text));
  for (const change of mutations) {
    if (change.kind === 'query' || change.kind === 'segment') path = mutateUrl(path, change);
    else if (change.kind === 'header') headers.push([...change.header]);
    else if (change.kind === 'framing') excess = change.excess;
    else if (change.kind === 'method') method = change.method;
    else if (change.kind !== 'json') body = mutateBody(body ?? Buffer.alloc(0), change);
  }
  // What can't be read is answered with a body, whatever its method would have been.
  if (excess && method === 'HEAD') method = 'GET';
  return {
    method,
    path: fill(path).replaceAll(/[^\x21-\xff]/g, encodeURIComponent),
    headers: headers.map(([name, value]) => [name, fill(value)] as const),
    ...(body && { body, excess }),
  };
}
