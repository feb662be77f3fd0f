// `co` and `ew` by trigrams: whatever the index has taken in, has noted or has not seen yet, answers are the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import fc from 'fast-check';
import {
  defineResourceType,
  evaluate,
  parseFilter,
  resolveFilter,
  type Store,
  type StoredResource,
  strict,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import type { Sql, Work } from '../../src/store/sql/fragment.ts';
import { inPlace } from '../../src/store/sql/place.ts';
import { planOf } from '../../src/store/sql/plan.ts';
import { query as queryWork } from '../../src/store/sql/read.ts';
import { PageMarks } from '../../src/store/sql/page-marks.ts';
import { sqliteDialect } from '../../src/store/sql/sqlite-dialect.ts';
import { absorbTexts, sqliteTexts, TEXT_BATCH } from '../../src/store/sql/sqlite-texts.ts';
import { randomRun } from '../random-run.ts';

const { seed, runs } = randomRun('text-search', 60);

const scratch = mkdtempSync(join(tmpdir(), 'scimkit-texts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(scratch, `${files++}.db`);

const Note = defineResourceType({
  name: 'Note',
  endpoint: '/Notes',
  schema: {
    id: 'urn:example:Note',
    attributes: [
      { name: 'title' },
      { name: 'code', caseExact: true },
      { name: 'tags', multiValued: true },
      { name: 'box', type: 'complex', subAttributes: [{ name: 'label' }] },
    ],
  },
});
const PATHS = ['title', 'code', 'tags', 'box.label'] as const;

interface Body {
  readonly title?: string;
  readonly code?: string;
  readonly tags?: readonly string[];
  readonly box?: { readonly label?: string };
}

const input = (attributes: object) => ({
  attributes: JSON.parse(JSON.stringify(attributes)),
  relations: new Map<string, readonly string[]>(),
  secrets: {},
  mentioned: new Set<string>(),
});
const SELECTION = { relations: new Set<string>() };
const ALL = { startIndex: 1, count: 10_000 };

// What patterns, quotes, folding, lengths in bytes and the cut of the index could go wrong with.
const PIECES = [
  ...[
    'a',
    'b',
    'Ab',
    'aab',
    'B',
    '%',
    '_',
    '\\',
    "'",
    '"',
    '""',
    ' ',
    ',',
    '\n',
    '*',
    '^',
    '-',
    'AND',
    'NOT',
  ],
  ...[
    'é',
    'e\u0301',
    'É',
    'İ',
    'i\u0307',
    'ß',
    'ẞ',
    'ς',
    'Σ',
    '日',
    '本語',
    '😀',
    '👩‍👩‍👧',
    '\u{10ffff}',
    '\ufffd',
  ],
];
const text = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 }).map((p) => p.join(''));
const long = fc.tuple(fc.integer({ min: 250, max: 258 }), text).map(([n, end]) => 'x'.repeat(n) + end);
const oneOf = fc.oneof({ weight: 6, arbitrary: text }, { weight: 1, arbitrary: long });
/** Few, so that some are met again. */
const VALUES = fc.sample(oneOf, { seed, numRuns: 14 });
const value = fc.constantFrom(...VALUES);
const body: fc.Arbitrary<Body> = fc.record(
  {
    title: value,
    code: value,
    tags: fc.array(value, { minLength: 1, maxLength: 3 }),
    box: fc.record({ label: value }),
  },
  { requiredKeys: [] },
);

/** A part of what somebody wrote, from a place and of a length that chance gives. */
function partOf(whole: string, from: number, length: number): string {
  const points = [...whole];
  const start = Math.floor(from * points.length);
  return points.slice(start, start + length).join('') || 'aab';
}
const literal = fc
  .tuple(value, fc.double({ min: 0, max: 0.99, noNaN: true }), fc.constantFrom(1, 2, 3, 3, 4, 5, 6))
  .map(([whole, from, length]) => partOf(whole, from, length));

const filterOf = (path: string, operator: string, wanted: string) => {
  const parsed = parseFilter(`${path} ${operator} ${JSON.stringify(wanted)}`);
  return resolveFilter(Note, parsed, { leniency: strict });
};

const idsOf = (page: { readonly resources: readonly StoredResource[] }) => page.resources.map((r) => r.id);

/** Runs a unit of work on a connection of the test's own; `see` is shown each statement. */
function run<Result>(raw: DatabaseSync, work: Work<Result>, see: (sql: Sql) => void = () => {}): Result {
  let next = work.next();
  while (!next.done) {
    see(next.value);
    const { text, parameters } = next.value;
    next = work.next(raw.prepare(text).all(...(parameters as SQLInputValue[])) as never);
  }
  return next.value;
}

function absorb(raw: DatabaseSync, batch: number): boolean {
  raw.exec('BEGIN IMMEDIATE');
  const isMore = run(raw, absorbTexts(batch, 0));
  raw.exec('COMMIT');
  return isMore;
}

type Step =
  | { readonly do: 'create' | 'replace'; readonly at: number; readonly body: Body }
  | { readonly do: 'delete'; readonly at: number }
  | { readonly do: 'absorb'; readonly batch: number }
  | { readonly do: 'vacuum' | 'reopen' }
  | { readonly do: 'search'; readonly path: string; readonly operator: string; readonly text: string };

const at = fc.nat(100);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), at, body }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('replace' as const), at, body }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), at }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('absorb' as const), batch: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('vacuum' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('search' as const),
      path: fc.constantFrom(...PATHS),
      operator: fc.constantFrom('co', 'ew'),
      text: literal,
    }),
  },
);

