// What is derived from stored resources follows their schemas when these change.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  parseFilter,
  resolveFilter,
  strict,
  type ResourceType,
  defineResourceType,
  defineSchema,
} from '../../src/index.ts';
import { createSqliteDatabase, type SqliteDatabase } from '../../src/store/sql/sqlite.ts';

let scratch: string;
let count = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'scimkit-reindex-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

type Shape = { caseExact?: boolean; uniqueness?: 'none' | 'server' | 'global' };

function rack(shape: Shape, name = 'Rack'): ResourceType {
  const attributes = [
    { name: 'serial', type: 'string', ...shape },
    { name: 'site', type: 'string' },
  ] as const;
  const schema = defineSchema({ id: 'urn:example:rack', name: 'Rack', attributes });
  return defineResourceType({ name, endpoint: `/${name}s`, schema });
}

const input = (serial: string) => ({
  attributes: { serial, site: 'Oslo' },
  relations: new Map<string, readonly string[]>(),
  secrets: {},
  mentioned: new Set<string>(),
});
const SCOPE = { tenant: 'acme' };
const NOTHING = { relations: new Set<string>() };

/** Does something with a database file as it is. */
async function using<Result>(
  path: string,
  work: (database: SqliteDatabase) => Promise<Result>,
): Promise<Result> {
  const database = createSqliteDatabase({ path });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const path = () => join(scratch, `${count++}.db`);
const create = (
  database: SqliteDatabase,
  type: ResourceType,
  serial: string,
  scope = SCOPE,
  unique: string[] = [],
) => database.open(type, scope, { unique }).create(input(serial), {});

async function find(database: SqliteDatabase, type: ResourceType, filter: string): Promise<unknown> {
  const resolved = resolveFilter(type, parseFilter(filter), { leniency: strict });
  const found = await database
    .open(type, SCOPE)
    .query({ filter: resolved, page: { startIndex: 1, count: 10 }, selection: NOTHING });
  return found.total;
}

describe('a changed schema', () => {
  test('of another case: filters find by the new rule', async () => {
    const file = path();
    await using(file, (database) => create(database, rack({ caseExact: true }), 'Ab1'));
    await using(file, async (database) => {
      expect(await find(database, rack({ caseExact: true }), 'serial eq "ab1"')).toBe(0);
    });
    await using(file, async (database) => {
      expect(await find(database, rack({ caseExact: false }), 'serial eq "ab1"')).toBe(1);
    });
    await using(file, async (database) => {
      expect(await find(database, rack({ caseExact: true }), 'serial eq "ab1"')).toBe(0);
      expect(await find(database, rack({ caseExact: true }), 'serial eq "Ab1"')).toBe(1);
    });
  });

  test.each(['server', 'global'] as const)(
    'of uniqueness "%s": what is stored already counts',
    async (uniqueness) => {
      const file = path();
      await using(file, (database) => create(database, rack({}), 'a'));
      await using(file, async (database) => {
        await expect(create(database, rack({ uniqueness }), 'A')).rejects.toThrow(/taken/);
        await create(database, rack({ uniqueness }), 'b');
      });
      await using(file, (database) => create(database, rack({}), 'a'));
    },
  );

  test('that resources contradict is refused, and nothing has changed', async () => {
    const file = path();
    await using(file, async (database) => {
      await create(database, rack({}), 'a');
      await create(database, rack({}), 'A');
    });
    await using(file, async (database) => {
      expect(() => database.open(rack({ uniqueness: 'server' }), SCOPE)).toThrow(
        /Resources of the type Rack contradict what is unique now: .*"serial"/,
      );
      expect(await find(database, rack({}), 'serial eq "a"')).toBe(2);
      await create(database, rack({}), 'a');
    });
  });

  test('touches the resources of its own type alone, in every tenant', async () => {
    const file = path();
    await using(file, async (database) => {
      await create(database, rack({ uniqueness: 'server' }, 'Shelf'), 'a');
      // Together: a commit for each would be a matter of the disk.
      await Promise.all(
        Array.from({ length: 1100 }, (_, index) =>
          create(database, rack({}), `n${index}`, { tenant: `t${index % 3}` }),
        ),
      );
    });
    await using(file, async (database) => {
      const type = rack({ uniqueness: 'server' });
      for (const index of [0, 1, 2, 1099]) {
        await expect(create(database, type, `N${index}`, { tenant: `t${index % 3}` })).rejects.toThrow(
          /taken/,
        );
      }
      await create(database, type, 'n1', { tenant: 't0' });
      await expect(create(database, rack({ uniqueness: 'server' }, 'Shelf'), 'A')).rejects.toThrow(/taken/);
    });
  });
});

describe('what is unique within a connection', () => {
  test('counts what is stored already, in that connection alone', async () => {
    const file = path();
    const type = rack({});
    const okta = { ...SCOPE, connection: 'okta' };
    await using(file, async (database) => {
      await create(database, type, 'a');
      await create(database, type, 'a', okta);
      await create(database, type, 'a', okta);
    });
    await using(file, async (database) => {
      await expect(async () => create(database, type, 'A', SCOPE, ['serial'])).rejects.toThrow(/taken/);
      expect(() => database.open(type, okta, { unique: ['serial'] })).toThrow(/contradict/);
      await create(database, type, 'a', okta);
    });
  });

  test('is forgotten when it is no longer asked for', async () => {
    const file = path();
    const type = rack({});
    await using(file, (database) => create(database, type, 'a', SCOPE, ['serial']));
    await using(file, (database) => create(database, type, 'b'));
    await using(file, async (database) => {
      await expect(async () => create(database, type, 'B', SCOPE, ['serial'])).rejects.toThrow(/taken/);
    });
  });
});

test('a database of the first version is brought up to date, with what it holds', async () => {
  const file = path();
  const type = rack({ uniqueness: 'server' });
  await using(file, (database) => create(database, type, 'a'));
  const raw = new DatabaseSync(file);
  for (const name of ['resource', 'value', 'unique_value', 'membership', 'counter', 'type_shape']) {
    raw.exec(`ALTER TABLE scimkit_${name} RENAME TO ${name}`);
  }
  raw.exec(
    'CREATE INDEX resource_last_modified ON resource (tenant, connection, type, last_modified); ' +
      'ALTER TABLE counter RENAME TO newest; CREATE TABLE counter (tenant TEXT NOT NULL, connection TEXT NOT NULL, ' +
      'type TEXT NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (tenant, connection, type)) STRICT, WITHOUT ROWID; ' +
      'INSERT INTO counter SELECT tenant, connection, type, total FROM newest; DROP TABLE newest; ' +
      'DROP TABLE text_search; DROP TABLE text_changed; ' +
      'DROP TABLE type_shape; DELETE FROM scimkit_schema WHERE version > 1',
  );
  raw.close();
  await using(file, async (database) => {
    expect(await find(database, type, 'serial eq "A"')).toBe(1);
    await expect(create(database, type, 'A')).rejects.toThrow(/taken/);
    await create(database, type, 'b');
    const all = { page: { startIndex: 1, count: 0 }, selection: NOTHING };
    expect((await database.open(type, SCOPE).query(all)).total).toBe(2);
  });
});

test('values longer than the index has are found in a database that was written without a mark of them', async () => {
  const file = path();
  const type = rack({});
  const long = `${'x'.repeat(300)}-z`;
  await using(file, (database) => create(database, type, long));
  const raw = new DatabaseSync(file);
  raw.exec(
    "DELETE FROM scimkit_value WHERE attribute = 'serial+'; UPDATE scimkit_type_shape SET shape = substr(shape, 3)",
  );
  raw.close();
  await using(file, async (database) => {
    // Short enough that only the values tell.
    await Promise.all(Array.from({ length: 40 }, (_, i) => create(database, type, `s${i}`)));
    for (const filter of ['serial co "-Z"', 'serial ew "-Z"', 'serial ew "xx-Z"']) {
      expect([filter, await find(database, type, filter)]).toEqual([filter, 1]);
    }
  });
});
