import { defineResourceType } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { createAttributes, readResource, replaceAttributes, validate } from '../../src/protocol/validate.ts';
import { ENTERPRISE, USER } from '../fixture.ts';
import { EXTENSION, Group, read, strict, THING, Thing, tolerant, User } from './resource.ts';

const thing = (more: Record<string, unknown>) => ({ schemas: [THING], name: 'n', ...more });
const BAD_TEXT = ['a\0b', 'a\ud800', '\udc00b'];

describe('types (RFC 7643 §2.3)', () => {
  test.each<[string, readonly unknown[], readonly unknown[]]>([
    ['code', ['', 'x', 'ünï😀', '{"json":1}'], [5, true, {}, ['x'], ...BAD_TEXT]],
    ['active', [true, false], ['true', 1, 0, 'yes', {}]],
    ['count', [0, -1, 9_007_199_254_740_991], [1.5, '1', 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN]],
    ['weight', [0, 1.5, -1e-7, 1e21], ['1', Number.POSITIVE_INFINITY]],
    [
      'since',
      ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.1234567+01:00'],
      ['yesterday', '2026-02-30T00:00:00Z', 5],
    ],
    ['data', ['YWJj', 'YQ==', 'a-_b', 'YW Jj\nYQ== '], ['*', '=YQ', 'YQ===', 'YQ==YQ', 'é', 5]],
    ['link', ['https://x', '/relative', 'not a URI at all'], [5]],
    ['tags', [['a'], []], ['a', [5], [['a']], {}]],
    ['box', [{ width: 1 }], ['x', [{ width: 1 }, { width: 2 }], { width: 'x' }]],
    ['parts', [[{ value: 'a' }, { value: 'b', notes: ['x'] }]], [{ value: 'a' }, ['a'], [{ value: 5 }]]],
    ['size', ['S', 'm'], ['XL', 's ']],
  ])('%s', (name, good, bad) => {
    for (const value of good) {
      const expected = value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value;
      expect(read(Thing, thing({ [name]: value }), strict)[name]).toEqual(expected);
    }
    for (const value of bad.filter(
      (v) => !(typeof v === 'object' && Object.keys(v as object).length === 0),
    )) {
      expect(() => read(Thing, thing({ [name]: value }), strict)).toThrow(
        expect.objectContaining({ scimType: 'invalidValue', status: 400 }),
      );
      expect(() => read(Thing, thing({ [name]: value }), strict)).toThrow(new RegExp(`"${name}`));
    }
  });

  test('nothing of the format of mail, URL, locale, time zone or manager is checked (decision 11, must-handle 19)', () => {
    const odd = {
      profileUrl: 'not a url',
      preferredLanguage: 'jgo-CM',
      locale: '??',
      timezone: 'Mars',
      emails: [{ value: 'no mail' }],
      [ENTERPRISE]: { manager: { value: 'nobody' } },
    };
    expect(read(User, { schemas: [USER, ENTERPRISE], userName: 'constructor', ...odd }, strict)).toEqual({
      userName: 'constructor',
      ...odd,
    });
  });
});

describe('what is unassigned is not stored, at any depth (RFC 7643 §2.5, must-handle 14)', () => {
  test.each<[unknown]>([[null], [''], [[]], [{}]])('%o', (empty) => {
    const body = {
      schemas: [USER],
      userName: 'u',
      title: empty,
      name: { givenName: empty, familyName: 'F' },
      emails: [empty, { value: empty, type: 'work' }],
      addresses: empty,
      [ENTERPRISE]: { department: empty, manager: { value: empty } },
    };
    expect(read(User, body)).toEqual({
      userName: 'u',
      name: { familyName: 'F' },
      emails: [{ type: 'work' }],
    });
  });
});

describe('required (RFC 7643 §2.2)', () => {
  test.each<[string, Record<string, unknown>]>([
    ['userName absent', {}],
    ['userName null', { userName: null }],
    ['userName empty', { userName: '' }],
  ])('%s', (_what, body) => {
    expect(() => read(User, { schemas: [USER], ...body })).toThrow(
      expect.objectContaining({ scimType: 'invalidValue' }),
    );
  });

  test('a sub-attribute of what is there, an extension', () => {
    expect(() => read(Thing, thing({ box: { label: 'x' } }))).toThrow(/"box.width" is required/);
    expect(read(Thing, thing({}))).toEqual({ name: 'n' });
    expect(() => read(Group, { schemas: [], displayName: '' })).toThrow(/"displayName" is required/);
  });
});

