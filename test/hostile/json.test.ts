// Bodies that are no JSON, no UTF-8, cut off, too deep, or say something twice (RFC 8259, RFC 7644 §3.1, §3.12).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp } from '../serve/command.ts';
import type { RawRequest } from './request.ts';
import { TARGETS, Target } from './target.ts';
import { BULK, GROUP, PATCH, SEARCH, USER } from './urns.ts';

let made = 0;
const name = () => `json-${made++}`;
const bytes = (...values: number[]) => Buffer.from(values);
const whole = (userName: string, more = '') => `{"schemas":["${USER}"],"userName":"${userName}"${more}}`;
/** A user whose name has these bytes in it. */
const holding = (odd: Uint8Array) =>
  Buffer.concat([Buffer.from(`{"schemas":["${USER}"],"userName":"${name()}`), odd, Buffer.from('"}')]);

const NO_UTF8: Readonly<Record<string, Uint8Array>> = {
  'a byte of no use': bytes(0xff),
  'a continuation alone': bytes(0x80),
  'a start alone': bytes(0xc3),
  'an overlong slash': bytes(0xc0, 0xaf),
  'an overlong NUL': bytes(0xc0, 0x80),
  'half of a surrogate pair': bytes(0xed, 0xa0, 0x80),
  'both halves (CESU-8)': bytes(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
  'beyond U+10FFFF': bytes(0xf4, 0x90, 0x80, 0x80),
  'five bytes for one': bytes(0xf8, 0x88, 0x80, 0x80, 0x80),
  'cut off in a character': bytes(0xf0, 0x9f, 0x98),
  latin1: Buffer.from('é', 'latin1'),
};

const NO_JSON: Readonly<Record<string, string | Uint8Array>> = {
  'white space alone': ' \r\n\t',
  'UTF-16': Buffer.from(whole('x'), 'utf16le'),
  'UTF-16 with its mark': Buffer.concat([bytes(0xff, 0xfe), Buffer.from(whole('x'), 'utf16le')]),
  NaN: whole('x', ',"active":NaN'),
  Infinity: whole('x', ',"active":-Infinity'),
  undefined: whole('x', ',"active":undefined'),
  'a comma too many': whole('x', ','),
  'a comma too few': '{"userName":"x" "active":true}',
  'a comment': whole('x', '/* */'),
  apostrophes: "{'userName':'x'}",
  'keys without quotes': '{userName:"x"}',
  'a zero in front': whole('x', ',"count":01'),
  hexadecimal: whole('x', ',"count":0x1'),
  'a plus sign': whole('x', ',"count":+1'),
  'a dot at the end': whole('x', ',"count":1.'),
  'two documents': `${whole('x')}${whole('y')}`,
  'one document, and a brace': `${whole('x')}}`,
  'a control character in a text': whole('x\n'),
  'U+0000 behind the document': `${whole('x')}\0`,
  'U+0000 before the document': `\0${whole('x')}`,
  'an escape that there is not': whole('\\x41'),
  'half an escape': whole('\\u00'),
  'a form': 'userName=x&active=true',
  XML: '<User><userName>x</userName></User>',
  'a script of JSONP': `callback(${whole('x')})`,
};

const post = (body: unknown, path = '/Users'): RawRequest => ({ method: 'POST', path, body });
const nested = (open: string, inner: string, close: string, depth: number) =>
  open.repeat(depth) + inner + close.repeat(depth);

afterAll(cleanUp);

describe.each(TARGETS)('%s', (_name, run) => {
  let target: Target;
  let id = '';
  beforeAll(async () => {
    target = await Target.start(run);
    id = await target.make('/Users', { schemas: [USER], userName: 'json' });
  });
  afterAll(() => target.stop());

  /** A body, and what is right about its answer. */
  async function refused(request: RawRequest, detail: RegExp, scimType = 'invalidSyntax'): Promise<void> {
    const { status, text } = await target.ask(request);
    expect([text, status, JSON.parse(text).scimType]).toEqual([text, 400, scimType]);
    expect(JSON.parse(text).detail).toMatch(detail);
  }

  test.each(Object.entries(NO_UTF8))('no UTF-8: %s', (_what, odd) => refused(post(holding(odd)), /UTF-8/));

  test.each(Object.entries(NO_JSON))('no JSON: %s', (_what, body) => refused(post(body), /JSON|UTF-8/));

  test('no body at all', async () => {
    for (const path of ['/Users', '/Groups', '/Bulk', '/.search'])
      await refused(post('', path), /needs a JSON body/);
    await refused({ method: 'PUT', path: `/Users/${id}` }, /needs a JSON body/);
    await refused({ method: 'PATCH', path: `/Users/${id}` }, /needs a JSON body/);
  });

  test('whatever is cut off, wherever', { timeout: 60_000 }, async () => {
    const bodies: readonly (readonly [method: string, path: string, body: object])[] = [
      [
        'POST',
        '/Users',
        { schemas: [USER], userName: 'cut', emails: [{ value: 'ä@example.com' }], active: true },
      ],
      ['PUT', `/Users/${id}`, { schemas: [USER], userName: 'json', name: { givenName: '😀' } }],
      [
        'PATCH',
        `/Users/${id}`,
        { schemas: [PATCH], Operations: [{ op: 'add', path: 'title', value: null }] },
      ],
      ['POST', '/Groups', { schemas: [GROUP], displayName: 'cut', members: [{ value: id }] }],
      ['POST', '/Users/.search', { schemas: [SEARCH], filter: 'userName eq "x"', count: 1e3 }],
      ['POST', '/Bulk', { schemas: [BULK], Operations: [{ method: 'DELETE', path: `/Users/${id}` }] }],
    ];
    for (const [method, path, body] of bodies) {
      const all = Buffer.from(JSON.stringify(body));
      for (let length = 1; length < all.length; length++) {
        await refused({ method, path, body: all.subarray(0, length) }, /JSON|UTF-8/);
      }
    }
  });

  test.each(['/Users', '/Groups', '/Users/.search', '/Bulk'])('no object for %s', async (path) => {
    for (const body of ['null', 'true', '5', '"x"', '[]', '[{}]', `[${whole('x')}]`]) {
      await refused(post(body, path), /object/);
    }
  });

  describe('too deep', () => {
    const depths: readonly (readonly [what: string, text: (depth: number) => string])[] = [
      ['arrays', (depth) => nested('[', '', ']', depth)],
      ['objects', (depth) => nested('{"a":', '1', '}', depth)],
      ['both', (depth) => nested('[{"value":', '"x"', '}]', depth / 2)],
      ['as a known attribute', (depth) => `{"name":${nested('{"name":', '1', '}', depth - 1)}}`],
      ['as a value', (depth) => `{"emails":${nested('[', '"x"', ']', depth - 1)}}`],
      ['as an extension', (depth) => `{"urn:x":${nested('[', '', ']', depth - 1)}}`],
      ['as a member', (depth) => `{"members":[{"value":${nested('[', '', ']', depth - 3)}}]}`],
      ['as an operation', (depth) => `{"Operations":[{"data":${nested('[', '', ']', depth - 3)}}]}`],
      ['without an end', (depth) => '['.repeat(depth)],
      ['objects without an end', (depth) => '{"a":'.repeat(depth)],
    ];
    test.each(depths)('%s', async (_what, text) => {
      for (const depth of [66, 1_000, 100_000]) {
        for (const path of ['/Users', '/Groups', '/Bulk', '/.search']) {
          await refused(post(text(depth), path), /64 levels \(bodyDepth\)/);
        }
        await refused({ method: 'PATCH', path: `/Users/${id}`, body: text(depth) }, /bodyDepth/);
      }
    });

    test('not too deep is an answer of another kind; brackets in a text are none', async () => {
      expect((await target.ask(post(nested('[', '', ']', 64)))).text).not.toContain('bodyDepth');
      const text = '[{"'.repeat(5_000);
      const answer = await target.ask(post({ schemas: [USER], userName: name(), title: text }));
      expect([answer.status, JSON.parse(answer.text).title]).toEqual([201, text]);
    });
  });

  test('a key that is there twice: the last one counts; in another case, none does', async () => {
    const [first, second] = [name(), name()];
    const twice = await target.ask(post(whole(first, `,"userName":"${second}"`)));
    expect(JSON.parse(twice.text).userName).toBe(second);
    const found = await target.read(`/Users?filter=userName%20eq%20%22${first}%22`);
    expect(JSON.parse(found).totalResults).toBe(0);
    for (const body of [
      whole(name(), ',"USERNAME":"x"'),
      whole(name(), ',"name":{"givenName":"a","GivenName":"b"}'),
      whole(name(), ',"emails":[{"value":"a","VALUE":"b"}]'),
      whole(name(), ',"active":true,"Active":false'),
    ]) {
      await refused(post(body), /given twice, in different case/);
    }
    const operation = '{"op":"remove","path":"userName"},{"op":"add","path":"title","value":"T"}';
    const patched = `{"schemas":["${PATCH}"],"Operations":[${operation}],"Operations":[]}`;
    const { status, text } = await target.ask({ method: 'PATCH', path: `/Users/${id}`, body: patched });
    expect([status, JSON.parse(text).title]).toEqual([200, undefined]);
  });

  test('U+0000 and halves of surrogate pairs are no text', async () => {
    for (const odd of ['\\u0000', '\\ud800', '\\udc00', '\\udc00\\ud800', 'x\\ud83d']) {
      await refused(post(whole(odd)), /"userName" holds U\+0000 or half/, 'invalidValue');
      await refused(
        post(whole(name(), `,"emails":[{"value":"${odd}"}]`)),
        /"emails.value" holds/,
        'invalidValue',
      );
      const value = `{"schemas":["${PATCH}"],"Operations":[{"op":"add","path":"title","value":"${odd}"}]}`;
      await refused({ method: 'PATCH', path: `/Users/${id}`, body: value }, /"title" holds/, 'invalidValue');
      const filter = `{"schemas":["${SEARCH}"],"filter":"title eq \\"${odd.replace('\\', '\\\\')}\\""}`;
      await refused(post(filter, '/.search'), /./, 'invalidFilter');
    }
  });

  test('a mark in front of UTF-8 does no harm', async () => {
    const marked = Buffer.concat([bytes(0xef, 0xbb, 0xbf), Buffer.from(whole(name()))]);
    expect((await target.ask(post(marked))).status).toBe(201);
  });

  test('afterwards all is as it was', () => target.assertUnharmed());
});
