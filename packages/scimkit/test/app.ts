// An app with tables of its own, in SQLite: its transactions, and small stores that work in them.
import { DatabaseSync } from 'node:sqlite';
import {
  applyPatch,
  type Attributes,
  checkPrecondition,
  createServiceProvider,
  evaluate,
  anonymous,
  Group,
  replaceAttributes,
  type ResourceType,
  ScimError,
  type ServiceProviderOptions,
  type Store,
  type StoredResource,
  type Transaction,
  User,
  uuidv7,
  type Written,
} from 'scimkit';
import { client } from './fixture.ts';

/** What a transaction hands to stores and hooks. It is of no use afterwards. */
export class Tx {
  readonly kind: 'read' | 'write';
  isOver = false;
  private readonly connection: DatabaseSync;

  constructor(connection: DatabaseSync, kind: 'read' | 'write') {
    this.connection = connection;
    this.kind = kind;
  }

  run(sql: string, ...values: (string | number | null)[]): void {
    this.statement(sql).run(...values);
  }

  all<Row>(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.statement(sql).all(...values) as Row[];
  }

  private statement(sql: string) {
    if (this.isOver) throw new Error(`used after its end: ${sql}`);
    return this.connection.prepare(sql);
  }
}

/** What a conflict with another transaction looks like. */
class Conflict extends Error {}

export interface App {
  readonly transaction: Transaction<Tx>;
  /** What happened, in order: "begin write", "commit write", "rollback write". */
  readonly log: string[];
  /** The transactions that are to end in a conflict instead of a commit. */
  conflicts: number;
  open<Type extends ResourceType>(type: Type, tx: Tx): Store<Type>;
  /** Outside of any transaction. */
  all<Row>(sql: string): Row[];
}

interface Row {
  readonly id: string;
  readonly version: number;
  readonly attributes: string;
}

const TIME = '2026-01-31T12:00:00.000Z';

function toStored({ id, version, attributes }: Row, relations?: StoredResource['relations']): StoredResource {
  const times = { created: TIME, lastModified: TIME };
  return { id, version: String(version), ...times, attributes: JSON.parse(attributes), relations };
}

function openStore(type: ResourceType, tx: Tx): Store {
  const rowOf = (id: string) =>
    tx.all<Row>('SELECT * FROM resources WHERE type = ? AND id = ?', type.name, id)[0];
  const membersOf = (id: string, after = '', limit = -1) =>
    tx
      .all<{ member: string }>(
        'SELECT member FROM members WHERE id = ? AND member > ? ORDER BY member LIMIT ?',
        ...[id, after, limit],
      )
      .map(({ member }) => ({ value: member, type: 'User' }));
  const load = (row: Row, limit?: number) =>
    toStored(row, type.name === 'Group' ? new Map([['members', membersOf(row.id, '', limit)]]) : undefined);
  const put = (id: string, version: number, attributes: Attributes) => {
    const key = String(attributes.userName ?? attributes.displayName).toLowerCase();
    try {
      tx.run(
        'INSERT INTO resources VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, key = excluded.key, attributes = excluded.attributes',
        ...[type.name, id, version, key, JSON.stringify(attributes)],
      );
    } catch (error) {
      throw new ScimError('uniqueness', `"${key}" is taken.`, { cause: error });
    }
  };
  const link = (id: string, members: readonly string[] = []) => {
    for (const member of members) tx.run('INSERT OR IGNORE INTO members VALUES (?, ?)', id, member);
  };
  const written = (id: string, before?: Attributes): Written => {
    const resource = load(rowOf(id) as Row, 2);
    const continued = new Set((resource.relations?.get('members')?.length ?? 0) > 1 ? ['members'] : []);
    const changed = JSON.stringify(before) !== JSON.stringify(resource.attributes);
    return {
      ...{ id, version: resource.version, changed, before, after: resource.attributes },
      resource: { ...resource, continued },
    };
  };
  return {
    scope: 'app',
    newId: () => uuidv7(),
    async create(input, { id = uuidv7(), together }) {
      const insert = () => put(id, 1, input.attributes);
      const finish = () => {
        link(id, input.relations.get('members'));
        return written(id);
      };
      if (together) {
        return together.join({ insert, link: finish }, async (work) => work(undefined));
      }
      insert();
      return finish();
    },
    async get(id) {
      const row = rowOf(id);
      return row && load(row);
    },
    query: async (query) =>
      evaluate(
        type,
        query,
        tx.all<Row>('SELECT * FROM resources WHERE type = ?', type.name).map((row) => toStored(row)),
      ),
    async replace(id, input, { precondition, keepAbsent = false }) {
      const row = rowOf(id);
      if (!row) return undefined;
      checkPrecondition(precondition, String(row.version));
      const before = JSON.parse(row.attributes);
      put(id, row.version + 1, replaceAttributes(type, before, input, keepAbsent));
      return written(id, before);
    },
    async patch(id, changes, { precondition, report }) {
      const row = rowOf(id);
      if (!row) return undefined;
      checkPrecondition(precondition, String(row.version));
      const before = JSON.parse(row.attributes);
      report?.({ kind: 'ignored', name: 'seen', where: id });
      put(id, row.version + 1, applyPatch(type, before, changes).attributes);
      return written(id, before);
    },
    async delete(id) {
      const row = rowOf(id);
      if (!row) return undefined;
      tx.run('DELETE FROM resources WHERE id = ?', id);
      tx.run('DELETE FROM members WHERE id = ? OR member = ?', id, id);
      return { id, version: String(row.version), changed: true, before: JSON.parse(row.attributes) };
    },
    async groupsOf(ids) {
      const groups = (id: string) =>
        tx
          .all<{ id: string }>('SELECT id FROM members WHERE member = ?', id)
          .map((row) => ({ value: row.id, type: 'direct', resourceType: 'Group' }));
      return new Map(ids.map((id) => [id, groups(id)]));
    },
    async references(id, _path, after, limit) {
      return rowOf(id) && membersOf(id, after, limit);
    },
  };
}

