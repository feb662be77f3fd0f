import fc from 'fast-check';
import { User } from 'scimkit';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { expect, test } from 'vitest';
import { PageMarks } from '../../src/store/sql/page-marks.ts';

const seed = Number(process.env.SCIMKIT_SEED ?? Date.now() % 1_000_000);
const runs = Number(process.env.SCIMKIT_RUNS ?? 200);
console.log(`page-marks: SCIMKIT_SEED=${seed} SCIMKIT_RUNS=${runs}`);

const NOTHING = { relations: new Set<string>() };
const input = (userName: string) => ({
  attributes: { userName },
  relations: new Map(),
  secrets: {},
  mentioned: new Set<string>(),
});

test('a mark is true, and not behind the offset; a page that was read is passed over by fewer than the spacing', () => {
  const ids = Array.from({ length: 100 }, (_, index) => `id-${String(index).padStart(3, '0')}`);
  const page = fc.tuple(fc.nat({ max: 99 }), fc.integer({ min: 1, max: 30 }));
  fc.assert(
    fc.property(fc.array(page, { maxLength: 20 }), fc.nat({ max: 99 }), (pages, wanted) => {
      const marks = new PageMarks(10);
      for (const [offset, count] of pages) marks.note(offset, ids.slice(offset, offset + count), 7);
      const mark = marks.before(wanted, 7);
      if (mark) {
        expect(mark.offset).toBeLessThanOrEqual(wanted);
        expect(ids[mark.offset]).toBe(mark.id);
      }
      const isKnown = pages.some(([offset]) => offset === wanted);
      if (isKnown) expect(wanted - (mark?.offset ?? -1)).toBeLessThan(10);
      // The next page after the last one costs nothing to find.
      const [offset, count] = pages.at(-1) ?? [0, 0];
      const end = Math.min(offset + count, 100) - 1;
      if (pages.length > 0) expect(marks.before(end + 1, 7)?.offset).toBeGreaterThanOrEqual(end);
      expect(marks.before(wanted, 8)).toBeUndefined();
    }),
    { seed, numRuns: runs },
  );
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

test('reading all pages passes over no row twice', async () => {
  const database = createSqliteDatabase({ path: ':memory:' });
  const users = database.open(User, { tenant: 'acme' });
  await Promise.all(Array.from({ length: 60 }, (_, index) => users.create(input(`u${index}`), {})));
  const { runner } = users as unknown as { runner: { all(statement: { parameters: unknown[] }): unknown } };
  const passed: unknown[] = [];
  const { all } = runner;
  runner.all = function (statement) {
    if (/OFFSET/.test(JSON.stringify(statement))) passed.push(statement.parameters.at(-1));
    return all.call(this, statement);
  };
  for (let startIndex = 1; startIndex <= 60; startIndex += 10) {
    await users.query({ page: { startIndex, count: 10 }, selection: NOTHING });
  }
  // The first pages are counted from the start; the others begin at the last row of the one before.
  expect(passed).toEqual([0, 10, 1, 1, 1, 1]);
});
