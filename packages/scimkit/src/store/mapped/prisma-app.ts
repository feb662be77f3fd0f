// The app's database through Prisma's client.
import { type Row, rawSql, type Sql } from '../sql/fragment.ts';
import { toStatement } from '../sql/postgres-statement.ts';
import type { AppColumn, AppDatabase, AppTable } from './app-database.ts';
import type { AppDatabaseOptions } from './app-options.ts';
import { FailedStatements } from './failed-statements.ts';
import type { PrismaConnection, PrismaField, PrismaModel, PrismaRoot } from './prisma-client.ts';
import { toAppColumn } from './prisma-column.ts';
import { constraintsOf, parseModels, type SchemaModel } from './prisma-schema.ts';
import { repeated } from './repeated.ts';
import { turnsOf } from './turns.ts';
import { violationOf } from './violation.ts';

type Dialect = 'sqlite' | 'postgres';

const DIALECTS: Readonly<Record<string, Dialect>> = {
  sqlite: 'sqlite',
  postgresql: 'postgres',
  postgres: 'postgres',
  cockroachdb: 'postgres',
};

/**
 * Prisma's own limits are for a transaction that nobody begins anew, and of few statements. A client has them too when it was
 * not given any. In milliseconds.
 */
const PRISMAS = { maxWait: 2_000, timeout: 5_000 };
const OURS = { maxWait: 10_000, timeout: 60_000 };

/** The limits of a client's transactions: those that it was given, if they are not Prisma's own. */
function limitsOf({ maxWait, timeout, ...others }: Partial<typeof PRISMAS> = {}): typeof OURS {
  return {
    ...others,
    maxWait: maxWait === undefined || maxWait === PRISMAS.maxWait ? OURS.maxWait : maxWait,
    timeout: timeout === undefined || timeout === PRISMAS.timeout ? OURS.timeout : timeout,
  };
}

const NO_ATTRIBUTES: SchemaModel = { fields: new Map(), blocks: [] };

/** The app's database. Tables are called as models are, columns as their fields. */
export function prismaApp<Tx extends PrismaConnection>(
  client: Tx & PrismaRoot,
  options: AppDatabaseOptions = {},
): AppDatabase<Tx> {
  const dialect = dialectOf(client);
  const { models } = client._runtimeDataModel ?? {};
  if (!models) throw new TypeError('The client has no data model; clients of Prisma 7 have');
  const { inlineSchema = '', adapter, transactionOptions } = client._engineConfig ?? {};
  const declared = parseModels(inlineSchema);
  const limits = limitsOf(transactionOptions);
  const failed = new FailedStatements<Tx>();
  const turns = turnsOf(adapter ?? client);
  // libsql's adapter has reads wait for whoever writes, and D1 has no transactions. Others share their connection.
  const isShared = dialect === 'sqlite' && !/libsql|d1/.test(adapter?.adapterName ?? '');

  const constraints = new Map<string, readonly string[]>();
  for (const [name, model] of Object.entries(models)) {
    const columnOf = (key: string) =>
      columnName(
        model.fields.find((field) => field.name === key),
        key,
      );
    const table = model.dbName ?? name;
    for (const entry of constraintsOf(declared.get(name) ?? NO_ATTRIBUTES, table, columnOf)) {
      constraints.set(...entry);
    }
  }

  async function run(tx: Tx, statement: Sql): Promise<readonly Row[]> {
    const { text, values } =
      dialect === 'postgres'
        ? toStatement(statement, false)
        : { text: statement.text, values: statement.parameters };
    const rows = await failed.watch(tx, () => tx.$queryRawUnsafe(text, ...values));
    return rows as readonly Row[];
  }

  return {
    dialect,
    transaction: {
      run(work, kind) {
        const isRead = kind === 'read';
        if (isRead && !options.transactionalReads)
          return isShared ? turns.take(() => work(client)) : work(client);
        const attempt = async () =>
          client.$transaction(async (tx: Tx) => {
            const result = await work(tx);
            if (dialect === 'postgres') await failed.check(tx, () => run(tx, rawSql('SELECT 1')));
            return result;
          }, limits);
        return repeated(() => (dialect === 'sqlite' ? turns.take(attempt) : attempt()));
      },
    },
    table(name) {
      const model = Object.hasOwn(models, name) ? models[name] : undefined;
      if (!model) {
        throw new TypeError(`There is no model "${name}"; the models are ${Object.keys(models).join(', ')}`);
      }
      return tableOf(name, model, declared.get(name) ?? NO_ATTRIBUTES);
    },
    run,
    violation(error) {
      const violation = violationOf(error);
      if (!violation || violation.columns.length > 0) return violation;
      // The adapter for PostgreSQL keeps no more of an error than the name of the constraint.
      return { ...violation, columns: constraints.get(violation.constraint ?? '') ?? [] };
    },
  };
}

function dialectOf({ _activeProvider: provider = '' }: PrismaConnection): Dialect {
  const dialect = DIALECTS[provider];
  if (dialect) return dialect;
  throw new TypeError(`The client is for the provider "${provider}"; sqlite and postgresql are supported`);
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const columnName = (field: PrismaField | undefined, key: string) => field?.dbName ?? key;

function tableOf(name: string, model: PrismaModel, declared: SchemaModel): AppTable {
  const columns = model.fields.filter(({ kind }) => kind === 'scalar' || kind === 'enum');
  const column = (key: string): AppColumn => {
    const field = columns.find((each) => each.name === key);
    if (!field) {
      const keys = columns.map((each) => each.name).join(', ');
      throw new TypeError(`The model "${name}" has no column "${key}"; its columns are ${keys}`);
    }
    return toAppColumn(field, quoted(columnName(field, key)), declared.fields.get(key) ?? '');
  };
  const table = quoted(model.dbName ?? name);
  return {
    name: model.schema ? `${quoted(model.schema)}.${table}` : table,
    column,
    automatic: columns
      .map((field) => field.name)
      .filter((key) => {
        const { initial, renewed } = column(key);
        return initial !== undefined || renewed !== undefined;
      }),
  };
}
