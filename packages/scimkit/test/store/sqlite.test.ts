import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  CommitGroup,
  defineResourceType,
  Group,
  type Note,
  parseFilter,
  type Query,
  type ResourceType,
  resolveFilter,
  ScimError,
  strict,
  User,
} from 'scimkit';
import { createSqliteDatabase, type SqliteDatabase } from 'scimkit/sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { resolveSort } from '../../src/protocol/sort.ts';
import { CommitQueue } from '../../src/store/sql/commit-queue.ts';
import type { Sql } from '../../src/store/sql/fragment.ts';
import { holdersOf, relate } from '../../src/store/sql/membership.ts';
import { PageMarks } from '../../src/store/sql/page-marks.ts';
import { planOf } from '../../src/store/sql/plan.ts';
import { query as queryWork } from '../../src/store/sql/read.ts';
import { sqliteDialect } from '../../src/store/sql/sqlite-dialect.ts';
import { SQLITE_MIGRATIONS } from '../../src/store/sql/sqlite-tables.ts';

const scratch = mkdtempSync(join(tmpdir(), 'scimkit-sqlite-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const scope = { tenant: 'acme', connection: 'default' };
const NOTHING = { relations: new Set<string>() };
const input = (attributes: Record<string, unknown>, members?: readonly string[]) => ({
  attributes,
  relations: new Map(members ? [['members', members]] : []),
  secrets: { password: 'p' },
  mentioned: new Set<string>(),
});
const page = { startIndex: 1, count: 100 };
const filterOf = (type: ResourceType, text: string) =>
  resolveFilter(type, parseFilter(text), { leniency: strict });

describe('the tables', () => {
  test('are made once, carry a version, and keep everything over a restart', async () => {
    const path = join(scratch, 'reopened.db');
    const first = createSqliteDatabase({ path });
    expect(first.schemaVersion).toBe(SQLITE_MIGRATIONS.length);
    const { id } = await first.open(User, scope).create(input({ userName: 'ada' }), {});
    await first.close();
    const second = createSqliteDatabase({ path });
    expect(await second.open(User, scope).get(id, NOTHING)).toMatchObject({
      version: '1',
      attributes: { userName: 'ada' },
    });
    await expect(second.open(User, scope).create(input({ userName: 'ADA' }), {})).rejects.toThrow(ScimError);
    await second.close();
    const raw = new DatabaseSync(path);
    expect(raw.prepare('SELECT version FROM scimkit_schema').all()).toEqual(
      Array.from({ length: SQLITE_MIGRATIONS.length }, (_, index) => ({ version: index + 1 })),
    );
    expect(raw.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    raw.close();
  });

  test('of a newer version are refused, and left alone', () => {
    const path = join(scratch, 'newer.db');
    const raw = new DatabaseSync(path);
    raw.exec(
      'CREATE TABLE scimkit_schema (version INTEGER NOT NULL); INSERT INTO scimkit_schema VALUES (999)',
    );
    expect(() => createSqliteDatabase({ path })).toThrow(/version 999.*newer scimkit/s);
    expect(raw.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get()).toEqual({
      n: 1,
    });
    raw.close();
  });

  test('a tenant and a connection are named, always', () => {
    const database = createSqliteDatabase({ path: ':memory:' });
    for (const wrong of [{ tenant: '' }, { tenant: undefined }, { tenant: 'a', connection: '' }]) {
      expect(() => database.open(User, wrong as never)).toThrow(TypeError);
    }
    expect(() => database.open(User, scope, { unique: ['nope'] })).toThrow(/nope/);
  });

  test('durability is what it says', async () => {
    for (const [durability, synchronous] of [
      ['full', 2],
      ['normal', 1],
    ] as const) {
      const database = createSqliteDatabase({ path: join(scratch, `${durability}.db`), durability });
      const runner = (database.open(User, scope) as unknown as { runner: { database: DatabaseSync } }).runner;
      expect(runner.database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous });
      await database.close();
    }
  });
});

/** The plan of a query, as SQLite tells it. */
function explain(
  type: ResourceType,
  text: string,
  more: Partial<Query> = {},
  marks = new PageMarks(),
): string {
  const database = createSqliteDatabase({ path: join(scratch, 'plans.db') });
  const place = { ...scope, type, dialect: sqliteDialect };
  const work = queryWork(
    place,
    planOf(type),
    {
      filter: filterOf(type, text),
      sort: undefined,
      page,
      selection: NOTHING,
      ...more,
    },
    marks,
  );
  const { text: sql, parameters } = work.next().value as Sql;
  const raw = new DatabaseSync(join(scratch, 'plans.db'));
  const rows = raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as SQLInputValue[])) as {
    detail: string;
  }[];
  raw.close();
  void database.close();
  return rows.map((row) => row.detail).join('\n');
}

