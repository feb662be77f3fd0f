import { defineResourceType } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { compileProjection, type ProjectionRequest, splitNames } from '../../src/protocol/project.ts';
import { ENTERPRISE, USER } from '../fixture.ts';
import { EXTENSION, strict, THING, Thing, tolerant, User } from './resource.ts';

const ada = {
  schemas: [USER, ENTERPRISE],
  id: '1',
  userName: 'ada',
  name: { familyName: 'L', givenName: 'A' },
  emails: [{ value: 'a', type: 'work' }, { value: 'b' }],
  [ENTERPRISE]: { department: 'R', manager: { value: 'm', displayName: 'M' } },
  meta: { resourceType: 'User', location: 'x', version: 'W/"1"' },
};
const whole = (request: ProjectionRequest) => compileProjection(User, request, strict).project(ada);
const always = { schemas: ada.schemas, id: '1' };

describe('attributes (RFC 7644 §3.9, §3.4.2.5)', () => {
  test.each<[string, readonly string[], Record<string, unknown>]>([
    ['one', ['userName'], { userName: 'ada' }],
    ['in any case', ['USERNAME'], { userName: 'ada' }],
    ['id alone', ['id'], {}],
    ['a complex one, whole', ['name'], { name: ada.name }],
    ['a sub-attribute', ['name.givenName'], { name: { givenName: 'A' } }],
    ['a sub-attribute of several values', ['emails.type'], { emails: [{ type: 'work' }] }],
    [
      'with the core URN',
      [`${USER}:userName`, `${USER}:name.familyName`],
      { userName: 'ada', name: { familyName: 'L' } },
    ],
    ['the core URN alone', [USER], { userName: 'ada', name: ada.name, emails: ada.emails, meta: ada.meta }],
    ['of an extension', [`${ENTERPRISE}:department`], { [ENTERPRISE]: { department: 'R' } }],
    [
      'a sub-attribute of an extension',
      [`${ENTERPRISE}:manager.value`],
      { [ENTERPRISE]: { manager: { value: 'm' } } },
    ],
    ['a whole extension', [ENTERPRISE.toLowerCase()], { [ENTERPRISE]: ada[ENTERPRISE] }],
    ['meta', ['meta.location'], { meta: { location: 'x' } }],
    ['unknown ones', ['shoeSize', '__proto__', 'name.first'], {}],
    ['never', ['password', 'userName'], { userName: 'ada' }],
  ])('%s', (_what, attributes, expected) => {
    expect(whole({ attributes })).toEqual({ ...always, ...expected });
  });
});

describe('excludedAttributes', () => {
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(ada).filter(([name]) => !names.includes(name)));
  test.each<[string, readonly string[], Record<string, unknown>]>([
    ['one', ['userName'], without('userName')],
    ['several', ['userName', 'meta'], without('userName', 'meta')],
    ['what is always returned stays', ['id', 'schemas', 'emails'], without('emails')],
    ['a sub-attribute', ['name.givenName'], { ...ada, name: { familyName: 'L' } }],
    ['all sub-attributes of a value', ['emails.value'], { ...ada, emails: [{ type: 'work' }] }],
    ['a whole extension', [ENTERPRISE], without(ENTERPRISE)],
    ['of an extension', [`${ENTERPRISE}:manager`], { ...ada, [ENTERPRISE]: { department: 'R' } }],
    ['unknown ones', ['shoeSize'], ada],
  ])('%s', (_what, excludedAttributes, expected) => {
    expect(whole({ excludedAttributes })).toEqual(expected);
  });
});

