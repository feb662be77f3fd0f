// The seam between mapped stores and the library through which an app reaches its database: Kysely, Drizzle, Prisma.
import type { Row, Sql } from '../sql/fragment.ts';
import type { Transaction } from '../transaction.ts';

/** What a column holds, as far as the library knows it. */
export type ColumnKind = 'text' | 'uuid' | 'integer' | 'number' | 'boolean' | 'instant' | 'json';

/** A column of one of the app's tables. */
export interface AppColumn {
  /** Its name in the database, quoted: `"first_name"`. */
  readonly name: string;
  /** Undefined: the library doesn't know; the mapping says it, or it is taken for what the attribute's type says. */
  readonly kind?: ColumnKind | undefined;
  /** Of an instant: how many milliseconds its unit has. Default: 1. */
  readonly unit?: number;
  /** From what `run` gives to a text, number, boolean, Date, or null. Absent: as it is. */
  decode?(value: unknown): unknown;
  /** From such a value to what goes into a statement. Absent: as it is. */
  encode?(value: unknown): unknown;
  /** The value that the library, and not the database, gives a new row. */
  initial?(): unknown;
  /** The value that the library, and not the database, gives a row with each change. */
  renewed?(): unknown;
}

/** One of the app's tables. */
export interface AppTable {
  /** Its name in the database, quoted, with its schema where it has one: `"auth"."users"`. */
  readonly name: string;
  /**
   * @throws TypeError when the library knows that there is no such column.
   */
  column(name: string): AppColumn;
  /** Columns with `initial` or `renewed`, by the names that the app calls them. */
  readonly automatic?: readonly string[];
}

/** What a row was refused for. */
export interface Violation {
  readonly kind: 'unique' | 'foreign key' | 'not null' | 'check';
  /** The names of the columns in the database, unquoted, where it tells them. */
  readonly columns: readonly string[];
  /** The name of the constraint, where the database tells it. */
  readonly constraint?: string | undefined;
}

/** The app's database. `Tx` is what its library calls a transaction, or the connection where there is none. */
export interface AppDatabase<Tx> {
  readonly dialect: 'sqlite' | 'postgres';
  readonly transaction: Transaction<Tx>;
  /** @throws TypeError when the library knows that there is no such table. */
  table(name: string): AppTable;
  /**
   * Runs one statement; parameters stand as `?`. Rows come as the statement calls its columns: c0, c1 and so on, in
   * order. Values are as the library's driver gives them.
   */
  run(tx: Tx, statement: Sql): Promise<readonly Row[]>;
  /** What a row was refused for; undefined for any other failure. */
  violation(error: unknown): Violation | undefined;
}
