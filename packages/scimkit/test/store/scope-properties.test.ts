import fc from 'fast-check';
import {
  formatFilter,
  Group,
  parseFilter,
  type Query,
  type ResourceType,
  resolveFilter,
  type Scope,
  ScimError,
  type Store,
  strict,
  User,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { describe, expect, test } from 'vitest';
import { resolveSort } from '../../src/protocol/sort.ts';
import { readResource } from '../../src/protocol/validate.ts';
import type { Database } from '../fixture.ts';
import { Thing } from '../protocol/resource.ts';
import { hasPostgres, postgresDatabase } from '../postgres.ts';
import { body, filters, sorts } from './arbitraries.ts';
import { randomRun } from '../random-run.ts';

// Anchor 3: the scope AND the filter. Whatever a filter says, what it finds is what it would find if nothing else were in
// the database. SCIMKIT_SEED repeats a run, SCIMKIT_RUNS makes it longer.
const { seed, runs } = randomRun('scope-properties', 200);

const SELECTION = { relations: new Set<string>(['members']) };
const MINE: Scope = { tenant: 'acme', connection: 'main' };
const OTHERS: readonly Scope[] = [
  { tenant: 'globex', connection: 'main' },
  { tenant: 'acme', connection: 'second' },
  { tenant: 'acm', connection: 'emain' },
  { tenant: 'ACME', connection: 'main' },
];

const DATABASES: readonly (readonly [name: string, create: () => Database])[] = [
  ['memory', () => createMemoryDatabase({ now: () => 0 })],
  ['sqlite', () => createSqliteDatabase({ path: ':memory:', now: () => 0 })],
  ...(hasPostgres ? [['postgres', () => postgresDatabase({ now: () => 0 })] as const] : []),
];

const input = (attributes: Record<string, unknown>, members?: readonly string[]) => ({
  attributes,
  relations: new Map(members && [['members', members]]),
  secrets: {},
  mentioned: new Set<string>(),
});

const bodies = fc.sample(body, { seed, numRuns: 12 });
const NAMES = ['A', 'b', 'Ä', 'AbC%', '_'];

/** Things, users and groups of a scope; the same ids and values in each, so that only the scope tells them apart. */
async function fill(database: Database, scope: Scope, isWhole: boolean): Promise<void> {
  const things = database.open(Thing, scope);
  for (const [i, each] of bodies.entries()) {
    if (!isWhole && i % 2 === 0) continue;
    await things.create(readResource(Thing, { ...each, serial: undefined }, strict), { id: `id-${i}` });
  }
  const users = database.open(User, scope);
  for (const [i, name] of NAMES.entries()) {
    await users.create(input({ userName: `${name}${scope.tenant}${scope.connection}`, displayName: name }), {
      id: `id-${i}`,
    });
  }
  const groups = database.open(Group, scope);
  for (const [i, name] of NAMES.entries()) {
    const members = isWhole ? [`id-${i}`, 'id-0'] : ['id-3', 'id-4'];
    await groups.create(input({ displayName: name }, members), { id: `g-${i}` });
  }
}

/** What a store finds, as far as it doesn't depend on when it was written. */
async function find(store: Store, query: Query) {
  const { resources, total } = await store.query(query);
  return {
    total,
    resources: resources.map(({ id, attributes, relations }) => ({ id, attributes, relations })),
  };
}

describe.each(DATABASES)('on %s', (_, create) => {
  test.each([
    ['things', Thing],
    ['users', User],
    ['groups', Group],
  ] as const)(
    '%s: no filter finds what is out of scope, nor loses what is in it',
    async (_name, type: ResourceType) => {
      const [alone, crowded] = [create(), create()];
      await fill(alone, MINE, true);
      for (const scope of OTHERS) await fill(crowded, scope, false);
      await fill(crowded, MINE, true);
      for (const scope of OTHERS) await fill(crowded, { ...scope, connection: `${scope.connection}!` }, true);
      const ids = [...bodies.keys()].map((i) => `id-${i}`);
      const [one, other] = [alone.open(type, MINE), crowded.open(type, MINE)];
      const count = fc.integer({ min: 1, max: 20 });
      let found = 0;
      await fc.assert(
        fc.asyncProperty(filters(type, ids), sorts(type), count, async (tree, order, size) => {
          let query: Query;
          try {
            const text = formatFilter(tree);
            const filter = resolveFilter(type, parseFilter(text, { maxDepth: 50 }), { leniency: strict });
            query = {
              filter: filter.kind === 'constant' ? undefined : filter,
              sort: order && resolveSort(type, order.sortBy, order.sortOrder, strict),
              page: { startIndex: 1, count: size },
              selection: SELECTION,
            };
          } catch (error) {
            expect(error).toBeInstanceOf(ScimError);
            return;
          }
          const expected = await find(one, query);
          expect(await find(other, query)).toEqual(expected);
          const {
            next: _next,
            previous: _previous,
            ...page
          } = await other.query({
            ...query,
            page: { cursor: undefined, count: size },
          });
          expect(page.resources.map(({ id }) => id)).toEqual(expected.resources.map(({ id }) => id));
          if (expected.resources.length > 0) found++;
        }),
        { seed, numRuns: runs },
      );
      expect(found).toBeGreaterThan(runs * 0.1);
    },
    600_000,
  );
});
