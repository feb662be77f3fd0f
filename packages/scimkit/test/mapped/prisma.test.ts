// What is Prisma's own: models, what the schema's text tells, what the client fills in.
import { PrismaPg } from '@prisma/adapter-pg';
import { prismaDatabase } from 'scimkit/prisma';
import { describe, expect, test } from 'vitest';
import { prismaApp } from '../../src/store/mapped/prisma-app.ts';
import type { PrismaRoot } from '../../src/store/mapped/prisma-client.ts';
import { identifierOf } from '../../src/store/mapped/prisma-identifier.ts';
import { constraintsOf, defaultFunctionOf, parseModels } from '../../src/store/mapped/prisma-schema.ts';
import { type SqlValue, sql } from '../../src/store/sql/fragment.ts';
import { hasPostgres, newPool } from '../postgres.ts';
import { tablesFor } from './tables.ts';

const SCHEMA = `
datasource db {
  provider = "postgresql" // model Comment { id Int }
}

// model Old {
//   id Int @id
// }

/// What people are.
model Person {
  id        String    @id @default(cuid()) @db.Uuid // the key
  email     String    @unique(map: "person_email") @map("e_mail")
  website   String    @default("https://example.org/{x}") // not @unique
  created   DateTime  @default(now()) @db.Timestamptz(0)
  changed   DateTime? @updatedAt
  tags      String[]
  born      DateTime? @db.Date
  role      Role      @default(USER)
  code      String    @default(dbgenerated("gen_random_uuid()"))
  balance   Decimal   @db.Decimal(10, 2)
  number    BigInt
  odd       Unsupported("circle")?
  companyId Int       @map("company_id")
  company   Company   @relation(fields: [companyId], references: [id], onDelete: Cascade)

  @@unique([companyId, email(sort: Desc)])
  @@unique(fields: [companyId, website], map: "person_site")
  @@map("people")
  @@schema("hr")
}

model Company {
  a Int
  b Int
  people Person[]
  @@id([a, b])
}
`;

/** A client as far as it tells what it is. */
function clientOf(provider = 'postgresql'): PrismaRoot {
  const field = (name: string, type: string, more: object = {}) => ({
    name,
    type,
    kind: 'scalar' as const,
    ...more,
  });
  return {
    _activeProvider: provider,
    _engineConfig: { inlineSchema: SCHEMA },
    _runtimeDataModel: {
      models: {
        Person: {
          dbName: 'people',
          schema: 'hr',
          fields: [
            field('id', 'String'),
            field('email', 'String', { dbName: 'e_mail' }),
            field('created', 'DateTime'),
            field('changed', 'DateTime'),
            field('born', 'DateTime'),
            field('tags', 'String', { isList: true }),
            field('role', 'Role', { kind: 'enum' }),
            field('code', 'String'),
            field('balance', 'Decimal'),
            field('number', 'BigInt'),
            field('companyId', 'Int', { dbName: 'company_id' }),
            field('company', 'Company', { kind: 'object' }),
          ],
        },
      },
    },
    $queryRawUnsafe: () => Promise.resolve([]),
    $transaction: () => Promise.reject(new Error('none')),
  };
}

describe('models and their columns', () => {
  const app = prismaApp(clientOf());
  const people = app.table('Person');

  test('are called in SQL as the schema maps them', () => {
    expect(people.name).toBe('"hr"."people"');
    expect(people.column('email').name).toBe('"e_mail"');
  });

  test.each([
    ['id', 'uuid', undefined],
    ['email', 'text', undefined],
    ['created', 'instant', 1_000],
    ['changed', 'instant', 1],
    ['born', 'instant', 86_400_000],
    ['tags', undefined, undefined],
    ['role', undefined, undefined],
    ['balance', 'number', undefined],
    ['number', 'integer', undefined],
  ])('what %s holds is known', (name, kind, unit) => {
    expect(people.column(name)).toMatchObject({ kind });
    expect(people.column(name).unit).toBe(unit);
  });

  test('what the client fills in is told, and what the database fills in is not', () => {
    expect(people.automatic).toEqual(['id', 'created', 'changed']);
    expect(people.column('created').renewed).toBeUndefined();
    expect(people.column('changed').renewed?.()).toBeInstanceOf(Date);
    expect(people.column('id').initial?.()).toMatch(/^c[a-z0-9]{24}$/);
  });

  test('raw values become plain ones', () => {
    expect(people.column('number').decode?.(7n)).toBe(7);
    expect(people.column('number').decode?.(9007199254740993n)).toBe('9007199254740993');
    expect(people.column('balance').decode?.({ toString: () => '12.50' })).toBe(12.5);
    expect(people.column('changed').decode?.('2024-02-29T12:34:56.789+00:00')).toEqual(
      new Date('2024-02-29T12:34:56.789Z'),
    );
    expect(people.column('changed').decode?.(null)).toBeNull();
  });

  test('what is misspelt is named', () => {
    expect(() => app.table('people')).toThrow('no model "people"; the models are Person');
    expect(() => app.table('constructor')).toThrow('no model "constructor"');
    expect(() => people.column('e_mail')).toThrow('no column "e_mail"');
    expect(() => people.column('company')).toThrow('no column "company"');
  });

  test('another database is refused', () => {
    expect(() => prismaDatabase(clientOf('mysql'))).toThrow(/"mysql"; sqlite and postgresql/);
  });
});

