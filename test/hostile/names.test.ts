// scim-patch CVE-2026-48170 and CVE-2026-61834: the names of JavaScript's own properties, wherever a client names
// something. Decision 3: in a filter `invalidFilter`, in a path `invalidPath`, as a key unknown, as a value plain data.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanUp } from '../serve/command.ts';
import type { RawRequest } from './request.ts';
import { TARGETS, Target } from './target.ts';
import { BULK, ENTERPRISE, GROUP, PATCH, SEARCH, USER } from './urns.ts';

const NAMES = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'toJSON',
    '__defineGetter__',
  ],
  ...['constructor.prototype', '__proto__.polluted', 'constructor.prototype.polluted', 'name.__proto__'],
  ...[`${USER}:__proto__`, `${ENTERPRISE}:constructor`, 'urn:__proto__', 'urn:constructor:prototype'],
];

/** An object with a key that a literal would take for its prototype. */
const keyed = (name: string, value: unknown = { polluted: 1 }): object =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);

const get = (path: string): RawRequest => ({ method: 'GET', path });
const post = (path: string, body: unknown): RawRequest => ({ method: 'POST', path, body });
const patch = (id: string, operation: object): RawRequest => ({
  method: 'PATCH',
  path: `/Users/${id}`,
  body: { schemas: [PATCH], Operations: [operation] },
});
let made = 0;
const user = (more: object) => ({ schemas: [USER], userName: `names-${made++}`, ...more });
const e = encodeURIComponent;
const filtered = (text: string) => get(`/Users?filter=${e(text)}`);

type Row = readonly [
  where: string,
  request: (name: string, id: string) => RawRequest,
  outcome: number | string,
];

const PLACES: readonly Row[] = [
  ['a filter', (name) => filtered(`${name} eq "x"`), 'invalidFilter'],
  ['a filter, for presence', (name) => filtered(`not (${name} pr)`), 'invalidFilter'],
  ['a filter, below an attribute', (name) => filtered(`emails.${name} eq "x"`), 'invalidFilter'],
  ['a value path', (name) => filtered(`emails[${name} eq "x"]`), 'invalidFilter'],
  ['what a value path is of', (name) => filtered(`${name}[value eq "x"]`), 'invalidFilter'],
  [
    'the filter of a search',
    (name) => post('/.search', { schemas: [SEARCH], filter: `${name} sw "x"` }),
    'invalidFilter',
  ],
  ['sortBy', (name) => get(`/Users?sortBy=${e(name)}`), 'invalidPath'],
  [
    'sortBy of a search',
    (name) => post('/Users/.search', { schemas: [SEARCH], sortBy: name }),
    'invalidPath',
  ],
  ['sortOrder', (name) => get(`/Users?sortBy=id&sortOrder=${e(name)}`), 'invalidValue'],
  ['attributes', (name) => get(`/Users?attributes=${e(name)}`), 200],
  ['excludedAttributes', (name) => get(`/Users?excludedAttributes=${e(name)}`), 200],
  ['the name of a parameter', (name) => get(`/Users?${e(name)}=1&${e(name)}=2`), 200],
  ['an id', (name) => get(`/Users/${e(name)}`), 404],
  ['an endpoint', (name) => get(`/${e(name)}`), 404],
  ['a schema', (name) => get(`/Schemas/${e(name)}`), 404],
  ['a resource type', (name) => get(`/ResourceTypes/${e(name)}`), 404],
  [
    'the name of a header',
    (name) => ({ ...get('/Users'), headers: [[name.replaceAll(':', '-'), 'x']] }),
    200,
  ],
  ['an entity tag', (name, id) => ({ ...get(`/Users/${id}`), headers: [['If-Match', name]] }), 412],
  ['a bearer token', (name) => ({ ...get('/Users'), headers: [['Authorization', `Bearer ${name}`]] }), 401],
  [
    'a user name',
    (name) => ({ ...get('/Users'), headers: [['Authorization', `Basic ${btoa(`${name}:x`)}`]] }),
    401,
  ],
  ['a path', (name, id) => patch(id, { op: 'add', path: name, value: { polluted: 1 } }), 'invalidPath'],
  ['a path to remove', (name, id) => patch(id, { op: 'remove', path: name }), 'invalidPath'],
  [
    'below a path',
    (name, id) => patch(id, { op: 'replace', path: `name.${name}`, value: 'x' }),
    'invalidPath',
  ],
  [
    'in a path',
    (name, id) => patch(id, { op: 'replace', path: `emails[${name} eq "x"].value`, value: 'x' }),
    'invalidFilter',
  ],
  [
    'behind a value path',
    (name, id) => patch(id, { op: 'add', path: `emails[value pr].${name}`, value: 'x' }),
    'invalidPath',
  ],
  ['an op', (name, id) => patch(id, { op: name, path: 'title', value: 'x' }), 'invalidSyntax'],
  ['a key of a value without path', (name, id) => patch(id, { op: 'add', value: keyed(name) }), 200],
  ['a key of a value', (name, id) => patch(id, { op: 'replace', path: 'name', value: keyed(name) }), 200],
  [
    'a key of an element',
    (name, id) =>
      patch(id, { op: 'add', path: 'emails', value: [{ value: 'a@example.com', ...keyed(name) }] }),
    200,
  ],
  [
    'a key of an extension',
    (name, id) => patch(id, { op: 'add', path: ENTERPRISE, value: keyed(name) }),
    200,
  ],
  ['a key of a body', (name) => post('/Users', { ...user({}), ...keyed(name) }), 201],
  [
    'a key of a complex attribute',
    (name) => post('/Users', user({ name: keyed(name), emails: [keyed(name)] })),
    201,
  ],
  [
    'a key of an extension in a body',
    (name) => post('/Users', user({ [ENTERPRISE]: { manager: keyed(name), ...keyed(name) } })),
    201,
  ],
  [
    'a key of a message',
    (name, id) => ({
      method: 'PATCH',
      path: `/Users/${id}`,
      body: { schemas: [PATCH], Operations: [], ...keyed(name) },
    }),
    200,
  ],
  ['a key of an operation', (name, id) => patch(id, { op: 'remove', path: 'title', ...keyed(name) }), 200],
  ['a URN of schemas', (name) => post('/Users', user({ schemas: [USER, name] })), 201],
  [
    'a member',
    (name) =>
      post('/Groups', { schemas: [GROUP], displayName: name, members: [{ value: name, type: name }] }),
    201,
  ],
];

