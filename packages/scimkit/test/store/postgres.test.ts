// What is PostgreSQL's own: plans, migrations, retries, lost connections, limits of its types and indexes.
import { Client, type Pool } from 'pg';
import {
  defineResourceType,
  defineSchema,
  Group,
  parseFilter,
  type Query,
  type ResourceType,
  resolveFilter,
  strict,
  User,
} from 'scimkit';
import { createPostgresDatabase, type PostgresPool } from 'scimkit/postgres';
import { createSqliteDatabase } from 'scimkit/sqlite';
import { beforeAll, describe, expect, test } from 'vitest';
import { resolveSort } from '../../src/protocol/sort.ts';
import type { Sql } from '../../src/store/sql/fragment.ts';
import { holdersOf, relate } from '../../src/store/sql/membership.ts';
import { PageMarks } from '../../src/store/sql/page-marks.ts';
import { planOf } from '../../src/store/sql/plan.ts';
import { postgresDialect } from '../../src/store/sql/postgres-dialect.ts';
import { toStatement } from '../../src/store/sql/postgres-statement.ts';
import { query as queryWork } from '../../src/store/sql/read.ts';
import { errorBody, fresh, group, made, patchOp, type Send, user } from '../fixture.ts';
import { hasPostgres, morePool, newPool } from '../postgres.ts';

const SCOPE = { tenant: 'acme', connection: 'default' };
const NOTHING = { relations: new Set<string>() };
const urlOf = (pool: Pool) =>
  String((pool as unknown as { options: { connectionString: string } }).options.connectionString);

