import fc from 'fast-check';
import {
  formatFilter,
  Group,
  parseFilter,
  type Query,
  type ResourceType,
  resolveFilter,
  ScimError,
  type Store,
  strict,
  User,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { expect, test } from 'vitest';
import { readResource } from '../../src/protocol/validate.ts';
import { resolveSort } from '../../src/protocol/sort.ts';
import type { Database } from '../fixture.ts';
import { hasPostgres, postgresDatabase } from '../postgres.ts';
import { read, Thing } from '../protocol/resource.ts';
import { body, filters, sorts } from './arbitraries.ts';
import { randomRun } from '../random-run.ts';

// The in-memory matcher, SQLite and PostgreSQL agree on every filter, sort and page. SCIMKIT_SEED repeats a run, SCIMKIT_RUNS makes
// it longer.
const { seed, runs } = randomRun('filters-properties', 400);

const SELECTION = { relations: new Set<string>() };
const scope = { tenant: 'acme' };
const instants = [1_767_225_600_000, 1_767_225_599_999, 1_767_222_000_000];

/** The same database in memory, in SQLite and in PostgreSQL, with one clock that the test turns. */
let time = 0;
function triplets(): readonly Database[] {
  const now = () => time;
  const embedded = [createMemoryDatabase({ now }), createSqliteDatabase({ path: ':memory:', now })];
  return hasPostgres ? [...embedded, postgresDatabase({ now })] : embedded;
}

const turnClock = (i: number) => {
  time = instants[i % instants.length] as number;
};

async function ask(stores: readonly Store[], query: Query) {
  const pages = await Promise.all(stores.map((store) => store.query(query)));
  return pages.map((page) => ({ total: page.total, ids: page.resources.map((resource) => resource.id) }));
}

async function agree(type: ResourceType, stores: readonly Store[], ids: readonly string[]): Promise<void> {
  let resolved = 0;
  let matched = 0;
  const page = fc.record({
    startIndex: fc.integer({ min: 1, max: 12 }),
    count: fc.integer({ min: 0, max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(filters(type, ids), sorts(type), page, async (tree, order, part) => {
      const text = formatFilter(tree);
      let query: Query;
      try {
        const filter = resolveFilter(type, parseFilter(text, { maxDepth: 50 }), { leniency: strict });
        const sort = order && resolveSort(type, order.sortBy, order.sortOrder, strict);
        query = {
          filter: filter.kind === 'constant' && filter.value ? undefined : filter,
          sort,
          page: part,
          selection: SELECTION,
        };
      } catch (error) {
        // An operator that a type doesn't have, and the like: refused the same way for every store.
        expect(error).toBeInstanceOf(ScimError);
        return;
      }
      resolved++;
      const [whole, ...others] = await ask(stores, { ...query, page: { startIndex: 1, count: 1000 } });
      for (const other of others) expect(other).toEqual(whole);
      const [page, ...pages] = await ask(stores, query);
      for (const other of pages) expect(other).toEqual(page);
      const total = whole?.total ?? 0;
      if (total > 0 && total < ids.length) matched++;
    }),
    { seed, numRuns: runs },
  );
  // The run means something: most filters were sound, and many told some resources from others.
  expect(resolved).toBeGreaterThan(runs * 0.3);
  expect(matched).toBeGreaterThan(runs * 0.05);
}

test('a type with every kind of attribute', async () => {
  const databases = triplets();
  const stores = databases.map((database) => database.open(Thing, scope));
  const bodies = fc.sample(body, { seed, numRuns: 40 });
  const ids: string[] = [];
  for (const [i, each] of bodies.entries()) {
    const input = readResource(Thing, each, strict);
    expect(read(Thing, each, strict)).toEqual(input.attributes);
    const id = `id-${String(i).padStart(3, '0')}`;
    ids.push(id);
    turnClock(i);
    for (const store of stores) await store.create(input, { id });
  }
  await agree(Thing, stores, ids);
  // And after changes: the index follows.
  for (const [i, id] of ids.entries()) {
    turnClock(i + 1);
    const input = readResource(
      Thing,
      { ...bodies[(i * 7) % bodies.length], serial: undefined, box: undefined },
      strict,
    );
    const replaced = { ...input, attributes: { ...input.attributes } };
    for (const store of stores) {
      if (i % 5 === 0) await store.delete(id, {});
      else await store.replace(id, replaced, {}).catch((error) => expect(error).toBeInstanceOf(ScimError));
    }
  }
  await agree(Thing, stores, ids);
}, 1_200_000);

test('users and groups: members, groups of groups, circles', async () => {
  const databases = triplets();
  const ids = Array.from({ length: 9 }, (_, i) => `id-${i}`);
  const input = (attributes: Record<string, unknown>, members?: readonly string[]) => ({
    attributes,
    relations: new Map(members ? [['members', members]] : []),
    secrets: {},
    mentioned: new Set<string>(),
  });
  const members = [['id-0', 'id-1'], ['id-1', 'id-5'], ['id-6', 'id-2'], []];
  for (const database of databases) {
    const users = database.open(User, scope);
    const groups = database.open(Group, scope);
    for (let i = 0; i < 5; i++)
      await users.create(input({ userName: `u${i}`, displayName: ['a', 'Ä', 'B'][i % 3] }), {
        id: `id-${i}`,
      });
    for (let i = 5; i < 9; i++)
      await groups.create(input({ displayName: `${'AbC%'[i - 5]}` }, members[i - 5] as string[]), {
        id: `id-${i}`,
      });
    // A circle: the second group holds the first, the third holds the second, the first holds the third.
    await groups.replace('id-5', input({ displayName: 'A' }, ['id-0', 'id-1', 'id-7']), {});
  }
  for (const type of [User, Group]) {
    await agree(
      type,
      databases.map((database) => database.open(type, scope)),
      ids,
    );
  }
}, 1_200_000);
