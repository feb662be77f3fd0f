import { parseFilter, resolveFilter, ScimError } from 'scimkit';
import { describe, expect, test } from 'vitest';
import { compareText, foldInstant, foldResource } from '../../src/protocol/fold.ts';
import { matches } from '../../src/protocol/match.ts';
import { ENTERPRISE, USER } from '../fixture.ts';
import { EXTENSION, Group, strict, Thing, User } from './resource.ts';

const ada = {
  schemas: [USER, ENTERPRISE],
  id: 'Id-1',
  externalId: 'Ext',
  userName: 'Ada',
  name: { familyName: 'Lovelace' },
  active: true,
  profileUrl: 'https://Example.com/A',
  emails: [
    { value: 'Ada@Work.org', type: 'work', primary: true },
    { value: 'ada@home.org', type: 'home' },
  ],
  [ENTERPRISE]: { department: 'R&D', manager: { value: 'M-1' } },
  meta: { created: '2026-01-01T00:00:00Z', lastModified: '2026-01-02T03:04:05.678Z' },
};
const folded = () => ({
  ...foldResource(User, ada),
  meta: {
    created: foldInstant(ada.meta.created),
    lastModified: foldInstant(ada.meta.lastModified),
    version: '7',
  },
});

const evaluate = (text: string, locationBase?: string) =>
  matches(
    resolveFilter(User, parseFilter(text), { leniency: strict, ...(locationBase && { locationBase }) }),
    folded(),
  );

describe('what matches (RFC 7644 §3.4.2.2; decision 14)', () => {
  test.each<[string, boolean]>([
    // Case (RFC 7643 §2.2, must-handle 8)
    ['userName eq "ADA"', true],
    ['USERNAME EQ "ada"', true],
    ['externalId eq "Ext"', true],
    ['externalId eq "ext"', false],
    ['id eq "id-1"', false],
    ['profileUrl eq "https://example.com/a"', false],
    ['schemas eq "URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user"', true],
    [`${USER}:userName eq "ada"`, true],
    [`${USER.toUpperCase()}:NAME.FAMILYNAME sw "love"`, true],
    [`${ENTERPRISE}:department eq "r&d"`, true],
    [`${ENTERPRISE}:manager.value eq "M-1"`, true],
    [`${ENTERPRISE}:manager eq "M-1"`, true],
    // Operators
    ['userName ne "bob"', true],
    ['userName co "d"', true],
    ['userName sw "a"', true],
    ['userName ew "DA"', true],
    ['userName gt "abc"', true],
    ['userName le "ADA"', true],
    ['userName lt "ada"', false],
    ['active eq true', true],
    ['active ne true', false],
    // Absence
    ['title pr', false],
    ['title eq "x"', false],
    ['title ne "x"', true],
    ['title gt "x"', false],
    ['not (title eq "x")', true],
    ['not (title pr)', true],
    ['title eq null', true],
    ['title ne null', false],
    ['userName eq null', false],
    ['title eq ""', true],
    ['title co ""', false],
    ['userName co ""', true],
    ['name.givenName pr', false],
    ['name pr', true],
    ['addresses pr', false],
    ['phoneNumbers.value ne "1"', true],
    // Several values
    ['emails.value eq "ada@home.org"', true],
    ['emails eq "ADA@HOME.ORG"', true],
    ['emails co "work"', true],
    ['emails ne "ada@home.org"', false],
    ['emails.primary eq true', true],
    ['emails[type eq "home" and primary eq true]', false],
    ['emails.type eq "home" and emails.primary eq true', true],
    ['emails[type eq "home" and primary ne true]', true],
    ['emails[not (type eq "work")]', true],
    ['emails[type eq "x"]', false],
    ['not (emails[type eq "x"])', true],
    ['not (emails.type eq "work" and userName eq "bob")', true],
    ['name[familyName eq "lovelace"]', true],
    ['name[givenName pr]', false],
    // Time, as instants (must-handle 9)
    ['meta.created eq "2025-12-31T19:00:00-05:00"', true],
    ['meta.lastModified gt "2026-01-02T03:04:05.6779999Z"', true],
    ['meta.lastModified ge "2026-01-02T03:04:05.6780000Z"', true],
    ['meta.lastModified lt "2026-01-02T03:04:05.6780001Z"', true],
    ['meta.created gt "0001-01-03T00:00:00.0000000Z"', true],
    ['meta.resourceType eq "User"', true],
    ['meta.resourceType eq "Group"', false],
    ['meta.resourceType ne "User"', false],
    ['meta.resourceType sw "U"', true],
    ['meta.resourceType sw "r"', false],
    ['meta.resourceType co "se"', true],
    ['meta.resourceType co "x"', false],
    ['meta.resourceType ew "r"', true],
    ['meta.resourceType ew "U"', false],
    ['meta.resourceType gt "Thing"', true],
    ['meta.resourceType gt "User"', false],
    ['meta.resourceType ge "User"', true],
    ['meta.resourceType ge "V"', false],
    ['meta.resourceType lt "V"', true],
    ['meta.resourceType lt "User"', false],
    ['meta.resourceType le "User"', true],
    ['meta.resourceType le "Thing"', false],
    ['meta.version eq "W/\\"7\\""', true],
    ['meta.version ne "W/\\"7\\""', false],
    ['meta.version eq "W/\\"7.digest\\""', true],
    ['id pr and schemas pr and meta pr and meta.location pr', true],
  ])('%s: %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  test('meta.location is compared by its base and the id', () => {
    const base = 'https://scim.test/Users/';
    expect(evaluate(`meta.location eq "${base}Id-1"`, base)).toBe(true);
    expect(evaluate(`meta.location eq "${base}Id-2"`, base)).toBe(false);
    expect(evaluate('meta.location ne "https://elsewhere/Users/Id-1"', base)).toBe(true);
  });
});

