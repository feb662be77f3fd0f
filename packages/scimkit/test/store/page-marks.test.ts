import fc from 'fast-check';
import { User } from 'scimkit';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { expect, test } from 'vitest';
import { EMPTY_SLOT, type Slot, type Slots } from '../../src/store/sql/counter.ts';
import type { Row, Sql } from '../../src/store/sql/fragment.ts';
import { holds, PageMarks } from '../../src/store/sql/page-marks.ts';
import { planOf } from '../../src/store/sql/plan.ts';
import { query } from '../../src/store/sql/read.ts';
import { randomRun } from '../random-run.ts';

const { seed, runs } = randomRun('page-marks', 200);

const NOTHING = { relations: new Set<string>() };
const input = (userName: string) => ({
  attributes: { userName },
  relations: new Map(),
  secrets: {},
  mentioned: new Set<string>(),
});

const slotsOf = (slots: Record<number, Partial<Slot>>): Slots =>
  new Map(Object.entries(slots).map(([number, slot]) => [Number(number), { ...EMPTY_SLOT, ...slot }]));

test('a mark is true, and not behind the offset; a page that was read is at most the spacing behind one', () => {
  const ids = Array.from({ length: 100 }, (_, index) => `id-${String(index).padStart(3, '0')}`);
  const page = fc.tuple(fc.nat({ max: 99 }), fc.integer({ min: 1, max: 30 }));
  const slots = slotsOf({ 0: { total: 100, generation: 7, lastId: 'id-099' } });
  fc.assert(
    fc.property(fc.array(page, { maxLength: 20 }), fc.nat({ max: 99 }), (pages, wanted) => {
      const marks = new PageMarks(10);
      for (const [offset, count] of pages) marks.note(offset, ids.slice(offset, offset + count), slots);
      const mark = marks.before(wanted);
      if (mark) {
        expect(mark.offset).toBeLessThanOrEqual(wanted);
        expect(ids[mark.offset]).toBe(mark.id);
      }
      const isKnown = pages.some(([offset]) => offset === wanted);
      if (isKnown) expect(wanted - (mark?.offset ?? Number.NEGATIVE_INFINITY)).toBeLessThanOrEqual(10);
      // The next page after the last one costs nothing to find.
      const [offset, count] = pages.at(-1) ?? [0, 0];
      const end = Math.min(offset + count, 100) - 1;
      if (pages.length > 0) expect(marks.before(end + 1)?.offset).toBeGreaterThanOrEqual(end);
      marks.drop(slotsOf({ 0: { total: 99, generation: 8, lastId: 'id-099' } }));
      expect(marks.before(wanted)).toBeUndefined();
    }),
    { seed, numRuns: runs },
  );
});

const then = { 0: { total: 3, generation: 1, lastId: 'm' }, 1: { total: 1, generation: 0, lastId: 'c' } };

// A mark at the id "k", of the moment `then`. [what happened, the slots afterwards, whether it holds]
test.each<[string, Record<number, Partial<Slot>>, boolean]>([
  ['nothing', then, true],
  [
    'a create behind it, in the slot that was behind it',
    { ...then, 0: { ...then[0], total: 4, lastId: 'n' } },
    true,
  ],
  ['a delete, or a create out of order', { ...then, 0: { ...then[0], total: 2, generation: 2 } }, false],
  ['a create in a slot that was before it', { ...then, 1: { ...then[1], total: 2, lastId: 'z' } }, false],
  ['a create in a slot that there was not', { ...then, 2: { total: 1, lastId: 'z' } }, false],
  ['a delete in a slot that there was not', { ...then, 2: { total: -1, generation: 1 } }, false],
  ['the moment before its slot had reached it', { ...then, 0: { ...then[0], total: 2, lastId: 'b' } }, false],
  ['the moment before a create behind it', { ...then, 0: { ...then[0], total: 2, lastId: 'l' } }, true],
])('a mark after %s', (_, now, expected) => {
  const mark = { offset: 2, id: 'k', slots: slotsOf(then) };
  expect(holds(mark, slotsOf(now))).toBe(expected);
  const marks = new PageMarks();
  marks.note(2, ['k'], slotsOf(then));
  marks.drop(slotsOf(now));
  expect(marks.before(2)).toEqual(expected ? mark : undefined);
});