describe('what is tolerated, and what strict mode says', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['15: booleans as text', { active: 'True' }, { active: true }, 'boolean-strings'],
    [
      '16: an object for an array',
      { parts: { value: 'a' } },
      { parts: [{ value: 'a' }] },
      'object-for-array',
    ],
    ['16: a text for an array', { tags: 'a' }, { tags: ['a'] }, 'object-for-array'],
    ['16: an array for a scalar', { code: ['x'] }, { code: 'x' }, 'array-for-scalar'],
    ['16: a text for an object', { parts: ['a'] }, { parts: [{ value: 'a' }] }, 'text-for-complex'],
    ['16: a number for a text', { code: 42 }, { code: '42' }, 'number-for-string'],
    [
      '18: two primaries',
      {
        parts: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      },
      {
        parts: [
          { value: 'a', primary: true },
          { value: 'b', primary: false },
        ],
      },
      'one-primary',
    ],
    ['13: schemas missing', { schemas: undefined }, {}, 'loose-schemas'],
    ['13: schemas of others', { schemas: [THING, 'urn:scim:schemas:core:1.0'] }, {}, 'loose-schemas'],
    [
      '13: an extension that schemas leaves out',
      { [EXTENSION]: { extra: 'x' } },
      { [EXTENSION]: { extra: 'x' } },
      'loose-schemas',
    ],
    [
      "9: an extension's attribute without URN",
      { extra: 'x' },
      { [EXTENSION]: { extra: 'x' } },
      'unprefixed-attributes',
    ],
  ])('%s', (_what, more, expected, rewrite) => {
    const { leniency, notes } = tolerant();
    expect(read(Thing, thing(more), leniency)).toEqual({ name: 'n', ...expected });
    expect(notes.map((note) => note.name)).toContain(rewrite);
    const isOfStructure = rewrite === 'loose-schemas' || rewrite === 'unprefixed-attributes';
    expect(() => read(Thing, thing(more), strict)).toThrow(
      expect.objectContaining({ scimType: isOfStructure ? 'invalidSyntax' : 'invalidValue' }),
    );
  });

  test('what stands under the URN wins over what stands without it', () => {
    const body = thing({ extra: 'loose', level: 1, [EXTENSION]: { EXTRA: 'stated' } });
    expect(read(Thing, body)).toEqual({ name: 'n', [EXTENSION]: { extra: 'stated', level: 1 } });
  });

  test('unknown and readOnly attributes are ignored and reported (decision 2)', () => {
    for (const { leniency, notes } of [tolerant()]) {
      const body = JSON.parse(
        '{"__proto__":{"x":1},"constructor":"c","toString":"t","computed":"y","box":{"width":1,"depth":2}}',
      );
      expect(read(Thing, thing(body), leniency)).toEqual({ name: 'n', constructor: 'c', box: { width: 1 } });
      expect(notes).toEqual([
        { kind: 'ignored', name: 'unknown-attributes', where: '__proto__' },
        { kind: 'ignored', name: 'unknown-attributes', where: 'toString' },
        { kind: 'ignored', name: 'readOnly', where: 'computed' },
        { kind: 'ignored', name: 'unknown-attributes', where: 'box.depth' },
      ]);
    }
  });

  test('an attribute that is given twice is refused, in any place', () => {
    for (const more of [
      { NAME: 'm' },
      { box: { width: 1, WIDTH: 2 } },
      { [EXTENSION]: { extra: 'a', Extra: 'b' } },
    ]) {
      expect(() => read(Thing, thing(more))).toThrow(expect.objectContaining({ scimType: 'invalidSyntax' }));
    }
  });

  test("order and spelling are the schema's", () => {
    const body = { schemas: [THING], TAGS: ['x'], Box: { LABEL: 'l', width: 1 }, NAME: 'n' };
    expect(JSON.stringify(read(Thing, body))).toBe('{"name":"n","tags":["x"],"box":{"width":1,"label":"l"}}');
  });

  test('ids of relations: distinct, in order; secrets apart', () => {
    const { relations, attributes } = readResource(
      Group,
      { displayName: 'G', members: ['a', { value: 'b', display: 'x' }, { value: 'a' }] },
      tolerant().leniency,
    );
    expect([relations.get('members'), attributes]).toEqual([['a', 'b'], { displayName: 'G' }]);
    const withSecret = readResource(Thing, thing({ secret: 's', hidden: 'h' }), tolerant().leniency);
    expect([withSecret.secrets, withSecret.attributes]).toEqual([
      { secret: 's' },
      { name: 'n', hidden: 'h' },
    ]);
    for (const members of [[{ display: 'x' }], [{ value: 5 }, {}], [{ $ref: 'Users/x' }]]) {
      expect(() => readResource(Group, { displayName: 'G', members }, strict)).toThrow(
        expect.objectContaining({ scimType: 'invalidValue' }),
      );
    }
  });
});

