// The app's database as mappings take it.
import type { Transaction } from '../transaction.ts';
import type { AppDatabase } from './app-database.ts';

/** The app's database. `Tables` are its tables and the values of their columns, `Tx` is its library's transaction. */
export interface MappedDatabase<Tables, Tx> {
  readonly transaction: Transaction<Tx>;
  readonly app: AppDatabase<Tx>;
  readonly tables?: Tables;
}

export function createMappedDatabase<Tables, Tx>(app: AppDatabase<Tx>): MappedDatabase<Tables, Tx> {
  return { transaction: app.transaction, app };
}