/** An app with a database in memory. Its one connection does one transaction after the other. */
export function createApp(): App {
  const connection = new DatabaseSync(':memory:');
  connection.exec(`
    CREATE TABLE resources (type TEXT, id TEXT PRIMARY KEY, version INTEGER, key TEXT, attributes TEXT, UNIQUE (type, key));
    CREATE TABLE members (id TEXT, member TEXT, PRIMARY KEY (id, member));
    CREATE TABLE audit (text TEXT);
  `);
  const log: string[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  const once = async <Result>(work: (tx: Tx) => Promise<Result>, kind: 'read' | 'write') => {
    const tx = new Tx(connection, kind);
    const end = (how: 'commit' | 'rollback') => {
      connection.exec(how);
      log.push(`${how} ${kind}`);
      tx.isOver = true;
    };
    connection.exec('BEGIN');
    log.push(`begin ${kind}`);
    try {
      const result = await work(tx);
      if (kind === 'write' && app.conflicts > 0) {
        app.conflicts--;
        throw new Conflict('could not serialize access');
      }
      end('commit');
      return result;
    } catch (error) {
      end('rollback');
      throw error;
    }
  };
  const app: App = {
    log,
    conflicts: 0,
    transaction: {
      run(work, kind) {
        const attempt = async (): Promise<Awaited<ReturnType<typeof work>>> => {
          try {
            return await once(work, kind);
          } catch (error) {
            if (error instanceof Conflict) return attempt();
            throw error;
          }
        };
        const running = queue.then(attempt);
        queue = running.catch(() => {});
        return running;
      },
    },
    open: (type, tx) => openStore(type, tx),
    all: (sql) => connection.prepare(sql).all() as never,
  };
  return app;
}

/** A client of a service provider over the app. */
export function overApp(
  app: App,
  options: Partial<
    ServiceProviderOptions<{ org: string }, string | undefined, Tx, [typeof User, typeof Group]>
  > = {},
) {
  return client(
    createServiceProvider({
      authentication: anonymous({ org: 'acme' }),
      transaction: app.transaction,
      resources: [
        { type: User, store: ({ tx }) => app.open(User, tx) },
        { type: Group, store: ({ tx }) => app.open(Group, tx) },
      ],
      ...options,
    }),
  );
}