describe('PUT (RFC 7644 §3.5.1, decision 4)', () => {
  const before = {
    name: 'n',
    active: false,
    serial: '1',
    computed: 'c',
    tags: ['a'],
    box: { width: 1, origin: 'o' },
  };
  const put = (body: Record<string, unknown>, keepAbsent = true) =>
    replaceAttributes(Thing, before, readResource(Thing, thing(body), tolerant().leniency), keepAbsent);

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'absent attributes are cleared; active, readOnly and immutable ones stay',
      {},
      { name: 'n', active: false, serial: '1', computed: 'c', box: { origin: 'o' } },
    ],
    [
      'readOnly is ignored',
      { computed: 'x', box: { width: 1 } },
      { name: 'n', active: false, serial: '1', computed: 'c', box: { width: 1, origin: 'o' } },
    ],
    [
      'immutable may be repeated',
      { serial: '1', box: { width: 2, origin: 'O' } },
      { name: 'n', active: false, serial: '1', computed: 'c', box: { width: 2, origin: 'o' } },
    ],
  ])('%s', (what, body, expected) => {
    // What is left of the box lacks its required width: then the body must say it.
    if (what.startsWith('absent')) expect(() => put(body)).toThrow(/"box.width" is required/);
    else expect(put(body)).toEqual(expected);
  });

  test.each([{ serial: '2' }, { box: { width: 1, origin: 'x' } }])('immutable must match: %o', (body) => {
    expect(() => put({ box: { width: 1 }, ...body })).toThrow(
      expect.objectContaining({ scimType: 'mutability' }),
    );
  });

  test('strict mode clears active, and never to true', () => {
    const active = { name: 'n', active: true };
    const input = readResource(Thing, thing({}), strict);
    expect(replaceAttributes(Thing, active, input, true)).toEqual({ name: 'n', active: true });
    expect(replaceAttributes(Thing, active, input, false)).toEqual({ name: 'n' });
    expect(replaceAttributes(Thing, { name: 'n', active: false }, input, false)).toEqual({
      name: 'n',
      active: false,
    });
  });
});

describe("types of one's own", () => {
  const More = { id: 'urn:example:More', attributes: [{ name: 'extra' }] } as const;
  const Team = defineResourceType({
    name: 'Team',
    endpoint: '/Teams',
    schema: {
      id: 'urn:example:Team',
      attributes: [
        { name: 'grade', caseExact: true, canonicalValues: ['A', 'b'], canonicalValuesOnly: true },
        {
          name: 'members',
          type: 'complex',
          multiValued: true,
          required: true,
          subAttributes: [{ name: 'value' }, { name: '$ref', type: 'reference', referenceTypes: ['User'] }],
        },
      ],
    },
    schemaExtensions: [{ schema: More, required: true }],
  });
  const body = {
    schemas: [Team.urn, More.id],
    grade: 'A',
    members: [{ value: '1' }],
    [More.id]: { extra: 'x' },
  };

  test('a required extension, a required relation, values that are case-exact', () => {
    expect(read(Team, body, strict)).toEqual({ grade: 'A', [More.id]: { extra: 'x' } });
    expect(read(Team, { ...body, grade: 'b' }, strict).grade).toBe('b');
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['the extension is missing', { [More.id]: undefined }, /"urn:example:More" is required/],
    ['the extension is empty', { [More.id]: { extra: null } }, /"urn:example:More" is required/],
    ['the extension is no object', { [More.id]: 'x' }, /"urn:example:More" must be an object/],
    ['the relation is missing', { members: undefined }, /"members" is required/],
    ['the relation is empty', { members: [] }, /"members" is required/],
    ['a value in another case', { grade: 'a' }, /must be one of "A", "b", not "a"/],
  ])('%s', (_what, more, essence) => {
    const refused = () => read(Team, { ...body, ...more }, strict);
    expect(refused).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
    expect(refused).toThrow(essence);
  });

  test('whether a stored relation has values is not asked after a PATCH', () => {
    expect(() => validate(Team, { [More.id]: { extra: 'x' } }, undefined)).not.toThrow();
    expect(() => validate(Team, {}, undefined, 'mutability')).toThrow(
      expect.objectContaining({ scimType: 'mutability' }),
    );
  });

  test('an extension that is given twice', () => {
    const twice = { ...body, [More.id.toUpperCase()]: { extra: 'y' } };
    expect(() => read(Team, twice, strict)).toThrow(/"urn:example:More" is given twice/);
  });
});