describe('the index of texts', () => {
  test('finds never too few, however far it has come, and only what there is', async () => {
    let searches = 0;
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80 }), async (steps) => {
        const path = newFile();
        const database = createSqliteDatabase({ path, durability: 'normal' });
        const memory = createMemoryDatabase();
        const tenants = ['acme', 'globex'].map((tenant) => ({
          place: { tenant, connection: 'default', type: Note, dialect: sqliteDialect },
          stores: [database.open(Note, { tenant }), memory.open(Note, { tenant })] as const,
          ids: [] as string[],
        }));
        const raw = new DatabaseSync(path);
        let count = 0;
        for (const each of steps) {
          const tenant = tenants['at' in each ? each.at % 2 : 0] as (typeof tenants)[number];
          const { ids, stores } = tenant;
          const id = ids.length > 0 && 'at' in each ? (ids[each.at % ids.length] as string) : undefined;
          if (each.do === 'create') {
            const fresh = `id-${count++}`;
            ids.push(fresh);
            for (const store of stores) await store.create(input(each.body), { id: fresh });
          } else if (each.do === 'replace' && id) {
            for (const store of stores) await store.replace(id, input(each.body), {});
          } else if (each.do === 'delete' && id) {
            ids.splice(ids.indexOf(id), 1);
            for (const store of stores) await store.delete(id, {});
          } else if (each.do === 'absorb') absorb(raw, each.batch);
          else if (each.do === 'vacuum') raw.exec('VACUUM');
          else if (each.do === 'search') {
            const filter = filterOf(each.path, each.operator, each.text);
            const wanted = (filter as { value: string }).value;
            for (const { place, stores } of tenants) {
              const query = { filter, page: ALL, selection: SELECTION, sort: undefined };
              const found = idsOf(await stores[1].query(query));
              expect(idsOf(await stores[0].query(query))).toEqual(found);
              if (!sqliteTexts.canFind(wanted)) continue;
              const candidates = run(raw, sqliteTexts.containing(inPlace(place, 'r.'), wanted, 1_000));
              expect(candidates).toEqual(expect.arrayContaining(found));
              searches++;
              hits += found.length > 0 ? 1 : 0;
            }
          }
        }
        // In the end it has all of it, and nothing is looked at without reason.
        while (absorb(raw, 100));
        for (const { place, ids } of tenants) {
          const all = run(raw, sqliteTexts.containing(inPlace(place, 'r.'), 'nowhere to be found', 1_000));
          expect([ids.length, all]).toEqual([ids.length, []]);
        }
        const { total } = raw.prepare('SELECT count(*) AS total FROM text_search').get() as { total: number };
        expect(total).toBe(tenants.flatMap(({ ids }) => ids).length);
        raw.close();
        await database.close();
        rmSync(path);
      }),
      { seed, numRuns: runs },
    );
    expect(hits).toBeGreaterThan(searches / 50);
  }, 600_000);

  test('takes in batch after batch behind the writes, and what an import or an older file brought', async () => {
    const path = newFile();
    const database = createSqliteDatabase({ path, durability: 'normal' });
    const raw = new DatabaseSync(path);
    const behind = () =>
      (
        raw
          .prepare('SELECT (SELECT count(*) FROM scimkit_resource) - (SELECT count(*) FROM text_search) AS n')
          .get() as { n: number }
      ).n;
    const settled = async () => {
      for (let turns = 0; turns < 500 && behind() > TEXT_BATCH; turns++) await new Promise(setImmediate);
      return behind();
    };
    const notes = database.open(Note, { tenant: 'acme' });
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => notes.create(input({ title: `Title ${i}` }), {})),
    );
    expect(await settled()).toBeLessThanOrEqual(TEXT_BATCH);

    const dump = [...database.dump([Note], { tenant: 'acme' })].join('');
    expect(database.load(JSON.parse(dump), [Note], { tenant: 'globex' })).toBe(true);
    expect(behind()).toBeGreaterThan(TEXT_BATCH);
    expect(await settled()).toBeLessThanOrEqual(TEXT_BATCH);
    await database.close();

    raw.exec(
      "INSERT INTO text_search (text_search) VALUES ('delete-all'); UPDATE scimkit_type_shape SET shape = 'older'",
    );
    const again = createSqliteDatabase({ path, durability: 'normal' });
    again.open(Note, { tenant: 'acme' });
    expect(behind()).toBe(2_000);
    expect(await settled()).toBeLessThanOrEqual(TEXT_BATCH);
    await again.close();
    raw.close();
  });

  test('has noted a change that comes behind what the index of values has', async () => {
    const path = newFile();
    const database = createSqliteDatabase({ path, durability: 'normal' });
    const notes = database.open(Note, { tenant: 'acme' });
    const { id } = await notes.create(input({ title: `${'x'.repeat(300)}before` }), {});
    const raw = new DatabaseSync(path);
    absorb(raw, 1);
    await notes.replace(id, input({ title: `${'x'.repeat(300)}after` }), {});
    const scope = inPlace(
      { tenant: 'acme', connection: 'default', type: Note, dialect: sqliteDialect },
      'r.',
    );
    const find = (text: string) => run(raw, sqliteTexts.containing(scope, text, 10));
    expect(find('xafter')).toEqual([id]);
    absorb(raw, 1);
    expect([find('xafter'), find('xbefore')]).toEqual([[id], []]);
    raw.close();
    await database.close();
  });

  test('takes in few large resources at once', async () => {
    const path = newFile();
    const database = createSqliteDatabase({ path, durability: 'normal' });
    const notes = database.open(Note, { tenant: 'acme' });
    for (let i = 0; i < 5; i++) await notes.create(input({ title: String(i).repeat(150_000) }), {});
    const raw = new DatabaseSync(path);
    absorb(raw, 4);
    expect(raw.prepare('SELECT count(*) AS n FROM text_search').get()).toEqual({ n: 2 });
    raw.close();
    await database.close();
  });
});

