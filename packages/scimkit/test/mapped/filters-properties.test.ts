import fc from 'fast-check';
import {
  evaluate,
  formatFilter,
  parseFilter,
  type Query,
  type ResourceType,
  resolveFilter,
  ScimError,
  type Store,
  type StoredResource,
  strict,
} from 'scimkit';
import { afterAll, describe, expect, test } from 'vitest';
import { readResource } from '../../src/protocol/validate.ts';
import { resolveSort } from '../../src/protocol/sort.ts';
import { randomRun } from '../random-run.ts';
import { bodies, filters, sorts } from '../store/arbitraries.ts';
import { DATABASES, type TestApp } from './databases.ts';
import { openDirectory } from './directory.ts';
import { openThings } from './things.ts';

// What a database answers over an app's own tables is what the matcher says of the resources that the same store reads from
// them: for every filter, sort and page. SCIMKIT_SEED repeats a run, SCIMKIT_RUNS makes it longer.
const { seed, runs } = randomRun('mapped/filters-properties', 50);

const SELECTION = { relations: new Set<string>(['members']) };

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

/** All that a store has, as it reads it. */
async function load(store: Store, type: ResourceType): Promise<readonly StoredResource[]> {
  const { resources } = await store.query({ page: { startIndex: 1, count: 1_000 }, selection: SELECTION });
  return resources.map((stored) => ({ ...stored, type }));
}

/** A query, or undefined where it is refused before any store sees it. */
function resolve(
  type: ResourceType,
  text: string | undefined,
  order: { sortBy: string; sortOrder: string } | undefined,
) {
  try {
    const filter =
      text === undefined
        ? undefined
        : resolveFilter(type, parseFilter(text, { maxDepth: 50 }), { leniency: strict });
    const sort = order && resolveSort(type, order.sortBy, order.sortOrder, strict);
    return {
      filter: filter?.kind === 'constant' && filter.value ? undefined : filter,
      sort,
      selection: SELECTION,
    } satisfies Omit<Query, 'page'>;
  } catch (error) {
    // An operator that a type doesn't have, and the like.
    expect(error).toBeInstanceOf(ScimError);
    return undefined;
  }
}

const shown = ({
  resources,
  total,
}: {
  resources: readonly StoredResource[];
  total?: number | undefined;
}) => ({
  total,
  ids: resources.map(({ id }) => id),
});

