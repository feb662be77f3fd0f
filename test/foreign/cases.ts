// What the client does with any service provider, as far as that can.
import {
  addMembers,
  bearerToken,
  bulkFor,
  createClient,
  type Departure,
  filter,
  filterFor,
  Group,
  patchFor,
  removeMembers,
  ScimError,
  User,
} from 'scimkit/client';
import { expect } from 'vitest';

/** Where a server is. */
export interface ForeignPlace {
  readonly baseUrl: string;
  readonly token: string;
}

/** The client and what it noticed. */
function clientOf({ baseUrl, token }: ForeignPlace) {
  const departures: Departure[] = [];
  const client = createClient({
    baseUrl,
    authorization: bearerToken(token),
    onDeparture: (departure) => departures.push(departure),
    retry: { attempts: 1 },
  });
  return { client, users: client.resources(User), groups: client.resources(Group), departures };
}

async function statusOf(work: Promise<unknown>): Promise<number | undefined> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ScimError) return error.status;
    throw error;
  }
  return undefined;
}

let names = 0;
const name = (what: string) => `${what}-${names++}@example.com`;

/** The cases by their names. */
export const CASES: Readonly<Record<string, (place: ForeignPlace) => Promise<void>>> = {
  'create and read': async (place) => {
    const { users } = clientOf(place);
    const userName = name('create');
    const user = await users.create({ userName, name: { givenName: 'Ada' }, active: true });
    expect(await users.get(user.id)).toMatchObject({ id: user.id, userName, active: true });
  },
  'a list to its end': async (place) => {
    const { users } = clientOf(place);
    const made = [];
    for (let i = 0; i < 7; i++) made.push((await users.create({ userName: name('list') })).id);
    const found = [];
    for await (const user of users.list({ count: 3 })) found.push(user.id);
    expect(found).toEqual(expect.arrayContaining(made));
    expect(new Set(found).size).toBe(found.length);
  },
  'a filter': async (place) => {
    const { users } = clientOf(place);
    const userName = name('filter');
    const user = await users.create({ userName });
    const found = await users.query({ filter: filter`userName eq ${userName}` });
    expect(found.resources.map(({ id }) => id)).toEqual([user.id]);
  },
  'a filter on the values of an attribute': async (place) => {
    const { users } = clientOf(place);
    const value = name('value');
    const user = await users.create({ userName: name('path'), emails: [{ value, type: 'work' }] });
    const { has } = filterFor(User);
    const wanted = has('emails', (email) => email.and(email.eq('type', 'work'), email.eq('value', value)));
    expect((await users.query({ filter: wanted })).resources.map(({ id }) => id)).toEqual([user.id]);
  },
  'a query by POST': async (place) => {
    const { users } = clientOf(place);
    const userName = name('search');
    const user = await users.create({ userName });
    const found = await users.query({ filter: filter`userName eq ${userName}`, method: 'POST' });
    expect(found.resources.map(({ id }) => id)).toEqual([user.id]);
  },
  replace: async (place) => {
    const { users } = clientOf(place);
    const userName = name('replace');
    const user = await users.create({ userName, title: 'x' });
    const replaced = await users.replace(user, { userName, nickName: 'N' });
    expect([replaced.nickName, replaced.title]).toEqual(['N', undefined]);
  },
  patch: async (place) => {
    const { users } = clientOf(place);
    const user = await users.create({ userName: name('patch'), nickName: 'N' });
    await users.patch(user, [
      { op: 'replace', path: 'title', value: 'Countess' },
      { op: 'remove', path: 'nickName' },
    ]);
    const after = await users.get(user.id);
    expect([after.title, after.nickName]).toEqual(['Countess', undefined]);
  },
  'patch of one value among several': async (place) => {
    const { users } = clientOf(place);
    const user = await users.create({
      userName: name('value'),
      emails: [{ value: name('a'), type: 'work' }],
    });
    const value = name('b');
    const { at } = patchFor(User);
    await users.patch(user, [at('emails', (email) => email.eq('type', 'work'), 'value').replace(value)]);
    expect((await users.get(user.id)).emails?.map((email) => email.value)).toEqual([value]);
  },
  modify: async (place) => {
    const { users } = clientOf(place);
    const { id } = await users.create({ userName: name('modify'), title: 'x' });
    const after = await users.modify(id, (user) => ({ ...user, title: 'y', name: { familyName: 'L' } }));
    expect([after.title, after.name?.familyName]).toEqual(['y', 'L']);
  },
  delete: async (place) => {
    const { users } = clientOf(place);
    const user = await users.create({ userName: name('delete') });
    await users.delete(user);
    expect(await statusOf(users.get(user.id))).toBe(404);
  },
  'errors by their status': async (place) => {
    const { users } = clientOf(place);
    const userName = name('twice');
    await users.create({ userName });
    expect(await statusOf(users.create({ userName }))).toBe(409);
    expect(await statusOf(users.get('nobody'))).toBe(404);
    expect(await statusOf(clientOf({ ...place, token: 'wrong' }).users.query())).toBe(401);
  },
  members: async (place) => {
    const { users, groups } = clientOf(place);
    const ada = await users.create({ userName: name('member') });
    const grace = await users.create({ userName: name('member') });
    const group = await groups.create({ displayName: name('group'), members: [{ value: ada.id }] });
    await addMembers(groups, group, [grace.id]);
    await removeMembers(groups, group, [ada.id]);
    expect((await groups.get(group.id)).members?.map(({ value }) => value)).toEqual([grace.id]);
  },
  'many operations': async (place) => {
    const { client } = clientOf(place);
    const results = await client.bulk([
      bulkFor(Group).create({ displayName: name('bulk'), members: [{ value: 'bulkId:ada' }] }),
      bulkFor(User).create({ userName: name('bulk') }, 'ada'),
    ]);
    expect(results.map(({ status }) => status)).toEqual([201, 201]);
    const group = await client.resources(Group).get(results[0]?.id ?? '');
    expect(group.members?.map(({ value }) => value)).toEqual([results[1]?.id]);
  },
  discovery: async (place) => {
    const { client } = clientOf(place);
    expect((await client.serviceProviderConfig()).filter.supported).toBe(true);
    const types = await client.resourceTypes();
    expect(types.map((type) => type.name)).toEqual(expect.arrayContaining(['User', 'Group']));
    const type = types.find((found) => found.name === 'User');
    if (!type) return;
    const userName = name('dynamic');
    const user = await client.resources(type).create({ userName });
    expect((await client.resources(type).get(user.id)).userName).toBe(userName);
  },
};
