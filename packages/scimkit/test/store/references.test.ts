// Reading relations on, and what writes of many members cost: statements, not members, and none that looks at others.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Group, type ResolvedAttribute, type Store, type StoredResource } from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import type { Row, Sql, Work } from '../../src/store/sql/fragment.ts';
import { membersAfter, membersOf } from '../../src/store/sql/membership.ts';
import { sqliteDialect } from '../../src/store/sql/sqlite-dialect.ts';
import { type Database, fresh, group, made, patchOp, withoutPatch } from '../fixture.ts';
import { POSTGRES } from '../postgres.ts';
import { fileMember, fillFile, makeGroup, statementsOf } from '../large-group.ts';

const scope = { tenant: 'acme' };
const scratch = mkdtempSync(join(tmpdir(), 'scimkit-references-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const MEMBERS = new Set(['members']);
const valuesOf = (stored: StoredResource | undefined) =>
  stored?.relations?.get('members')?.map(({ value }) => value);

describe.each<readonly [string, () => Database]>([
  ['memory', () => createMemoryDatabase()],
  ['sqlite', () => createSqliteDatabase({ path: ':memory:' })],
  ...POSTGRES,
])('on %s', async (_, create) => {
  const database = create();
  const { id, members } = await makeGroup(database, 25);
  const one = await makeGroup(database, 10);
  const none = await makeGroup(database, 0);
  const ids = members.toSorted();
  const groups = database.open(Group, scope) as Required<Store>;

  test.each([
    [1, true],
    [10, true],
    [24, true],
    [25, false],
    [26, false],
    [undefined, false],
  ])('a limit of %s: the first members, and whether there are more (%s)', async (limit, isContinued) => {
    const stored = await groups.get(id, { relations: MEMBERS, limit });
    expect(valuesOf(stored)).toEqual(ids.slice(0, limit));
    expect(stored?.continued?.has('members') ?? false).toBe(isContinued);
    expect((await groups.get(id, { relations: new Set(), limit }))?.relations?.size ?? 0).toBe(0);
  });

  test('of a page of groups, each has its own first members', async () => {
    for (const limit of [1, 9, 10, 11, 25, undefined]) {
      const page = { startIndex: 1, count: 10 };
      const { resources } = await groups.query({ page, selection: { relations: MEMBERS, limit } });
      const found = (id: string) => resources.find((resource) => resource.id === id);
      for (const made of [{ id, members }, one, none]) {
        const stored = found(made.id);
        expect(valuesOf(stored)).toEqual(made.members.toSorted().slice(0, limit));
        expect(stored?.continued?.has('members') ?? false).toBe(made.members.length > (limit ?? 99));
      }
    }
  });

  test('reading on: what comes after a value, in the same order, until there is none', async () => {
    const after = async (value: string | undefined, limit: number) =>
      (await groups.references(id, 'members', value, limit))?.map((reference) => reference.value);
    expect(await after(undefined, 3)).toEqual(ids.slice(0, 3));
    expect(await after(ids[2], 100)).toEqual(ids.slice(3));
    expect(await after(ids[24], 1)).toEqual([]);
    // One that is gone by now is a place like any other.
    expect(await after(`${ids[3]}x`, 1)).toEqual([ids[4]]);
    const [first] = (await groups.references(id, 'members', undefined, 1)) ?? [];
    const stored = await groups.get(id, { relations: MEMBERS });
    expect(first).toEqual(stored?.relations?.get('members')?.[0]);
    expect(await groups.references(none.id, 'members', undefined, 1)).toEqual([]);
  });

  test('what there is not, or in this scope not, is undefined', async () => {
    expect(await groups.references('nobody', 'members', undefined, 1)).toBeUndefined();
    expect(await groups.references(ids[0] as string, 'members', undefined, 1)).toBeUndefined();
    for (const other of [{ tenant: 'globex' }, { tenant: 'acme', connection: 'second' }]) {
      const store = database.open(Group, other) as Required<Store>;
      expect(await store.references(id, 'members', undefined, 1)).toBeUndefined();
    }
    const { id: gone } = await makeGroup(database, 2);
    await groups.delete(gone, {});
    expect(await groups.references(gone, 'members', undefined, 1)).toBeUndefined();
  });

  test('a change shows at once', async () => {
    const own = await makeGroup(database, 3);
    const send = fresh(database);
    const expectMembers = async (expected: readonly string[]) => {
      const found = await groups.references(own.id, 'members', undefined, 99);
      expect(found?.map(({ value }) => value)).toEqual(expected.toSorted());
    };
    const change = (operation: object) => send('PATCH', `/Groups/${own.id}`, patchOp({ ...operation }));
    const [a = '', b = ''] = ids;
    await expectMembers(own.members);
    await change({ op: 'add', path: 'members', value: [{ value: a }, { value: b }] });
    await expectMembers([...own.members, a, b]);
    await change({ op: 'remove', path: `members[value eq "${a}"]` });
    await expectMembers([...own.members, b]);
    await send('DELETE', `/Users/${own.members[0]}`);
    await expectMembers([...own.members.slice(1), b]);
  });
});

describe.each<readonly [string, () => Database]>([
  ['memory', () => createMemoryDatabase()],
  ['sqlite', () => createSqliteDatabase({ path: ':memory:' })],
  ...POSTGRES,
  ['a store without patch', () => withoutPatch(createMemoryDatabase())],
])('many operations on members, on %s', async (_, create) => {
  const database = create();
  const send = fresh(database);
  const { members } = await makeGroup(database, 6);
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = members;
  const add = (...ids: unknown[]) => ({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });
  const remove = (filter: string) => ({ op: 'remove', path: `members[${filter}]` });

  test.each<[string, readonly Record<string, unknown>[], readonly string[], boolean]>([
    ['additions', [add(c), add(d, c), add(a)], [a, b, c, d], true],
    ['removals', [remove(`value eq "${a}"`), remove(`value eq "${b}"`), remove(`value eq "${a}"`)], [], true],
    ['of several', [remove(`value eq "${a}" or value eq "${e}" or value eq "${a}"`)], [b], true],
    [
      'there and back',
      [add(c), remove(`value eq "${c}"`), remove(`value eq "${d}"`), add(d)],
      [a, b, d],
      true,
    ],
    ['back and there', [remove(`value eq "${a}"`), remove(`value eq "${a}"`), add(a)], [a, b], false],
    [
      'with others between',
      [add(c), { op: 'replace', path: 'displayName', value: 'H' }, add(e)],
      [a, b, c, e],
      true,
    ],
    ['a replacement between', [add(c), { ...add(d), op: 'replace' }, add(e, f)], [d, e, f], true],
    [
      'at a value path',
      [{ op: 'replace', path: `members[value eq "${a}"]`, value: { value: f } }],
      [b, f],
      true,
    ],
  ])('%s', async (_what, operations, expected, changes) => {
    const id = await made(send, '/Groups', group('G', [a, b]));
    const etag = (await send('GET', `/Groups/${id}`)).headers.get('etag');
    expect((await send('PATCH', `/Groups/${id}`, patchOp(...operations))).status).toBe(204);
    const { body, headers } = await send('GET', `/Groups/${id}`);
    expect(body.members.map(({ value }: { value: string }) => value).toSorted()).toEqual(expected.toSorted());
    expect(headers.get('etag') !== etag).toBe(changes);
  });

  test('a value path that nothing matches is still refused', async () => {
    const id = await made(send, '/Groups', group('G', [a]));
    const strict = fresh(database, { strict: true });
    const change = patchOp({ op: 'replace', path: `members[value eq "${b}"]`, value: { value: c } });
    const { body } = await strict('PATCH', `/Groups/${id}`, change);
    expect([body.status, body.scimType]).toEqual(['400', 'noTarget']);
  });
});

describe('what it costs in SQLite', () => {
  const { database } = fillFile(join(scratch, 'file.db'), 100_001);
  const statements = statementsOf(database);
  const send = fresh(database);
  afterAll(() => database.close());
  /** The statements that read and write what requests are about. */
  const ran = async (request: () => Promise<{ readonly status: number }>) => {
    statements.length = 0;
    expect((await request()).status).toBeLessThan(300);
    return statements.filter((text) => !/^(BEGIN|COMMIT)/.test(text)).length;
  };
  const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => fileMember(from + i));

  test('50,000 members are replaced by 50,001 others with as many statements as 10 by 11', async () => {
    const counts: number[] = [];
    for (const size of [10, 50_000]) {
      const id = await made(send, '/Groups', group('G', ids(1, size + 1)));
      const path = `/Groups/${id}?excludedAttributes=members`;
      counts.push(await ran(() => send('PUT', path, group('G', ids(size + 1, 2 * size + 2)))));
      expect((await send('GET', `/Groups/${id}`)).body.members).toHaveLength(size + 1);
    }
    expect(counts[1]).toBe(counts[0]);
    expect(counts[0]).toBeLessThan(8);
  }, 60_000);

  test('1,000 members are added and removed with as many statements as one', async () => {
    const id = await made(send, '/Groups', group('G'));
    const path = `/Groups/${id}`;
    const add = (value: string) => ({ op: 'add', path: 'members', value: [{ value }] });
    const remove = (value: string) => ({ op: 'remove', path: `members[value eq "${value}"]` });
    const [one = '', ...others] = ids(1, 1_002);
    const values = others.map((value) => ({ value }));
    const first = await ran(() => send('PATCH', path, patchOp(add(one))));
    expect(await ran(() => send('PATCH', path, patchOp({ op: 'add', path: 'members', value: values })))).toBe(
      first,
    );
    expect(await ran(() => send('PATCH', path, patchOp(...others.map(remove))))).toBe(first);
    expect(await ran(() => send('PATCH', path, patchOp(...others.map(add))))).toBe(first);
    expect((await send('GET', path)).body.members).toHaveLength(1_001);
  });

  test('100,000 members as a client gets them go back within the limits', async () => {
    const { body } = await send('GET', '/Groups/large');
    const members = body.members.slice(0, 100_000).map((member: { value: string }) => ({
      ...member,
      // Names and ids as long as usual.
      display: 'Ada Lovelace, 54321',
      $ref: `https://scim.example.com/scim/v2/Users/0190a4d8-7a4e-7d3c-9a51-${member.value}`,
    }));
    expect(members[0]).toEqual(expect.objectContaining({ value: fileMember(1), type: 'User' }));
    const answer = await send('PUT', '/Groups/large?excludedAttributes=members', { ...body, members });
    expect(answer.status).toBe(200);
    expect((await send('GET', '/Groups/large')).body.members).toHaveLength(100_000);
    const more = [...members, { value: fileMember(100_001) }];
    const refused = await send('PUT', '/Groups/large', { ...body, members: more });
    expect([refused.status, refused.body.detail]).toEqual([413, expect.stringMatching(/\(members\)/)]);
  }, 60_000);

  test('the groups of a page of 100 users come by one statement, however many there are', async () => {
    const alone = await ran(() => send('GET', '/Users?count=100&excludedAttributes=groups'));
    expect(await ran(() => send('GET', '/Users?count=100'))).toBe(alone + 1);
    expect(await ran(() => send('GET', '/Users?count=2'))).toBe(alone + 1);
    // And by one more, where groups are members of groups.
    await made(send, '/Groups', group('Outer', ['large']));
    expect(await ran(() => send('GET', '/Users?count=100'))).toBe(alone + 2);
    const { body } = await send('GET', '/Users?count=100');
    expect(body.Resources[99].groups.length).toBeGreaterThanOrEqual(2);
  });

  test('the members of a page of groups come by one statement, and are read on by an index, unsorted', async () => {
    const one = await ran(() => send('GET', '/Groups?count=1&excludedAttributes=members'));
    const filter = encodeURIComponent('displayName eq "Outer"');
    expect(await ran(() => send('GET', `/Groups?filter=${filter}`))).toBeLessThanOrEqual(one + 1);
    const { runner } = database.open(Group, scope) as unknown as {
      runner: { prepare(text: string): { all(...p: unknown[]): unknown[] } };
    };
    const planOf = (work: Work<unknown>) => {
      const { text, parameters } = (work as Generator<Sql, unknown, readonly Row[]>).next().value as Sql;
      const rows = runner.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...parameters) as { detail: string }[];
      return rows.map(({ detail }) => detail).join('\n');
    };
    const place = { tenant: 'acme', connection: 'default', type: Group, dialect: sqliteDialect };
    const attribute = Group.byName.get('members') as ResolvedAttribute;
    const onward = planOf(membersAfter(place, attribute, 'large', fileMember(5), 10));
    expect(onward).toMatch(
      /SEARCH m USING PRIMARY KEY \(tenant=\? AND connection=\? AND holder=\? AND attribute=\? AND member>\?\)/,
    );
    expect(onward).not.toMatch(/SCAN|TEMP B-TREE/);
    // Of each group as much as is wanted, and not all of it.
    expect(planOf(membersOf(place, attribute, ['large', 'small'], 10))).toMatch(
      /SEARCH m USING PRIMARY KEY \(tenant=\? AND connection=\? AND holder=\? AND attribute=\? AND member<\?\)/,
    );
  });
});
