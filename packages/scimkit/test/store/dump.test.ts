// All resources as a file, and back: nothing is lost, nothing secret is in it.
import { defineResourceType, defineSchema, Group, type ResourceType, User } from 'scimkit';
import { createSqliteDatabase, type SqliteDatabase } from 'scimkit/sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { client, ENTERPRISE, group, made, patchOp, provider, user } from '../fixture.ts';

const TYPES = [User, Group];
const SCOPE = { tenant: 'acme' };
const open: SqliteDatabase[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
});

function empty(): SqliteDatabase {
  const database = createSqliteDatabase({ path: ':memory:' });
  open.push(database);
  return database;
}

const textOf = (database: SqliteDatabase, types: readonly ResourceType[] = TYPES) =>
  [...database.dump(types, SCOPE)].join('');

async function filled() {
  const database = empty();
  const send = client(provider(database));
  const ada = await made(
    send,
    '/Users',
    user('ada', { password: 'hunter2', [ENTERPRISE]: { department: 'R' }, externalId: 'Ä"\\\n' }),
  );
  const ben = await made(send, '/Users', user('ben', { active: false }));
  const inner = await made(send, '/Groups', group('Inner', [ada]));
  const outer = await made(send, '/Groups', group('Outer', [ben, inner]));
  await send('PATCH', `/Users/${ada}`, patchOp({ op: 'add', path: 'title', value: 'T' }));
  return { database, send, ids: { ada, ben, inner, outer } };
}

test('what was dumped is loaded as it was: ids, versions, times, members, inactive users', async () => {
  const { database, send, ids } = await filled();
  const text = textOf(database);
  expect(text).not.toContain('hunter2');
  const json = JSON.parse(text);
  expect(json).toMatchObject({
    totalResults: 4,
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  });
  const other = empty();
  expect(other.load(json, TYPES, SCOPE)).toBe(true);
  expect(textOf(other)).toBe(text);
  const again = client(provider(other));
  for (const path of [
    `/Users/${ids.ada}`,
    `/Users/${ids.ben}`,
    `/Groups/${ids.outer}`,
    `/Groups/${ids.inner}`,
    '/Users?filter=title+eq+%22t%22',
    '/Groups',
    '/Users',
  ]) {
    expect((await again('GET', path)).body).toEqual((await send('GET', path)).body);
  }
  expect((await again('POST', '/Users', user('ADA'))).status).toBe(409);
});

test('an empty scope is a dump, too', () => {
  const json = JSON.parse(textOf(empty()));
  expect(json).toMatchObject({ totalResults: 0, Resources: [] });
  expect(empty().load(json, TYPES, SCOPE)).toBe(true);
});

test('a scope that has resources is left alone', async () => {
  const { database } = await filled();
  const text = textOf(database);
  const other = empty();
  await made(client(provider(other)), '/Users', user('eve'));
  const before = textOf(other);
  expect(other.load(JSON.parse(text), TYPES, SCOPE)).toBe(false);
  expect(textOf(other)).toBe(before);
  expect(other.load(JSON.parse(text), TYPES, { tenant: 'another' })).toBe(true);
});

test('more resources than are read at once', async () => {
  const database = empty();
  const users = database.open(User, SCOPE);
  const creations = Array.from({ length: 1203 }, (_, index) =>
    users.create(
      { attributes: { userName: `u${index}` }, relations: new Map(), secrets: {}, mentioned: new Set() },
      {},
    ),
  );
  await Promise.all(creations);
  const json = JSON.parse(textOf(database));
  expect(new Set(json.Resources.map(({ userName }: { userName: string }) => userName)).size).toBe(1203);
  expect(json.totalResults).toBe(1203);
  const other = empty();
  other.load(json, TYPES, SCOPE);
  expect(textOf(other)).toBe(textOf(database));
});

test('what is never returned is not in it, at any depth', async () => {
  const attributes = [
    { name: 'name' },
    { name: 'pin', returned: 'never' },
    {
      name: 'keys',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'label' }, { name: 'key', returned: 'never' }],
    },
  ] as const;
  const Safe = defineResourceType({
    name: 'Safe',
    endpoint: '/Safes',
    schema: defineSchema({ id: 'urn:example:safe', attributes }),
  });
  const database = empty();
  await database.open(Safe, SCOPE).create(
    {
      attributes: { name: 'n', pin: 'SECRET-1', keys: [{ label: 'l', key: 'SECRET-2' }] },
      relations: new Map(),
      secrets: {},
      mentioned: new Set(),
    },
    {},
  );
  const text = textOf(database, [Safe]);
  expect(text).not.toContain('SECRET');
  expect(JSON.parse(text).Resources).toMatchObject([{ name: 'n', keys: [{ label: 'l' }] }]);
});

