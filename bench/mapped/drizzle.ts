// The app's database through Drizzle: better-sqlite3, or a pool of pg.
import Database from 'better-sqlite3';
import { and, asc, count as countOf, eq, inArray, not, sql } from 'drizzle-orm';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import * as pg from 'drizzle-orm/pg-core';
import * as lite from 'drizzle-orm/sqlite-core';
import type { Pool } from 'pg';
import { drizzleApp } from '../../packages/scimkit/src/store/mapped/drizzle-app.ts';
import type { Row } from '../../packages/scimkit/src/store/sql/fragment.ts';
import { postgresTables, sqliteTables } from '../../packages/scimkit/test/mapped/drizzle-tables.ts';
import type { Dialect } from '../../packages/scimkit/test/mapped/tables.ts';
import type { Calls, Raw } from './app.ts';
import { ORGANISATION, type Untyped } from './directory.ts';
import { type Stored, toEmail, toUser } from './hand.ts';

const sqliteSchema = {
  ...sqliteTables,
  scimUsers: lite.sqliteTable('scim_users', {
    owner: lite.integer().primaryKey(),
    id: lite.text().notNull(),
    version: lite.integer().notNull().default(1),
    created: lite.text().notNull(),
    lastModified: lite.text().notNull(),
    document: lite.text().notNull(),
    folded: lite.text().notNull(),
  }),
};

const postgresSchema = {
  ...postgresTables,
  scimUsers: pg.pgTable('scim_users', {
    owner: pg.integer().primaryKey(),
    id: pg.text().notNull(),
    version: pg.bigint({ mode: 'number' }).notNull().default(1),
    created: pg.text().notNull(),
    lastModified: pg.text().notNull(),
    document: pg.text().notNull(),
    folded: pg.jsonb().notNull(),
  }),
};

type PostgresDb = ReturnType<typeof drizzlePostgres>;

export function openDrizzle(dialect: Dialect, place: string | Pool) {
  const client = typeof place === 'string' ? new Database(place) : undefined;
  const db: Untyped = client
    ? drizzleSqlite({ client, casing: 'snake_case' })
    : drizzlePostgres({ client: place as Pool, casing: 'snake_case' });
  // The developer has one of both schemas; what is called is the same in both.
  const schema = (dialect === 'sqlite' ? sqliteSchema : postgresSchema) as typeof postgresSchema;
  const raw = rawOf(db, dialect);
  return {
    database: drizzleApp(db, dialect === 'sqlite' ? sqliteTables : postgresTables),
    raw,
    calls: callsOf(raw, db, schema),
    close: async () => {
      client?.close();
    },
  };
}

function rawOf(db: Untyped, dialect: Dialect): Raw {
  const isPostgres = dialect === 'postgres';
  return {
    prepare(text) {
      // What a template of sql`...` with these parameters comes to.
      const pieces = text.split('?');
      const strings = Object.assign(pieces, { raw: pieces }) as unknown as TemplateStringsArray;
      // A list would be taken for a list of parameters.
      const written = (parameters: readonly unknown[]) =>
        sql(strings, ...parameters.map((value) => (Array.isArray(value) ? sql.param(value) : value)));
      const hasRows = /^\s*(SELECT|WITH)|RETURNING/.test(text);
      if (isPostgres) return async (tx, parameters) => (await tx.execute(written(parameters))).rows as Row[];
      if (hasRows) return async (tx, parameters) => tx.all(written(parameters)) as Row[];
      return async (tx, parameters) => {
        tx.run(written(parameters));
        return [];
      };
    },
    async transact(kind, work) {
      if (kind === 'read') return work(db);
      if (isPostgres) return db.transaction(work);
      // Drizzle's own transactions on better-sqlite3 don't wait for promises, such as those of an app's hooks.
      db.run(sql`BEGIN immediate`);
      try {
        const result = await work(db);
        db.run(sql`COMMIT`);
        return result;
      } catch (error) {
        db.run(sql`ROLLBACK`);
        throw error;
      }
    },
  };
}

type Schema = typeof postgresSchema;