test('pages by index are exact, whatever comes and goes in between, and in whatever order of ids', async () => {
  const step = fc.oneof(
    fc.record({ create: fc.nat({ max: 999 }) }),
    fc.record({ delete: fc.nat({ max: 999 }) }),
    fc.record({ startIndex: fc.integer({ min: 1, max: 40 }), count: fc.integer({ min: 1, max: 9 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const database = createSqliteDatabase({ path: ':memory:' });
      const users = database.open(User, { tenant: 'acme' });
      const expected = new Set<string>();
      for (const each of steps) {
        if ('create' in each) {
          const id = `id-${String(each.create).padStart(3, '0')}`;
          if (expected.has(id)) continue;
          expected.add(id);
          await users.create(input(id), { id });
        } else if ('delete' in each) {
          const id = [...expected][each.delete % Math.max(1, expected.size)];
          if (id === undefined) continue;
          expected.delete(id);
          await users.delete(id, {});
        } else {
          const sorted = [...expected].toSorted();
          const { resources, total } = await users.query({ page: each, selection: NOTHING });
          expect(total).toBe(sorted.length);
          const start = each.startIndex - 1;
          expect(resources.map(({ id }) => id)).toEqual(sorted.slice(start, start + each.count));
        }
      }
      await database.close();
    }),
    { seed, numRuns: Math.ceil(runs / 4) },
  );
}, 600_000);

/** Creates and deletes that commit in any order, each in its slot: as they do where writers run side by side. */
test('pages by marks are the true pages, whatever commits between them and between their statements', async () => {
  // Ids are given out in order; `age` says how long ago the one that commits now began.
  const commit = fc.oneof(
    { weight: 20, arbitrary: fc.record({ age: fc.nat({ max: 6 }), slot: fc.nat({ max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ gone: fc.nat(), slot: fc.nat({ max: 3 }) }) },
  );
  const read = fc.record({
    // Near the end, where what commits late falls in.
    fromEnd: fc.nat({ max: 20 }),
    count: fc.integer({ min: 1, max: 7 }),
    between: fc.array(commit, { maxLength: 2 }),
  });
  const step = fc.oneof({ weight: 3, arbitrary: commit }, { weight: 2, arbitrary: read });
  let kept = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120 }), async (steps) => {
      const database = createSqliteDatabase({ path: ':memory:' });
      const users = database.open(User, { tenant: 'acme' });
      const { runner, place } = users as unknown as {
        runner: { slot(): number; all(statement: Sql): readonly Row[] };
        place: Parameters<typeof query>[0];
      };
      const marks = new PageMarks(5);
      const waiting: string[] = [];
      const ids: string[] = [];
      let begun = 0;
      const carryOut = async (each: { slot: number; age?: number; gone?: number }) => {
        runner.slot = () => each.slot;
        while (waiting.length < 8) waiting.push(`id-${String(begun++).padStart(4, '0')}`);
        if (each.age !== undefined) {
          const [id] = waiting.splice(each.age, 1) as [string];
          await users.create(input(id), { id });
          ids.push(id);
        } else {
          const [id] = ids.splice((each.gone ?? 0) % Math.max(1, ids.length), 1);
          if (id !== undefined) await users.delete(id, {});
        }
      };
      for (const each of steps) {
        if (!('between' in each)) {
          await carryOut(each);
          continue;
        }
        const { count } = each;
        const startIndex = Math.max(1, ids.length - each.fromEnd);
        const between = [...each.between];
        const start = startIndex - 1;
        const truth = () => ({
          ids: ids.toSorted().slice(start, start + count),
          total: ids.length,
        });
        const moments: ReturnType<typeof truth>[] = [];
        const page = { page: { startIndex, count }, selection: NOTHING };
        const work = query(place, planOf(User), page, marks);
        let next = work.next();
        while (!next.done) {
          const { text, parameters } = next.value;
          if (/r\.id >= \?/.test(text)) kept++;
          moments.push(truth());
          const rows = runner.all({ text, parameters });
          const more = between.shift();
          if (more) await carryOut(more);
          next = work.next(rows);
        }
        const found = { ids: next.value.resources.map(({ id }) => id), total: next.value.total };
        // An empty page has its total of another statement, and says no more than that nothing is behind it.
        if (found.ids.length > 0) expect(moments).toContainEqual(found);
        else {
          expect(moments.map((moment) => moment.ids)).toContainEqual([]);
          expect(found.total).toBeLessThanOrEqual(start);
        }
      }
      await database.close();
    }),
    { seed, numRuns: Math.ceil(runs / 4) },
  );
  // The run means something: pages were begun at marks.
  expect(kept).toBeGreaterThan(runs / 4);
}, 600_000);

/** How many rows a statement passes over. */
const offsetIn = ({ text, parameters }: Sql) =>
  parameters[text.slice(0, text.indexOf('OFFSET ?')).split('?').length - 1];

test('reading all pages passes over no row twice', async () => {
  const database = createSqliteDatabase({ path: ':memory:' });
  const users = database.open(User, { tenant: 'acme' });
  await Promise.all(Array.from({ length: 60 }, (_, index) => users.create(input(`u${index}`), {})));
  const { runner } = users as unknown as { runner: { all(statement: Sql): unknown } };
  const passed: unknown[] = [];
  const { all } = runner;
  runner.all = function (statement) {
    if (/OFFSET/.test(JSON.stringify(statement))) passed.push(offsetIn(statement));
    return all.call(this, statement);
  };
  for (let startIndex = 1; startIndex <= 60; startIndex += 10) {
    await users.query({ page: { startIndex, count: 10 }, selection: NOTHING });
  }
  // Each begins at the last row of the one before.
  expect(passed).toEqual([0, 1, 1, 1, 1, 1]);
});