const attributesOf = (userName: string) => ({
  attributes: { userName },
  relations: new Map<string, readonly string[]>(),
  secrets: {},
  mentioned: new Set<string>(),
});

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  describe('plans: an index is used, and no table is scanned', () => {
    let pool: Pool;

    beforeAll(async () => {
      pool = await newPool({ max: 1 });
      const database = createPostgresDatabase({ pool });
      await database.ready([User, Group]);
      await pool.query(`
        INSERT INTO scimkit_resource SELECT t, 'default', 'User', 'u' || i, 1, '', '', 'D', 'd', '{}', '{}'
          FROM generate_series(1, 20000) AS i, (VALUES ('acme'), ('globex')) AS o(t);
        INSERT INTO scimkit_value SELECT 'acme', 'default', 'User', a, a || i, 'u' || i
          FROM generate_series(1, 20000) AS i, (VALUES ('userName'), ('externalId'), ('emails.value')) AS o(a);
        INSERT INTO scimkit_resource SELECT 'acme', 'default', 'Group', 'g' || i, 1, '', '', 'D', 'd', '{}', '{}'
          FROM generate_series(1, 500) AS i;
        INSERT INTO scimkit_membership SELECT 'acme', 'default', 'g' || (i % 500), 'members', 'u' || i, 'User', 'Group'
          FROM generate_series(1, 20000) AS i;
      `);
      await pool.query('ANALYZE');
    });

    /** The plan of a statement, once for its values and once for any; the planner chooses either. */
    async function explain(statement: Sql): Promise<string> {
      const { text, values } = toStatement(statement, false);
      const literals = values.map((value) => pgLiteral(value));
      const plans: string[] = [];
      for (const mode of ['force_custom_plan', 'force_generic_plan']) {
        await pool.query(`SET plan_cache_mode = ${mode}`);
        await pool.query(`PREPARE explained AS ${text}`);
        const { rows } = await pool.query(
          `EXPLAIN (COSTS OFF) EXECUTE explained${literals.length > 0 ? `(${literals.join(', ')})` : ''}`,
        );
        await pool.query('DEALLOCATE explained');
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
      return plans.join('\n---\n');
    }

    const first = (work: Iterator<Sql, unknown, never>) => work.next().value as Sql;
    const place = (type: ResourceType) => ({ ...SCOPE, type, dialect: postgresDialect });

    const queryOf = (text: string | undefined, more: Partial<Query> = {}) =>
      first(
        queryWork(
          place(User),
          planOf(User),
          {
            filter:
              text === undefined ? undefined : resolveFilter(User, parseFilter(text), { leniency: strict }),
            sort: undefined,
            page: { startIndex: 1, count: 100 },
            selection: NOTHING,
            ...more,
          },
          new PageMarks(),
        ) as Iterator<Sql, unknown, never>,
      );

    test.each([
      ['userName eq "u7"', /Index (Only )?Scan using scimkit_value_pkey/],
      ['externalId eq "u7"', /Index (Only )?Scan using scimkit_value_pkey/],
      ['emails[type eq "work" and value eq "u7"]', /Index (Only )?Scan using scimkit_value_pkey/],
      ['emails.value eq "u7" and active eq true', /Index (Only )?Scan using scimkit_value_pkey/],
      ['id eq "u7"', /Index (Only )?Scan using scimkit_resource_pkey/],
      ['userName sw "userName7"', /value_pkey/],
    ])('%s', async (filter, index) => {
      const plan = await explain(queryOf(filter));
      expect(plan).toMatch(index);
      expect(plan).not.toMatch(/Seq Scan/);
    });

    describe('a part of a text', () => {
      beforeAll(async () => {
        await pool.query(`
          INSERT INTO scimkit_value SELECT 'globex', 'default', 'User', 'userName', 'globex' || i || '@example.com', 'u' || i
            FROM generate_series(1, 300) AS i;
          INSERT INTO scimkit_value SELECT 'acme', 'default', 'User', 'title', 'engineer ' || i || '@example.com', 'u' || i
            FROM generate_series(1, 20000) AS i;
          INSERT INTO scimkit_value VALUES ('acme', 'default', 'User', 'title+', '', 'u1');
          ANALYZE scimkit_value;
        `);
      });

      /** The plan of the statement that a query ends with, as it is made for its values. */
      async function planOfLast(filter: string, tenant: string): Promise<string> {
        const { text, values } = toStatement(await lastOf(filter, tenant), false);
        await pool.query('SET plan_cache_mode = auto');
        const { rows } = await pool.query(`EXPLAIN (COSTS OFF) ${text}`, values as unknown[]);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      }

      async function lastOf(text: string, tenant: string): Promise<Sql> {
        const filter = resolveFilter(User, parseFilter(text), { leniency: strict });
        const page = { startIndex: 1, count: 100 };
        const query = { filter, sort: undefined, page, selection: NOTHING };
        const work = queryWork({ ...place(User), tenant }, planOf(User), query, new PageMarks());
        let next = work.next();
        for (;;) {
          const statement = next.value as Sql;
          const { text, values } = toStatement(statement, false);
          next = work.next((await pool.query(text, values as unknown[])).rows);
          if (next.done) return statement;
        }
      }

      test.each([
        'title co "engineer 19999@example.com"',
        'title ew "19999@example.com"',
        'title co "19999" or title co "19998"',
      ])('%s: among many, by trigrams', async (filter) => {
        const plan = await planOfLast(filter, 'acme');
        expect(plan).toMatch(/Bitmap Index Scan on scimkit_value_trigram/);
        expect(plan).toMatch(/resource_pkey/);
        expect(plan).not.toMatch(/Seq Scan/);
      });

      // Which of them costs less is close, and PostgreSQL's guess depends on the rows that it has sampled.
      test('among few, by all values of the attribute in their tenant or by trigrams', async () => {
        const plan = await planOfLast('userName co "globex299"', 'globex');
        expect(plan).toMatch(/scimkit_value_(pkey|trigram)/);
        expect(plan).not.toMatch(/Seq Scan on scimkit_value/);
      });

      test('without trigrams: not by reading their whole index', async () => {
        for (const filter of ['title co "9@"', 'title co "9@." or title ew ".c"']) {
          expect(await planOfLast(filter, 'acme')).not.toMatch(/scimkit_value_trigram/);
        }
      });

      test('that most values have: no candidates', async () => {
        expect(await planOfLast('title co "@example.com"', 'acme')).not.toMatch(/value/);
      });

      test('is planned for what it is, however often it comes', async () => {
        const statement = await lastOf('title co "engineer 19999@example.com"', 'acme');
        const names = Array.from({ length: 20 }, () => toStatement(statement, true).name);
        expect(new Set(names)).toEqual(new Set([undefined]));
      });
    });

    test('a page of all is read in the order of the primary key, without a sort', async () => {
      const plan = await explain(queryOf(undefined));
      expect(plan).toMatch(/Index Scan using scimkit_resource_pkey/);
      expect(plan).not.toMatch(/Seq Scan on scimkit_resource|Sort/);
    });

    test('groups are looked up from the member', async () => {
      const work = holdersOf(place(Group), ['u1', 'u2', 'u3']) as Iterator<Sql, unknown, never>;
      const plan = await explain(first(work));
      expect(plan).toMatch(/using scimkit_membership_member/);
      expect(plan).not.toMatch(/Seq Scan/);
    });

    test('adding and removing one member is a look-up in each index', async () => {
      const attribute = Group.holders[0] as (typeof Group.holders)[number];
      for (const op of ['add', 'remove'] as const) {
        const change = { attribute, op, ids: ['u7'], filter: undefined, mustMatch: false };
        const work = relate(place(Group), 'g1', change, {});
        let next = work.next();
        let statements = 0;
        while (!next.done) {
          statements++;
          expect(await explain(next.value)).not.toMatch(/Seq Scan/);
          next = work.next([{ member: 'u7' }]);
        }
        expect(statements).toBe(op === 'add' ? 2 : 1);
      }
    });

    test('members[value eq] looks at one row of each group that may match, not at all its members', async () => {
      const filter = resolveFilter(Group, parseFilter('members[value eq "u7"]'), { leniency: strict });
      const page = { startIndex: 1, count: 100 };
      const query = { filter, page, selection: NOTHING };
      const work = queryWork(place(Group), planOf(Group), query, new PageMarks());
      const plan = await explain(first(work as Iterator<Sql, unknown, never>));
      expect(plan).not.toMatch(/Seq Scan|Filter: .*coalesce/i);
      expect(plan).toMatch(/Index Cond: .*holder = .*member = /);
    });

    test('sorting reads the page alone whole', async () => {
      const sort = resolveSort(User, 'userName', undefined, strict);
      const plan = await explain(queryOf('userName sw "userName7"', { sort }));
      expect(plan).not.toMatch(/Seq Scan/);
    });
  });

  describe('tables', () => {
    test('eight processes that start at once make them once', async () => {
      const url = urlOf(await newPool());
      const databases = Array.from({ length: 8 }, () =>
        createPostgresDatabase({ pool: morePool(url, { max: 2 }) }),
      );
      await Promise.all(databases.map((database) => database.ready([User, Group])));
      const { rows } = await morePool(url).query('SELECT version FROM scimkit_schema ORDER BY version');
      const { schemaVersion } = databases[0] as (typeof databases)[number];
      expect(rows.map((row) => row.version)).toEqual(Array.from({ length: schemaVersion + 1 }, (_, i) => i));
    });

    describe('trigrams', () => {
      const indexes = async (pool: Pool) =>
        (await pool.query("SELECT indexdef FROM pg_indexes WHERE indexname = 'scimkit_value_trigram'")).rows;
      const find = async (pool: Pool) => {
        const users = createPostgresDatabase({ pool }).open(User, SCOPE);
        const filter = resolveFilter(User, parseFilter('userName co "lovelace"'), { leniency: strict });
        const page = { startIndex: 1, count: 1 };
        return (await users.query({ filter, sort: undefined, page, selection: NOTHING })).total;
      };

      test('are indexed once by those who start at once, and whoever comes first', async () => {
        const url = urlOf(await newPool());
        const pools = Array.from({ length: 6 }, () => morePool(url, { max: 2 }));
        await Promise.all(pools.map((pool) => createPostgresDatabase({ pool }).ready([User])));
        expect(await indexes(pools[0] as Pool)).toHaveLength(1);
      });

      test('need an extension: without the right to it everything works, and with it later, it is used', async () => {
        const pool = await newPool();
        const { rows } = await pool.query(
          'SELECT rolsuper, quote_ident(current_user) AS role, quote_ident(current_database()) AS database FROM pg_roles WHERE rolname = current_user',
        );
        const [{ rolsuper, role, database }] = rows;
        // Nothing can be withheld from a superuser.
        if (rolsuper) return;
        await pool.query(`REVOKE CREATE ON DATABASE ${database} FROM ${role}`);
        await createPostgresDatabase({ pool }).open(User, SCOPE).create(attributesOf('ada.lovelace'), {});
        expect([await indexes(pool), await find(pool)]).toEqual([[], 1]);
        await pool.query(`GRANT CREATE ON DATABASE ${database} TO ${role}`);
        expect(await find(pool)).toBe(1);
        expect(await indexes(pool)).toHaveLength(1);
      });

      test('may be in a schema of their own', async () => {
        const pool = await newPool();
        await pool.query('CREATE SCHEMA "My extensions"; CREATE EXTENSION pg_trgm SCHEMA "My extensions"');
        await createPostgresDatabase({ pool }).open(User, SCOPE).create(attributesOf('ada.lovelace'), {});
        expect((await indexes(pool))[0]?.indexdef).toMatch(/"My extensions"\.gin_trgm_ops/);
        expect(await find(pool)).toBe(1);
      });

      test('may take longer to index than a statement may take, and are not looked for without "migrate"', async () => {
        const pool = await newPool();
        await createPostgresDatabase({ pool }).ready([User]);
        await pool.query('DROP INDEX scimkit_value_trigram');
        await pool.query(`INSERT INTO scimkit_value SELECT 'acme', 'default', 'User', 'title', repeat(md5(i::text), 5), 'u' || i
          FROM generate_series(1, 20000) AS i`);
        await createPostgresDatabase({ pool, migrate: false }).ready([User]);
        expect(await indexes(pool)).toEqual([]);
        const hasty = morePool(urlOf(pool), { max: 1, options: '-c statement_timeout=100' });
        await createPostgresDatabase({ pool: hasty }).ready([User]);
        expect(await indexes(pool)).toHaveLength(1);
        expect((await hasty.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '100ms' }]);
      });
    });

    test('a database of a newer version is refused, by every operation', async () => {
      const pool = await newPool();
      await createPostgresDatabase({ pool }).ready();
      await pool.query('INSERT INTO scimkit_schema VALUES (999)');
      const database = createPostgresDatabase({ pool });
      await expect(database.ready()).rejects.toThrow(/schema version 999.*Use a newer scimkit/);
      await expect(database.open(User, SCOPE).get('x', NOTHING)).rejects.toThrow(/schema version 999/);
    });

    test('without "migrate", tables that are missing are an error that says what to do', async () => {
      const pool = await newPool();
      await expect(createPostgresDatabase({ pool, migrate: false }).ready()).rejects.toThrow(
        /has schema version 0, and this version of scimkit needs \d+; open it once with "migrate"/,
      );
      await createPostgresDatabase({ pool }).ready([User]);
      await createPostgresDatabase({ pool, migrate: false }).ready([User]);
    });

    test('once they are there, a role that may make none suffices', async () => {
      const pool = await newPool();
      await createPostgresDatabase({ pool }).ready([User, Group]);
      const { rows } = await pool.query("SELECT has_schema_privilege('public', 'CREATE') AS may");
      expect(rows[0].may).toBe(true);
      await pool.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
      const other = createPostgresDatabase({ pool: withoutDdl(pool) });
      const users = other.open(User, SCOPE);
      const { id } = await users.create(attributesOf('ada'), {});
      expect((await users.get(id, NOTHING))?.attributes).toMatchObject({ userName: 'ada' });
    });

    test('a failure at the first start is no failure for ever', async () => {
      const pool = await newPool();
      let isDown = true;
      const flaky: PostgresPool = {
        connect: () => (isDown ? Promise.reject(new Error('no route')) : pool.connect()),
      };
      const users = createPostgresDatabase({ pool: flaky }).open(User, SCOPE);
      await expect(users.create(attributesOf('ada'), {})).rejects.toThrow('no route');
      isDown = false;
      await users.create(attributesOf('ada'), {});
    });
  });

  describe('others who write', () => {
    test('where transactions are serializable, conflicts reach no client', async () => {
      const pool = await newPool({ options: '-c default_transaction_isolation=serializable' });
      const send = fresh(createPostgresDatabase({ pool }));
      const users = await Promise.all(
        Array.from({ length: 40 }, (_, i) => made(send, '/Users', user(`m${i}`))),
      );
      const id = await made(send, '/Groups', group('G'));
      const answers = await Promise.all(
        users.map((value) =>
          send('PATCH', `/Groups/${id}`, patchOp({ op: 'add', path: 'members', value: [{ value }] })),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(users.map(() => 204));
      expect((await send('GET', `/Groups/${id}`)).body.members).toHaveLength(40);
      expect((await send('GET', '/Users?count=1')).body.totalResults).toBe(40);
    });

    test('a deadlock is tried again', async () => {
      const pool = await newPool();
      const send = fresh(createPostgresDatabase({ pool }));
      const [ada, ben] = [await made(send, '/Users', user('a')), await made(send, '/Users', user('b'))];
      // Two exchange their names by way of each other's: each wants what the other one has just given up.
      const names = (one: string, other: string) => [
        send('PATCH', `/Users/${ada}`, patchOp({ op: 'replace', path: 'userName', value: other })),
        send('PATCH', `/Users/${ben}`, patchOp({ op: 'replace', path: 'userName', value: one })),
      ];
      const deadlocks = async () => {
        const { rows } = await pool.query(
          'SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = current_database()',
        );
        return Number(rows[0].deadlocks);
      };
      // The statistics come a little later than the deadlock.
      await expect
        .poll(
          async () => {
            for (const { status, body } of await Promise.all(names('a', 'b'))) {
              if (status !== 200) expect(body).toEqual(errorBody(409, 'uniqueness'));
            }
            return deadlocks();
          },
          { timeout: 25_000 },
        )
        .toBeGreaterThan(0);
    });

    test('connections that are cut lose nothing that was acknowledged', async () => {
      const pool = await newPool({ max: 4 });
      const database = createPostgresDatabase({ pool });
      await database.ready([User]);
      const users = database.open(User, SCOPE);
      const url = urlOf(pool);
      let isDone = false;
      const cutting = (async () => {
        const admin = new Client(url);
        await admin.connect();
        for (let i = 0; i < 8 && !isDone; i++) {
          await new Promise((resolve) => setTimeout(resolve, 30));
          await admin.query(
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
          );
        }
        await admin.end();
      })();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 300 }, (_, i) => users.create(attributesOf(`u${i}`), {})),
      );
      isDone = true;
      await cutting;
      const created = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(created.length).toBeGreaterThan(250);
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') expect(await users.get(outcome.value.id, NOTHING)).toBeDefined();
        // Cut while a commit was under way: nobody knows, and a second try could do it twice.
        else
          expect(String(outcome.reason)).toMatch(
            /lost while a transaction was being committed|"userName".*taken/,
          );
      }
    });

    test('marks that were noted beside eight writers lead to the true pages', async () => {
      const pool = await newPool({ max: 12 });
      const [one, two] = [createPostgresDatabase({ pool }), createPostgresDatabase({ pool })];
      await one.ready([User]);
      const [users, same] = [one.open(User, SCOPE), two.open(User, SCOPE)];
      const page = (startIndex: number) =>
        users
          .query({ page: { startIndex, count: 7 }, selection: NOTHING })
          .then(({ resources }) => resources);
      // Ids that come out of order, by two stores as of two processes, and some that go again.
      const idOf = (n: number) => `id-${String((n * 7919) % 400).padStart(4, '0')}`;
      let isWriting = true;
      const reading = (async () => {
        for (let offset = 0; isWriting; offset = (offset + 7) % 300) await page(offset + 1);
      })();
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let n = writer; n < 400; n += 8) {
            const store = n % 2 ? users : same;
            await store.create(attributesOf(`u${n}`), { id: idOf(n) });
            if (n % 5 === 0) await store.delete(idOf(n), {});
          }
        }),
      );
      isWriting = false;
      await reading;
      const ids: string[] = [];
      for (let startIndex = 1; startIndex < 400; startIndex += 7) {
        ids.push(...(await page(startIndex)).map(({ id }) => id));
      }
      const { rows } = await pool.query('SELECT id FROM scimkit_resource ORDER BY id');
      expect(ids).toEqual(rows.map(({ id }) => id));
      const { total } = await users.query({ page: { startIndex: 1, count: 1 }, selection: NOTHING });
      expect(total).toBe(320);
    });

    test('an index is made anew beside writers, who notice nothing', async () => {
      const pool = await newPool({ max: 12 });
      const rack = (caseExact: boolean, uniqueness: 'none' | 'server') =>
        defineResourceType({
          name: 'Rack',
          endpoint: '/Racks',
          schema: defineSchema({
            id: 'urn:example:rack',
            name: 'Rack',
            attributes: [
              { name: 'serial', type: 'string', caseExact, uniqueness },
              { name: 'site', type: 'string' },
            ],
          }),
        });
      const input = (serial: string, site: string) => ({ ...attributesOf(''), attributes: { serial, site } });
      const old = createPostgresDatabase({ pool }).open(rack(false, 'server'), SCOPE);
      const first = await Promise.all(
        Array.from({ length: 60 }, (_, i) => old.create(input(`s${i}`, 'Oslo'), {})),
      );
      let isDone = false;
      const writing = Promise.all(
        Array.from({ length: 6 }, async (_, writer) => {
          for (let i = 0; !isDone || i < 5; i++) {
            await old.create(input(`w${writer}-${i}`, 'Bergen'), {});
            const { id } = first[(i * 6 + writer) % 60] as (typeof first)[number];
            await old.replace(id, input(`s${(i * 6 + writer) % 60}`, `Oslo ${i}`), {});
          }
        }),
      );
      // Three processes with a schema of today, one after the other, each of which finds another one's index.
      for (const caseExact of [true, false, true]) {
        const type = rack(caseExact, 'server');
        await createPostgresDatabase({ pool }).ready([type]);
      }
      isDone = true;
      await writing;
      const { rows } = await pool.query(
        "SELECT count(*)::int AS n FROM scimkit_unique_value WHERE within = 'Rack'",
      );
      const { total } = await old.query({ page: { startIndex: 1, count: 0 }, selection: NOTHING });
      expect(rows[0].n).toBe(total);
    });

    test('a dump leaves no transaction behind, read to its end or not', async () => {
      const pool = await newPool({ max: 1 });
      const database = createPostgresDatabase({ pool });
      const users = database.open(User, SCOPE);
      const { id } = await users.create(attributesOf('before'), {});
      for (const isWhole of [true, false]) {
        for await (const _piece of database.dump([User], SCOPE)) if (!isWhole) break;
        const other = createPostgresDatabase({ pool: morePool(urlOf(pool)) }).open(User, SCOPE);
        const name = `after ${isWhole}`;
        await other.replace(id, attributesOf(name), {});
        expect((await users.get(id, NOTHING))?.attributes).toMatchObject({ userName: name });
      }
    });

    test('a dump takes as long as it takes', async () => {
      const pool = await newPool();
      await createPostgresDatabase({ pool }).open(User, SCOPE).create(attributesOf('ada'), {});
      const other = new Client(urlOf(pool));
      await other.connect();
      await other.query('BEGIN; LOCK TABLE scimkit_resource IN ACCESS EXCLUSIVE MODE');
      const limits = { options: '-c statement_timeout=200', query_timeout: 400 };
      const database = createPostgresDatabase({ pool: morePool(urlOf(pool), limits) });
      const dumping = (async () => {
        let text = '';
        for await (const piece of database.dump([User], SCOPE)) text += piece;
        return text;
      })();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await other.query('ROLLBACK');
      await other.end();
      expect(JSON.parse(await dumping).totalResults).toBe(1);
    });

    test('a write that waits too long for others is answered 503, and comes again', async () => {
      const pool = await newPool();
      const send = fresh(
        createPostgresDatabase({ pool: morePool(urlOf(pool), { options: '-c statement_timeout=200' }) }),
      );
      const id = await made(send, '/Users', user('ada'));
      const other = new Client(urlOf(pool));
      await other.connect();
      await other.query('BEGIN; SELECT 1 FROM scimkit_resource FOR UPDATE');
      const patch = () =>
        send('PATCH', `/Users/${id}`, patchOp({ op: 'replace', path: 'title', value: 'T' }));
      const { status, headers } = await patch();
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
      await other.query('ROLLBACK');
      await other.end();
      expect((await patch()).status).toBe(200);
    });

    test('names that a database could not tell apart are none', () => {
      const database = createPostgresDatabase({ pool: morePool('postgres://nobody@127.0.0.1:1/nothing') });
      for (const tenant of ['a\0', 'a\ud800']) {
        expect(() => database.open(User, { tenant })).toThrow(/Unicode text without U\+0000/);
      }
    });

    test('one connection suffices for any number of requests', async () => {
      const send = fresh(createPostgresDatabase({ pool: await newPool({ max: 1 }) }));
      const ids = await Promise.all(
        Array.from({ length: 30 }, (_, i) => made(send, '/Users', user(`u${i}`))),
      );
      const id = await made(send, '/Groups', group('G', ids));
      const answers = await Promise.all(ids.map((user) => send('GET', `/Users/${user}`)));
      for (const { body } of answers) expect(body.groups).toMatchObject([{ value: id }]);
    });
  });

  describe('what its types and indexes take', () => {
    let send: Send;
    beforeAll(async () => {
      send = fresh(createPostgresDatabase({ pool: await newPool({ statement_timeout: 2_000 }) }));
    });

    test('U+0000 in an id is the id of nothing', async () => {
      expect((await send('GET', '/Users/%00')).status).toBe(404);
      expect((await send('DELETE', '/Users/a%00b')).status).toBe(404);
      const id = await made(send, '/Groups', group('NUL'));
      const add = patchOp({ op: 'add', path: 'members', value: [{ value: 'a\0b' }, { value: 'x\ud800' }] });
      expect((await send('PATCH', `/Groups/${id}`, add)).status).toBeLessThan(500);
      expect((await send('GET', '/Users?filter=id+eq+%22a%5Cu0000%22')).status).toBeLessThan(500);
    });

    test('unique values of any length are unique, and free again', async () => {
      const long = 'L'.repeat(100_000);
      const id = await made(send, '/Users', user(`${long}a`));
      await made(send, '/Users', user(`${long}b`));
      expect((await send('POST', '/Users', user(`${long.toLowerCase()}a`))).body).toEqual(
        errorBody(409, 'uniqueness'),
      );
      expect((await send('DELETE', `/Users/${id}`)).status).toBe(204);
      await made(send, '/Users', user(`${long}a`));
    });

    test('order is by code point, whatever the locale is', async () => {
      const names = ['B', 'a', 'Z', 'ä', '_', '~', 'é', '😀', '\ue000'].map((name) => `sort-${name}`);
      for (const name of names) await made(send, '/Users', user(name));
      const { body } = await send('GET', '/Users?filter=userName+sw+%22sort-%22&sortBy=userName');
      const points = (text: string) =>
        [...text.toLowerCase()].map((c) => (c.codePointAt(0) as number) + 1e7).join();
      expect(body.Resources.map((resource: { userName: string }) => resource.userName)).toEqual(
        names.toSorted((a, b) => (points(a) < points(b) ? -1 : 1)),
      );
    });

    test('a filter that takes too long is told so, and not as a failure', async () => {
      const pool = await newPool();
      const slow = fresh(createPostgresDatabase({ pool }));
      await made(slow, '/Users', user('ada', { title: 'T' }));
      await pool.query('SELECT 1');
      const limited = fresh(
        createPostgresDatabase({
          pool: morePool(urlOf(pool), { max: 1, options: '-c statement_timeout=200' }),
        }),
      );
      await limited('GET', '/Users?count=1');
      const locker = new Client(urlOf(pool));
      await locker.connect();
      await locker.query('BEGIN; LOCK TABLE scimkit_resource IN ACCESS EXCLUSIVE MODE');
      const { status, body } = await limited('GET', '/Users?filter=title+co+%22t%22');
      await locker.query('ROLLBACK');
      await locker.end();
      expect([status, body.scimType]).toEqual([400, 'tooMany']);
      expect(body.detail).toMatch(/narrow/i);
      expect((await limited('GET', '/Users?filter=title+co+%22t%22')).status).toBe(200);
    });
  });

  describe('a group of 100,000', () => {
    const SIZE = 100_000;
    const memberId = (i: number) => `u${String(i).padStart(7, '0')}`;
    let pool: Pool;
    let send: Send;
    const ran: string[] = [];

    beforeAll(async () => {
      pool = await newPool({ max: 4 });
      const counting: PostgresPool = {
        async connect() {
          const client = await pool.connect();
          return {
            query: (statement) => {
              ran.push(statement.text);
              return client.query(statement);
            },
            release: (isBroken) => client.release(isBroken),
          };
        },
      };
      const database = createPostgresDatabase({ pool: counting });
      await database.ready([User, Group]);
      const time = '2026-01-01T00:00:00.000000000Z';
      const document = (type: string, name: string) =>
        `json_build_object('schemas', json_build_array('urn:ietf:params:scim:schemas:core:2.0:${type}'), 'id', id, '${name}', id)`;
      await pool.query(`
        INSERT INTO scimkit_resource (tenant, connection, type, id, version, created, last_modified, document, folded)
          SELECT 'acme', 'default', 'User', id, 1, '${time}', '${time}', ${document('User', 'userName')}, '{}'
          FROM (SELECT 'u' || lpad(i::text, 7, '0') AS id FROM generate_series(1, ${SIZE + 1_001}) AS i) AS u;
        INSERT INTO scimkit_resource (tenant, connection, type, id, version, created, last_modified, document, folded)
          SELECT 'acme', 'default', 'Group', id, 1, '${time}', '${time}', ${document('Group', 'displayName')}, '{}'
          FROM (VALUES ('large'), ('half')) AS g(id);
        INSERT INTO scimkit_membership SELECT 'acme', 'default', 'large', 'members', 'u' || lpad(i::text, 7, '0'), 'User', 'Group'
          FROM generate_series(1, ${SIZE}) AS i;
        INSERT INTO scimkit_membership SELECT 'acme', 'default', 'half', 'members', 'u' || lpad(i::text, 7, '0'), 'User', 'Group'
          FROM generate_series(1, 50000) AS i;
      `);
      await pool.query('ANALYZE');
      send = fresh(database);
    }, 60_000);

    const statements = async (work: () => Promise<unknown>) => {
      ran.length = 0;
      await work();
      return ran.filter((text) => !/^(BEGIN|COMMIT|SELECT shape)/.test(text)).length;
    };
    const add = (from: number, count: number) =>
      patchOp({
        op: 'add',
        path: 'members',
        value: Array.from({ length: count }, (_, i) => ({ value: memberId(from + i) })),
      });

    test('a PATCH with 1,000 members takes as many statements as one with one', async () => {
      await send('GET', '/Groups/large?excludedAttributes=members');
      const patch = (body: unknown) => async () =>
        expect((await send('PATCH', '/Groups/large', body)).status).toBe(204);
      const one = await statements(patch(add(SIZE + 1, 1)));
      expect(one).toBeLessThanOrEqual(4);
      expect(await statements(patch(add(SIZE + 2, 1_000)))).toBe(one);
      const remove = (i: number) => ({ op: 'remove', path: `members[value eq "${memberId(SIZE + 2 + i)}"]` });
      expect(
        await statements(patch(patchOp(...Array.from({ length: 1_000 }, (_, i) => remove(i))))),
      ).toBeLessThanOrEqual(4);
    });

    test('a replace of 50,000 by 50,001 writes what differs', async () => {
      const members = Array.from({ length: 50_001 }, (_, i) => ({ value: memberId(i + 1) }));
      const replace = patchOp({ op: 'replace', path: 'members', value: members });
      expect(await statements(() => send('PATCH', '/Groups/half', replace))).toBeLessThanOrEqual(6);
      const { rows } = await pool.query(
        "SELECT count(*)::int AS n, max(member) AS last FROM scimkit_membership WHERE holder = 'half'",
      );
      expect(rows[0]).toEqual({ n: 50_001, last: memberId(50_001) });
      const { headers } = await send('GET', '/Groups/half?excludedAttributes=members');
      expect(headers.get('etag')).toBe('W/"2"');
      expect((await send('PATCH', '/Groups/half', replace)).status).toBe(204);
      // Nothing differs: nothing is written, and the version stays.
      expect((await send('GET', '/Groups/half?excludedAttributes=members')).headers.get('etag')).toBe(
        'W/"2"',
      );
    });

    test('all of it is read, in pages of the index', async () => {
      const { body } = await send('GET', '/Groups/large?attributes=members.value');
      expect(body.members).toHaveLength(SIZE + 1);
      expect(new Set(body.members.map(({ value }: { value: string }) => value)).size).toBe(SIZE + 1);
    });

    test('members[value eq] and the groups of a page of 100 users are look-ups', async () => {
      const filter = encodeURIComponent(`members[value eq "${memberId(77)}"]`);
      const found = await send('GET', `/Groups?filter=${filter}&excludedAttributes=members`);
      expect(found.body.Resources.map(({ id }: { id: string }) => id).toSorted()).toEqual(['half', 'large']);
      let page: Awaited<ReturnType<Send>> | undefined;
      const count = await statements(async () => {
        page = await send('GET', '/Users?count=100');
      });
      expect(count).toBe(2);
      expect(page?.body.Resources).toHaveLength(100);
      for (const { groups } of page?.body.Resources ?? []) expect(groups).toHaveLength(2);
    });
  });

  test('what was dumped from SQLite is loaded into PostgreSQL as it was, and back', async () => {
    const sqlite = createSqliteDatabase({ path: ':memory:' });
    const send = fresh(sqlite);
    const ada = await made(send, '/Users', user('ada', { password: 'hunter2', externalId: 'Ä"\\\n' }));
    await made(send, '/Groups', group('G', [ada]));
    const dump = [...sqlite.dump([User, Group], SCOPE)].join('');
    const postgres = createPostgresDatabase({ pool: await newPool() });
    expect(await postgres.load(JSON.parse(dump), [User, Group], SCOPE)).toBe(true);
    expect(await postgres.load(JSON.parse(dump), [User, Group], SCOPE)).toBe(false);
    const pieces: string[] = [];
    for await (const piece of postgres.dump([User, Group], SCOPE)) pieces.push(piece);
    expect(pieces.join('')).toBe(dump);
    const again = fresh(postgres);
    expect((await again('GET', `/Users/${ada}`)).body).toEqual((await send('GET', `/Users/${ada}`)).body);
    await sqlite.close();
  });
});

/** A value as a literal of SQL. */
function pgLiteral(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `ARRAY[${value.map(pgLiteral).join(', ')}]::text[]`;
  return `'${String(value).replaceAll("'", "''")}'`;
}

/** A pool that refuses statements which make tables. */
function withoutDdl(pool: Pool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect();
      return {
        query: (statement) =>
          /^\s*(CREATE|ALTER|DROP)/i.test(statement.text)
            ? Promise.reject(new Error('permission denied'))
            : client.query(statement),
        release: (isBroken) => client.release(isBroken),
      };
    },
  };
}
