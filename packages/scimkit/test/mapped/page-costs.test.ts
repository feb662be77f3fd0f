// What pages and writes cost, through each library: how many statements, and how many rows come back.
import { Group, parseFilter, type Query, resolveFilter, type Store, strict, User } from 'scimkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resolveSort } from '../../src/protocol/sort.ts';
import { createMappedDatabase } from '../../src/store/mapped/mapped-database.ts';
import { DATABASES, type TestDatabase } from './databases.ts';
import { openDirectory } from './directory.ts';

/** The statements that ran, each by the rows that it gave. */
let ran: number[] = [];
beforeEach(() => {
  ran = [];
});

/** The database with all that runs through it counted. */
const counted = (database: TestDatabase): TestDatabase => ({
  ...database,
  async open(options) {
    const opened = await database.open(options);
    const { app } = opened;
    const run: typeof app.run = async (tx, statement) => {
      const rows = await app.run(tx, statement);
      ran.push(rows.length);
      return rows;
    };
    return { ...opened, app: { ...app, run } };
  },
});

const input = (attributes: Record<string, unknown>, members?: readonly string[]) => ({
  attributes,
  relations: new Map(members && [['members', members]]),
  secrets: {},
  mentioned: new Set<string>(),
});

// biome-ignore lint/suspicious/noExplicitAny: the mappings of the tests are without types
type Untyped = any;
const ACME: Untyped = { where: { organisation: 1 } };
const SELECTION = { relations: new Set<string>() };
const WITH_MEMBERS = { relations: new Set<string>(['members']) };
const MANY = 2_000;
const id = (i: number) => `u-${String(i).padStart(4, '0')}`;

