// The app's database through Kysely: better-sqlite3, or a pool of pg.
import Database from 'better-sqlite3';
import { CompiledQuery, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import type { Pool } from 'pg';
import { kyselyApp } from '../../packages/scimkit/src/store/mapped/kysely-app.ts';
import type { Row } from '../../packages/scimkit/src/store/sql/fragment.ts';
import type { KyselyTables } from '../../packages/scimkit/test/mapped/kysely-tables.ts';
import type { Dialect } from '../../packages/scimkit/test/mapped/tables.ts';
import type { Calls, Raw } from './app.ts';
import { ORGANISATION } from './directory.ts';
import { toEmail, toUser } from './hand.ts';
import { numbered } from './numbered.ts';

interface Tables extends KyselyTables {
  scim_users: {
    owner: number;
    id: string;
    version: number;
    created: string;
    last_modified: string;
    document: string;
    folded: string;
  };
}

type Db = Kysely<Tables>;

export function openKysely(dialect: Dialect, place: string | Pool) {
  const client = typeof place === 'string' ? new Database(place) : undefined;
  const db: Db = new Kysely<Tables>({
    dialect: client ? new SqliteDialect({ database: client }) : new PostgresDialect({ pool: place as Pool }),
  });
  return {
    database: kyselyApp(db),
    raw: rawOf(db, dialect),
    calls: callsOf(db, dialect),
    close: async () => {
      client?.close();
    },
  };
}

function rawOf(db: Db, dialect: Dialect): Raw {
  return {
    prepare(text) {
      const own = dialect === 'postgres' ? numbered(text) : text;
      return async (tx: Db, parameters) =>
        (await tx.executeQuery(CompiledQuery.raw(own, parameters as unknown[]))).rows as readonly Row[];
    },
    transact: (kind, work) => (kind === 'read' ? work(db) : db.transaction().execute(work)),
  };
}

const selectUsers = (tx: Db) =>
  tx
    .selectFrom('users as u')
    .innerJoin('scim_users as s', 's.owner', 'u.id')
    .leftJoin('profiles as p', 'p.user_id', 'u.id')
    .where('u.organisation_id', '=', ORGANISATION)
    .where(sql<boolean>`NOT u.is_system`)
    .select([
      ...(['u.id as key', 's.id as id', 's.version as version', 's.created as created'] as const),
      ...(['u.updated_at as updatedAt', 'u.email as email', 'u.first_name as givenName'] as const),
      ...(['u.last_name as familyName', 'u.title as title', 'u.disabled_at as disabledAt'] as const),
      ...(['p.department as department', 'p.employee_number as employeeNumber'] as const),
    ]);

type UserRow = Awaited<ReturnType<ReturnType<typeof selectUsers>['execute']>>[number];

async function withEmails(tx: Db, users: readonly UserRow[]) {
  if (users.length === 0) return [];
  const keys = users.map(({ key }) => key);
  const rows = await tx
    .selectFrom('user_emails')
    .select(['user_id', 'address', 'label', 'is_primary'])
    .where('user_id', 'in', keys)
    .orderBy('id')
    .execute();
  const byKey = Map.groupBy(rows, ({ user_id }) => user_id);
  return users.map((user) =>
    toUser(
      user,
      (byKey.get(user.key) ?? []).map(({ address, label, is_primary }) =>
        toEmail(address, label, is_primary),
      ),
    ),
  );
}

function callsOf(db: Db, dialect: Dialect): Calls {
  const isPostgres = dialect === 'postgres';
  const instant = () => (isPostgres ? new Date() : new Date().toISOString());
  const flag = (value: boolean) => (isPostgres ? value : Number(value));
  const found = async (rows: Promise<UserRow[]>) => {
    const resources = await withEmails(db, await rows);
    return { total: resources.length, resources };
  };
  const keyOf = (tx: Db, id: string) =>
    tx.selectFrom('scim_users').select('owner').where('id', '=', id).executeTakeFirstOrThrow();
  const one = async (tx: Db, id: string) =>
    (await withEmails(tx, await selectUsers(tx).where('s.id', '=', id).execute()))[0];
  return {
    get: (id) => one(db, id),
    byUserName: (userName) =>
      found(
        selectUsers(db)
          .where(sql`lower(u.email)`, '=', userName.toLowerCase())
          .orderBy('u.id')
          .limit(100)
          .execute(),
      ),
    byAddress: (address) =>
      found(
        selectUsers(db)
          .where('u.id', 'in', (from) =>
            from
              .selectFrom('user_emails')
              .select('user_id')
              .where(sql`lower(address)`, '=', address.toLowerCase()),
          )
          .orderBy('u.id')
          .limit(100)
          .execute(),
      ),
    async page(offset, count) {
      const users = await selectUsers(db).orderBy('u.id').limit(count).offset(offset).execute();
      const { total } = await db
        .selectFrom('users as u')
        .innerJoin('scim_users as s', 's.owner', 'u.id')
        .where('u.organisation_id', '=', ORGANISATION)
        .where(sql<boolean>`NOT u.is_system`)
        .select((from) => from.fn.countAll().as('total'))
        .executeTakeFirstOrThrow();
      return { total: Number(total), resources: await withEmails(db, users) };
    },
    create: (user) =>
      db.transaction().execute(async (tx) => {
        const { id: owner } = await tx
          .insertInto('users')
          .values({
            organisation_id: ORGANISATION,
            email: user.userName,
            first_name: user.givenName,
            last_name: user.familyName,
            title: user.title,
            updated_at: instant(),
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        await tx
          .insertInto('profiles')
          .values({ user_id: owner, department: user.department, employee_number: user.employeeNumber })
          .execute();
        const id = crypto.randomUUID();
        const now = new Date().toISOString();
        await tx
          .insertInto('scim_users')
          .values({ owner, id, version: 1, created: now, last_modified: now, document: '{}', folded: '{}' })
          .execute();
        await tx
          .insertInto('user_emails')
          .values(
            user.emails.map(({ value, type, primary }) => ({
              user_id: owner,
              address: value,
              label: type,
              is_primary: flag(primary),
            })),
          )
          .execute();
        return (await one(tx, id)) as NonNullable<Awaited<ReturnType<typeof one>>>;
      }),
    deactivate: (id) =>
      db.transaction().execute(async (tx) => {
        const { owner } = await keyOf(tx, id);
        await tx
          .updateTable('users')
          .set({ disabled_at: instant(), updated_at: instant() })
          .where('id', '=', owner)
          .where('organisation_id', '=', ORGANISATION)
          .execute();
        await tx
          .updateTable('scim_users')
          .set((from) => ({ version: from('version', '+', 1), last_modified: new Date().toISOString() }))
          .where('owner', '=', owner)
          .execute();
        return (await one(tx, id)) as NonNullable<Awaited<ReturnType<typeof one>>>;
      }),
    addMember: (team, user) =>
      db.transaction().execute(async (tx) => {
        const { owner } = await keyOf(tx, user);
        await tx
          .updateTable('teams')
          .set((from) => ({ version: from('version', '+', 1), updated_at: instant() }))
          .where('id', '=', team)
          .where('organisation_id', '=', ORGANISATION)
          .execute();
        await tx.insertInto('team_members').values({ team_id: team, user_id: owner }).execute();
      }),
    remove: (id) =>
      db.transaction().execute(async (tx) => {
        const { owner } = await keyOf(tx, id);
        await tx.deleteFrom('team_members').where('user_id', '=', owner).execute();
        await tx.deleteFrom('user_emails').where('user_id', '=', owner).execute();
        await tx.deleteFrom('profiles').where('user_id', '=', owner).execute();
        await tx.deleteFrom('scim_users').where('owner', '=', owner).execute();
        await tx.deleteFrom('users').where('id', '=', owner).execute();
      }),
  };
}