test.each([[undefined], [null], ['x'], [[]], [5]])('a body that is no object: %o', (body) => {
  expect(() => read(User, body, strict)).toThrow(expect.objectContaining({ scimType: 'invalidSyntax' }));
});

test('a new resource is active unless the client says otherwise', () => {
  const created = (type: typeof User | typeof Group, body: Record<string, unknown>) =>
    JSON.stringify(createAttributes(type, readResource(type, body, tolerant().leniency)));
  expect(created(User, { userName: 'a', emails: [{ value: 'x' }] })).toBe(
    '{"userName":"a","active":true,"emails":[{"value":"x"}]}',
  );
  expect(created(User, { userName: 'a', active: false })).toBe('{"userName":"a","active":false}');
  expect(created(Group, { displayName: 'G' })).toBe('{"displayName":"G"}');
});

test('PUT: an extension is replaced like the rest, and what is readOnly in it stays', () => {
  const before = {
    userName: 'a',
    [ENTERPRISE]: { department: 'R', manager: { value: 'm', displayName: 'M' } },
  };
  const put = (body: Record<string, unknown>) =>
    replaceAttributes(
      User,
      before,
      readResource(User, { userName: 'a', ...body }, tolerant().leniency),
      true,
    );
  expect(put({ [ENTERPRISE]: { costCenter: 'C', manager: { value: 'n' } } })).toEqual({
    userName: 'a',
    [ENTERPRISE]: { costCenter: 'C', manager: { value: 'n', displayName: 'M' } },
  });
  expect(put({})).toEqual({ userName: 'a', [ENTERPRISE]: { manager: { displayName: 'M' } } });
});

describe('what is read of values', () => {
  const Kit = defineResourceType({
    name: 'Kit',
    endpoint: '/Kits',
    schema: {
      id: 'urn:example:Kit',
      attributes: [
        { name: 'made', required: true, mutability: 'readOnly' },
        { name: 'pin', required: true, mutability: 'writeOnly', returned: 'never' },
        { name: 'active' },
        {
          name: 'box',
          type: 'complex',
          subAttributes: [{ name: 'made', required: true, mutability: 'readOnly' }, { name: 'label' }],
        },
      ],
    },
    schemaExtensions: [
      { schema: { id: 'urn:example:Kit:More', attributes: [{ name: 'a', required: true }, { name: 'b' }] } },
    ],
  });
  const kit = (more: Record<string, unknown>) =>
    read(Kit, { schemas: [Kit.urn], ...more }, tolerant().leniency);

  test('what a client need not send, or what is not kept here, is not required of it', () => {
    expect(kit({ box: { label: 'l' } })).toEqual({ box: { label: 'l' } });
  });

  test('required in an extension that is there', () => {
    expect(kit({})).toEqual({});
    expect(() => kit({ 'urn:example:Kit:More': { b: 'x' } })).toThrow(/"urn:example:Kit:More:a" is required/);
  });

  test('an "active" that is no boolean is an attribute like any other', () => {
    const input = readResource(Kit, { pin: '1' }, tolerant().leniency);
    expect(createAttributes(Kit, input)).toEqual({});
    expect(replaceAttributes(Kit, { active: 'yes' }, input, true)).toEqual({});
  });

  test('clearing "active" on PUT leaves one that has access as it is, and one that has none without', () => {
    const put = (before: Record<string, unknown>, body: Record<string, unknown>) =>
      replaceAttributes(
        User,
        { userName: 'a', ...before },
        readResource(User, { userName: 'a', ...body }, tolerant().leniency),
        true,
      );
    expect(put({ active: false }, { active: null })).toEqual({ userName: 'a', active: false });
    expect(put({ active: false }, { active: true })).toEqual({ userName: 'a', active: true });
    expect(put({ active: true }, { active: null })).toEqual({ userName: 'a' });
    expect(Object.keys(put({}, {}))).toEqual(['userName']);
  });

  test('wrong schemas are reported', () => {
    const { leniency, notes } = tolerant();
    readResource(User, { userName: 'a' }, leniency);
    expect(notes).toEqual([{ kind: 'rewrite', name: 'loose-schemas', where: 'schemas' }]);
  });

  test('what is given twice, wherever', () => {
    for (const [body, path] of [
      [thing({ NAME: 'm' }), 'name'],
      [thing({ box: { width: 1, Width: 2 } }), 'box.width'],
      [thing({ [EXTENSION]: { extra: 'a' }, [EXTENSION.toUpperCase()]: { extra: 'b' } }), EXTENSION],
    ] as const) {
      const refused = () => read(Thing, body);
      expect(refused).toThrow(expect.objectContaining({ scimType: 'invalidSyntax' }));
      expect(refused).toThrow(`"${path}" is given twice`);
    }
  });

  test('values that come to nothing are none', () => {
    expect(read(Thing, thing({ parts: [{ value: '' }, null], tags: ['', null], box: [{}] }))).toEqual({
      name: 'n',
    });
    expect(read(Thing, thing({ parts: [[{ value: 'a' }]] }))).toEqual({ name: 'n', parts: [{ value: 'a' }] });
  });

  test('several primary values are reported', () => {
    const { leniency, notes } = tolerant();
    const parts = [{ value: 'a' }, { value: 'b', primary: true }, { value: 'c', primary: true }];
    expect(read(Thing, thing({ parts }), leniency).parts).toEqual([
      { value: 'a' },
      { value: 'b', primary: true },
      { value: 'c', primary: false },
    ]);
    expect(notes).toEqual([{ kind: 'rewrite', name: 'one-primary', where: 'parts' }]);
  });
});