describe.each(DATABASES.map((database) => [database.name, database] as const))('%s', (_, database) => {
  let opened: Awaited<ReturnType<typeof openDirectory>>;
  let users: Store;
  let groups: Store;
  beforeAll(async () => {
    let made = 0;
    const defaults = { id: () => `t-${String(++made).padStart(4, '0')}` };
    opened = await openDirectory(counted(database), { groups: { defaults } });
    const { app, directory } = opened;
    users = directory.users.open(ACME);
    groups = directory.groups.open(ACME);
    // One as SCIM makes it, and many more like it.
    const emails = ['work', 'home'].map((type) => ({ value: `${type}@example.org`, type }));
    await users.create(input({ userName: 'u0', emails }), { id: id(0) });
    const numbers =
      database.dialect === 'postgres'
        ? `generate_series(1, ${MANY}) AS n (i)`
        : `(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY}) SELECT i FROM n) AS n`;
    const padded =
      database.dialect === 'postgres' ? "lpad(CAST(n.i AS TEXT), 4, '0')" : "printf('%04d', n.i)";
    for (const statement of [
      `INSERT INTO users (organisation_id, email, created_at, updated_at)
         SELECT 1, 'u' || n.i, u.created_at, u.updated_at FROM users u, ${numbers}`,
      `INSERT INTO scim_users (owner, id, version, created, last_modified, document, folded)
         SELECT t.id, 'u-' || ${padded}, 1, s.created, s.last_modified, s.document, s.folded
         FROM scim_users s, ${numbers}, users t WHERE t.email = 'u' || n.i`,
      `INSERT INTO user_emails (user_id, address, label, is_primary)
         SELECT t.id, e.address, e.label, e.is_primary FROM user_emails e, users t WHERE t.email <> 'u0'`,
    ]) {
      await app.execute(statement);
    }
    // As an app would have it.
    await app.execute('CREATE INDEX user_emails_user ON user_emails (user_id)');
    await app.execute('ANALYZE');
    for (let i = 0; i < 120; i++) {
      await groups.create(input({ displayName: `g${i}` }, [id(1), id(2), ...(i > 0 ? [`g-${i - 1}`] : [])]), {
        id: `g-${i}`,
      });
    }
    await app.execute(
      `INSERT INTO team_members (team_id, user_id) SELECT (SELECT owner FROM scim_teams WHERE id = 'g-0'), u.id FROM users u
         WHERE email NOT IN ('u0', 'u1', 'u2')`,
    );
  }, 120_000);
  afterAll(() => opened.app.close());

  const sorted = (text: string, sortBy: string) => {
    const { type } = opened.directory.users;
    return {
      filter: resolveFilter(type, parseFilter(text), { leniency: strict }),
      sort: resolveSort(type, sortBy, undefined, strict),
    };
  };

  test.each<readonly [string, () => Omit<Query, 'page' | 'selection'>]>([
    ['all', () => ({})],
    ['filtered and sorted', () => sorted('emails.type eq "work" and not (userName eq "u7")', 'userName')],
  ])('a page of 100 users with their addresses, %s', async (_name, of) => {
    const query = { ...of(), selection: SELECTION };
    const first = await users.query({ ...query, page: { startIndex: 1, count: 100 } });
    expect([first.resources.length, ran]).toEqual([100, [100, 200, 1]]);
    ran = [];
    await users.query({ ...query, page: { startIndex: 501, count: 100 } });
    expect(ran).toEqual([100, 200, 1]);
    ran = [];
    await users.query({ ...query, page: { startIndex: 1, count: 0 } });
    expect(ran).toEqual([1]);
    ran = [];
    // By cursor, one row more tells that there is a next page, and the total is in the first one.
    const { next } = await users.query({ ...query, page: { cursor: undefined, count: 100 } });
    expect(ran).toEqual([1, 101, 200]);
    ran = [];
    await users.query({ ...query, page: { cursor: next, count: 100 } });
    expect(ran).toEqual([101, 200]);
  });

  test('the groups of a page of users take one statement', async () => {
    const ids = Array.from({ length: 100 }, (__, i) => id(i));
    const held = await groups.groupsOf?.(ids);
    // Two are in all groups; the others in one, and through it in those that hold it.
    const references = [...(held?.values() ?? [])].reduce((sum, { length }) => sum + length, 0);
    expect(ran).toEqual([references]);
  });

  test('a page of 100 groups, with members and without', async () => {
    const page = { startIndex: 11, count: 100 };
    await groups.query({ page, selection: SELECTION });
    expect(ran).toEqual([100, 1]);
    ran = [];
    await groups.query({ page, selection: WITH_MEMBERS });
    // Those that are users, and those that are groups, come by a statement each.
    expect(ran).toEqual([100, 1, 200, 100]);
  });

  test('one resource', async () => {
    expect(await users.get(id(7), SELECTION)).toBeDefined();
    expect(ran).toEqual([1, 2]);
    ran = [];
    expect(await groups.get('g-0', SELECTION)).toBeDefined();
    expect(ran).toEqual([1]);
    ran = [];
    expect(await users.get('nobody', SELECTION)).toBeUndefined();
    expect(ran).toEqual([0]);
  });

  test('a member more or less costs the same in a group of 2,000 as in one of three', async () => {
    const members = opened.directory.groups.type.byName.get('members');
    const cost = async (group: string, op: 'add' | 'remove', user: string) => {
      ran = [];
      const change = {
        ...{ op, attribute: members, sub: undefined, filter: undefined, ids: [user] },
        ...{ value: [{ value: user }], elements: op === 'remove' ? [{ value: user }] : undefined },
      };
      const written = await groups.patch?.(group, [change as never], {});
      expect(written?.relations).toHaveLength(1);
      const [delta] = written?.relations ?? [];
      expect([delta?.added, delta?.removed]).toEqual(op === 'add' ? [[user], []] : [[], [user]]);
      return ran;
    };
    const small = await cost('g-5', 'add', id(0));
    expect(await cost('g-0', 'add', id(0))).toEqual(small);
    expect(small.length).toBeLessThan(12);
    expect(Math.max(...small)).toBe(1);
    const less = await cost('g-5', 'remove', id(0));
    expect(await cost('g-0', 'remove', id(0))).toEqual(less);
    expect(Math.max(...less)).toBe(1);
  });

  test('of members that are handed on in pieces, a page has no more than its share', async () => {
    const { app, library } = { ...opened, ...database };
    const camel = (text: string) =>
      app.naming === 'camelCase'
        ? text.replace(/_(\w)/g, (__, letter: string) => letter.toUpperCase())
        : text;
    const [people, teams, table] = {
      kysely: ['users', 'teams', 'team_members'],
      drizzle: ['users', 'teams', 'teamMembers'],
      prisma: ['User', 'Team', 'TeamMember'],
    }[library] as [string, string, string];
    const mapped = createMappedDatabase<Untyped, Untyped>(app.app);
    const of = mapped.map(User, {
      ...{ table: people, key: { column: 'id', type: 'integer' }, attributes: { userName: 'email' } },
    } as Untyped);
    const members = { table, holder: camel('team_id'), member: camel('user_id'), of };
    const store = mapped
      .map(Group, {
        ...{ table: teams, key: 'id', version: 'version', attributes: { displayName: 'name', members } },
      } as Untyped)
      .open({} as Untyped);
    const page = { startIndex: 1, count: 100 };
    const { resources } = await store.query({ page, selection: { ...WITH_MEMBERS, limit: 5 } });
    const sizes = resources.map(({ relations }) => relations?.get('members')?.length);
    expect(sizes.filter((size) => size === 5)).toHaveLength(
      resources.some(({ attributes }) => attributes.displayName === 'g0') ? 1 : 0,
    );
    expect(ran).toEqual([100, 1, 6 + 99 * 2]);
    const [large] = resources;
    ran = [];
    const one = await store.get(large?.id ?? '', { ...WITH_MEMBERS, limit: 5 });
    expect(one?.relations?.get('members')).toHaveLength(5);
    expect(ran).toEqual([1, 6]);
    // And the rest, piece by piece.
    const last = one?.relations?.get('members')?.at(-1)?.value;
    expect(await store.references?.(large?.id ?? '', 'members', last, 7)).toHaveLength(7);
  });
});
