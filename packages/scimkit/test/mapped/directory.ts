// Users and groups in the tables of an app that was there before SCIM, through each library: what the batteries run against.
import { Group, type ResourceType, type Scope, type Store, User } from 'scimkit';
import { afterAll } from 'vitest';
import { createMappedDatabase } from '../../src/store/mapped/mapped-database.ts';
import { sideTable } from '../../src/store/mapped/side-table.ts';
import { sql } from '../../src/store/sql/fragment.ts';
import { DATABASES, type TestApp, type TestDatabase } from './databases.ts';

/** What the libraries call the tables, where they don't call them as the database does. */
const TABLES: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> = {
  kysely: {},
  drizzle: { user_emails: 'userEmails', team_members: 'teamMembers', team_teams: 'teamTeams' },
  prisma: {
    users: 'User',
    profiles: 'Profile',
    user_emails: 'UserEmail',
    teams: 'Team',
    team_members: 'TeamMember',
    team_teams: 'TeamTeam',
  },
};

// biome-ignore lint/suspicious/noExplicitAny: the types of mappings have tests of their own; here names come from each library
type Untyped = any;

/** The mappings of users and groups, with the names that a library has for columns. */
export function mapDirectory(
  app: TestApp & { readonly library: string },
  more: { readonly users?: object; readonly groups?: object } = {},
) {
  const name = (text: string) =>
    app.naming === 'camelCase' ? text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) : text;
  const table = (text: string) => TABLES[app.library]?.[text] ?? text;
  const database = createMappedDatabase<Untyped, Untyped>(app.app);
  const users = database.map(User, {
    table: table('users'),
    key: { column: 'id', type: 'integer' },
    side: 'scim_users',
    joins: { [table('profiles')]: name('user_id') },
    where: { organisation: name('organisation_id') },
    exclude: { [name('is_system')]: true },
    attributes: {
      userName: 'email',
      'name.givenName': name('first_name'),
      'name.familyName': { column: name('last_name') },
      title: 'title',
      active: {
        column: name('disabled_at'),
        read: (disabledAt: unknown) => disabledAt === null || disabledAt === undefined,
        write: (active: boolean | undefined) => (active === false ? new Date() : null),
        filter: (column: Untyped) => sql`${column(name('disabled_at'))} IS NULL`,
      },
      emails: {
        table: table('user_emails'),
        key: name('user_id'),
        columns: { value: 'address', type: 'label', primary: name('is_primary') },
        order: 'id',
      },
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department': {
        table: table('profiles'),
        column: 'department',
      },
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber': {
        table: table('profiles'),
        column: name('employee_number'),
      },
    },
    lastModified: name('updated_at'),
    ...more.users,
  } as Untyped);
  const groups = database.map(Group, {
    table: table('teams'),
    key: 'id',
    side: 'scim_teams',
    where: { organisation: name('organisation_id') },
    version: 'version',
    defaults: { id: () => crypto.randomUUID() },
    attributes: {
      displayName: 'name',
      members: [
        { table: table('team_members'), holder: name('team_id'), member: name('user_id'), of: users },
        { table: table('team_teams'), holder: name('parent_id'), member: name('child_id'), of: 'self' },
      ],
    },
    lastModified: name('updated_at'),
    ...more.groups,
  } as Untyped);
  return { database, users, groups };
}

/** An app's database that a file's tests share, with organisations and side tables. */
interface Shared {
  readonly app: TestApp;
  readonly directory: ReturnType<typeof mapDirectory>;
}

/** How many organisations a database has from the first: tests take them one after the other. */
const ORGANISATIONS = 3_000;

/** An app's own database, with users and groups. */
export async function openDirectory(
  test: TestDatabase,
  more: Parameters<typeof mapDirectory>[1] = {},
): Promise<Shared> {
  const app = await test.open();
  const { dialect } = app.app;
  const statements = [
    ...sideTable('scim_users', { dialect, references: 'users (id)', keyType: 'INTEGER' }),
    ...sideTable('scim_teams', { dialect, references: 'teams (id)', keyType: 'TEXT' }),
    dialect === 'sqlite'
      ? `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ORGANISATIONS})
         INSERT INTO organisations (name) SELECT 'organisation ' || i FROM n`
      : `INSERT INTO organisations (name) SELECT 'organisation ' || i FROM generate_series(1, ${ORGANISATIONS}) i`,
  ];
  for (const statement of statements) await app.execute(statement);
  return { app, directory: mapDirectory({ ...app, library: test.library }, more) };
}

/** What a battery needs of a database. */
export interface MappedTestDatabase {
  open(type: ResourceType, scope: Scope): Store;
}

/**
 * Makes databases that are one: each has organisations of its own, for the tenants and connections that it is asked for, so
 * that none sees another's rows.
 */
export function mappedDatabases(test: TestDatabase): () => MappedTestDatabase {
  let shared: Promise<Shared> | undefined;
  let organisations = 0;
  afterAll(async () => {
    if (shared) await (await shared).app.close();
  });
  return () => {
    const byScope = new Map<string, number>();
    return {
      open(type, { tenant, connection = 'default' }) {
        const scope = JSON.stringify([tenant, connection]);
        const organisation = byScope.get(scope) ?? ++organisations;
        byScope.set(scope, organisation);
        shared ??= openDirectory(test);
        const opened = shared.then(({ directory }) =>
          (type.name === 'Group' ? directory.groups : directory.users).open({
            where: { organisation },
          } as Untyped),
        );
        return later(opened, scope);
      },
    };
  };
}

/** A store that is there later. */
function later(opened: Promise<Store>, scope: string): Store {
  return {
    scope,
    create: async (...given) => (await opened).create(...given),
    get: async (...given) => (await opened).get(...given),
    query: async (...given) => (await opened).query(...given),
    replace: async (...given) => (await opened).replace(...given),
    patch: async (...given) => (await opened).patch?.(...given),
    delete: async (...given) => (await opened).delete(...given),
    groupsOf: async (...given) => (await (await opened).groupsOf?.(...given)) ?? new Map(),
    newId: () => crypto.randomUUID(),
  };
}

/** An app's own tables among the stores that a battery runs against. */
export const MAPPED = DATABASES.map((test) => [test.name, mappedDatabases(test)] as const);