describe('returned always, never, default, request (RFC 7643 §7)', () => {
  const thing = {
    schemas: [THING, EXTENSION],
    id: '1',
    name: 'n',
    hidden: 'h',
    secret: 's',
    onRequest: 'r',
    fixed: 'f',
    box: { width: 1, label: 'l', onRequest: 'r' },
    [EXTENSION]: { extra: 'x' },
  };
  const project = (request: ProjectionRequest) => compileProjection(Thing, request, strict).project(thing);
  const minimum = { schemas: thing.schemas, id: '1', fixed: 'f' };
  const usual = { ...minimum, name: 'n', box: { width: 1, label: 'l' }, [EXTENSION]: { extra: 'x' } };

  test('by default; on request; never', () => {
    expect(project({})).toEqual(usual);
    expect(project({ attributes: ['onRequest'] })).toEqual({ ...minimum, onRequest: 'r' });
    expect(project({ attributes: ['hidden', 'secret'] })).toEqual(minimum);
    expect(project({ attributes: ['box'] })).toEqual({ ...minimum, box: { width: 1, label: 'l' } });
    expect(project({ attributes: ['box.onRequest'] })).toEqual({ ...minimum, box: { onRequest: 'r' } });
    expect(project({ attributes: ['box', 'box.onRequest'] })).toEqual({ ...minimum, box: thing.box });
    expect(project({ excludedAttributes: ['fixed', 'name'] })).toEqual({
      ...minimum,
      box: usual.box,
      [EXTENSION]: { extra: 'x' },
    });
  });

  test('on request, in the answer to a write that named it (decision 6)', () => {
    expect(project({ mentioned: new Set(['onRequest']) })).toEqual({ ...usual, onRequest: 'r' });
    expect(project({ mentioned: new Set(['box', 'box.onRequest']) })).toEqual({ ...usual, box: thing.box });
    expect(project({ mentioned: new Set(['hidden', 'secret']) })).toEqual(usual);
  });

  test('a stored text goes out as it is only where nothing is held back', () => {
    const isWhole = (type: typeof User | typeof Thing, request: ProjectionRequest) =>
      compileProjection(type, request, strict).isWhole;
    expect(isWhole(User, {})).toBe(true);
    expect(isWhole(User, { mentioned: new Set(['userName']) })).toBe(true);
    expect(isWhole(User, { attributes: ['userName'] })).toBe(false);
    expect(isWhole(User, { excludedAttributes: ['groups'] })).toBe(false);
    expect(isWhole(Thing, {})).toBe(false);
  });
});

test('an empty list stays where it was asked for (decision 16)', () => {
  const group = { ...ada, emails: [] };
  expect(compileProjection(User, { attributes: ['emails.value'] }, strict).project(group)).toEqual({
    ...always,
    emails: [],
  });
});

test('both parameters: refused in strict mode, otherwise attributes wins and it is reported (decision 16)', () => {
  const request = { attributes: ['userName'], excludedAttributes: ['userName'] };
  expect(() => whole(request)).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
  const { leniency, notes } = tolerant();
  expect(compileProjection(User, request, leniency).project(ada)).toEqual({ ...always, userName: 'ada' });
  expect(notes).toEqual([{ kind: 'rewrite', name: 'attributes-win', where: 'excludedAttributes' }]);
});

test.each<[unknown, readonly string[] | undefined]>([
  [undefined, undefined],
  [null, undefined],
  ['', undefined],
  [' , ', undefined],
  [[], undefined],
  ['userName', ['userName']],
  [' userName , name.givenName,', ['userName', 'name.givenName']],
  [
    ['userName', 'title, emails'],
    ['userName', 'title', 'emails'],
  ],
  [5, ['5']],
])('names in a parameter: %o', (value, names) => {
  expect(splitNames(value)).toEqual(names);
});

test('which attributes are sent, in part at least', () => {
  const sent = (request: ProjectionRequest) => {
    const projection = compileProjection(User, request, strict);
    return User.attributes.filter((attribute) => projection.includes(attribute)).map(({ name }) => name);
  };
  expect(sent({ attributes: ['name.givenName', 'groups'] })).toEqual(['schemas', 'id', 'name', 'groups']);
  expect(sent({ excludedAttributes: ['groups', 'name.givenName'] })).toContain('name');
  expect(sent({ excludedAttributes: ['groups', 'name.givenName'] })).not.toContain('groups');
  expect(sent({})).not.toContain('password');
});