async function agree(type: ResourceType, store: Store, ids: readonly string[]): Promise<void> {
  const all = await load(store, type);
  let resolved = 0;
  let matched = 0;
  const part = fc.record({
    startIndex: fc.integer({ min: 1, max: 12 }),
    count: fc.integer({ min: 0, max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(filters(type, ids), sorts(type), part, async (tree, order, page) => {
      const query = resolve(type, formatFilter(tree), order);
      if (!query) return;
      resolved++;
      const whole = { ...query, page: { startIndex: 1, count: 1_000 } };
      const expected = evaluate(type, whole, all);
      expect(shown(await store.query(whole))).toEqual(shown(expected));
      expect(shown(await store.query({ ...query, page }))).toEqual(
        shown(evaluate(type, { ...query, page }, all)),
      );
      if (expected.resources.length > 0 && expected.resources.length < all.length) matched++;
    }),
    { seed, numRuns: runs },
  );
  // The run means something: most filters were sound, and some told some resources from others.
  expect(resolved).toBeGreaterThan(runs * 0.3);
  expect(matched).toBeGreaterThan(runs * 0.01);
}

/**
 * Texts on which the databases' lower() agrees with JavaScript's: what differs has a test of its own. The year 1 is another
 * one after Drizzle has read it.
 */
const plain = (value: unknown): unknown =>
  typeof value === 'string'
    ? value
        .replaceAll('Ä', 'ä')
        .replaceAll('İ', 'i')
        .replace(/^0001-/, '1901-')
    : Array.isArray(value)
      ? value.map(plain)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
        : value;

const NAMES = ['a', 'ä', 'B', 'Ab%', 'b_', "o'b", '語😀', '"\\'];

/** Users, and groups of users and of groups, one of them within itself. */
async function fill(users: Store, groups: Store): Promise<readonly string[]> {
  const input = (attributes: Record<string, unknown>, members?: readonly string[]) => ({
    attributes,
    relations: new Map(members ? [['members', members]] : []),
    secrets: {},
    mentioned: new Set<string>(),
  });
  const ids: string[] = [];
  for (const [i, name] of NAMES.entries()) {
    const id = `u-${i}`;
    ids.push(id);
    const emails = ['Work', 'home'].slice(0, i % 3).map((type, place) => ({
      ...{ value: `${name}${place}@Example.org`, type },
      ...(i % 2 === 1 && { primary: place === 0 }),
    }));
    const attributes = {
      ...{ userName: `${name}${i}`, name: { familyName: name }, active: i % 4 !== 0 },
      ...(i % 2 === 0 && { displayName: name, title: name.toUpperCase().replace('Ä', 'ä') }),
      ...(emails.length > 0 && { emails }),
      ...(i % 3 === 0 && { externalId: `E${i}` }),
      ...(i % 3 === 1 && {
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
          department: name,
          manager: { value: id },
        },
      }),
    };
    await users.create(input(attributes), { id });
  }
  const members = [['u-0', 'u-1'], ['u-1', 'g-0'], ['g-1', 'u-2'], [], ['u-0', 'g-2', 'g-1']];
  for (const [i, each] of members.entries()) {
    ids.push(`g-${i}`);
    await groups.create(input({ displayName: NAMES[i] }, each), { id: `g-${i}` });
  }
  await groups.replace('g-0', input({ displayName: 'A' }, ['u-0', 'u-1', 'g-2']), {});
  return ids;
}

describe.each(DATABASES.map((database) => [database.name, database] as const))('%s', (_, database) => {
  test('a type with every kind of attribute, in every kind of place', async () => {
    const { app, things, open } = await openThings(database);
    closers.push(() => app.close());
    const { type } = things;
    const store = open();
    const ids: string[] = [];
    for (const [i, each] of fc.sample(bodies(type), { seed, numRuns: 40 }).entries()) {
      const id = `id-${String(i).padStart(3, '0')}`;
      ids.push(id);
      await store.create(readResource(type, plain(each), strict), { id });
    }
    await agree(type, store, ids);
    await rewrite(app);
    await agree(type, store, ids);
    await walks(type, store, ids);
    await changing(type, open);
  }, 1_200_000);

  test('users and groups: members, groups of groups, circles', async () => {
    let made = 0;
    // In the order of the ids, as the matcher has them without a sort.
    const key = () => `t-${String(++made).padStart(3, '0')}`;
    const { app, directory } = await openDirectory(database, { groups: { defaults: { id: key } } });
    closers.push(() => app.close());
    const { users, groups } = directory;
    const stores = { users: users.open(ACME), groups: groups.open(ACME) };
    const ids = await fill(stores.users, stores.groups);
    await agree(users.type, withGroups(stores.users, stores.groups), ids);
    await agree(groups.type, stores.groups, ids);
    await walks(users.type, stores.users, ids);
    await walks(groups.type, stores.groups, ids);
  }, 1_200_000);
});

// biome-ignore lint/suspicious/noExplicitAny: the mappings of the tests are without types
const ACME: any = { where: { organisation: 1 } };

/** A store whose users come with the groups that the other store says. */
function withGroups(users: Store, groups: Store): Store {
  const query: Store['query'] = async (asked) => {
    const page = await users.query(asked);
    const held = await groups.groupsOf?.(page.resources.map(({ id }) => id));
    const resources = page.resources.map((stored) => ({
      ...stored,
      relations: new Map([['groups', held?.get(stored.id) ?? []]]),
    }));
    return { ...page, resources };
  };
  return { ...users, query } as Store;
}

/** RFC 9865: a walk by cursor is the walk by index, there and back. */
async function walks(type: ResourceType, store: Store, ids: readonly string[]): Promise<void> {
  const count = fc.integer({ min: 1, max: 12 });
  const tree = fc.option(filters(type, ids), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(tree, sorts(type), count, async (filter, order, size) => {
      const query = resolve(type, filter && formatFilter(filter), order);
      if (!query) return;
      const whole = await store.query({ ...query, page: { startIndex: 1, count: 1_000 } });
      const expected = shown(whole).ids;
      const found: string[] = [];
      let page = await store.query({ ...query, page: { cursor: undefined, count: size } });
      expect(page.total).toBe(expected.length);
      found.push(...shown(page).ids);
      while (page.next !== undefined && found.length <= expected.length) {
        page = await store.query({ ...query, page: { cursor: page.next, count: size } });
        found.push(...shown(page).ids);
      }
      expect(found).toEqual(expected);
      const back = shown(page).ids;
      while (page.previous !== undefined && back.length <= expected.length) {
        page = await store.query({ ...query, page: { cursor: page.previous, count: size } });
        back.unshift(...shown(page).ids);
      }
      expect(back).toEqual(expected);
    }),
    { seed, numRuns: Math.ceil(runs / 5) },
  );
}

/** What comes and goes between pages: nothing else is shown twice or skipped, there or back. */
async function changing(type: ResourceType, open: (organisation: number) => Store): Promise<void> {
  const given = fc.sample(bodies(type), { seed, numRuns: 30 });
  let organisation = 1;
  const change = fc.record({ create: fc.boolean(), which: fc.nat({ max: 14 }) });
  const changes = fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 6 });
  const size = fc.integer({ min: 1, max: 4 });
  const tree = fc.option(filters(type, ['id-0']), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(tree, sorts(type), size, changes, async (filter, order, count, script) => {
      const query = resolve(type, filter && formatFilter(filter), order);
      if (!query) return;
      organisation += 1;
      const store = open(organisation);
      let made = 0;
      const create = () => {
        const id = `${organisation}-${made}`;
        const input = readResource(type, plain(given[made++ % given.length]), strict);
        return store.create(input, { id });
      };
      for (let i = 0; i < 12; i++) await create();
      const all = async () =>
        shown(await store.query({ ...query, page: { startIndex: 1, count: 1_000 } })).ids;
      const untouched = new Set(await all());
      const left = (ids: readonly string[]) => ids.filter((id) => untouched.has(id));
      const found: string[] = [];
      let page = await store.query({ ...query, page: { cursor: undefined, count } });
      found.push(...shown(page).ids);
      while (page.next !== undefined && found.length < 100) {
        for (const { create: isNew, which } of script.shift() ?? []) {
          const id = `${organisation}-${which}`;
          if (isNew) await create();
          else if (await store.delete(id, {})) untouched.delete(id);
        }
        page = await store.query({ ...query, page: { cursor: page.next, count } });
        found.push(...shown(page).ids);
      }
      expect(new Set(found).size).toBe(found.length);
      const now = left(await all());
      expect(left(found)).toEqual(now);
      const last = new Set(shown(page).ids);
      const back: string[] = [];
      while (page.previous !== undefined && back.length < 100) {
        page = await store.query({ ...query, page: { cursor: page.previous, count } });
        back.unshift(...shown(page).ids);
      }
      expect(left(back)).toEqual(now.filter((id) => !last.has(id)));
    }),
    { seed, numRuns: Math.ceil(runs / 20) },
  );
}

/** What the app writes by itself: values that no client of SCIM would send. */
async function rewrite({ app, execute }: TestApp): Promise<void> {
  const statements = [
    "UPDATE things SET code = '', label = '' WHERE id % 5 = 0",
    "UPDATE things SET work_contact = '', home_contact = '', box_note = '>' WHERE id % 5 = 1",
    "UPDATE thing_details SET link = '', extra = '' WHERE thing_id % 3 = 0",
    'INSERT INTO thing_parts (thing_id) SELECT id FROM things WHERE id % 4 = 0',
    "INSERT INTO thing_parts (thing_id, value, kind) SELECT id, '', '' FROM things WHERE id % 4 = 1",
    'INSERT INTO thing_visits (thing_id) SELECT id FROM things WHERE id % 4 = 2',
    "INSERT INTO thing_tags (thing_id, value) SELECT id, '' FROM things WHERE id % 4 = 3",
    ...(app.dialect === 'postgres'
      ? [
          "UPDATE things SET since = since + INTERVAL '123 microseconds', updated_at = updated_at + INTERVAL '7 microseconds'",
        ]
      : []),
  ];
  for (const statement of statements) await execute(statement);
}
