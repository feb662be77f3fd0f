import fc from 'fast-check';
import {
  formatFilter,
  parseFilter,
  type Query,
  type ResourceType,
  resolveFilter,
  ScimError,
  type Store,
  strict,
} from 'scimkit';
import { afterAll, describe, expect, test } from 'vitest';
import { resolveSort } from '../../src/protocol/sort.ts';
import type { ColumnSql } from '../../src/store/mapped/mapping.ts';
import { sql } from '../../src/store/sql/fragment.ts';
import { randomRun } from '../random-run.ts';
import { filters, sorts } from '../store/arbitraries.ts';
import { DATABASES, type TestDatabase } from './databases.ts';
import { openDirectory } from './directory.ts';

// Anchor 3 over an app's own tables: the scope AND the filter. Rows of other organisations, rows that are excluded or
// deleted, and rows that SCIM doesn't manage are not there for anyone, and nothing is done to them. SCIMKIT_SEED repeats a
// run, SCIMKIT_RUNS makes it longer.
const { seed, runs } = randomRun('mapped/scope-properties', 40);

const SELECTION = { relations: new Set<string>(['members']) };
// biome-ignore lint/suspicious/noExplicitAny: the mappings of the tests are without types
const of = (organisation: number): any => ({ where: { organisation } });
const NAMES = ['A', 'b', 'ä', 'AbC%', '_'];

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

type Opened = Awaited<ReturnType<typeof openDirectory>>;

/** How a mapping leaves rows out. */
interface Way {
  readonly users: object;
  readonly groups: object;
  /** What makes rows excluded ones. */
  readonly hide: readonly string[];
}

const camel = (test: TestDatabase) => (text: string) =>
  test.library === 'kysely' ? text : text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const WAYS: Readonly<Record<string, (test: TestDatabase) => Way>> = {
  'excluded by values, deleted for good': (test) => ({
    users: { exclude: { [camel(test)('is_system')]: true, title: 'robot' } },
    groups: { exclude: { name: 'hidden' } },
    hide: [
      "UPDATE users SET is_system = true WHERE first_name = 'hidden' AND id % 2 = 0",
      "UPDATE users SET title = 'robot' WHERE first_name = 'hidden' AND id % 2 = 1",
    ],
  }),
  'excluded by SQL, kept when deleted': (test) => ({
    users: {
      exclude: (column: ColumnSql) =>
        sql`${column(camel(test)('cost_center'), test.library === 'prisma' ? 'Profile' : 'profiles')} = ${'secret'}`,
      ...{ delete: 'soft', deletedAt: camel(test)('deleted_at'), onReturn: 'rename' },
    },
    groups: {
      exclude: (column: ColumnSql) => sql`${column('name')} LIKE ${'hidd%'}`,
      ...{ delete: 'soft', onReturn: 'rename' },
    },
    hide: [
      "UPDATE profiles SET cost_center = 'secret' WHERE user_id IN (SELECT id FROM users WHERE first_name = 'hidden')",
    ],
  }),
};

const input = (attributes: Record<string, unknown>, members?: readonly string[]) => ({
  attributes,
  relations: new Map(members && [['members', members]]),
  secrets: {},
  mentioned: new Set<string>(),
});

const user = (name: string, i: number, more: object = {}) =>
  input({
    ...{ userName: `${name}${i}`, displayName: name, externalId: `e${i}`, title: name },
    name: { givenName: 'seen', familyName: name },
    emails: [{ value: `${name}@example.org`, type: 'work', primary: i % 2 === 0 }],
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: name },
    ...more,
  });

/** Users and groups of an organisation, which see each other. */
async function fill({ directory }: Opened, organisation: number, prefix: string): Promise<void> {
  const users = directory.users.open(of(organisation));
  const groups = directory.groups.open(of(organisation));
  for (const [i, name] of NAMES.entries()) await users.create(user(name, i), { id: `${prefix}u${i}` });
  for (const [i, name] of NAMES.entries()) {
    const members = [`${prefix}u${i}`, `${prefix}u0`, ...(i > 0 ? [`${prefix}g${i - 1}`] : [])];
    await groups.create(input({ displayName: name }, members), { id: `${prefix}g${i}` });
  }
}

