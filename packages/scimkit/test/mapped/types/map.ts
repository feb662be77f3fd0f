// Mappings with the tables and columns of each library; what is misspelt doesn't compile.
import { PrismaPg } from '@prisma/adapter-pg';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Kysely } from 'kysely';
import { User } from '../../../src/index.ts';
import { drizzleDatabase } from '../../../src/store/mapped/drizzle.ts';
import { kyselyDatabase } from '../../../src/store/mapped/kysely.ts';
import { prismaDatabase } from '../../../src/store/mapped/prisma.ts';
import { postgresTables } from '../drizzle-tables.ts';
import type { KyselyTables } from '../kysely-tables.ts';
import { PrismaClient } from '../prisma/generated/postgres/client.ts';

const key = { column: 'id', type: 'integer' } as const;

const kysely = kyselyDatabase({} as Kysely<KyselyTables>);
const attributes = { userName: 'email', 'name.givenName': 'first_name' } as const;
export const ofKysely = kysely.map(User, {
  table: 'users',
  key,
  where: { organisation: 'organisation_id' },
  attributes,
});
ofKysely.open({ where: { organisation: 1 } });
// @ts-expect-error The column holds numbers.
ofKysely.open({ where: { organisation: 'acme' } });
// @ts-expect-error
kysely.map(User, { table: 'user', key, attributes });
// @ts-expect-error
kysely.map(User, { table: 'users', key, attributes: { userName: 'e_mail' } });

const onDrizzle = drizzleDatabase(drizzle({ client: {} as never }), postgresTables);
const camelCase = { userName: 'email', 'name.givenName': 'firstName' } as const;
export const ofDrizzle = onDrizzle.map(User, {
  table: 'users',
  key,
  where: { organisation: 'organisationId' },
  attributes: camelCase,
});
ofDrizzle.open({ where: { organisation: 1 } });
// @ts-expect-error
onDrizzle.map(User, { table: 'user', key, attributes: camelCase });
// @ts-expect-error Drizzle calls the column firstName.
onDrizzle.map(User, { table: 'users', key, attributes });

const prisma = prismaDatabase(new PrismaClient({ adapter: new PrismaPg({}) }));
export const ofPrisma = prisma.map(User, {
  table: 'User',
  key,
  where: { organisation: 'organisationId' },
  attributes: camelCase,
});
ofPrisma.open({ where: { organisation: 1 } });
// @ts-expect-error A model has the name of the model.
prisma.map(User, { table: 'users', key, attributes: camelCase });
// @ts-expect-error
prisma.map(User, { table: 'User', key, attributes });