describe('queries use an index and scan no table (parity 7)', () => {
  test.each<[ResourceType, string, RegExp]>([
    [
      User,
      'userName eq "ada"',
      /SEARCH v USING PRIMARY KEY \(tenant=\? AND connection=\? AND type=\? AND attribute=\? AND value=\?\)/,
    ],
    [User, 'userName sw "ad"', /SEARCH v USING PRIMARY KEY .*value>\? AND value<\?/],
    [User, 'externalId eq "x"', /attribute=\? AND value=\?/],
    [
      User,
      'id eq "x"',
      /SEARCH r USING INDEX resource_id \(tenant=\? AND connection=\? AND type=\? AND id=\?\)/,
    ],
    [User, 'emails[type eq "work" and value eq "a@b.c"]', /attribute=\? AND value=\?/],
    [User, 'emails.value eq "a@b.c" and active eq true', /attribute=\? AND value=\?/],
    [User, 'userName eq "a" or emails eq "b"', /attribute=\? AND value=\?[\s\S]*attribute=\? AND value=\?/],
    [
      User,
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "7"',
      /attribute=\? AND value=\?/,
    ],
    [Group, 'displayName eq "g"', /attribute=\? AND value=\?/],
    [
      Group,
      'members eq "x"',
      /SEARCH m USING (COVERING )?INDEX membership_member \(tenant=\? AND connection=\? AND member=\?\)/,
    ],
    [
      Group,
      'id eq "g" and members eq "u"',
      /SEARCH m USING PRIMARY KEY \(tenant=\? AND connection=\? AND holder=\? AND attribute=\? AND member=\?\)/,
    ],
  ])('%o: %s', (type, text, index) => {
    const plan = explain(type as ResourceType, text);
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/SCAN (r|v|m|t|scimkit_\w+)\b/);
    expect(plan).toMatch(
      /SEARCH r USING INDEX resource_id \(tenant=\? AND connection=\? AND type=\? AND id=\?\)/,
    );
  });

  test('groups are looked up from the member, never through the members of a group', () => {
    const database = createSqliteDatabase({ path: join(scratch, 'plans.db') });
    const statement = holdersOf({ ...scope, type: Group, dialect: sqliteDialect }, ['a', 'b']).next()
      .value as Sql;
    const raw = new DatabaseSync(join(scratch, 'plans.db'));
    const rows = raw
      .prepare(`EXPLAIN QUERY PLAN ${statement.text}`)
      .all(...(statement.parameters as SQLInputValue[])) as {
      detail: string;
    }[];
    raw.close();
    void database.close();
    const plans = [
      rows.map((row) => row.detail).join('\n'),
      explain(User, 'userName eq "a" and groups.value eq "g"'),
      explain(User, 'userName eq "a" and groups pr'),
      explain(User, 'groups[type eq "direct" and value eq "g"]'),
    ];
    for (const plan of plans) {
      const steps = plan.split('\n').filter((step) => / [mu] /.test(step));
      expect(steps.length).toBeGreaterThanOrEqual(2);
      for (const step of steps)
        expect(step).toMatch(/SEARCH [mu] USING (COVERING )?INDEX membership_member .*member=\?/);
    }
  });

  test('a condition on groups is worked out once for all users', () => {
    const plan = explain(User, 'groups.display co "g" or groups pr');
    expect(plan).toMatch(
      /LIST SUBQUERY[\s\S]*SEARCH m USING PRIMARY KEY \(tenant=\? AND connection=\? AND holder=\?\)/,
    );
    expect(plan).not.toMatch(/CORRELATED|SCAN (r|g|m|scimkit_\w+)\b/);
  });

  test('a page without a filter (anchor 5) is read in the order of an index', () => {
    const plan = explain(User, 'id pr', { filter: undefined });
    expect(plan).toMatch(/SEARCH r USING INDEX resource_id/);
    expect(plan).not.toMatch(/SCAN r|TEMP B-TREE/);
  });

  test('a page far behind passes over entries of the index alone', () => {
    const marks = new PageMarks();
    marks.note(0, ['a'], new Map([[0, { total: 10_000, generation: 0, lastId: 'z' }]]));
    const part = { filter: undefined, page: { startIndex: 5_000, count: 100 } };
    const plan = explain(User, 'id pr', part, marks);
    expect(plan).toMatch(/SEARCH r USING COVERING INDEX resource_id/);
    expect(plan).not.toMatch(/SCAN r|TEMP B-TREE/);
  });

  test('a page beyond the end reads no index: that there is nothing, the counter tells', () => {
    const place = { ...scope, type: User, dialect: sqliteDialect };
    const part = { sort: undefined, selection: NOTHING, page: { startIndex: 6, count: 100 } };
    const work = queryWork(place, planOf(User), { ...part, filter: undefined }, new PageMarks());
    expect((work.next().value as Sql).text).not.toContain('scimkit_resource');
    const { done, value } = work.next([{ slots: '[[0,5,0,"z"]]' }]);
    expect([done, value]).toEqual([true, { resources: [], total: 5 }]);
  });

  // RFC 9865: page 10,000 costs what page 1 costs.
  test.each<[string, string, string | undefined, RegExp]>([
    ['next', '[0,"m"]', undefined, /SEARCH r USING INDEX resource_id \(.* AND type=\? AND id>\?\)/],
    ['previous', '[1,"m"]', undefined, /SEARCH r USING INDEX resource_id \(.* AND type=\? AND id<\?\)/],
    ['next', '[0,"m"]', 'title eq "t"', /SEARCH v USING PRIMARY KEY \(.* AND value=\? AND id>\?\)/],
    ['previous', '[1,"m"]', 'title eq "t"', /SEARCH v USING PRIMARY KEY \(.* AND value=\? AND id<\?\)/],
  ])('a page by cursor begins at its place in the index: %s %s of %s', (_, cursor, text, index) => {
    const more = text === undefined ? { filter: undefined } : {};
    const plan = explain(User, text ?? 'id pr', { ...more, page: { cursor, count: 100 } });
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
  });

  test('a sorted page sorts ids, and reads the rows of the page alone', () => {
    const sort = resolveSort(User, 'title', undefined, strict);
    const plan = explain(User, 'id pr', { filter: undefined, sort });
    expect(plan).toMatch(/LIST SUBQUERY[\s\S]*TEMP B-TREE FOR ORDER BY/);
  });
});

