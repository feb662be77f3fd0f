// Tables, columns and the values that are read from them, of each library's own types; what is misspelt doesn't compile.
import { PrismaPg } from '@prisma/adapter-pg';
import { drizzle as drizzleSync } from 'drizzle-orm/better-sqlite3';
import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { PgTransaction } from 'drizzle-orm/pg-core';
import { drizzle as drizzleProxy } from 'drizzle-orm/sqlite-proxy';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import type { Kysely, Transaction } from 'kysely';
import { drizzleDatabase } from '../../../src/store/mapped/drizzle.ts';
import { kyselyDatabase } from '../../../src/store/mapped/kysely.ts';
import type { MappedDatabase } from '../../../src/store/mapped/mapped-database.ts';
import { prismaDatabase } from '../../../src/store/mapped/prisma.ts';
import { type Equal, holds } from '../../types/equal.ts';
import { postgresTables, sqliteTables } from '../drizzle-tables.ts';
import type { KyselyTables } from '../kysely-tables.ts';
import { PrismaClient } from '../prisma/generated/postgres/client.ts';

type TablesOf<Database> = Database extends MappedDatabase<infer Tables, infer _> ? Tables : never;
type TransactionOf<Database> = Database extends MappedDatabase<infer _, infer Tx> ? Tx : never;

const TABLES = [
  'organisations',
  'users',
  'profiles',
  'userEmails',
  'teams',
  'teamMembers',
  'teamTeams',
  'accounts',
  'accountDetails',
  'accountTags',
] as const;

// Kysely: as columns are selected.
export const kysely = kyselyDatabase({} as Kysely<KyselyTables>);
type OfKysely = TablesOf<typeof kysely>;
holds<Equal<keyof OfKysely, keyof KyselyTables>>();
holds<Equal<OfKysely['users']['id'], number>>();
holds<Equal<OfKysely['users']['first_name'], string | null>>();
holds<Equal<OfKysely['users']['disabled_at'], Date | string | null>>();
holds<Transaction<KyselyTables> extends TransactionOf<typeof kysely> ? true : false>();
// @ts-expect-error
export type NoTableOfKysely = OfKysely['user'];
// @ts-expect-error
export type NoColumnOfKysely = OfKysely['users']['firstName'];

// Drizzle: a module's tables, and nothing else that it exports.
const schema = { ...postgresTables, TABLES, now: () => new Date() };
export const onPostgres = drizzleDatabase(drizzle({ client: {} as never }), schema);
type OfDrizzle = TablesOf<typeof onPostgres>;
holds<Equal<keyof OfDrizzle, (typeof TABLES)[number]>>();
holds<Equal<OfDrizzle['users']['id'], number>>();
holds<Equal<OfDrizzle['users']['firstName'], string | null>>();
holds<Equal<OfDrizzle['users']['disabledAt'], Date | null>>();
type Result = NodePgQueryResultHKT;
type NoSchema = Record<string, never>;
holds<
  Equal<
    TransactionOf<typeof onPostgres>,
    PgTransaction<Result, NoSchema, ExtractTablesWithRelations<NoSchema>>
  >
>();
// @ts-expect-error
export type NoTableOfDrizzle = OfDrizzle['now'];
// @ts-expect-error
export type NoColumnOfDrizzle = OfDrizzle['users']['first_name'];
// @ts-expect-error A transaction isn't the database.
export type NoClient = TransactionOf<typeof onPostgres>['$client'];

export const onProxy = drizzleDatabase(
  drizzleProxy(async () => ({ rows: [] })),
  sqliteTables,
);
holds<Equal<TablesOf<typeof onProxy>['users']['isSystem'], boolean>>();
export const synchronous = drizzleDatabase(drizzleSync({ client: {} as never }), sqliteTables, {
  transactionalReads: true,
});
holds<Equal<TablesOf<typeof synchronous>['users']['createdAt'], Date>>();

// Prisma: models and their scalars, of the type of a client, extended or not.
const client = new PrismaClient({ adapter: new PrismaPg({}) });
export const prisma = prismaDatabase(client);
type OfPrisma = TablesOf<typeof prisma>;
holds<
  Equal<
    keyof OfPrisma,
    | ('Organisation' | 'User' | 'Profile' | 'UserEmail' | 'Team' | 'TeamMember' | 'TeamTeam')
    | ('Account' | 'AccountDetail' | 'AccountTag')
    | ('Thing' | 'ThingDetail' | 'ThingTag' | 'ThingPart' | 'ThingVisit')
  >
>();
holds<Equal<OfPrisma['User']['id'], number>>();
holds<Equal<OfPrisma['User']['firstName'], string | null>>();
holds<Equal<OfPrisma['User']['disabledAt'], Date | null>>();
export const inTransaction = (tx: TransactionOf<typeof prisma>) => tx.team.findMany();
// @ts-expect-error
export type NoTableOfPrisma = OfPrisma['users'];
// @ts-expect-error
export type NoColumnOfPrisma = OfPrisma['User']['first_name'];
// @ts-expect-error Relations are no columns.
export type NoRelation = OfPrisma['User']['teams'];

export const extended = prismaDatabase(client.$extends({ client: { hello: () => 'hello' } }));
holds<Equal<TablesOf<typeof extended>['User']['firstName'], string | null>>();
// @ts-expect-error
export type NoTableOfExtended = TablesOf<typeof extended>['users'];

// @ts-expect-error What is no client isn't taken for one.
prismaDatabase({ users: [] });