function callsOf({ transact }: Raw, db: PostgresDb, schema: Schema): Calls {
  const { users, profiles, userEmails, teams, teamMembers, scimUsers } = schema;
  const isVisible = () => and(eq(users.organisationId, ORGANISATION), not(eq(users.isSystem, true)));
  const selectUsers = (tx: PostgresDb, condition?: ReturnType<typeof eq>) =>
    tx
      .select({
        key: users.id,
        ...{ id: scimUsers.id, version: scimUsers.version, created: scimUsers.created },
        ...{ updatedAt: users.updatedAt, email: users.email, givenName: users.firstName },
        ...{ familyName: users.lastName, title: users.title, disabledAt: users.disabledAt },
        ...{ department: profiles.department, employeeNumber: profiles.employeeNumber },
      })
      .from(users)
      .innerJoin(scimUsers, eq(scimUsers.owner, users.id))
      .leftJoin(profiles, eq(profiles.userId, users.id))
      .where(and(isVisible(), condition));
  type UserRow = Awaited<ReturnType<typeof selectUsers>>[number];
  async function withEmails(tx: PostgresDb, rows: readonly UserRow[]): Promise<Stored[]> {
    if (rows.length === 0) return [];
    const keys = rows.map(({ key }) => key);
    const emails = await tx
      .select()
      .from(userEmails)
      .where(inArray(userEmails.userId, keys))
      .orderBy(asc(userEmails.id));
    const byKey = Map.groupBy(emails, ({ userId }) => userId);
    return rows.map((user) =>
      toUser(
        user,
        (byKey.get(user.key) ?? []).map(({ address, label, isPrimary }) =>
          toEmail(address, label, isPrimary),
        ),
      ),
    );
  }
  const found = async (rows: Promise<UserRow[]>) => {
    const resources = await withEmails(db, await rows);
    return { total: resources.length, resources };
  };
  const ordered = (condition: ReturnType<typeof eq>) =>
    found(Promise.resolve(selectUsers(db, condition).orderBy(asc(users.id)).limit(100)));
  const one = async (tx: PostgresDb, id: string) =>
    (await withEmails(tx, await selectUsers(tx, eq(scimUsers.id, id))))[0] as Stored;
  const ownerOf = async (tx: PostgresDb, id: string) => {
    const [row] = await tx.select({ owner: scimUsers.owner }).from(scimUsers).where(eq(scimUsers.id, id));
    return (row as { owner: number }).owner;
  };
  return {
    get: (id) => one(db, id),
    byUserName: (userName) => ordered(eq(sql`lower(${users.email})`, userName.toLowerCase())),
    byAddress: (address) =>
      ordered(
        inArray(
          users.id,
          db
            .select({ key: userEmails.userId })
            .from(userEmails)
            .where(eq(sql`lower(${userEmails.address})`, address.toLowerCase())),
        ),
      ),
    async page(offset, count) {
      const rows = await selectUsers(db).orderBy(asc(users.id)).limit(count).offset(offset);
      const [counted] = await db
        .select({ total: countOf() })
        .from(users)
        .innerJoin(scimUsers, eq(scimUsers.owner, users.id))
        .where(isVisible());
      return { total: counted?.total ?? 0, resources: await withEmails(db, rows) };
    },
    create: (user) =>
      transact('write', async (tx: PostgresDb) => {
        const [row] = await tx
          .insert(users)
          .values({
            organisationId: ORGANISATION,
            email: user.userName,
            firstName: user.givenName,
            lastName: user.familyName,
            title: user.title,
          })
          .returning({ id: users.id });
        const { id: owner } = row as { id: number };
        await tx
          .insert(profiles)
          .values({ userId: owner, department: user.department, employeeNumber: user.employeeNumber });
        const id = crypto.randomUUID();
        const now = new Date().toISOString();
        await tx
          .insert(scimUsers)
          .values({ owner, id, created: now, lastModified: now, document: '{}', folded: '{}' });
        await tx.insert(userEmails).values(
          user.emails.map(({ value, type, primary }) => ({
            userId: owner,
            address: value,
            label: type,
            isPrimary: primary,
          })),
        );
        return one(tx, id);
      }),
    deactivate: (id) =>
      transact('write', async (tx: PostgresDb) => {
        const owner = await ownerOf(tx, id);
        await tx
          .update(users)
          .set({ disabledAt: new Date() })
          .where(and(eq(users.id, owner), isVisible()));
        await tx
          .update(scimUsers)
          .set({ version: sql`${scimUsers.version} + 1`, lastModified: new Date().toISOString() })
          .where(eq(scimUsers.owner, owner));
        return one(tx, id);
      }),
    addMember: (team, user) =>
      transact('write', async (tx: PostgresDb) => {
        const owner = await ownerOf(tx, user);
        await tx
          .update(teams)
          .set({ version: sql`${teams.version} + 1` })
          .where(and(eq(teams.id, team), eq(teams.organisationId, ORGANISATION)));
        await tx.insert(teamMembers).values({ teamId: team, userId: owner });
      }),
    remove: (id) =>
      transact('write', async (tx: PostgresDb) => {
        const owner = await ownerOf(tx, id);
        await tx.delete(teamMembers).where(eq(teamMembers.userId, owner));
        await tx.delete(userEmails).where(eq(userEmails.userId, owner));
        await tx.delete(profiles).where(eq(profiles.userId, owner));
        await tx.delete(scimUsers).where(eq(scimUsers.owner, owner));
        await tx.delete(users).where(eq(users.id, owner));
      }),
  };
}