test('an index of beginnings is no answer for a whole value', async () => {
  const users = createSqliteDatabase({ path: ':memory:' }).open(User, scope);
  for (const length of [254, 255, 256, 257, 300]) {
    await users.create(input({ userName: `u${length}`, title: 'a'.repeat(length) }), {});
  }
  for (const length of [253, 254, 255, 256, 257, 258, 299, 300, 301]) {
    const filter = filterOf(User, `title eq "${'A'.repeat(length)}"`);
    const { total, resources } = await users.query({ filter, page, selection: NOTHING });
    expect([length, total, resources.length]).toEqual([
      length,
      ...([254, 255, 256, 257, 300].includes(length) ? [1, 1] : [0, 0]),
    ]);
  }
});

// Found by fuzzing: each differed from the matcher.
describe('values at the edge of what SQLite reads alike', () => {
  test('a whole decimal beyond 2^53 is the number that JSON means', async () => {
    const Box = defineResourceType({
      name: 'Box',
      endpoint: '/Boxes',
      schema: { id: 'urn:example:Box', attributes: [{ name: 'weight', type: 'decimal' }] },
    });
    const boxes = createSqliteDatabase({ path: ':memory:' }).open(Box, scope);
    const weight = 2 ** 60; // in JSON 1152921504606847000
    await boxes.create(input({ weight }), {});
    const total = async (text: string) =>
      (await boxes.query({ filter: filterOf(Box, text), page, selection: NOTHING })).total;
    expect(await total('weight eq 1152921504606847000')).toBe(1);
    expect(await total('weight lt 1152921504606847000')).toBe(0);
    expect(await total('weight ge 1152921504606847000')).toBe(1);
  });

  test('a long text is found where the index cuts it within a surrogate pair', async () => {
    const users = createSqliteDatabase({ path: ':memory:' }).open(User, scope);
    const title = `${'a'.repeat(255)}😀${'b'.repeat(50)}`;
    await users.create(input({ userName: 'long', title }), {});
    for (const text of [`title eq "${title}"`, `title sw "${title}"`, `title sw "${title.slice(0, 257)}"`]) {
      expect((await users.query({ filter: filterOf(User, text), page, selection: NOTHING })).total).toBe(1);
    }
  });
});