test('constraints are known by their names, those that Prisma makes and those of the schema', () => {
  const models = parseModels(SCHEMA);
  expect([...models.keys()]).toEqual(['Person', 'Company']);
  const columns: Record<string, string> = { email: 'e_mail', companyId: 'company_id' };
  const ofPerson = constraintsOf(models.get('Person')!, 'people', (field) => columns[field] ?? field);
  expect(Object.fromEntries(ofPerson)).toEqual({
    people_pkey: ['id'],
    person_email: ['e_mail'],
    people_company_id_fkey: ['company_id'],
    people_company_id_e_mail_key: ['company_id', 'e_mail'],
    person_site: ['company_id', 'website'],
  });
  const ofCompany = constraintsOf(models.get('Company')!, 'Company', (field) => field);
  expect(Object.fromEntries(ofCompany)).toEqual({ Company_pkey: ['a', 'b'] });
});

test.each([
  ['@default(uuid())', ['uuid', '']],
  ['@id @default(uuid(7)) @db.Uuid', ['uuid', '7']],
  ['@default(nanoid(10))', ['nanoid', '10']],
  ['@default("uuid()")', undefined],
  ['@default(USER)', undefined],
  ['', undefined],
])('the default of %s', (attributes, expected) => {
  expect(defaultFunctionOf(attributes)).toEqual(expected);
});

test.each([
  ['uuid', '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ['uuid', '7', /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ['cuid', '', /^c[0-9a-z]{24}$/],
  ['cuid', '2', /^[a-z][0-9a-z]{23}$/],
  ['ulid', '', /^0[0-9A-HJKMNP-TV-Z]{25}$/],
  ['nanoid', '', /^[\w-]{21}$/],
  ['nanoid', '10', /^[\w-]{10}$/],
])('%s(%s) makes identifiers of its form, each another', (name, argument, form) => {
  const make = identifierOf(name, argument);
  const made = Array.from({ length: 100 }, () => make?.());
  for (const each of made) expect(each).toMatch(form);
  expect(new Set(made).size).toBe(100);
});

test.each(['autoincrement', 'dbgenerated', 'now'])('%s() is no identifier', (name) => {
  expect(identifierOf(name, '')).toBeUndefined();
});

describe.skipIf(!hasPostgres)('a generated client', () => {
  async function open(more: object = {}) {
    const pool = await newPool();
    await pool.query(tablesFor('postgres', 'prisma').join(';'));
    const { PrismaClient } = await import(
      new URL('prisma/generated/postgres/client.ts', import.meta.url).href
    );
    return { pool, client: new PrismaClient({ adapter: new PrismaPg(pool), ...more }) };
  }

  test('may be extended, and its transactions are those of the app', async () => {
    const { pool, client } = await open();
    const extended = client.$extends({ model: { organisation: { hello: () => 'hello' } } });
    const app = prismaApp(extended);
    const organisations = app.table('Organisation');
    const seen = await app.transaction.run(async (tx) => {
      await tx.organisation.create({ data: { name: tx.organisation.hello() } });
      return app.run(tx, sql`SELECT name AS c0 FROM organisations`);
    }, 'write');
    expect(organisations.name).toBe('"organisations"');
    expect(seen).toEqual([{ c0: 'hello' }]);
    expect((await pool.query('SELECT name FROM organisations')).rows).toEqual([{ name: 'hello' }]);
    await client.$disconnect();
  });

  test.each([
    [undefined, { maxWait: 10_000, timeout: 60_000 }],
    [{ timeout: 7_000 }, { maxWait: 10_000, timeout: 7_000 }],
  ])('with limits of transactions %o: they may take longer than 5 seconds', async (given, wanted) => {
    const { client } = await open({ ...(given && { transactionOptions: given }) });
    const seen: unknown[] = [];
    const watched = new Proxy(client, {
      get(target, name) {
        if (name !== '$transaction') return Reflect.get(target, name);
        return (work: unknown, options: unknown) => {
          seen.push(options);
          return target.$transaction(work, options);
        };
      },
    });
    await prismaApp(watched).transaction.run(async () => {}, 'write');
    expect(seen).toEqual([wanted]);
    await client.$disconnect();
  });

  test('reads what was stored here, and the other way round', async () => {
    const { pool, client } = await open();
    await pool.query("INSERT INTO organisations (name) VALUES ('Acme')");
    const app = prismaApp(client);
    const teams = app.table('Team');
    const instant = new Date('2024-02-29T12:34:56.789Z');
    expect(teams.automatic).toEqual(['id', 'createdAt', 'updatedAt']);
    const id = teams.column('id').initial?.() as SqlValue;
    await app.transaction.run(
      (tx) =>
        app.run(
          tx,
          sql`INSERT INTO teams (id, organisation_id, name, created_at, updated_at) VALUES (${id}, ${1}, ${'A'}, ${instant}, ${instant})`,
        ),
      'write',
    );
    expect(await client.team.findMany()).toEqual([
      { id, organisationId: 1, name: 'A', version: 1, createdAt: instant, updatedAt: instant },
    ]);
    await client.$disconnect();
  });
});
