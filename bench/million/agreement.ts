// Whether what is made in bulk is what the API makes: a handful of resources both ways, compared row by row.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client, Pool } from 'pg';
import {
  anonymous,
  createServiceProvider,
  Group,
  type Store,
  User,
} from '../../packages/scimkit/src/index.ts';
import { createPostgresDatabase } from '../../packages/scimkit/src/store/sql/postgres.ts';
import { createSqliteDatabase } from '../../packages/scimkit/src/store/sql/sqlite.ts';
import type { Cluster } from './cluster.ts';
import { createdAt, Directory, type Entry, SCOPE } from './directory.ts';
import { fillPostgres } from './fill-postgres.ts';
import { fillSqlite } from './fill-sqlite.ts';

const HANDFUL = new Directory({ users: 250, large: 25 });

/** What is compared. Numbers of a type may be spread over several rows. */
const TABLES = {
  resource: 'SELECT * FROM scimkit_resource',
  value: 'SELECT * FROM scimkit_value',
  unique_value: 'SELECT * FROM scimkit_unique_value',
  membership: 'SELECT * FROM scimkit_membership',
  counter: `SELECT tenant, connection, type, sum(total) AS total, sum(generation) AS generation, max(last_id) AS last_id
    FROM scimkit_counter GROUP BY tenant, connection, type`,
};

/** Creates the handful by requests, under the ids and at the times that they have in bulk. */
async function request(
  open: (type: typeof User | typeof Group) => Store,
  setTime: (time: number) => void,
): Promise<void> {
  let id = '';
  const named = (store: Store): Store =>
    Object.create(store, {
      create: {
        value: (...[input, options]: Parameters<Store['create']>) => store.create(input, { ...options, id }),
      },
    });
  const provider = createServiceProvider({
    basePath: '',
    authentication: anonymous(SCOPE),
    resources: [User, Group].map((type) => ({ type, store: () => named(open(type)) })),
  });
  const post = async (endpoint: string, entry: Entry) => {
    id = entry.id;
    const url = `http://127.0.0.1${endpoint}`;
    const headers = { 'content-type': 'application/scim+json' };
    const response = await provider.fetch(
      new Request(url, { method: 'POST', headers, body: JSON.stringify(entry.body) }),
    );
    if (response.status !== 201) throw new Error(`POST ${endpoint}: ${await response.text()}`);
  };
  for (const user of HANDFUL.users()) {
    setTime(createdAt(user.number));
    await post('/Users', user);
  }
  setTime(createdAt(HANDFUL.size.users));
  for (const group of HANDFUL.groups()) await post('/Groups', group);
}

/** All rows, as sorted texts by table. */
type Contents = ReadonlyMap<string, readonly string[]>;

function assertEqual(bulk: Contents, api: Contents): void {
  for (const [table, rows] of api) {
    const made = bulk.get(table) ?? [];
    const index = rows.findIndex((row, index) => row !== made[index]);
    if (index < 0 && made.length === rows.length) continue;
    throw new Error(
      `The bench makes other rows than the API in ${table}:\n${made[index]}\n${rows[index]}\n` +
        `(${made.length} rows, and ${rows.length})`,
    );
  }
}

const asText = (_key: string, value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

function sqliteContents(path: string): Contents {
  const database = new DatabaseSync(path);
  const rowsOf = (text: string) => database.prepare(text).all();
  const contents = Object.entries(TABLES).map(
    ([table, text]) =>
      [
        table,
        rowsOf(text)
          .map((row) => JSON.stringify(row, asText))
          .toSorted(),
      ] as const,
  );
  database.close();
  return new Map(contents);
}

/** Throws where a SQLite file differs. */
export async function assertSqliteAgrees(folder: string): Promise<void> {
  const paths = ['bulk', 'api'].map((name) => join(folder, `agreement-${name}.db`));
  const remove = () => {
    for (const path of paths) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    }
  };
  const [bulk = '', api = ''] = paths;
  remove();
  await fillSqlite(bulk, HANDFUL);
  let time = 0;
  const database = createSqliteDatabase({ path: api, durability: 'normal', now: () => time });
  await request(
    (type) => database.open(type, SCOPE),
    (now) => {
      time = now;
    },
  );
  await database.close();
  assertEqual(sqliteContents(bulk), sqliteContents(api));
  remove();
}

async function postgresContents(url: string): Promise<Contents> {
  const client = new Client(url);
  await client.connect();
  const contents = new Map<string, readonly string[]>();
  for (const [table, text] of Object.entries(TABLES)) {
    const { rows } = await client.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM (${text}) AS t`,
    );
    contents.set(table, rows.map(({ row }) => row).toSorted());
  }
  await client.end();
  return contents;
}

/** Throws where a PostgreSQL database differs. */
export async function assertPostgresAgrees(cluster: Cluster): Promise<void> {
  const names = ['agreement_bulk', 'agreement_api'];
  for (const name of names) {
    await cluster.drop(name);
    await cluster.create(name);
  }
  const [bulk = '', api = ''] = names.map((name) => cluster.urlOf(name));
  await fillPostgres(bulk, HANDFUL);
  let time = 0;
  const pool = new Pool({ connectionString: api, max: 1 });
  const database = createPostgresDatabase({ pool, now: () => time });
  await request(
    (type) => database.open(type, SCOPE),
    (now) => {
      time = now;
    },
  );
  await pool.end();
  assertEqual(await postgresContents(bulk), await postgresContents(api));
  for (const name of names) await cluster.drop(name);
}