describe('membership is rows', () => {
  test('adding or removing one member of 5,000 writes one row and reads no other', async () => {
    const database = createSqliteDatabase({ path: ':memory:' });
    const users = database.open(User, scope);
    const groups = database.open(Group, scope);
    const ids = await Promise.all(
      Array.from(
        { length: 5_000 },
        async (_, i) => (await users.create(input({ userName: `u${i}` }), {})).id,
      ),
    );
    const { id } = await groups.create(input({ displayName: 'G' }, ids), {});
    const spare = (await users.create(input({ userName: 'spare' }), {})).id;
    const attribute = Group.byName.get('members') as never;
    const { runner } = groups as unknown as {
      runner: {
        step<T>(work: Generator<Sql, T, never>): T;
        prepare(text: string): { all(...p: unknown[]): unknown[] };
      };
    };
    for (const op of ['add', 'remove'] as const) {
      const work = relate(
        { ...scope, type: Group, dialect: sqliteDialect },
        id,
        { attribute, op, ids: [spare], filter: undefined, mustMatch: false },
        {},
      );
      const statements: { text: string; rows: number }[] = [];
      let next = work.next();
      while (!next.done) {
        const { text, parameters } = next.value as Sql;
        const rows = runner.prepare(text).all(...parameters);
        statements.push({ text, rows: rows.length });
        next = work.next(rows as never);
      }
      expect(next.value).toMatchObject(
        op === 'add' ? { added: [spare], removed: [] } : { added: [], removed: [spare] },
      );
      // One statement, one row; and its plan is a search by key.
      expect(statements.map(({ rows }) => rows)).toEqual([1]);
      const plan = runner.prepare(`EXPLAIN QUERY PLAN ${statements[0]?.text}`).all() as { detail: string }[];
      expect(plan.map(({ detail }) => detail).join('\n')).not.toMatch(/SCAN (m|t|scimkit_\w+)\b/);
    }
    expect(
      (await groups.get(id, { relations: new Set(['members']) }))?.relations?.get('members'),
    ).toHaveLength(5_000);
  }, 30_000);

  test('groups of many users come by one look-up', async () => {
    const database = createSqliteDatabase({ path: ':memory:' });
    const users = database.open(User, scope);
    const groups = database.open(Group, scope);
    const ids = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => (await users.create(input({ userName: name }), {})).id),
    );
    const inner = (await groups.create(input({ displayName: 'Inner' }, [ids[0] as string]), {})).id;
    const outer = (await groups.create(input({ displayName: 'Outer' }, [inner, ids[1] as string]), {})).id;
    const found = await groups.groupsOf?.(ids);
    const shown = (id: string | undefined) =>
      found?.get(id as string)?.map(({ value, type, display }) => [value, type, display]);
    expect(shown(ids[0])).toHaveLength(2);
    expect(shown(ids[0])).toEqual(
      expect.arrayContaining([
        [inner, 'direct', 'Inner'],
        [outer, 'indirect', 'Outer'],
      ]),
    );
    expect(shown(ids[1])).toEqual([[outer, 'direct', 'Outer']]);
    expect(shown(ids[2])).toEqual([]);
  });
});