const keyOf = (table: string, id: string) => `(SELECT owner FROM ${table} WHERE id = '${id}')`;

/** Rows among them that are no resources, tied to those that are. */
async function crowd(opened: Opened, way: Way): Promise<void> {
  const { app, directory } = opened;
  await fill(opened, 2, 'other-');
  const users = directory.users.open(of(1));
  const groups = directory.groups.open(of(1));
  const seen = ['u0', 'u1', 'g0'];
  for (const kind of ['excluded', 'unmanaged', 'deleted']) {
    const id = (text: string) => `${kind}-${text}`;
    for (const [i, name] of NAMES.entries()) {
      const givenName = kind === 'excluded' ? 'hidden' : kind;
      await users.create(user(name, i, { userName: `${kind}${i}`, name: { givenName, familyName: name } }), {
        id: id(`u${i}`),
      });
    }
    for (const i of [0, 1]) {
      const members = [id('u0'), id('u1'), ...seen];
      await groups.create(input({ displayName: kind }, members), { id: id(`g${i}`) });
    }
    // Whoever is seen holds some of them.
    for (const member of ['u2', 'u3']) {
      await app.execute(
        `INSERT INTO team_members (team_id, user_id) VALUES (${keyOf('scim_teams', 'g1')}, ${keyOf('scim_users', id(member))})`,
      );
    }
    await app.execute(
      `INSERT INTO team_teams (parent_id, child_id) VALUES (${keyOf('scim_teams', 'g2')}, ${keyOf('scim_teams', id('g0'))})`,
    );
  }
  for (const [i] of NAMES.entries()) await users.delete(`deleted-u${i}`, {});
  for (const i of [0, 1]) await groups.delete(`deleted-g${i}`, {});
  // What the app doesn't clean up.
  await app.execute(
    `INSERT INTO team_members (team_id, user_id) SELECT ${keyOf('scim_teams', 'g1')}, id FROM users WHERE first_name = 'deleted'`,
  );
  await app.execute(
    `INSERT INTO team_members (team_id, user_id) VALUES (${keyOf('scim_teams', 'g1')}, ${keyOf('scim_users', 'other-u1')}),
      (${keyOf('scim_teams', 'other-g1')}, ${keyOf('scim_users', 'u1')})`,
  );
  await app.execute("UPDATE teams SET name = 'hidden' WHERE name = 'excluded'");
  for (const statement of way.hide) await app.execute(statement);
  for (const [side, table, name] of [
    ['scim_users', 'users', 'first_name'],
    ['scim_teams', 'teams', 'name'],
  ]) {
    await app.execute(
      `DELETE FROM ${side} WHERE owner IN (SELECT id FROM ${table} WHERE ${name} = 'unmanaged')`,
    );
  }
}

/** What a store finds, as far as it doesn't depend on when it was written. */
async function find(store: Store, query: Query) {
  const { resources, total } = await store.query(query);
  return {
    total,
    resources: resources.map(({ id, attributes, relations }) => {
      const members = [...(relations?.get('members') ?? [])].sort((a, b) => (a.value < b.value ? -1 : 1));
      return { id, attributes, members };
    }),
  };
}

