// The app's database through Kysely.
import { CompiledQuery, type Kysely, sql } from 'kysely';
import { type Row, rawSql, type Sql, type SqlValue } from '../sql/fragment.ts';
import { toStatement } from '../sql/postgres-statement.ts';
import type { AppDatabase, AppTable } from './app-database.ts';
import type { AppDatabaseOptions } from './app-options.ts';
import { FailedStatements } from './failed-statements.ts';
import { repeated } from './repeated.ts';
import { violationOf } from './violation.ts';

/** What a table's name comes after, in a statement that is compiled to have it. */
const BEFORE_NAME = 'select * from ';

/** The app's database. Tables and columns are called as in the type `DB`; plugins make of it what the database calls them. */
export function kyselyApp<DB>(db: Kysely<DB>, options: AppDatabaseOptions = {}): AppDatabase<Kysely<DB>> {
  const dialect = dialectOf(db);
  const failed = new FailedStatements<Kysely<DB>>();
  const plain = new WeakMap<Kysely<DB>, Kysely<DB>>();

  // Names stand in the text already, and values are wanted as they are: plugins have nothing to do.
  function withoutPlugins(tx: Kysely<DB>): Kysely<DB> {
    let known = plain.get(tx);
    if (!known) {
      known = tx.withoutPlugins();
      plain.set(tx, known);
    }
    return known;
  }

  async function run(tx: Kysely<DB>, statement: Sql): Promise<readonly Row[]> {
    const { text, parameters } = dialect === 'postgres' ? toPostgres(statement) : toSqlite(statement);
    const { rows } = await failed.watch(tx, () =>
      withoutPlugins(tx).executeQuery(CompiledQuery.raw(text, parameters)),
    );
    return rows as readonly Row[];
  }

  return {
    dialect,
    transaction: {
      run(work, kind) {
        if (kind === 'read' && !options.transactionalReads) return work(db);
        // On SQLite all of them share a connection, and Kysely lets one after the other have it, reads as well.
        return repeated(() =>
          db.transaction().execute(async (tx) => {
            const result = await work(tx);
            if (dialect === 'postgres') await failed.check(tx, () => run(tx, rawSql('SELECT 1')));
            return result;
          }),
        );
      },
    },
    table: (name) => tableOf(db, name),
    run,
    violation: violationOf,
  };
}

/** A dialect is known by how it writes a name and a parameter. */
function dialectOf<DB>(db: Kysely<DB>): 'sqlite' | 'postgres' {
  const { sql: text } = sql`${sql.id('x')} ${1}`.compile(db.withoutPlugins());
  if (text === '"x" $1') return 'postgres';
  if (text === '"x" ?') return 'sqlite';
  throw new TypeError(
    `Kysely writes SQL of an unknown dialect, "${text}"; SQLite and PostgreSQL are supported`,
  );
}

function tableOf<DB>(db: Kysely<DB>, name: string): AppTable {
  const { sql: text } = db
    .selectFrom(name as keyof DB & string)
    .selectAll()
    .compile();
  if (!text.startsWith(BEFORE_NAME)) throw new TypeError(`A plugin makes "${text}" of the table ${name}`);
  return {
    name: text.slice(BEFORE_NAME.length),
    column: (column) => ({ name: sql.id(column).compile(db).sql }),
  };
}

function toPostgres(statement: Sql): { text: string; parameters: unknown[] } {
  const { text, values } = toStatement(statement, false);
  return { text, parameters: values };
}

/** SQLite has neither booleans nor instants, and its drivers refuse them. */
function toSqlite({ text, parameters }: Sql): { text: string; parameters: unknown[] } {
  const toValue = (value: SqlValue) => {
    if (typeof value === 'boolean') return value ? 1 : 0;
    return value instanceof Date ? value.toISOString() : value;
  };
  return { text, parameters: parameters.map(toValue) };
}
