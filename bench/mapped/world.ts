// Who is in the app's tables: users that are all made from one that the store created, and teams.
import { type ResourceType, User } from '../../packages/scimkit/src/index.ts';
import type { Row } from '../../packages/scimkit/src/store/sql/fragment.ts';
import { sideTable } from '../../packages/scimkit/src/store/mapped/side-table.ts';
import { tablesFor } from '../../packages/scimkit/test/mapped/tables.ts';
import { readInput } from '../million/input.ts';
import type { App, NewUser } from './app.ts';
import { type Directory, ORGANISATION } from './directory.ts';

/** How many there are. */
export interface Size {
  readonly users: number;
  readonly teams: number;
  /** The members of the large team; the others have ten. */
  readonly large: number;
}

/** A user that an operation is about. */
export interface Person {
  readonly key: string;
  readonly id: string;
  readonly userName: string;
  readonly address: string;
}

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** A user as a client sends it. */
export function newUser(prefix: string, number: number): NewUser {
  const padded = String(number).padStart(8, '0');
  const userName = `${prefix}.${padded}@example.com`;
  return {
    ...{ userName, givenName: 'Ada', familyName: 'Abbott', title: 'Engineer II' },
    ...{ department: 'Engineering', employeeNumber: '00001234' },
    emails: [
      { value: `mail.${userName}`, type: 'work', primary: true },
      { value: `home.${userName}`, type: 'home', primary: false },
    ],
  };
}

/** The same, as the store gets it. */
export function inputOf(type: ResourceType, user: NewUser) {
  return readInput(type, {
    schemas: [User.definition.schema.id, ENTERPRISE],
    ...{ userName: user.userName, title: user.title, active: true, emails: user.emails },
    name: { givenName: user.givenName, familyName: user.familyName },
    [ENTERPRISE]: { department: user.department, employeeNumber: user.employeeNumber },
  });
}

const USER =
  'organisation_id, first_name, last_name, title, disabled_at, is_system, created_at, updated_at, deleted_at';
const SIDE = 'version, created, last_modified, is_linked, document, folded';

/** The app's tables, filled. */
export class World {
  readonly app: App;
  readonly size: Size;
  readonly people: Person[] = [];
  readonly teams: string[] = [];

  private constructor(app: App, size: Size) {
    this.app = app;
    this.size = size;
  }

  static async fill(app: App, directory: Directory, size: Size): Promise<World> {
    const { dialect, library } = app;
    const world = new World(app, size);
    const statements = [
      ...tablesFor(dialect, library),
      ...sideTable('scim_users', { dialect, references: 'users (id)', keyType: 'INTEGER' }),
      'CREATE UNIQUE INDEX users_email ON users (organisation_id, lower(email))',
      'CREATE INDEX users_page ON users (organisation_id, id)',
      'CREATE INDEX user_emails_user ON user_emails (user_id)',
      'CREATE INDEX user_emails_address ON user_emails (lower(address))',
      'CREATE INDEX user_emails_own ON user_emails (address)',
      'CREATE INDEX team_members_user ON team_members (user_id)',
      'CREATE INDEX team_teams_child ON team_teams (child_id)',
      `INSERT INTO organisations (id, name) VALUES (${ORGANISATION}, 'Acme')`,
    ];
    for (const statement of statements) await app.execute(statement);
    const input = inputOf(directory.types.user, newUser('template', 0));
    await directory.operate('write', ({ users }) => users.create(input, {}));
    world.people.push(...(await world.add('user', size.users)));
    await world.addTeams(directory);
    await app.execute('ANALYZE');
    return world;
  }

  /** The large team. */
  get large(): string {
    return this.teams[0] as string;
  }

  /** Those who are in no team. */
  get loners(): readonly Person[] {
    return this.people.slice(this.people.length / 2);
  }

  /** Makes users like the first one. */
  async add(prefix: string, count: number): Promise<readonly Person[]> {
    const { app } = this;
    const isPostgres = app.dialect === 'postgres';
    const series = isPostgres
      ? `generate_series(0, ${count - 1}) AS n (i)`
      : `(WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1}) SELECT i FROM n) AS n`;
    const padded = isPostgres ? "lpad(CAST(n.i AS TEXT), 8, '0')" : "printf('%08d', n.i)";
    const name = `'${prefix}.' || ${padded} || '@example.com'`;
    const like = `u.email LIKE '${prefix}.%'`;
    for (const statement of [
      `INSERT INTO users (${USER}, email) SELECT ${USER}, ${name} FROM users, ${series} WHERE email LIKE 'template.%' ORDER BY n.i`,
      `INSERT INTO profiles (user_id, department, employee_number) SELECT u.id, p.department, p.employee_number
         FROM profiles p, users u WHERE p.user_id = (SELECT min(id) FROM users) AND ${like}`,
      `INSERT INTO scim_users (owner, id, ${SIDE}) SELECT u.id, '${prefix}-' || u.id, ${SIDE.replace(/\w+/g, 's.$&')}
         FROM scim_users s, users u WHERE s.owner = (SELECT min(id) FROM users) AND ${like}`,
      `INSERT INTO user_emails (user_id, address, label, is_primary)
         SELECT u.id, CASE label WHEN 'work' THEN 'mail.' ELSE 'home.' END || u.email, e.label, e.is_primary
         FROM user_emails e, users u WHERE e.user_id = (SELECT min(id) FROM users) AND ${like} ORDER BY u.id, e.id`,
    ]) {
      await app.execute(statement);
    }
    const rows = await app.execute(`SELECT u.id, u.email FROM users u WHERE ${like} ORDER BY u.id`);
    return rows.map(({ id, email }: Row) => ({
      key: String(id),
      id: `${prefix}-${id}`,
      userName: String(email),
      address: `mail.${email}`,
    }));
  }

  /** Removes users that were made, in whatever way. */
  async remove(prefix: string): Promise<void> {
    const keys = `SELECT id FROM users WHERE email LIKE '${prefix}.%'`;
    await this.app.execute(`DELETE FROM user_emails WHERE user_id IN (${keys})`);
    await this.app.execute(`DELETE FROM profiles WHERE user_id IN (${keys})`);
    await this.app.execute(`DELETE FROM scim_users WHERE owner IN (${keys})`);
    await this.app.execute(`DELETE FROM users WHERE email LIKE '${prefix}.%'`);
  }

  /** How many rows there are in each table. */
  async rows(): Promise<unknown> {
    const tables = ['users', 'profiles', 'scim_users', 'user_emails', 'team_members'];
    const counts = tables.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`);
    return (await this.app.execute(`SELECT ${counts.join(', ')}`))[0];
  }

  private async addTeams(directory: Directory): Promise<void> {
    const { group } = directory.types;
    const { teams, large } = this.size;
    let start = large;
    for (let index = 0; index < teams; index += 1) {
      const members = index === 0 ? this.people.slice(0, large) : this.people.slice(start, start + 10);
      if (index > 0) start += 10;
      const input = readInput(group, {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName: `Team ${index}`,
        members: members.map(({ id }) => ({ value: id })),
      });
      const created = await directory.operate('write', ({ groups }) => groups.create(input, {}));
      this.teams.push((created as { id: string }).id);
    }
  }
}
