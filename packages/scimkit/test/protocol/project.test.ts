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