test.each<[string, unknown, string]>([
  ['tags', 5, 'must be an array, not 5 (RFC 7643 §2.4)'],
  ['code', 5, 'must be a string, not 5 (RFC 7643 §2.3.1)'],
  ['active', 5, 'must be true or false, without quotes, not 5 (RFC 7643 §2.3.2)'],
  ['weight', '5', 'must be a number, not "5" (RFC 7643 §2.3.3)'],
  ['count', 0.5, 'must be a whole number, not 0.5 (RFC 7643 §2.3.4)'],
  ['since', 'x', 'must be a time such as "2026-01-31T12:00:00Z", not "x" (RFC 7643 §2.3.5)'],
  ['data', '*', 'must be a string in base64, not "*" (RFC 7643 §2.3.6)'],
  ['link', 5, 'must be a string that holds a URI, not 5 (RFC 7643 §2.3.7)'],
  ['box', 'x', 'must be an object, not "x" (RFC 7643 §2.3.8)'],
])('says what is expected of %s', (name, value, essence) => {
  expect(() => read(Thing, thing({ [name]: value }), strict)).toThrow(`"${name}" ${essence}`);
});

test('an array with one time is no time, one with an empty text is nothing', () => {
  const since = ['2026-01-01T00:00:00Z'];
  expect(() => read(Thing, thing({ since }), strict)).toThrow(/"since" must be a time/);
  expect(read(Thing, thing({ code: [''] }))).toEqual({ name: 'n' });
});

test('a required relation that the body does not name', () => {
  const Crew = defineResourceType({
    name: 'Crew',
    endpoint: '/Crews',
    schema: {
      id: 'urn:example:Crew',
      attributes: [
        {
          name: 'members',
          type: 'complex',
          multiValued: true,
          required: true,
          subAttributes: [{ name: 'value' }, { name: '$ref', type: 'reference', referenceTypes: ['User'] }],
        },
      ],
    },
  });
  expect(() => read(Crew, { schemas: [Crew.urn] }, strict)).toThrow(/"members" is required/);
});

test('PUT may give an immutable attribute its first value', () => {
  const input = readResource(Thing, thing({ serial: '1', box: { width: 1, origin: 'o' } }), strict);
  const before = { name: 'n', box: { width: 1 } };
  expect(replaceAttributes(Thing, before, input, true)).toEqual({
    name: 'n',
    serial: '1',
    box: { width: 1, origin: 'o' },
  });
});