describe('group commit', () => {
  const trace = (fail?: string) => {
    const log: string[] = [];
    const step = (name: string) => () => {
      log.push(name);
      if (name === fail) throw new Error(`${name} failed`);
    };
    const names = ['begin', 'commit', 'rollback', 'savepoint', 'release', 'rollbackToSavepoint'];
    const queue = new CommitQueue(
      Object.fromEntries(names.map((name) => [name, step(name)])) as never,
      (flush) => setImmediate(flush),
    );
    return { log, queue };
  };

  test('writes of one turn share a transaction', async () => {
    const { log, queue } = trace();
    expect(await Promise.all([queue.run(() => 1), queue.run(() => 2)])).toEqual([1, 2]);
    expect(log).toEqual(['begin', 'commit']);
    await queue.run(() => 3);
    expect(log).toEqual(['begin', 'commit', 'begin', 'commit']);
    await queue.idle();
  });

  test('one that fails among others is undone alone, in a second try with savepoints', async () => {
    const { log, queue } = trace();
    const outcomes = await Promise.allSettled([
      queue.run(() => 1),
      queue.run(() => {
        throw new Error('mine');
      }),
      queue.run(() => 3),
    ]);
    expect(outcomes.map((o) => (o.status === 'fulfilled' ? o.value : (o.reason as Error).message))).toEqual([
      1,
      'mine',
      3,
    ]);
    expect(log).toEqual([
      ...['begin', 'rollback', 'begin'],
      ...['savepoint', 'release'],
      ...['savepoint', 'rollbackToSavepoint'],
      ...['savepoint', 'release'],
      'commit',
    ]);
  });

  test('one that fails by itself is undone with its transaction', async () => {
    const { log, queue } = trace();
    const failing = queue.run(() => {
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    expect(log).toEqual(['begin', 'rollback']);
  });

  test('what a write reports counts once, though it was tried twice', async () => {
    const database = createSqliteDatabase({ path: ':memory:' });
    const users = database.open(User, scope);
    const groups = database.open(Group, scope);
    await users.create(input({ userName: 'taken' }), {});
    const notes: Note[] = [];
    const report = (note: Note) => notes.push(note);
    const together = new CommitGroup(2);
    const outcomes = await Promise.allSettled([
      groups.create(input({ displayName: 'A' }, ['nobody']), { report }),
      users.create(input({ userName: 'TAKEN' }), { report }),
      groups.create(input({ displayName: 'B' }, ['no one']), { report, together }),
      users.create(input({ userName: 'other' }), { report, together }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(notes).toHaveLength(2);
    expect(notes.map(({ where }) => where)).toEqual(
      expect.arrayContaining(['members no one', 'members nobody']),
    );
  });

  test('nothing is answered before it is committed; a commit that fails answers all with its error', async () => {
    const { log, queue } = trace('commit');
    const outcomes = await Promise.allSettled([queue.run(() => 1), queue.run(() => 2)]);
    expect(outcomes.map((o) => o.status)).toEqual(['rejected', 'rejected']);
    expect(log.at(-1)).toBe('rollback');
    const begin = trace('begin');
    await expect(begin.queue.run(() => 1)).rejects.toThrow('begin failed');
  });

  test('a write that fails in the middle leaves nothing of itself', async () => {
    const database = createSqliteDatabase({ path: ':memory:' });
    const users = database.open(User, scope);
    await users.create(input({ userName: 'taken', emails: [{ value: 'a' }] }), {});
    const { id } = await users.create(input({ userName: 'second', title: 'T' }), {});
    await expect(users.replace(id, input({ userName: 'Taken', title: 'U' }), {})).rejects.toMatchObject({
      scimType: 'uniqueness',
    });
    expect((await users.get(id, NOTHING))?.attributes).toEqual({ userName: 'second', title: 'T' });
    const found = async (text: string) =>
      (await users.query({ filter: filterOf(User, text), page, selection: NOTHING })).total;
    expect([
      await found('title eq "t"'),
      await found('title eq "u"'),
      await found('userName eq "taken"'),
    ]).toEqual([1, 0, 1]);
    expect((await users.query({ page: { startIndex: 1, count: 0 }, selection: NOTHING })).total).toBe(2);
    await users.delete(id, {});
    expect((await users.query({ page: { startIndex: 1, count: 0 }, selection: NOTHING })).total).toBe(1);
    await users.create(input({ userName: 'SECOND' }), {});
  });

  test('what is unique may be named twice', async () => {
    const database = createSqliteDatabase({ path: ':memory:' });
    const users = database.open(User, scope, { unique: ['externalId', 'externalid', 'externalId'] });
    const { id } = await users.create(input({ userName: 'a', externalId: 'x' }), {});
    await users.replace(id, input({ userName: 'a', externalId: 'y' }), {});
    await users.create(input({ userName: 'b', externalId: 'x' }), {});
    await expect(users.create(input({ userName: 'c', externalId: 'y' }), {})).rejects.toThrow(/taken/);
  });

  test('writes that belong together are undone together', async () => {
    const database = createSqliteDatabase({ path: ':memory:' });
    const users = database.open(User, scope);
    const groups = database.open(Group, scope);
    await users.create(input({ userName: 'taken' }), {});
    const together = new CommitGroup(2);
    const outcomes = await Promise.allSettled([
      groups.create(input({ displayName: 'G' }), { together }),
      users.create(input({ userName: 'TAKEN' }), { together }),
    ]);
    expect(outcomes.map((o) => (o as PromiseRejectedResult).reason.status)).toEqual([409, 409]);
    expect(outcomes.map((o) => (o as PromiseRejectedResult).reason.scimType)).toEqual([
      undefined,
      'uniqueness',
    ]);
    expect((await groups.query({ page, selection: NOTHING })).total).toBe(0);
  });

  test('two processes on one file wait for each other and lose nothing', async () => {
    const path = join(scratch, 'shared.db');
    const database: SqliteDatabase = createSqliteDatabase({ path });
    const script = `
      const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(${JSON.stringify(path)});
      db.exec('PRAGMA busy_timeout = 5000');
      for (let i = 0; i < 40; i++) {
        db.exec('BEGIN IMMEDIATE');
        const until = Date.now() + 5;
        while (Date.now() < until);
        db.exec('COMMIT');
      }`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    const users = database.open(User, scope);
    let finished = false;
    child.once('close', () => {
      finished = true;
    });
    let written = 0;
    while (!finished) {
      await users.create(input({ userName: `shared${written}` }), {});
      written++;
    }
    expect((await users.query({ page: { startIndex: 1, count: 0 }, selection: NOTHING })).total).toBe(
      written,
    );
    await database.close();
  }, 30_000);
});
