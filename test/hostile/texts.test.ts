// 64 kB of one thing, wherever a text can stand: in filters, paths, values, keys, URLs, headers, bodies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp } from '../serve/command.ts';
import type { RawRequest } from './request.ts';
import { TARGETS, Target } from './target.ts';
import { BULK, PATCH, SEARCH, USER } from './urns.ts';

const SIZE = 65_536;
const TEXTS: Readonly<Record<string, string>> = {
  'opening parentheses': '(',
  'closing parentheses': ')',
  'pairs of parentheses': '()',
  'opening brackets': '[',
  'closing brackets': ']',
  'value paths within value paths': 'emails[',
  quotes: '"',
  backslashes: '\\',
  'quotes behind backslashes': '\\"',
  'not not not': 'not ',
  'not (not (not (': 'not (',
  'and and and': 'and ',
  'or id pr': 'or id pr ',
  dots: '.',
  colons: ':',
  commas: ',',
  'dotted names': 'name.',
  'names in URNs': 'urn:x:',
  slashes: '/',
  'percent signs': '%',
  'wildcards of LIKE': '%_',
  apostrophes: "'",
  'white space': ' ',
  digits: '9',
  'no ASCII': 'ẞ',
  'no basic plane': '😀',
  'combining marks': '\u0301',
  controls: '\u0001',
};

const repeat = (text: string, size: number) =>
  text
    .repeat(Math.ceil(size / text.length))
    .slice(0, size)
    .toWellFormed();
const post = (path: string, body: unknown): RawRequest => ({ method: 'POST', path, body });
const search = (more: object) => post('/Users/.search', { schemas: [SEARCH], ...more });
const patch = (id: string, operation: object): RawRequest => ({
  method: 'PATCH',
  path: `/Users/${id}`,
  body: { schemas: [PATCH], Operations: [operation] },
});
const bulk = (operation: object) => post('/Bulk', { schemas: [BULK], Operations: [operation] });
const encode = (text: string) => encodeURIComponent(text);
const user = (more: object) =>
  post('/Users', { schemas: [USER], userName: `texts-${Math.random()}`, ...more });

/** A place for a text of up to 64 kB: what is sent, and which answers are right. */
type Place = readonly [
  where: string,
  request: (text: string, id: string) => RawRequest,
  statuses: readonly number[],
];

