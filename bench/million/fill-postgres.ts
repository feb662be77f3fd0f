// A population in a PostgreSQL database: the statements that the store would carry out for each user, many at once.
import { type Client, Pool, type PoolClient } from 'pg';
import { Group, type Store, User } from '../../packages/scimkit/src/index.ts';
import { resolveScope } from '../../packages/scimkit/src/store/scope.ts';
import type { Sql } from '../../packages/scimkit/src/store/sql/fragment.ts';
import { createPostgresDatabase } from '../../packages/scimkit/src/store/sql/postgres.ts';
import { postgresDialect } from '../../packages/scimkit/src/store/sql/postgres-dialect.ts';
import { toStatement } from '../../packages/scimkit/src/store/sql/postgres-statement.ts';
import { SqlStore } from '../../packages/scimkit/src/store/sql/store.ts';
import { createdAt, type Directory, SCOPE } from './directory.ts';
import { readInput } from './input.ts';
import { type Insertion, parseInsertion, Rows } from './insertion.ts';
import { Recorder } from './recorder.ts';

/** Users whose rows are inserted at once. */
const BATCH = 2_000;

/** Makes the tables, and fills them with a population. */
export async function fillPostgres(url: string, directory: Directory): Promise<void> {
  // Nobody misses what a failure would cost: it is all made anew then.
  const pool = new Pool({ connectionString: url, options: '-c synchronous_commit=off' });
  try {
    const now = () => createdAt(directory.size.users);
    const database = createPostgresDatabase({ pool, now });
    await database.ready([User, Group]);
    const client = await pool.connect();
    try {
      await withoutIndexes(client, () => insertUsers(client, directory));
      await client.query('ANALYZE');
    } finally {
      client.release();
    }
    await createGroups(database.open(Group, SCOPE), directory);
    await pool.query('VACUUM (ANALYZE)');
  } finally {
    await pool.end();
  }
}

/** Takes indexes away that constrain nothing, and makes them anew: that is quicker than to keep them up to date. */
async function withoutIndexes(client: PoolClient, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE NOT indisunique AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  await work();
  await client.query("SET maintenance_work_mem = '512MB'");
  for (const { definition } of rows) await client.query(definition);
}

/** What the store's statements insert, by table and form. */
class Statements {
  private readonly insertions = new Map<string, Insertion>();
  private readonly rows = new Map<string, Rows>();
  private counted = 0;
  private counter: Sql | undefined;

  add(statement: Sql): void {
    const { text, parameters } = statement;
    let insertion = this.insertions.get(text);
    if (!insertion) {
      insertion = parseInsertion(text);
      this.insertions.set(text, insertion);
    }
    if (insertion.table === 'scimkit_counter') {
      this.counted++;
      this.counter = statement;
      return;
    }
    const { table, columns, row, tail } = insertion;
    const key = `${table} (${columns}) ${row} ${tail}`;
    const rows = this.rows.get(key) ?? new Rows(insertion);
    this.rows.set(key, rows);
    rows.add(parameters);
  }

  /** All statements since the last call. */
  take(): ReturnType<Rows['take']>[] {
    const taken = [...this.rows.values()].map((rows) => rows.take());
    this.rows.clear();
    return taken;
  }

  /** The counter as it is after the last of all creates, each of which comes after the others in the order of ids. */
  async count(client: Pick<Client, 'query'>): Promise<void> {
    if (!this.counter) return;
    await client.query(toStatement(this.counter, false));
    await client.query('UPDATE scimkit_counter SET total = $1 WHERE type = $2', [this.counted, User.name]);
  }
}

async function insertUsers(client: PoolClient, directory: Directory): Promise<void> {
  const statements = new Statements();
  const recorder = new Recorder((statement) => statements.add(statement));
  const place = { ...resolveScope(SCOPE), type: User, dialect: postgresDialect };
  const store: Store = new SqlStore(recorder, place, []);
  let creating: Promise<unknown>[] = [];
  let inserting: Promise<void> = Promise.resolve();
  const flush = async () => {
    await Promise.all(creating);
    creating = [];
    const batch = statements.take();
    await inserting;
    // The next rows are worked out while the database takes these in.
    inserting = transact(client, batch);
    inserting.catch(() => {});
  };
  for (const { id, number, body } of directory.users()) {
    recorder.time = createdAt(number);
    creating.push(store.create(readInput(User, body), { id }));
    if (creating.length === BATCH) await flush();
  }
  await flush();
  await inserting;
  await statements.count(client);
}

async function transact(client: PoolClient, statements: ReturnType<Statements['take']>): Promise<void> {
  await client.query('BEGIN');
  for (const statement of statements) await client.query(statement);
  await client.query('COMMIT');
}

/** Groups are few: the store creates them, one after the other, so that they are counted in the order of their ids. */
async function createGroups(store: Store, directory: Directory): Promise<void> {
  for (const { id, body } of directory.groups()) await store.create(readInput(Group, body), { id });
}