describe('what is refused with invalidFilter', () => {
  test.each([
    'shoeSize eq "x"',
    'userName eq "a\\u0000"',
    'userName sw "\\ud800"',
    'name.first pr',
    'emails[shoe eq "x"]',
    'urn:nobody:User:userName eq "x"',
    'active gt true',
    'active co "t"',
    'active eq "true"',
    'active eq 1',
    'userName eq 5',
    'userName eq true',
    'userName gt null',
    'meta.created eq "yesterday"',
    'meta.created eq "2026-02-30T00:00:00Z"',
    'meta.created co "2026"',
    'name eq "x"',
    'password eq "x"',
    'password sw "x"',
    'password pr',
    'title[value eq "x"]',
    'emails[type[value eq "x"]]',
    'meta[created pr]',
    'groups.$ref eq "x"',
    'meta.version gt "1"',
    'x509Certificates.value gt "YQ=="',
    '__proto__ pr',
    'constructor eq "x"',
    'name.constructor pr',
    'emails[__proto__ pr]',
  ])('%s', (text) => {
    expect(() => evaluate(text)).toThrow(ScimError);
    expect(() => evaluate(text)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }));
  });

  test.each(['secret eq "x"', 'hidden eq "x"', 'hidden sw "x"'])('never returned: %s', (text) => {
    expect(() => resolveFilter(Thing, parseFilter(text), { leniency: strict })).toThrow(/never returned/);
  });
});

describe('in a query over several types (RFC 7644 §3.4.2.1)', () => {
  test.each<[string, boolean]>([
    ['members pr', false],
    ['not (members pr)', true],
    ['members.value eq "x"', false],
    ['members.value ne "x"', true],
    ['members[value eq "x"]', false],
    ['not (members[value eq "x"])', true],
    ['members pr or userName eq "ada"', true],
    ['members pr and userName eq "ada"', false],
    ['not (members pr) and userName eq "ada"', true],
    ['not (members pr) or userName eq "bob"', true],
    ['members pr or members.value eq "x"', false],
    ['not (members pr) and members.value ne "x"', true],
  ])('what other types have is absent: %s: %s', (text, expected) => {
    const knownElsewhere = (path: string) => /^(members|userName)/.test(path);
    expect(
      matches(resolveFilter(User, parseFilter(text), { leniency: strict, knownElsewhere }), folded()),
    ).toBe(expected);
    expect(() =>
      resolveFilter(User, parseFilter('shoeSize pr'), { leniency: strict, knownElsewhere }),
    ).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }));
  });
});

test.each<[string, boolean, boolean]>([
  ['members pr', true, false],
  ['members.value pr', true, false],
  ['members.display pr', true, false],
  ['members[type pr]', true, false],
  ['members[not (type pr)]', false, false],
  ['members.value eq null', false, true],
])('each row of a relation has all of its parts: %s', (text, withMember, without) => {
  const filter = resolveFilter(Group, parseFilter(text), { leniency: strict });
  expect([
    matches(filter, foldResource(Group, { displayName: 'G', members: [{ value: 'a' }] })),
    matches(filter, foldResource(Group, { displayName: 'G' })),
  ]).toEqual([withMember, without]);
});