async function findAlike(type: ResourceType, one: Store, other: Store): Promise<void> {
  const ids = [
    'u0',
    'u1',
    'u2',
    'g0',
    'g1',
    'excluded-u0',
    'other-u1',
    'other-g1',
    'excluded-g0',
    'deleted-u2',
  ];
  const size = fc.integer({ min: 1, max: 20 });
  let found = 0;
  await fc.assert(
    fc.asyncProperty(filters(type, ids), sorts(type), size, async (tree, order, count) => {
      let query: Query;
      try {
        const filter = resolveFilter(type, parseFilter(formatFilter(tree), { maxDepth: 50 }), {
          leniency: strict,
        });
        query = {
          filter: filter.kind === 'constant' ? undefined : filter,
          sort: order && resolveSort(type, order.sortBy, order.sortOrder, strict),
          page: { startIndex: 1, count },
          selection: SELECTION,
        };
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
        return;
      }
      const expected = await find(one, query);
      expect(await find(other, query)).toEqual(expected);
      const page = await other.query({ ...query, page: { cursor: undefined, count } });
      expect(page.resources.map(({ id }) => id)).toEqual(expected.resources.map(({ id }) => id));
      expect(page.total).toBe(expected.total);
      if (expected.resources.length > 0) found++;
    }),
    { seed, numRuns: runs },
  );
  // The run means something; few runs may find little.
  if (runs >= 100) expect(found).toBeGreaterThan(runs * 0.03);
}

/** All that is in the database of what nobody may see. */
async function unseen({ app }: Opened, isKept: boolean): Promise<unknown> {
  const users = "SELECT id FROM users WHERE first_name <> 'seen' OR organisation_id = 2";
  const teams =
    "SELECT id FROM teams WHERE name IN ('hidden', 'unmanaged', 'deleted') OR organisation_id = 2";
  const statements = [
    `SELECT * FROM users WHERE id IN (${users}) ORDER BY id`,
    `SELECT * FROM profiles WHERE user_id IN (${users}) ORDER BY user_id`,
    `SELECT * FROM user_emails WHERE user_id IN (${users}) ORDER BY id`,
    `SELECT * FROM scim_users WHERE owner IN (${users}) ORDER BY owner`,
    `SELECT * FROM teams WHERE id IN (${teams}) ORDER BY id`,
    `SELECT * FROM scim_teams WHERE owner IN (${teams}) ORDER BY owner`,
    // A row that goes takes those along that refer to it.
    `SELECT * FROM team_members WHERE team_id IN (${teams}) AND (${isKept} OR user_id IN (${users})) ORDER BY team_id, user_id`,
    `SELECT * FROM team_teams WHERE parent_id IN (${teams}) AND (${isKept} OR child_id IN (${teams})) ORDER BY parent_id, child_id`,
  ];
  const all: unknown[] = [];
  for (const statement of statements) all.push(await app.execute(statement));
  return all;
}

