import fc from 'fast-check';
import {
  evaluate,
  formatFilter,
  type Page,
  parseFilter,
  type Query,
  resolveFilter,
  ScimError,
  type Store,
  strict,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { describe, expect, test } from 'vitest';
import { resolveSort } from '../../src/protocol/sort.ts';
import { readResource } from '../../src/protocol/validate.ts';
import { Thing } from '../protocol/resource.ts';
import { hasPostgres, postgresDatabase } from '../postgres.ts';
import { body, filters, sorts } from './arbitraries.ts';
import { randomRun } from '../random-run.ts';

// RFC 9865: a walk by cursor is the walk by index, whatever is filtered and sorted by. SCIMKIT_SEED repeats a run,
// SCIMKIT_RUNS makes it longer.
const { seed, runs } = randomRun('cursors-properties', 200);

const SELECTION = { relations: new Set<string>() };
const IDS = Array.from({ length: 30 }, (_, i) => `id-${String(i).padStart(3, '0')}`);
const instants = [1_767_225_600_000, 1_767_225_599_999, 1_767_222_000_000];
let time = 0;

const bodies = fc.sample(body, { seed, numRuns: 60 });
const inputOf = (i: number) =>
  readResource(Thing, { ...bodies[i % bodies.length], serial: undefined }, strict);

/** A store of its own in the one database. */
const postgres = postgresDatabase({ now: () => time });
let tenants = 0;
const onPostgres = () => postgres.open(Thing, { tenant: `tenant ${++tenants}` });

type Create = () => { readonly store: Store };
const STORES: readonly (readonly [string, Create])[] = [
  ['memory', () => ({ store: createMemoryDatabase({ now: () => time }).open(Thing, { tenant: 'acme' }) })],
  [
    'sqlite',
    () => ({
      store: createSqliteDatabase({ path: ':memory:', now: () => time }).open(Thing, { tenant: 'acme' }),
    }),
  ],
  ...(hasPostgres ? [['postgres', () => ({ store: onPostgres() })] as const] : []),
];

async function create(store: Store, i: number, id = IDS[i] as string): Promise<void> {
  time = instants[i % instants.length] as number;
  await store.create(inputOf(i), { id });
}

/** A random filter and order, where they are sound. */
const queries = fc.tuple(fc.option(filters(Thing, IDS), { nil: undefined }), sorts(Thing));

function resolve([tree, order]: typeof queries extends fc.Arbitrary<infer T> ? T : never) {
  try {
    const filter =
      tree && resolveFilter(Thing, parseFilter(formatFilter(tree), { maxDepth: 50 }), { leniency: strict });
    const sort = order && resolveSort(Thing, order.sortBy, order.sortOrder, strict);
    return { filter: filter?.kind === 'constant' ? undefined : filter, sort, selection: SELECTION };
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
    return undefined;
  }
}

const idsOf = (page: Page) => page.resources.map(({ id }) => id);

async function idsByIndex(store: Store, query: Omit<Query, 'page'>): Promise<string[]> {
  return idsOf(await store.query({ ...query, page: { startIndex: 1, count: 1_000 } }));
}

/** Follows `next` from the first page on. */
async function walk(
  store: Store,
  query: Omit<Query, 'page'>,
  count: number,
  between: () => Promise<void> = async () => {},
): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ ...query, page: { cursor, count } });
    pages.push(page);
    cursor = page.next;
    await between();
  } while (cursor !== undefined && pages.length < 200);
  return pages;
}