describe('characteristics of sub-attributes and of extensions (RFC 7643 §7)', () => {
  const Log = {
    id: 'urn:example:Log',
    attributes: [{ name: 'note' }, { name: 'trace', returned: 'request' }],
  } as const;
  const Card = defineResourceType({
    name: 'Card',
    endpoint: '/Cards',
    schema: {
      id: 'urn:example:Card',
      attributes: [
        {
          name: 'chip',
          type: 'complex',
          subAttributes: [
            { name: 'value' },
            { name: 'code', returned: 'never' },
            { name: 'extra', returned: 'request' },
            { name: 'key', returned: 'always' },
          ],
        },
        { name: 'vault', type: 'complex', returned: 'never', subAttributes: [{ name: 'value' }] },
        { name: 'pair', type: 'complex', subAttributes: [{ name: 'a' }, { name: 'b' }] },
      ],
    },
    schemaExtensions: [{ schema: Log }],
  });
  const card = {
    schemas: [Card.urn, Log.id],
    id: '1',
    chip: { value: 'v', code: 'c', extra: 'e', key: 'k' },
    vault: { value: 's' },
    pair: { a: 1, b: 2 },
    [Log.id]: { note: 'n', trace: 't' },
  };
  const minimum = { schemas: card.schemas, id: '1' };
  const usual = { ...minimum, chip: { value: 'v', key: 'k' }, pair: card.pair, [Log.id]: { note: 'n' } };

  test.each<[ProjectionRequest, Record<string, unknown>]>([
    [{}, usual],
    [{ attributes: ['chip'] }, { ...minimum, chip: { value: 'v', key: 'k' } }],
    [{ attributes: ['chip', 'chip.extra'] }, { ...minimum, chip: { value: 'v', extra: 'e', key: 'k' } }],
    [{ attributes: ['chip.value'] }, { ...minimum, chip: { value: 'v', key: 'k' } }],
    [{ attributes: ['chip.extra'] }, { ...minimum, chip: { extra: 'e', key: 'k' } }],
    [{ attributes: ['chip.code', 'vault', 'vault.value'] }, minimum],
    [{ attributes: [Log.id] }, { ...minimum, [Log.id]: { note: 'n' } }],
    [{ attributes: [Log.id, `${Log.id}:trace`] }, { ...minimum, [Log.id]: { note: 'n', trace: 't' } }],
    [{ excludedAttributes: ['chip.value'] }, { ...usual, chip: { key: 'k' } }],
    [{ excludedAttributes: ['chip.key', 'vault.value'] }, usual],
    [{ excludedAttributes: ['chip', 'pair', Log.id] }, minimum],
    [{ excludedAttributes: ['pair.a'] }, { ...usual, pair: { b: 2 } }],
  ])('%o', (request, expected) => {
    expect(compileProjection(Card, request, strict).project(card)).toStrictEqual(expected);
  });

  test('an attribute of which all is excluded is not sent', () => {
    const { includes } = compileProjection(Card, { excludedAttributes: ['pair.a', 'pair.b'] }, strict);
    expect(Card.attributes.filter(includes).map(({ name }) => name)).not.toContain('pair');
  });

  test('values that have nothing of what is asked for are left out', () => {
    expect(whole({ attributes: ['emails.display'] })).toStrictEqual(always);
  });

  test('a name that nothing has is ignored and reported', () => {
    const { leniency, notes } = tolerant();
    compileProjection(User, { excludedAttributes: ['shoeSize', 'title'] }, leniency);
    expect(notes).toEqual([{ kind: 'ignored', name: 'unknown attribute name', where: 'shoeSize' }]);
  });
});

test('a whole attribute has nothing that is never returned, or only on request', () => {
  const Safe = defineResourceType({
    name: 'Safe',
    endpoint: '/Safes',
    schema: {
      id: 'urn:example:Safe',
      attributes: [
        {
          name: 'lock',
          type: 'complex',
          subAttributes: [{ name: 'a' }, { name: 'code', returned: 'never' }],
        },
        {
          name: 'trace',
          type: 'complex',
          subAttributes: [
            { name: 'a', returned: 'request' },
            { name: 'b', returned: 'request' },
          ],
        },
      ],
    },
  });
  const safe = { schemas: [Safe.urn], id: '1', lock: { a: 1, code: 's' }, trace: { a: 1, b: 2 } };
  const minimum = { schemas: [Safe.urn], id: '1' };
  const project = (...attributes: readonly string[]) =>
    compileProjection(Safe, { attributes }, strict).project(safe);
  expect(project('lock')).toStrictEqual({ ...minimum, lock: { a: 1 } });
  expect(project('trace')).toStrictEqual(minimum);
  expect(project('trace', 'trace.b')).toStrictEqual({ ...minimum, trace: { b: 2 } });
});