describe('a search among many', () => {
  const COUNT = 2_000;
  const place = { tenant: 'acme', connection: 'default', type: Note, dialect: sqliteDialect };

  async function filled(): Promise<{ path: string; store: Store; close: () => Promise<void> }> {
    const path = newFile();
    const database = createSqliteDatabase({ path, durability: 'normal' });
    const store = database.open(Note, { tenant: 'acme' });
    const creates = Array.from({ length: COUNT }, (_, i) =>
      store.create(
        input({ title: `Number ${i}`, code: `user.${i}@example.com`, tags: [i % 2 ? 'odd' : 'even'] }),
        {
          id: `id-${String(i).padStart(5, '0')}`,
        },
      ),
    );
    await Promise.all(creates);
    const raw = new DatabaseSync(path);
    while (absorb(raw, 100));
    raw.close();
    return { path, store, close: () => database.close() };
  }

  /** The statements of a query, each with its plan. */
  function plansOf(path: string, filter: string): readonly string[] {
    const raw = new DatabaseSync(path);
    const plans: string[] = [];
    const resolved = resolveFilter(Note, parseFilter(filter), { leniency: strict });
    const query = {
      filter: resolved,
      sort: undefined,
      page: { startIndex: 1, count: 100 },
      selection: SELECTION,
    };
    run(raw, queryWork(place, planOf(Note), query, new PageMarks()), ({ text, parameters }) => {
      const rows = raw.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...(parameters as SQLInputValue[]));
      plans.push(rows.map((row) => String(row.detail)).join('\n'));
    });
    raw.close();
    return plans;
  }

  test('reads an index and the candidates; what most have is read as without one', async () => {
    const { path, store, close } = await filled();
    const total = async (filter: string) => {
      const resolved = resolveFilter(Note, parseFilter(filter), { leniency: strict });
      return (await store.query({ filter: resolved, sort: undefined, page: ALL, selection: SELECTION }))
        .total;
    };
    const byId = /SEARCH r USING INDEX resource_id \(tenant=\? AND connection=\? AND type=\? AND id=\?\)/;
    for (const [filter, count] of [
      ['code co "user.777@"', 1],
      ['code ew ".777@example.com"', 1],
      ['title co "R 177" and tags eq "odd"', 6],
      ['title co "number 777" or code co "user.778@"', 2],
      ['code co "@777"', 0],
    ] as const) {
      const plans = plansOf(path, filter);
      const isLookup = filter.includes(' eq ');
      expect(plans.join('\n')).toMatch(
        isLookup ? /SEARCH v .*value=\?/ : /SCAN text_search VIRTUAL TABLE INDEX/,
      );
      expect(plans.join('\n')).not.toMatch(/SCAN (r|v|scimkit_\w+)\b/);
      expect(plans.at(-1)).toMatch(byId);
      expect([filter, await total(filter)]).toEqual([filter, count]);
    }
    // Of fewer characters: all values of the attribute are looked at, which are narrow.
    const short = plansOf(path, 'title co "zz"');
    expect(short.join('\n')).toMatch(
      /SEARCH v USING PRIMARY KEY \(tenant=\? AND connection=\? AND type=\? AND attribute=\?\)/,
    );
    expect(short.at(-1)).toMatch(byId);
    // Of most: no list of candidates.
    for (const filter of ['code co "@example.com"', 'title co "e"', 'tags co "odd" or tags co "even"']) {
      expect(plansOf(path, filter).at(-1)).not.toMatch(/id=\?/);
      expect(await total(filter)).toBe(COUNT);
    }
    await close();
  });

  test('agrees with the matcher while resources come, change and go', async () => {
    const { store, close } = await filled();
    const kept = new Map<string, StoredResource>();
    const page = await store.query({ filter: undefined, sort: undefined, page: ALL, selection: SELECTION });
    for (const resource of page.resources) kept.set(resource.id, resource);
    const bodies = fc.sample(body, { seed, numRuns: 40 });
    const searches = fc.sample(fc.tuple(fc.constantFrom(...PATHS), fc.constantFrom('co', 'ew'), literal), {
      seed,
      numRuns: 120,
    });
    for (const [i, [path, operator, wanted]] of searches.entries()) {
      const change = bodies[i % bodies.length] as Body;
      const id = `id-${String((i * 37) % COUNT).padStart(5, '0')}`;
      if (i % 3 === 0) {
        const { id } = await store.create(input(change), {});
        kept.set(id, (await store.get(id, SELECTION)) as StoredResource);
      } else if (i % 3 === 1 && kept.has(id)) {
        await store.replace(id, input(change), {});
        kept.set(id, (await store.get(id, SELECTION)) as StoredResource);
      } else if (kept.delete(id)) await store.delete(id, {});
      const query = {
        filter: filterOf(path, operator, wanted),
        sort: undefined,
        page: ALL,
        selection: SELECTION,
      };
      expect(idsOf(await store.query(query))).toEqual(idsOf(evaluate(Note, query, kept.values())));
    }
    await close();
  });
});