test('numbers compare as numbers', () => {
  const thing = foldResource(Thing, {
    name: 'n',
    count: 10,
    weight: 0.5,
    tags: ['A', 'b'],
    [EXTENSION]: { level: -1 },
  });
  const check = (text: string) =>
    matches(resolveFilter(Thing, parseFilter(text), { leniency: strict }), thing);
  expect(check('count gt 9 and count lt 11 and count eq 10.0')).toBe(true);
  expect(check('weight eq 5e-1 and weight ge 0.5')).toBe(true);
  expect(check(`${EXTENSION}:level lt 0`)).toBe(true);
  expect(check('tags eq "a" and tags[value eq "B"] and not (tags[value eq "c"])')).toBe(true);
  expect(() => check('count eq "10"')).toThrow(/whole number/);
  expect(() => check('count co 1')).toThrow(/does not apply/);
});

test('text is ordered by code point, not by UTF-16 unit', () => {
  const ordered = ['', 'A', 'Z', 'a', 'ab', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '😀'];
  expect([...ordered].reverse().sort(compareText)).toEqual(ordered);
});

test('more values than a call can have arguments are looked at one by one', () => {
  const emails = Array.from({ length: 200_000 }, (_, i) => ({ value: `u${i}` }));
  const filter = (text: string) => resolveFilter(User, parseFilter(text), { leniency: strict });
  expect(matches(filter('emails.value eq "U199999"'), { emails })).toBe(true);
  expect(matches(filter('emails.value eq "u200000"'), { emails })).toBe(false);
});

test.each([
  ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000000Z'],
  ['2026-01-01T00:00:00.5+01:30', '2025-12-31T22:30:00.500000000Z'],
  ['2026-01-01T00:00:00.1234567-07:00', '2026-01-01T07:00:00.123456700Z'],
  ['2026-01-01T00:00:00', '2026-01-01T00:00:00.000000000Z'],
  ['0001-01-03T00:00:00.0000000Z', '0001-01-03T00:00:00.000000000Z'],
  ['2024-02-29T23:59:59z', '2024-02-29T23:59:59.000000000Z'],
  ['2026-01-01t23:59:59+14:59', '2026-01-01T09:00:59.000000000Z'],
  ['2026-01-01T00:00:00.1234567899Z', '2026-01-01T00:00:00.123456789Z'],
  ['2026-01-01T00:00:00.123456789012Z', '2026-01-01T00:00:00.123456789Z'],
  ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000000000Z'],
  ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000000000Z'],
  ['2026-01-01T00:00:00.1234567890123Z', undefined],
  ['2026-01-01T00:00:00.Z', undefined],
  ['2026-01-01T00:00:60Z', undefined],
  ['2026-01-01T00:00:00+15:00', undefined],
  ['2026-01-01T00:00:00+01:60', undefined],
  ['0000-01-01T00:00:00+01:00', undefined],
  ['9999-12-31T23:59:59-01:00', undefined],
  ['2026-00-01T00:00:00Z', undefined],
  ['2026-01-00T00:00:00Z', undefined],
  [' 2026-01-01T00:00:00Z', undefined],
  ['2026-01-01T00:00:00Z ', undefined],
  ['2026-02-29T00:00:00Z', undefined],
  ['2026-13-01T00:00:00Z', undefined],
  ['2026-01-01T24:00:00Z', undefined],
  ['2026-01-01T00:60:00Z', undefined],
  ['2026-01-01', undefined],
  ['2026-01-01 00:00:00Z', undefined],
  ['2026-01-01T00:00:00+25:00', undefined],
  ['1767225600', undefined],
])('instant %s is %s', (text, expected) => {
  expect(foldInstant(text)).toBe(expected);
});

test('what is compared of a resource: nothing that is empty, of another type, or never sent', () => {
  const resource = {
    name: 'N',
    code: 'C',
    count: -0,
    active: false,
    since: '2026-01-01T01:00:00+01:00',
    data: '',
    link: { x: 1 },
    tags: ['A', '', null, { x: 1 }],
    levels: [null],
    size: null,
    hidden: 'h',
    secret: 's',
    box: 'x',
    parts: [{ value: 'P', notes: [] }, 'x', {}],
    serial: [],
    [EXTENSION]: { extra: 'E', level: null },
  };
  expect(foldResource(Thing, resource)).toEqual({
    name: 'n',
    code: 'C',
    count: 0,
    active: false,
    since: '2026-01-01T00:00:00.000000000Z',
    tags: ['a'],
    parts: [{ value: 'P' }],
    [EXTENSION]: { extra: 'e' },
  });
  expect(foldResource(Thing, { tags: 'a', [EXTENSION]: 'x' })).toEqual({});
  expect(Object.keys(foldResource(Thing, { tags: [], [EXTENSION]: { extra: '' } }))).toEqual([]);
});