/** Of a Bulk, whose operations have statuses of their own. */
const BULKS: readonly Row[] = [
  [
    'a bulkId',
    (name) => bulk({ method: 'POST', path: '/Users', bulkId: name, data: user({ title: `bulkId:${name}` }) }),
    '201',
  ],
  [
    'a reference',
    (name) =>
      bulk({
        method: 'POST',
        path: '/Groups',
        bulkId: 'a',
        data: { displayName: 'x', members: [{ value: `bulkId:${name}` }] },
      }),
    '400',
  ],
  ['a reference in a path', (name) => bulk({ method: 'DELETE', path: `/Users/bulkId:${name}` }), '400'],
  ['an id in a path', (name) => bulk({ method: 'DELETE', path: `/Users/${name}` }), '404'],
  ['an endpoint', (name) => bulk({ method: 'POST', path: `/${name}`, bulkId: 'a', data: user({}) }), '400'],
  ['a method', (name) => bulk({ method: name, path: '/Users' }), '400'],
  ['a version', (name, id) => bulk({ method: 'DELETE', path: `/Users/${id}`, version: name }), '412'],
  [
    'a key of data',
    (name) => bulk({ method: 'POST', path: '/Users', bulkId: 'a', data: { ...user({}), ...keyed(name) } }),
    '201',
  ],
  ['a key of an operation', (name) => bulk({ method: 'DELETE', path: '/Users/x', ...keyed(name) }), '404'],
];
const bulk = (operation: object) => post('/Bulk', { schemas: [BULK], Operations: [operation] });

afterAll(cleanUp);

describe.each(TARGETS)(
  'prototype pollution (scim-patch CVE-2026-48170, CVE-2026-61834): %s',
  (_name, run) => {
    let target: Target;
    let id = '';
    beforeAll(async () => {
      target = await Target.start(run);
      const body = { schemas: [USER], userName: 'names', emails: [{ value: 'a@example.com' }] };
      id = await target.make('/Users', body);
    });
    afterAll(() => target.stop());

    test.each(PLACES)('as %s', async (_where, request, outcome) => {
      for (const name of NAMES) {
        const { status, text } = await target.ask(request(name, id));
        const { scimType } = text ? JSON.parse(text) : {};
        expect([name, typeof outcome === 'string' ? scimType : status, text]).toEqual([name, outcome, text]);
      }
      const { text } = await target.ask(get(`/Users/${id}`));
      expect(text).not.toContain('polluted');
      expect(await target.running.changedPrototypes()).toEqual([]);
    });

    test.each(BULKS)('in a Bulk, as %s', async (_where, request, status) => {
      for (const name of NAMES) {
        const { text } = await target.ask(request(name, id));
        const [operation] = JSON.parse(text).Operations;
        expect([name, operation.status, text]).toEqual([name, status, text]);
      }
      expect(await target.running.changedPrototypes()).toEqual([]);
    });

    test('as a value: a user may be called so, is found by it, and is nobody else', async () => {
      for (const name of NAMES) {
        const made = await target.make('/Users', {
          schemas: [USER],
          userName: name,
          externalId: name,
          title: name,
        });
        const resource = JSON.parse(await target.read(`/Users/${made}`));
        expect(resource).toMatchObject({ userName: name, externalId: name, title: name });
        for (const attribute of ['userName', 'externalId', 'title']) {
          const found = await target.ask(filtered(`${attribute} eq ${JSON.stringify(name)}`));
          expect(JSON.parse(found.text).Resources.map((user: { id: string }) => user.id)).toContain(made);
        }
        const again = await target.ask(post('/Users', { schemas: [USER], userName: name.toUpperCase() }));
        expect([name, again.status]).toEqual([name, 409]);
      }
    });

    test('afterwards all is as it was', () => target.assertUnharmed());
  },
);