describe.each(DATABASES.map((database) => [database.name, database] as const))('%s', (_, database) => {
  test.each(Object.entries(WAYS))(
    '%s',
    async (name, wayOf) => {
      const isKept = name.includes('kept');
      const way = wayOf(database);
      const open = async () => {
        let made = 0;
        // The same order in both.
        const groups = { ...way.groups, defaults: { id: () => `t-${String(++made).padStart(3, '0')}` } };
        const opened = await openDirectory(database, { users: way.users, groups });
        closers.push(() => opened.app.close());
        await fill(opened, 1, '');
        return opened;
      };
      const [alone, crowded] = [await open(), await open()];
      await crowd(crowded, way);
      // When it was is no matter of what there is besides.
      for (const { app } of [alone, crowded]) {
        for (const table of ['users', 'teams']) {
          await app.execute(`UPDATE ${table} SET updated_at = (SELECT min(updated_at) FROM ${table})`);
          await app.execute(`UPDATE scim_${table} SET created = (SELECT min(created) FROM scim_${table})`);
        }
      }
      const storesOf = ({ directory }: Opened) => ({
        users: directory.users.open(of(1)),
        groups: directory.groups.open(of(1)),
      });
      const [one, other] = [storesOf(alone), storesOf(crowded)];
      for (const kind of ['users', 'groups'] as const) {
        await findAlike(crowded.directory[kind].type, one[kind], other[kind]);
      }

      // All ids that there are, and keys, which are none.
      const { app } = crowded;
      const rows = await app.execute('SELECT id FROM users');
      const teams = await app.execute('SELECT id FROM teams');
      const kinds = ['', 'excluded-', 'unmanaged-', 'deleted-', 'other-'];
      const ids = kinds.flatMap((kind) => NAMES.flatMap((__, i) => [`${kind}u${i}`, `${kind}g${i}`]));
      ids.push(...[...rows, ...teams].map(({ id }) => String(id)));
      const isSeen = (id: string) => /^[ug]\d$/.test(id);
      const before = await unseen(crowded, isKept);
      const held = async (stores: typeof one) => stores.groups.groupsOf?.(ids.filter(isSeen));
      expect(await held(other)).toEqual(await held(one));
      expect(
        [...((await other.groups.groupsOf?.(ids.filter((id) => !isSeen(id)))) ?? [])].flatMap(
          ([, list]) => list,
        ),
      ).toEqual([]);

      const operation = fc.record({
        name: fc.constantFrom('get', 'replace', 'patch', 'delete', 'add', 'remove'),
        id: fc.constantFrom(...ids),
        member: fc.constantFrom(...ids),
      });
      const gone = new Set<string>();
      await fc.assert(
        fc.asyncProperty(operation, async ({ name, id, member }) => {
          for (const kind of ['users', 'groups'] as const) {
            const mine = isSeen(id) && id.startsWith(kind === 'users' ? 'u' : 'g') && !gone.has(id);
            const store = other[kind];
            const { type } = crowded.directory[kind];
            const members = type.byName.get('members');
            const change = (
              op: 'add' | 'remove' | 'replace',
              attribute: string,
              value: unknown,
              ids?: string[],
            ) => ({
              ...{ op, attribute: type.byName.get(attribute.toLowerCase()), value, ids },
              ...{
                sub: undefined,
                filter: undefined,
                elements: op === 'remove' && ids ? ids.map((v) => ({ value: v })) : undefined,
              },
            });
            // biome-ignore lint/suspicious/noExplicitAny: changes as the service provider makes them of a request
            const patch = (given: any) => store.patch?.(id, [given], {});
            let result: unknown;
            if (name === 'get') result = await store.get(id, SELECTION);
            else if (name === 'replace') {
              const attributes =
                kind === 'users'
                  ? user('A', 0, { userName: `new-${id}` })
                  : input({ displayName: 'A' }, [member]);
              result = await store.replace(id, attributes, {});
            } else if (name === 'delete') {
              // Few, so that some are left.
              if (isSeen(id) && id.endsWith('0') === false && !id.endsWith('4')) continue;
              result = await store.delete(id, {});
              if (mine) gone.add(id);
            } else if (!members || name === 'patch')
              result = await patch(change('replace', 'displayName', 'A'));
            else
              result = await patch(
                change(name as 'add' | 'remove', 'members', [{ value: member }], [member]),
              );
            expect(result !== undefined, `${name} ${kind} ${id}`).toBe(mine);
            if (kind === 'groups' && mine && name !== 'delete') {
              const listed = (await store.get(id, SELECTION))?.relations?.get('members') ?? [];
              expect(listed.filter(({ value }) => !isSeen(value) || gone.has(value))).toEqual([]);
              if (name === 'add')
                expect(listed.some(({ value }) => value === member)).toBe(
                  isSeen(member) && !gone.has(member),
                );
            }
          }
        }),
        { seed, numRuns: runs, endOnFailure: true },
      );
      expect(await unseen(crowded, isKept)).toEqual(before);
      for (const kind of ['users', 'groups'] as const) {
        for (const id of ids) if (!gone.has(id)) await other[kind].delete(id, {});
        expect(
          await find(other[kind], { page: { startIndex: 1, count: 100 }, selection: SELECTION }),
        ).toEqual({
          ...{ total: 0, resources: [] },
        });
      }
      expect(await unseen(crowded, isKept)).toEqual(before);
    },
    600_000,
  );
});
