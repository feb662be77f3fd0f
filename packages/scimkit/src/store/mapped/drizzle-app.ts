// The app's database through Drizzle.
import { type Column, getTableColumns, is, sql, Table } from 'drizzle-orm';
import { rawSql, type Sql } from '../sql/fragment.ts';
import type { AppColumn, AppDatabase, AppTable } from './app-database.ts';
import type { AppDatabaseOptions } from './app-options.ts';
import { toAppColumn } from './drizzle-column.ts';
import { type DrizzleConnection, type Manner, mannerOf } from './drizzle-connection.ts';
import { execute } from './drizzle-statement.ts';
import { FailedStatements } from './failed-statements.ts';
import { repeated } from './repeated.ts';
import { turnsOf } from './turns.ts';
import { violationOf } from './violation.ts';

type Dialect = 'sqlite' | 'postgres';

/** The app's database. Tables and columns are called as in the app's schema module. */
export function drizzleApp<Tx extends DrizzleConnection>(
  db: Tx,
  tables: Readonly<Record<string, unknown>>,
  options: AppDatabaseOptions = {},
): AppDatabase<Tx> {
  const dialect = dialectOf(db);
  const failed = new FailedStatements<Tx>();
  const turns = turnsOf(typeof db.$client === 'object' && db.$client !== null ? db.$client : db);
  let manner: Promise<Manner> | undefined;

  const run = (tx: Tx, statement: Sql) => failed.watch(tx, () => execute(tx, statement, dialect));

  const send = (text: string) => execute(db, rawSql(text), dialect);
  const file = async () => String((await send('SELECT file AS c0 FROM pragma_database_list'))[0]?.c0 ?? '');

  async function byHand<Result>(begin: string, work: (tx: Tx) => Promise<Result>): Promise<Result> {
    await send(begin);
    try {
      const result = await work(db);
      await send('COMMIT');
      return result;
    } catch (error) {
      // A disk that is full has ended the transaction already.
      await send('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  function transact<Result>(
    work: (tx: Tx) => Promise<Result>,
    isByHand: boolean,
    behavior: 'deferred' | 'immediate',
  ): Promise<Result> {
    if (isByHand) return byHand(`BEGIN ${behavior}`, work);
    const checked = async (tx: Tx): Promise<Result> => {
      const result = await work(tx);
      if (dialect === 'postgres') await failed.check(tx, (each) => run(each, rawSql('SELECT 1')));
      return result;
    };
    return db.transaction(checked, dialect === 'sqlite' ? { behavior } : undefined) as Promise<Result>;
  }

  return {
    dialect,
    transaction: {
      async run(work, kind) {
        manner ??= mannerOf(db, dialect, file);
        const { isShared, isQueued, isByHand } = await manner;
        if (kind === 'read' && !options.transactionalReads)
          return isShared ? turns.take(() => work(db)) : work(db);
        const attempt = () => transact(work, isByHand, kind === 'read' ? 'deferred' : 'immediate');
        const isInLine = kind === 'read' ? isShared : isQueued;
        return repeated(() => (isInLine ? turns.take(attempt) : attempt()));
      },
    },
    table: (name) => tableOf(db, tables, name, dialect),
    run,
    violation: violationOf,
  };
}

/** A dialect is known by how it writes a name and a parameter. */
function dialectOf(db: DrizzleConnection): Dialect {
  const { sql: text } = db
    .select({ x: sql`${1}` })
    .from(sql`${sql.identifier('x')}`)
    .toSQL();
  if (text === 'select $1 from "x"') return 'postgres';
  if (text === 'select ? from "x"') return 'sqlite';
  throw new TypeError(
    `Drizzle writes SQL of an unknown dialect, "${text}"; SQLite and PostgreSQL are supported`,
  );
}

/** A column and its table as Drizzle writes them, with the casing that the app has chosen. */
const WRITTEN = /^select ("(?:[^"]|"")*") from (.+)$/s;

function tableOf(
  db: DrizzleConnection,
  tables: Readonly<Record<string, unknown>>,
  name: string,
  dialect: Dialect,
): AppTable {
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (!is(table, Table)) throw new TypeError(`There is no table "${name}" among those that were given`);
  const columns: Readonly<Record<string, Column>> = getTableColumns(table);
  const written = (column: Column): readonly string[] => {
    const { sql: text } = db
      .select({ x: sql`${column}` })
      .from(table)
      .toSQL();
    const names = WRITTEN.exec(text);
    if (!names) throw new TypeError(`Drizzle writes "${text}" for a column of the table "${name}"`);
    return names;
  };
  const column = (key: string): AppColumn => {
    const found = Object.hasOwn(columns, key) ? columns[key] : undefined;
    if (!found) {
      throw new TypeError(
        `The table "${name}" has no column "${key}"; its columns are ${Object.keys(columns).join(', ')}`,
      );
    }
    return toAppColumn(found, written(found)[1] ?? '', dialect);
  };
  const [first] = Object.values(columns);
  if (!first) throw new TypeError(`The table "${name}" has no columns`);
  const isAutomatic = (key: string) => {
    const { initial, renewed } = column(key);
    return initial !== undefined || renewed !== undefined;
  };
  return {
    name: written(first)[2] ?? '',
    column,
    automatic: Object.keys(columns).filter(isAutomatic),
  };
}