test.each<[string, boolean]>([
  ['userName ew "x"', false],
  ['userName gt "ada"', false],
  ['userName gt "b"', false],
  ['userName ge "ada"', true],
  ['userName ge "b"', false],
  ['userName lt "b"', true],
  ['userName le "adb"', true],
  ['userName le "acz"', false],
  ['userName eq "bob" or userName eq "ada"', true],
  ['userName eq "bob" or title pr', false],
  ['emails[type eq "x" or type eq "home"]', true],
])('limits and alternatives: %s: %s', (text, expected) => {
  expect(evaluate(text)).toBe(expected);
});

test('the order of code points, both ways round', () => {
  for (const below of ['\ud7ff', '\ue000', '\uffff']) {
    for (const above of ['\u{10000}', '\u{103ff}', '\u{10ffff}']) {
      expect([compareText(below, above) < 0, compareText(above, below) > 0]).toEqual([true, true]);
    }
  }
  expect(compareText('\u{10000}', '\u{10001}')).toBeLessThan(0);
  expect(compareText('a', 'a')).toBe(0);
});

describe('what an operator needs', () => {
  const of = (type: typeof User | typeof Thing, text: string) => () =>
    resolveFilter(type, parseFilter(text), { leniency: strict });

  test.each([
    'active ge true',
    'active lt true',
    'active le true',
    'data ge "YQ=="',
    'data lt "YQ=="',
    'data le "YQ=="',
    'since sw "2026"',
    'since ew "2026"',
    'count sw 1',
    'weight ew 1',
  ])('does not apply: %s', (text) => {
    const literal = text.startsWith('since') ? text.replace('2026', '2026-01-01T00:00:00Z') : text;
    expect(of(Thing, literal)).toThrow(/does not apply/);
  });

  test.each([
    'link co "x"',
    'link sw "x"',
    'data co "YQ"',
    'data ew "Q=="',
    'link gt "x"',
    'since le "2026-01-01T00:00:00Z"',
  ])('applies: %s', (text) => {
    expect(of(Thing, text)).not.toThrow();
  });

  test.each<[string, RegExp]>([
    ['userName co null', /"co" needs a value/],
    ['userName sw null', /"sw" needs a value/],
    ['userName ew null', /"ew" needs a value/],
    ['userName gt ""', /"gt" needs a value/],
    ['userName eq 5', /"userName" is compared with a string in double quotes, not with 5/],
    ['userName eq 1.0', /not with "1.0"/],
    ['active eq "x"', /true or false without quotes, not with "x"/],
    ['name eq "x"', /one of name.formatted, name.familyName, /],
    ['emails[shoe pr]', /it has value, display, type, primary/],
    ['emails[value[type pr]]', /a value path can't stand in another: "value"/],
    ['title[value pr]', /"title" has no values to select from/],
    ['groups.$ref pr', /depends on the request; compare "value" instead/],
    ['meta.location co "x"', /can be compared with eq and ne alone/],
    ['userName eq "a\\u0000"', /"userName" holds U\+0000 or half of a surrogate pair/],
  ])('says so: %s', (text, essence) => {
    expect(of(User, text)).toThrow(essence);
  });

  test.each<[string, RegExp]>([
    ['tags[type eq "a"]', /"tags" has no sub-attribute "type": it has value/],
    ['hidden[value eq "a"]', /never returned/],
  ])('says so: %s', (text, essence) => {
    expect(of(Thing, text)).toThrow(essence);
  });

  test.each<[string, boolean]>([
    ['userName sw ""', true],
    ['userName ew ""', true],
    ['title sw ""', false],
    ['title ew ""', false],
    ['meta.version eq "7"', true],
    ['meta.version eq "\\"7\\""', true],
    ['meta.version eq "xW/\\"7\\""', false],
    ['meta.version eq "x\\"7\\""', false],
    ['meta.location eq "Id-1"', false],
    ['title pr and userName pr', false],
    ['meta pr and userName pr', true],
    ['meta pr and title pr', false],
    ['meta pr and id pr', true],
    ['not (meta pr) or title pr', false],
    ['not (meta pr) or not (id pr)', false],
  ])('%s: %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });
});

test.each(['meta.resourceType eq "Use"', 'meta.resourceType eq "V"', 'meta.resourceType ew "x"'])(
  'another type: %s',
  (text) => {
    expect(evaluate(text)).toBe(false);
  },
);
