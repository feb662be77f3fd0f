import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from './database.ts';
import { createTestDatabase, hasPostgres } from './test-database.ts';

async function query(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new Client(url);
  try {
    await client.connect();
    let rows: unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

describe.skipIf(!hasPostgres)('databases on PostgreSQL', () => {
  let database: Database;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database?.drop());

  test('are created at the same time, share nothing and are gone once dropped', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, createTestDatabase));
    await Promise.all(
      databases.map(({ url }, index) =>
        query(url, 'CREATE TABLE t (n int)', `INSERT INTO t VALUES (${index})`),
      ),
    );
    const rows = await Promise.all(databases.map(({ url }) => query(url, 'SELECT n FROM t')));
    expect(rows).toEqual([[{ n: 0 }], [{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);

    await Promise.all(databases.map((each) => each.drop()));
    await expect(query(databases[0]!.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });

  test('take clients that write at the same time', async () => {
    const pool = new Pool({ connectionString: database.url, max: 8 });
    try {
      await pool.query('CREATE TABLE counter (n int)');
      await pool.query('INSERT INTO counter VALUES (0)');
      await Promise.all(Array.from({ length: 100 }, () => pool.query('UPDATE counter SET n = n + 1')));
      expect((await pool.query('SELECT n FROM counter')).rows).toEqual([{ n: 100 }]);
    } finally {
      await pool.end();
    }
  });

  test('are dropped under a client that is still connected', async () => {
    const { url, drop } = await createTestDatabase();
    const client = new Client(url);
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await drop();
    expect(await lost).toBeInstanceOf(Error);
  });

  test('sort by code point in columns that say so, and only in those', async () => {
    const [sorted] = await query(
      database.url,
      'CREATE TABLE name (plain text, c text COLLATE "C")',
      `INSERT INTO name SELECT v, v FROM unnest(ARRAY['b', 'É', 'a', 'B', '~', '😀', '～', 'a b', 'ab']) v`,
      'SELECT array_agg(c ORDER BY c) c, array_agg(plain ORDER BY plain) plain FROM name',
    );
    const { c, plain } = sorted as { c: string[]; plain: string[] };
    expect(c).toEqual(['B', 'a', 'a b', 'ab', 'b', '~', 'É', '～', '😀']);
    // Should this fail, a store that forgets the collation would no longer be found out.
    if (!process.env.SCIMKIT_POSTGRES_URL) expect(plain.indexOf('a')).toBeLessThan(plain.indexOf('B'));
  });

  test('offer pg_trgm to a role that is no superuser, for all letters', async () => {
    const [row] = await query(
      database.url,
      'CREATE EXTENSION pg_trgm',
      `SELECT show_trgm('ÉÀÖ') trigrams, rolsuper "isSuper", current_setting('synchronous_commit') "commit"
        FROM pg_roles WHERE rolname = current_user`,
    );
    const { trigrams, isSuper, commit } = row as { trigrams: string[]; isSuper: boolean; commit: string };
    expect(trigrams).toHaveLength(4);
    if (!process.env.SCIMKIT_POSTGRES_URL)
      expect({ isSuper, commit }).toEqual({ isSuper: false, commit: 'on' });
  });
});