describe.each(STORES)('on %s', (_, open) => {
  test('a walk by cursor is the walk by index, there and back', async () => {
    const { store } = open();
    for (const [i] of IDS.entries()) await create(store, i);
    let sound = 0;
    await fc.assert(
      fc.asyncProperty(queries, fc.integer({ min: 1, max: 12 }), async (drawn, count) => {
        const query = resolve(drawn);
        if (!query) return;
        const expected = await idsByIndex(store, query);
        const pages = await walk(store, query, count);
        expect(pages.flatMap(idsOf)).toEqual(expected);
        expect(pages).toHaveLength(Math.max(1, Math.ceil(expected.length / count)));
        expect(pages[0]?.total).toBe(expected.length);
        expect(pages[0]?.previous).toBeUndefined();
        // And back, page by page.
        for (let i = pages.length - 1; i > 0; i--) {
          const previous = (pages[i] as Page).previous as string;
          const page = await store.query({ ...query, page: { cursor: previous, count } });
          expect(idsOf(page)).toEqual(idsOf(pages[i - 1] as Page));
          expect(page.previous === undefined).toBe(i === 1);
          const forth = await store.query({ ...query, page: { cursor: page.next, count } });
          expect(idsOf(forth)).toEqual(idsOf(pages[i] as Page));
        }
        if (pages.length > 1) sound++;
      }),
      { seed, numRuns: runs },
    );
    expect(sound).toBeGreaterThan(runs * 0.1);
  }, 600_000);

  test('what comes and goes between pages: nothing else is shown twice or skipped', async () => {
    const change = fc.record({ create: fc.boolean(), which: fc.nat({ max: 999 }) });
    const changes = fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 8 });
    let touched = 0;
    await fc.assert(
      fc.asyncProperty(queries, fc.integer({ min: 1, max: 6 }), changes, async (drawn, count, script) => {
        const query = resolve(drawn);
        if (!query) return;
        const { store } = open();
        const there = new Set<string>();
        // Every second id, so that new ones fall between them.
        for (let i = 0; i < IDS.length; i += 2) {
          there.add(IDS[i] as string);
          await create(store, i);
        }
        const untouched = new Set(await idsByIndex(store, query));
        const steps = [...script];
        const pages = await walk(store, query, count, async () => {
          for (const { create: isCreate, which } of steps.shift() ?? []) {
            const id = IDS[which % IDS.length] as string;
            // An id that was there once doesn't come again: it would be another resource.
            if (isCreate && !there.has(id)) {
              there.add(id);
              await create(store, which, id);
            } else if (!isCreate && (await store.delete(id, {}))) {
              if (untouched.delete(id)) touched++;
            }
          }
        });
        const found = pages.flatMap(idsOf);
        expect(new Set(found).size).toBe(found.length);
        const order = (await idsByIndex(store, query)).filter((id) => untouched.has(id));
        expect(found.filter((id) => untouched.has(id))).toEqual(order);
        // Back from where the walk ended, all is there as well.
        const back: string[] = [];
        let page = pages.at(-1) as Page;
        while (page.previous !== undefined) {
          page = await store.query({ ...query, page: { cursor: page.previous, count } });
          back.unshift(...idsOf(page));
        }
        const behind = new Set(idsOf(pages.at(-1) as Page));
        expect(back.filter((id) => untouched.has(id))).toEqual(order.filter((id) => !behind.has(id)));
      }),
      { seed, numRuns: Math.ceil(runs / 2) },
    );
    expect(touched).toBeGreaterThan(runs / 10);
  }, 600_000);

  test('a page that was emptied leads back, and forward again', async () => {
    const { store } = open();
    for (let i = 0; i < 4; i++) await create(store, i);
    const at = (cursor: string | undefined) =>
      store.query({ page: { cursor, count: 2 }, selection: SELECTION });
    const first = await at(undefined);
    for (const id of IDS.slice(2, 4)) await store.delete(id, {});
    const empty = await at(first.next);
    expect([idsOf(empty), empty.next, empty.total]).toEqual([[], undefined, 2]);
    const back = await at(empty.previous);
    expect([idsOf(back), back.next, back.previous]).toEqual([IDS.slice(0, 2), undefined, undefined]);
    // All before a page is gone: what leads back to it is an empty page, which is the first one.
    for (let i = 4; i < 6; i++) await create(store, i);
    const second = await at(first.next);
    for (const id of IDS.slice(0, 2)) await store.delete(id, {});
    const before = await at(second.previous);
    expect([idsOf(before), before.previous]).toEqual([[], undefined]);
    expect(idsOf(await at(before.next))).toEqual(IDS.slice(4, 6));
  });

  test.each(['', 'x', '{}', '[]', '[2,"a"]', '[0,5]', '[0,"a",{}]', 'null', '[', '"0"'])(
    'a cursor that it gave nobody is refused: %s',
    async (cursor) => {
      const { store } = open();
      await expect(store.query({ page: { cursor, count: 1 }, selection: SELECTION })).rejects.toMatchObject({
        scimType: 'invalidCursor',
      });
    },
  );
});

test('evaluate pages by cursor what a store can only list', () => {
  const rows = IDS.map((id) => {
    const instant = '2026-01-01T00:00:00.000Z';
    return { id, version: '1', created: instant, lastModified: instant, attributes: {} };
  });
  const first = evaluate(Thing, { page: { cursor: undefined, count: 20 }, selection: SELECTION }, rows);
  expect([idsOf(first), first.total]).toEqual([IDS.slice(0, 20), 30]);
  const second = evaluate(Thing, { page: { cursor: first.next, count: 20 }, selection: SELECTION }, rows);
  expect([idsOf(second), second.next]).toEqual([IDS.slice(20), undefined]);
  const none = evaluate(Thing, { page: { cursor: undefined, count: 0 }, selection: SELECTION }, rows);
  expect(none).toEqual({ resources: [], total: 30 });
});
