// The app's users and teams as resources: the mapping, with the names that each library has for tables and columns.
import { Group, type Store, User } from '../../packages/scimkit/src/index.ts';
import type { AppDatabase } from '../../packages/scimkit/src/store/mapped/app-database.ts';
import { createMappedDatabase } from '../../packages/scimkit/src/store/mapped/mapped-database.ts';
import { whileNull } from '../../packages/scimkit/src/store/mapped/while-null.ts';
import type { Library } from '../../packages/scimkit/test/mapped/tables.ts';

/** The only tenant. */
export const ORGANISATION = 1;

// biome-ignore lint/suspicious/noExplicitAny: each library has a transaction of its own kind, and tables of its own type
export type Untyped = any;

/** What the libraries call the tables, where they don't call them as the database does. */
const TABLES: Readonly<Record<Library, Readonly<Record<string, string>>>> = {
  kysely: {},
  drizzle: { user_emails: 'userEmails', team_members: 'teamMembers' },
  prisma: {
    users: 'User',
    profiles: 'Profile',
    user_emails: 'UserEmail',
    teams: 'Team',
    team_members: 'TeamMember',
  },
};

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** The stores, opened for one operation. */
export interface Stores {
  readonly users: Store;
  readonly groups: Store;
}

/** The app's database as resources. */
export interface Directory {
  readonly types: { readonly user: Untyped; readonly group: Untyped };
  /** One operation, as the service provider carries it out: in the app's transaction. */
  operate(kind: 'read' | 'write', work: (stores: Stores) => Promise<unknown>): Promise<unknown>;
}

/** Maps the tables. */
export function mapDirectory(app: AppDatabase<Untyped>, library: Library): Directory {
  const table = (name: string) => TABLES[library][name] ?? name;
  const column = (name: string) =>
    library === 'kysely' ? name : name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const database = createMappedDatabase<Untyped, Untyped>(app);
  const users = database.map(User, {
    table: table('users'),
    key: { column: 'id', type: 'integer' },
    side: 'scim_users',
    joins: { [table('profiles')]: column('user_id') },
    where: { organisation: column('organisation_id') },
    exclude: { [column('is_system')]: true },
    attributes: {
      userName: 'email',
      'name.givenName': column('first_name'),
      'name.familyName': column('last_name'),
      title: 'title',
      active: whileNull(column('disabled_at')),
      emails: {
        table: table('user_emails'),
        key: column('user_id'),
        columns: { value: 'address', type: 'label', primary: column('is_primary') },
        order: 'id',
      },
      [`${ENTERPRISE}:department`]: { table: table('profiles'), column: 'department' },
      [`${ENTERPRISE}:employeeNumber`]: { table: table('profiles'), column: column('employee_number') },
    },
    lastModified: column('updated_at'),
  } as Untyped);
  const groups = database.map(Group, {
    table: table('teams'),
    key: 'id',
    where: { organisation: column('organisation_id') },
    version: 'version',
    created: column('created_at'),
    lastModified: column('updated_at'),
    defaults: { id: () => crypto.randomUUID() },
    attributes: {
      displayName: 'name',
      members: {
        table: table('team_members'),
        holder: column('team_id'),
        member: column('user_id'),
        of: users,
      },
    },
  } as Untyped);
  const where = { organisation: ORGANISATION };
  return {
    types: { user: users.type, group: groups.type },
    operate: (kind, work) =>
      database.transaction.run(
        (tx) =>
          work({
            users: users.open({ tx, where } as Untyped),
            groups: groups.open({ tx, where } as Untyped),
          }),
        kind,
      ),
  };
}