const PLACES: readonly Place[] = [
  ['a filter', (text) => search({ filter: text }), [400]],
  ['a filter, as long as one may be', (text) => search({ filter: text.slice(0, 10_000) }), [400]],
  [
    'a value in a filter',
    (text) => search({ filter: `title eq ${JSON.stringify(text.slice(0, 4_000))}` }),
    [200, 400],
  ],
  [
    'a filter in a URL',
    (text) => ({ method: 'GET', path: `/Users?filter=${encode(text.slice(0, 1_300))}` }),
    [200, 400],
  ],
  ['a URL', (text) => ({ method: 'GET', path: `/Users?filter=${encode(text)}` }), [414, 431]],
  [
    'an id in a URL',
    (text) => ({ method: 'GET', path: `/Users/${encode(text.slice(0, 1_300))}` }),
    [200, 404],
  ],
  ['an endpoint', (text) => ({ method: 'GET', path: `/${encode(text.slice(0, 1_300))}` }), [200, 404]],
  ['sortBy', (text) => search({ sortBy: text }), [400]],
  ['sortOrder', (text) => search({ sortBy: 'id', sortOrder: text }), [400]],
  ['attributes', (text) => search({ attributes: [text] }), [200]],
  ['excludedAttributes, as one text', (text) => search({ excludedAttributes: text }), [200]],
  ['count', (text) => search({ count: text }), [200, 400]],
  ['the path of a PATCH', (text, id) => patch(id, { op: 'replace', path: text, value: 'x' }), [400]],
  ['a value path', (text, id) => patch(id, { op: 'replace', path: `emails[${text}]`, value: {} }), [400]],
  [
    'behind a value path',
    (text, id) => patch(id, { op: 'remove', path: `emails[value pr]${text}` }),
    [200, 400],
  ],
  ['the op of a PATCH', (text, id) => patch(id, { op: text, path: 'title', value: 'x' }), [400]],
  ['a key of a PATCH value', (text, id) => patch(id, { op: 'add', value: { [text]: 'x' } }), [200, 400]],
  ['a key of a body', (text) => user({ [text]: 'x', name: { [text]: 'x' } }), [201]],
  ['schemas', (text) => user({ schemas: [USER, text] }), [201]],
  ['a boolean', (text) => user({ active: text }), [400]],
  ['a time', (text) => search({ filter: `meta.created gt ${JSON.stringify(text.slice(0, 4_000))}` }), [400]],
  ['base64', (text) => user({ x509Certificates: [{ value: text }] }), [201, 400]],
  ['a member', (text) => post('/Groups', { displayName: 'texts', members: [{ value: text }] }), [201, 400]],
  ['the method of a Bulk', (text) => bulk({ method: text, path: '/Users' }), [200]],
  ['the path of a Bulk', (text) => bulk({ method: 'DELETE', path: text }), [200]],
  [
    'a bulkId',
    (text) => bulk({ method: 'POST', path: '/Users', bulkId: text, data: { userName: text } }),
    [200],
  ],
  ['a version in a Bulk', (text) => bulk({ method: 'DELETE', path: '/Users/x', version: text }), [200]],
  ['a body', (text) => post('/Users', text), [400]],
  [
    'If-Match',
    (text, id) => ({ method: 'GET', path: `/Users/${id}`, headers: [['If-Match', header(text)]] }),
    [200, 412],
  ],
  [
    'If-None-Match',
    (text, id) => ({ method: 'GET', path: `/Users/${id}`, headers: [['If-None-Match', header(text)]] }),
    [200],
  ],
  [
    'Authorization',
    (text) => ({ method: 'GET', path: '/Users', headers: [['Authorization', `Bearer ${header(text)}`]] }),
    [401],
  ],
  ['Content-Type', (text) => ({ ...user({}), headers: [['Content-Type', header(text)]] }), [201, 415]],
];

/** As much as headers can hold, and what. */
const header = (text: string) => text.slice(0, 8_000).replaceAll(/[^\x20-\x7e]/g, '?');

afterAll(cleanUp);

describe.each(TARGETS)('filter parsers in the field, and whatever else reads text: %s', (_name, run) => {
  let target: Target;
  let id = '';
  beforeAll(async () => {
    target = await Target.start(run);
    id = await target.make('/Users', {
      schemas: [USER],
      userName: 'texts',
      emails: [{ value: 'a@example.com' }],
    });
  });
  afterAll(() => target.stop());

  // No hang: each answer comes within the deadline of the socket, on a machine that is busy too.
  test.each(PLACES)('64 kB as %s', { timeout: 60_000 }, async (_where, request, statuses) => {
    for (const [what, unit] of Object.entries(TEXTS)) {
      const { status, text } = await target.ask(request(repeat(unit, SIZE), id));
      expect([what, statuses.includes(status) ? 'right' : `${status} ${text}`]).toEqual([what, 'right']);
    }
  });

  // displayName: of other letters than ASCII, a column in SQLite doesn't know which are capitals.
  test('64 kB as a value is data: it is stored, found and sent as it is', { timeout: 60_000 }, async () => {
    for (const [what, unit] of Object.entries(TEXTS)) {
      const displayName = repeat(unit, SIZE);
      const made = await target.make('/Users', { schemas: [USER], userName: `data ${what}`, displayName });
      expect([what, JSON.parse(await target.read(`/Users/${made}`)).displayName === displayName]).toEqual([
        what,
        true,
      ]);
      const filter = `userName eq "data ${what}" and displayName sw ${JSON.stringify(displayName.slice(0, 1_000))}`;
      const found = await target.ask(search({ filter, attributes: ['id'] }));
      expect([what, JSON.parse(found.text).Resources.map((user: { id: string }) => user.id)]).toEqual([
        what,
        [made],
      ]);
    }
  });

  test('afterwards all is as it was', () => target.assertUnharmed());
});