test('what is unique within a connection counts what was loaded', async () => {
  const { database } = await filled();
  const other = empty();
  const input = {
    attributes: { userName: 'new', title: 't' },
    relations: new Map(),
    secrets: {},
    mentioned: new Set<string>(),
  };
  other.open(User, SCOPE, { unique: ['title'] });
  other.load(JSON.parse(textOf(database)), TYPES, SCOPE);
  await expect(other.open(User, SCOPE, { unique: ['title'] }).create(input, {})).rejects.toThrow(/taken/);
});

describe('what is wrong is told with source and place, and nothing is loaded', () => {
  const meta = { resourceType: 'User', created: '2026-01-31T12:00:00Z' };
  const one = { schemas: [User.urn], id: 'a', userName: 'ada', meta };
  const a = { schemas: [Group.urn], id: 'g', displayName: 'G', meta: { ...meta, resourceType: 'Group' } };
  test.each<[string, unknown, RegExp]>([
    ['no list', { users: [] }, /^d\.json: a ListResponse with "Resources", or an array/],
    ['no object', [one, 7], /^d\.json: Resources\[1\]: an object is expected, not 7/],
    [
      'no type',
      [{ ...one, meta: { created: meta.created } }],
      /Resources\[0\]: "meta.resourceType" must be one of User, Group, not undefined/,
    ],
    [
      'a type that there is not',
      [{ ...one, meta: { ...meta, resourceType: 'Device' } }],
      /"meta.resourceType".*not "Device"/,
    ],
    ['no id', [{ ...one, id: undefined }], /"id" must be a string/],
    ['an id that no URL carries', [{ ...one, id: 'a/b' }], /"id" must be a string without.*"a\/b"/],
    ['no time', [{ ...one, meta: { resourceType: 'User' } }], /"meta.created".*must be times, not undefined/],
    [
      'a wrong time',
      [{ ...one, meta: { ...meta, lastModified: 'yesterday' } }],
      /must be times, not "yesterday"/,
    ],
    [
      'a wrong version',
      [{ ...one, meta: { ...meta, version: 'x' } }],
      /"meta.version" must be a version.*"x"/,
    ],
    [
      'a wrong value',
      [{ ...one, active: 'yes' }],
      /Resources\[0\] \(User "a"\): "active" must be true or false/,
    ],
    [
      'an unknown attribute',
      [{ ...one, shoeSize: 43 }],
      /Resources\[0\] \(User "a"\): There is no attribute "shoeSize"/,
    ],
    ['a required attribute missing', [{ ...one, userName: undefined }], /"userName" is required/],
    ['an id twice', [one, { ...one, userName: 'eve' }], /Resources\[1\]: the id "a" is there twice/],
    [
      'a unique value twice',
      [one, { ...one, id: 'b', userName: 'ADA' }],
      /Resources\[1\] \(User "b"\): The value "ada" of "userName" is taken/,
    ],
    [
      'a member that there is not',
      [one, { ...a, members: [{ value: 'zz' }] }],
      /Resources\[1\] \(Group "g"\): "members" refers to "zz"/,
    ],
  ])('%s', (_name, json, message) => {
    const database = empty();
    expect(() => database.load(JSON.parse(JSON.stringify(json)), TYPES, SCOPE, 'd.json')).toThrow(TypeError);
    expect(() => database.load(JSON.parse(JSON.stringify(json)), TYPES, SCOPE, 'd.json')).toThrow(message);
    expect(JSON.parse(textOf(database)).totalResults).toBe(0);
  });

  test('an array that somebody wrote by hand', () => {
    const database = empty();
    expect(
      database.load([one, { ...a, members: [{ value: 'a', type: 'User', display: 'x' }] }], TYPES, SCOPE),
    ).toBe(true);
    expect(JSON.parse(textOf(database)).Resources[1]).toMatchObject({
      members: [{ value: 'a', type: 'User' }],
    });
  });
});
