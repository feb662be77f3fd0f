import { defineResourceType } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { foldResource } from '../../src/protocol/fold.ts';
import { compareSortKeys, resolveSort, sortKey } from '../../src/protocol/sort.ts';
import { ENTERPRISE } from '../fixture.ts';
import { Group, strict, Thing, User } from './resource.ts';

const Vault = defineResourceType({
  name: 'Vault',
  endpoint: '/Vaults',
  schema: {
    id: 'urn:example:Vault',
    attributes: [
      {
        name: 'codes',
        type: 'complex',
        returned: 'never',
        multiValued: true,
        subAttributes: [{ name: 'value' }],
      },
    ],
  },
});

describe('sortBy and sortOrder (RFC 7644 §3.4.2.3)', () => {
  test.each<[string, string | undefined, string, boolean]>([
    ['userName', undefined, 'userName', false],
    ['USERNAME', '', 'userName', false],
    ['name.familyName', 'Ascending', 'name.familyName', false],
    ['emails', 'DESCENDING', 'emails.value', true],
    ['emails.type', 'descending', 'emails.type', true],
    [`${ENTERPRISE}:manager`, undefined, `${ENTERPRISE}:manager.value`, false],
    ['meta.lastModified', undefined, 'meta.lastModified', false],
    ['id', undefined, 'id', false],
  ])('%s, %s', (sortBy, sortOrder, path, descending) => {
    const sort = resolveSort(User, sortBy, sortOrder, strict);
    expect([sort.attribute.path, sort.descending]).toEqual([path, descending]);
  });

  test.each<[typeof User | typeof Group | typeof Thing | typeof Vault, string, RegExp]>([
    [User, '', /must name an attribute/],
    [User, 'user name', /must name an attribute/],
    [User, 'shoeSize', /no attribute "shoeSize"/],
    [User, 'name', /one of name.formatted, name.familyName, /],
    [User, 'password', /never returned/],
    [Thing, 'hidden', /never returned/],
    [Vault, 'codes', /never returned/],
    [Vault, 'codes.value', /never returned/],
    [User, 'groups', /computed/],
    [User, 'groups.display', /computed/],
    [Group, 'members', /computed/],
    [User, 'meta.location', /computed/],
    [User, 'meta.version', /computed/],
  ])('refused: %#', (type, sortBy, essence) => {
    const refused = () => resolveSort(type, sortBy, undefined, strict);
    expect(refused).toThrow(expect.objectContaining({ scimType: 'invalidPath' }));
    expect(refused).toThrow(essence);
  });

  test('another order is refused', () => {
    const refused = () => resolveSort(User, 'userName', 'upwards', strict);
    expect(refused).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
    expect(refused).toThrow(/must be "ascending" or "descending", not "upwards"/);
  });
});

describe('what a resource is sorted by', () => {
  const keyOf = (type: typeof User | typeof Thing, resource: Record<string, unknown>, sortBy: string) =>
    sortKey(foldResource(type, resource), resolveSort(type, sortBy, undefined, strict).attribute);

  test.each<[string, Record<string, unknown>, unknown]>([
    ['userName', { userName: 'Ada' }, 'ada'],
    ['name.familyName', { name: { familyName: 'Lovelace' } }, 'lovelace'],
    ['name.familyName', {}, undefined],
    ['title', {}, undefined],
    ['active', { active: false }, false],
    ['emails', { emails: [{ value: 'b' }, { value: 'a', primary: true }] }, 'a'],
    ['emails', { emails: [{ value: 'b', primary: false }, { value: 'a' }] }, 'b'],
    [
      'emails.type',
      {
        emails: [
          { value: 'b', type: 'work' },
          { value: 'a', primary: true },
        ],
      },
      undefined,
    ],
    [`${ENTERPRISE}:department`, { [ENTERPRISE]: { department: 'R' } }, 'r'],
  ])('%s of %o', (sortBy, resource, key) => {
    expect(keyOf(User, resource, sortBy)).toBe(key);
  });

  test('simple values: the first', () => {
    expect(keyOf(Thing, { tags: ['B', 'a'] }, 'tags')).toBe('b');
    expect(keyOf(Thing, { levels: [0, 1] }, 'levels')).toBe(0);
    expect(keyOf(Thing, { parts: [{ value: 'p', notes: ['N', 'a'] }] }, 'parts.notes')).toBe('n');
  });
});

test('missing values come last, descending first; text by code point, numbers by size', () => {
  const sorted = (keys: readonly (string | number | boolean | undefined)[], descending: boolean) =>
    keys
      .map((key) => [key])
      .sort(([a], [b]) => compareSortKeys(a, b, descending))
      .flat();
  expect(sorted(['b', undefined, 'a', '😀', '\uffff'], false)).toEqual(['a', 'b', '\uffff', '😀', undefined]);
  expect(sorted(['b', undefined, 'a'], true)).toEqual([undefined, 'b', 'a']);
  expect(sorted([10, 9, undefined, -1], false)).toEqual([-1, 9, 10, undefined]);
  expect(sorted([true, undefined, false], false)).toEqual([false, true, undefined]);
  expect(compareSortKeys(undefined, undefined, false)).toBe(0);
  expect(compareSortKeys('a', 'a', false)).toBe(0);
});
