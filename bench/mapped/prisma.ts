// The app's database through Prisma: its adapters for libsql and for a pool of pg.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { prismaApp } from '../../packages/scimkit/src/store/mapped/prisma-app.ts';
import type { Row } from '../../packages/scimkit/src/store/sql/fragment.ts';
import { generateBeside } from '../../packages/scimkit/test/mapped/prisma/generate.ts';
import type { Dialect } from '../../packages/scimkit/test/mapped/tables.ts';
import type { Calls, Raw } from './app.ts';
import { ORGANISATION, type Untyped } from './directory.ts';
import { type Stored, toEmail, toUser } from './hand.ts';
import { numbered } from './numbered.ts';

/** The side table, which the developer's own calls have to know. */
const SIDE = `
model ScimUser {
  owner        Int     @id
  id           String  @unique
  version      BigInt  @default(1)
  created      String
  lastModified String  @map("last_modified")
  document     String
  folded       FOLDED

  user User @relation(fields: [owner], references: [id])

  @@map("scim_users")
}
`;

/** Has Prisma generate the client of the app's tables and the side table. */
function generate(dialect: Dialect): string {
  const folder = join(import.meta.dirname, '../.data/prisma');
  const schema = new URL(`../../packages/scimkit/test/mapped/prisma/${dialect}.prisma`, import.meta.url);
  const tables = readFileSync(schema, 'utf8')
    .replace(/^ +profile +Profile\?$/m, '$&\n  scim ScimUser?')
    // Nobody compiles it: Node runs it as it is.
    .replace(/^ +output .+$/m, '$&\n  importFileExtension = "ts"');
  mkdirSync(folder, { recursive: true });
  const side = SIDE.replace('FOLDED', dialect === 'sqlite' ? 'String' : 'Json');
  writeFileSync(join(folder, `${dialect}.prisma`), `${tables}${side}`);
  generateBeside(folder, dialect);
  return join(folder, 'generated', dialect, 'client.ts');
}

export async function openPrisma(dialect: Dialect, place: string | Pool) {
  const { PrismaClient } = await import(generate(dialect));
  const adapter =
    typeof place === 'string' ? new PrismaLibSql({ url: `file:${place}` }) : new PrismaPg(place);
  const client: Untyped = new PrismaClient({ adapter });
  return {
    database: prismaApp(client),
    raw: rawOf(client, dialect),
    calls: callsOf(client),
    close: () => client.$disconnect() as Promise<void>,
  };
}

function rawOf(client: Untyped, dialect: Dialect): Raw {
  return {
    prepare(text) {
      const own = dialect === 'postgres' ? numbered(text) : text;
      return (tx, parameters) => tx.$queryRawUnsafe(own, ...parameters) as Promise<readonly Row[]>;
    },
    transact: (kind, work) => (kind === 'read' ? work(client) : client.$transaction(work)),
  };
}

const PARTS = { profile: true, scim: true, emails: { orderBy: { id: 'asc' } } };
const VISIBLE = { organisationId: ORGANISATION, isSystem: false };

function toStored({ scim, profile, emails, ...user }: Untyped): Stored {
  return toUser(
    {
      ...user,
      ...{ id: scim.id, version: scim.version, created: scim.created },
      ...{ givenName: user.firstName, familyName: user.lastName },
      ...{ department: profile?.department, employeeNumber: profile?.employeeNumber },
    },
    emails.map(({ address, label, isPrimary }: Untyped) => toEmail(address, label, isPrimary)),
  );
}

function callsOf(client: Untyped): Calls {
  // Regardless of case, Prisma compares on PostgreSQL alone, by ILIKE, which no index serves: so the app keeps lower case.
  const equals = (text: string) => ({ equals: text.toLowerCase() });
  const find = async (where: object) => {
    const rows: Untyped[] = await client.user.findMany({
      where: { ...VISIBLE, ...where },
      include: PARTS,
      orderBy: { id: 'asc' },
      take: 100,
    });
    return { total: rows.length, resources: rows.map(toStored) };
  };
  const keyOf = async (tx: Untyped, id: string): Promise<number> =>
    (await tx.scimUser.findUniqueOrThrow({ where: { id }, select: { owner: true } })).owner;
  return {
    async get(id) {
      const user = await client.user.findFirst({ where: { ...VISIBLE, scim: { id } }, include: PARTS });
      return user ? toStored(user) : undefined;
    },
    byUserName: (userName) => find({ email: equals(userName) }),
    byAddress: (address) => find({ emails: { some: { address: equals(address) } } }),
    async page(offset, count) {
      const where = { ...VISIBLE, scim: { isNot: null } };
      const rows: Untyped[] = await client.user.findMany({
        ...{ where, include: PARTS, orderBy: { id: 'asc' } },
        ...{ skip: offset, take: count },
      });
      return { total: await client.user.count({ where }), resources: rows.map(toStored) };
    },
    async create(user) {
      const now = new Date().toISOString();
      const created = await client.user.create({
        data: {
          organisationId: ORGANISATION,
          email: user.userName,
          firstName: user.givenName,
          lastName: user.familyName,
          title: user.title,
          profile: { create: { department: user.department, employeeNumber: user.employeeNumber } },
          scim: {
            create: {
              ...{ id: crypto.randomUUID(), created: now, lastModified: now },
              ...{ document: '{}', folded: '{}' },
            },
          },
          emails: {
            create: user.emails.map(({ value, type, primary }) => ({
              address: value,
              label: type,
              isPrimary: primary,
            })),
          },
        },
        include: PARTS,
      });
      return toStored(created);
    },
    async deactivate(id) {
      const { user } = await client.scimUser.update({
        where: { id },
        data: {
          version: { increment: 1 },
          lastModified: new Date().toISOString(),
          user: { update: { where: VISIBLE, data: { disabledAt: new Date() } } },
        },
        include: { user: { include: PARTS } },
      });
      return toStored(user);
    },
    addMember: (team, user) =>
      client.$transaction(async (tx: Untyped) => {
        const userId = await keyOf(tx, user);
        await tx.team.update({
          where: { id: team, organisationId: ORGANISATION },
          data: { version: { increment: 1 } },
        });
        await tx.teamMember.create({ data: { teamId: team, userId } });
      }),
    remove: (id) =>
      client.$transaction(async (tx: Untyped) => {
        const userId = await keyOf(tx, id);
        await tx.teamMember.deleteMany({ where: { userId } });
        await tx.userEmail.deleteMany({ where: { userId } });
        await tx.profile.deleteMany({ where: { userId } });
        await tx.scimUser.delete({ where: { owner: userId } });
        await tx.user.delete({ where: { id: userId } });
      }),
  };
}
