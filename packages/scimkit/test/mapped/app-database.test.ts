// What mapped stores need of an app's database, asked of each library on each database.
import { afterEach, describe, expect, test } from 'vitest';
import type { AppColumn } from '../../src/store/mapped/app-database.ts';
import { type Sql, type SqlValue, sql } from '../../src/store/sql/fragment.ts';
import { rawSql } from '../../src/store/sql/fragment.ts';
import { DATABASES, type TestApp } from './databases.ts';

const INSTANT = new Date('2024-02-29T12:34:56.789Z');

describe.each(DATABASES)('$name', ({ dialect, library, open: openDatabase }) => {
  const opened: TestApp[] = [];

  async function open(options?: Parameters<typeof openDatabase>[0]): Promise<TestApp> {
    const app = await openDatabase(options);
    opened.push(app);
    await app.execute("INSERT INTO organisations (name) VALUES ('Acme')");
    return app;
  }

  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close();
  });

  const called = (column: string) =>
    library === 'kysely' ? column : column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const tableName = (table: string) =>
    library === 'prisma' ? called(`_${table.slice(0, -1)}`) : library === 'kysely' ? table : called(table);
  const nameOf = ({ name }: { name: string }) => rawSql(name);
  const encoded = (column: AppColumn, value: SqlValue) =>
    (column.encode ? column.encode(value) : value) as SqlValue;
  const decoded = (column: AppColumn, value: unknown) => (column.decode ? column.decode(value) : value);

  /** Tables and columns as the library names them. */
  function namesOf({ app }: TestApp) {
    const users = app.table(tableName('users'));
    const column = (name: string) => users.column(called(name));
    return { users, column };
  }

  function insertUser(app: TestApp, email: string, organisation = 1): Sql {
    const { users, column } = namesOf(app);
    const now = (name: string) => sql`${encoded(column(name), INSTANT)}`;
    return sql`INSERT INTO ${nameOf(users)} (${nameOf(column('organisation_id'))}, ${nameOf(column('email'))}, created_at, updated_at)
      VALUES (${organisation}, ${email}, ${now('created_at')}, ${now('updated_at')}) RETURNING ${nameOf(column('id'))} AS c0, ${nameOf(column('email'))} AS c1`;
  }

  const write = (app: TestApp, ...statements: Sql[]) =>
    app.app.transaction.run(async (tx) => {
      let rows: readonly Record<string, unknown>[] = [];
      for (const statement of statements) rows = await app.app.run(tx, statement);
      return rows;
    }, 'write');

  const read = (app: TestApp, statement: Sql) =>
    app.app.transaction.run((tx) => app.app.run(tx, statement), 'read');

  const refusal = async (app: TestApp, statement: Sql) => {
    const error = await write(app, statement).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return app.app.violation(error);
  };

  test('values of each kind are stored and read as they were', async () => {
    const app = await open();
    const { users, column } = namesOf(app);
    const names = 'organisation_id email first_name is_system created_at updated_at deleted_at'.split(' ');
    const values = [1, 'ada@example.org', "O'Brien ✓ ?", true, INSTANT, INSTANT, null] as const;
    const columns = names.map(column);
    const list = rawSql(columns.map(({ name }) => name).join(', '));
    const given = columns.map((each, index) => encoded(each, values[index] as SqlValue));
    const rows = await write(app, {
      text: `INSERT INTO ${users.name} (${list.text}) VALUES (${given.map(() => '?').join(', ')})
        RETURNING ${columns.map(({ name }, index) => `${name} AS c${index}`).join(', ')}`,
      parameters: given,
    });
    const [again] = await read(
      app,
      rawSql(
        `SELECT ${columns.map(({ name }, index) => `${name} AS c${index}`).join(', ')} FROM ${users.name}`,
      ),
    );
    for (const row of [rows[0], again]) {
      expect(Object.keys(row ?? {})).toEqual(names.map((_, index) => `c${index}`));
      const got = columns.map((each, index) => decoded(each, row?.[`c${index}`]));
      expect(got.slice(0, 3)).toEqual(values.slice(0, 3));
      expect(Boolean(got[3])).toBe(true);
      expect(new Date(got[4] as string)).toEqual(INSTANT);
      expect(got[6]).toBeNull();
    }
    const matching = sql`SELECT ${nameOf(column('email'))} AS c0 FROM ${nameOf(users)}
      WHERE ${nameOf(column('is_system'))} = ${encoded(column('is_system'), true)}
        AND ${nameOf(column('created_at'))} = ${encoded(column('created_at'), INSTANT)}
        AND ${nameOf(column('organisation_id'))} IN (${1}, ${2})`;
    expect(await read(app, matching)).toEqual([{ c0: 'ada@example.org' }]);
  });

  test('rows come where a statement has them, and none where it has not', async () => {
    const app = await open();
    const { users, column } = namesOf(app);
    const email = nameOf(column('email'));
    expect(await write(app, insertUser(app, 'a@example.org'))).toEqual([
      { c0: expect.anything(), c1: 'a@example.org' },
    ]);
    const renamed = sql`UPDATE ${nameOf(users)} SET ${email} = ${'b@example.org'}`;
    expect(await write(app, renamed)).toEqual([]);
    expect(
      await write(app, sql`${renamed} WHERE ${email} = ${'b@example.org'} RETURNING ${email} AS c0`),
    ).toEqual([{ c0: 'b@example.org' }]);
    expect(
      await write(app, sql`DELETE FROM ${nameOf(users)} WHERE ${email} = ${'x'} RETURNING ${email} AS c0`),
    ).toEqual([]);
    expect(
      await read(
        app,
        sql`WITH one AS (SELECT ${email} AS c FROM ${nameOf(users)}) SELECT c AS c0, c AS c1 FROM one`,
      ),
    ).toEqual([{ c0: 'b@example.org', c1: 'b@example.org' }]);
    expect(await write(app, sql`DELETE FROM ${nameOf(users)}`)).toEqual([]);
    expect(await read(app, sql`SELECT ${email} AS c0 FROM ${nameOf(users)}`)).toEqual([]);
  });

  test('a transaction is committed when its work is done, and undone when that throws', async () => {
    const app = await open();
    await expect(
      app.app.transaction.run(async (tx) => {
        await app.app.run(tx, insertUser(app, 'a@example.org'));
        throw new Error('changed my mind');
      }, 'write'),
    ).rejects.toThrow('changed my mind');
    expect(await app.execute('SELECT email FROM users')).toEqual([]);
    await write(app, insertUser(app, 'b@example.org'));
    expect(await app.execute('SELECT email FROM users')).toEqual([{ email: 'b@example.org' }]);
  });

  test('of many that read and then write one row at once, none is lost', async () => {
    const app = await open();
    const { users, column } = namesOf(app);
    await write(app, insertUser(app, 'a@example.org'));
    const title = nameOf(column('title'));
    const lock = rawSql(dialect === 'postgres' ? ' FOR UPDATE' : '');
    const increment = () =>
      app.app.transaction.run(async (tx) => {
        const [row] = await app.app.run(tx, sql`SELECT ${title} AS c0 FROM ${nameOf(users)}${lock}`);
        await app.app.run(
          tx,
          sql`UPDATE ${nameOf(users)} SET ${title} = ${String(Number(row?.c0 ?? 0) + 1)}`,
        );
      }, 'write');
    await Promise.all(Array.from({ length: 50 }, increment));
    expect(await app.execute('SELECT title FROM users')).toEqual([{ title: '50' }]);
  });

  test('reads see nothing that is not committed', async () => {
    const app = await open();
    const { users, column } = namesOf(app);
    const emails = sql`SELECT ${nameOf(column('email'))} AS c0 FROM ${nameOf(users)}`;
    let reads: Promise<readonly unknown[]> | undefined;
    await expect(
      app.app.transaction.run(async (tx) => {
        await app.app.run(tx, insertUser(app, 'a@example.org'));
        reads = Promise.all([read(app, emails), read(app, emails)]);
        // Time for the reads, whether they are done by then or wait.
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new Error('no');
      }, 'write'),
    ).rejects.toThrow('no');
    expect(await reads).toEqual([[], []]);
  });

  test('with transactional reads, a read sees one moment, and says SET LOCAL to its own statements', async () => {
    const app = await open({ transactionalReads: true });
    if (dialect === 'postgres') {
      const setting = sql`SELECT current_setting('app.tenant', true) AS c0`;
      const seen = await app.app.transaction.run(async (tx) => {
        await app.app.run(tx, rawSql("SET LOCAL app.tenant = 'acme'"));
        return app.app.run(tx, setting);
      }, 'read');
      expect(seen).toEqual([{ c0: 'acme' }]);
      expect(await read(app, setting)).not.toEqual([{ c0: 'acme' }]);
    } else {
      const count = sql`SELECT count(*) AS c0 FROM organisations`;
      const counts = await app.app.transaction.run(async (tx) => {
        const first = await app.app.run(tx, count);
        await app.execute("INSERT INTO organisations (name) VALUES ('Globex')").catch(() => {});
        return [first, await app.app.run(tx, count)];
      }, 'read');
      expect(counts[0]).toEqual(counts[1]);
    }
  });

  test('a row that is refused says for what, and other failures do not', async () => {
    const app = await open();
    await write(app, insertUser(app, 'a@example.org'));
    expect(await refusal(app, insertUser(app, 'a@example.org'))).toMatchObject({
      kind: 'unique',
      columns: ['organisation_id', 'email'],
      ...(dialect === 'postgres' && { constraint: 'users_organisation_id_email_key' }),
    });
    await app.execute('CREATE UNIQUE INDEX users_email_lower ON users (lower(email))');
    expect(await refusal(app, insertUser(app, 'A@example.org'))).toMatchObject({
      kind: 'unique',
      // What an index of expressions is of, Prisma's adapter doesn't tell.
      columns: dialect === 'postgres' && library !== 'prisma' ? ['email'] : [],
      constraint: 'users_email_lower',
    });
    expect(await refusal(app, insertUser(app, 'b@example.org', 99))).toMatchObject({
      kind: 'foreign key',
      columns: dialect === 'postgres' ? ['organisation_id'] : [],
    });
    expect(await refusal(app, sql`UPDATE users SET email = ${null}`)).toMatchObject({
      kind: 'not null',
      columns: ['email'],
    });
    const now = encoded(namesOf(app).column('created_at'), INSTANT);
    expect(
      await refusal(
        app,
        sql`INSERT INTO teams (id, organisation_id, name, version, created_at, updated_at) VALUES (${'t'}, 1, ${'T'}, 0, ${now}, ${now})`,
      ),
    ).toMatchObject({ kind: 'check', columns: [], constraint: 'teams_version' });
    expect(await refusal(app, rawSql('SELECT nonsense FROM users'))).toBeUndefined();
    // And the connection is as good as before.
    expect(await write(app, insertUser(app, 'c@example.org'))).toHaveLength(1);
  });

  if (dialect === 'sqlite')
    test('what another process writes in between is no failure', async () => {
      const app = await open();
      let tries = 0;
      await app.app.transaction.run(async (tx) => {
        tries += 1;
        await app.app.run(tx, rawSql('SELECT name AS c0 FROM organisations'));
        // Refused where a write transaction has the database for itself from its beginning.
        if (tries === 1) await app.execute("UPDATE organisations SET name = 'Globex'").catch(() => {});
        await app.app.run(tx, rawSql("UPDATE organisations SET name = name || '!'"));
      }, 'write');
      const name = tries === 1 ? 'Acme!' : 'Globex!';
      expect(await app.execute('SELECT name FROM organisations')).toEqual([{ name }]);
    });

  if (dialect === 'postgres')
    test('nothing is committed silently after a statement has failed', async () => {
      const app = await open();
      const careless = app.app.transaction.run(async (tx) => {
        await app.app.run(tx, insertUser(app, 'a@example.org'));
        await app.app.run(tx, insertUser(app, 'a@example.org')).catch(() => {});
      }, 'write');
      await expect(careless).rejects.toThrow();
      expect(await app.execute('SELECT email FROM users')).toEqual([]);
    });

  if (dialect === 'postgres')
    test('after a deadlock, the one that was ended begins anew', async () => {
      const app = await open();
      const first = await write(app, insertUser(app, 'a@example.org'));
      const second = await write(app, insertUser(app, 'b@example.org'));
      const ids = [first[0]?.c0, second[0]?.c0] as number[];
      let begun = 0;
      let release = () => {};
      const bothHold = new Promise<void>((resolve) => {
        release = resolve;
      });
      const touch = (from: number, to: number) =>
        app.app.transaction.run(async (tx) => {
          begun += 1;
          const update = (id: number) =>
            sql`UPDATE users SET title = coalesce(title, '') || 'x' WHERE id = ${id}`;
          await app.app.run(tx, update(from));
          if (begun === 2) release();
          await bothHold;
          await app.app.run(tx, update(to));
        }, 'write');
      const [a = 0, b = 0] = ids;
      await Promise.all([touch(a, b), touch(b, a)]);
      expect(begun).toBeGreaterThan(2);
      expect(await app.execute('SELECT title FROM users')).toEqual([{ title: 'xx' }, { title: 'xx' }]);
    });
});
