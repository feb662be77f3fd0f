// What databases say differently, and nothing else: each statement is written once, and asks here for the words.
import type { AttributeType } from '../../schema/attribute.ts';
import type { Sql, SqlValue } from './fragment.ts';

/** The language of one database. Conditions are two-valued: what is absent makes them false, never NULL. */
export interface SqlDialect {
  /** The value at a path: text that compares by code point, a number, 1 or 0 for booleans; NULL where there is none. */
  jsonValue(json: Sql, keys: readonly string[], type: AttributeType): Sql;
  /** Whether there is anything at a path. */
  jsonHas(json: Sql, keys: readonly string[]): Sql;
  /** The elements of the array at a path, as rows with `key`, in order, and `value`, which is JSON. */
  jsonEach(json: Sql, keys: readonly string[], alias: string): Sql;
  /** The value of such an element which is no object, as `jsonValue` gives it. */
  elementValue(alias: string, type: AttributeType): Sql;
  /**
   * Where a large document is unpacked anew for each look into it: how to have `r.folded` unpacked once, as what follows
   * `r` in a FROM clause.
   */
  readonly unpacked?: { readonly from: Sql; readonly folded: Sql };
  /** A text that is no column, to be compared by code point. */
  byCodePoint(text: Sql): Sql;
  /** JSON as it is stored where only the database reads it. */
  jsonStored(json: string): Sql;
  /** The columns of all rows as JSON text, an array of arrays: an aggregate. NULL or [] where there are no rows. */
  jsonRows(columns: Sql): Sql;
  /** A value that is wanted once, in the first row of a result that has the same order: elsewhere it may be NULL. */
  inFirstRow(value: Sql, order: Sql): Sql;
  /** A list of texts as rows with `value`, by one parameter. */
  textList(texts: readonly string[], alias: string): Sql;
  isAnyOf(column: Sql, texts: readonly string[]): Sql;
  isNoneOf(column: Sql, texts: readonly string[]): Sql;
  equals(value: Sql, literal: SqlValue): Sql;
  contains(value: Sql, literal: string): Sql;
  endsWith(value: Sql, literal: string): Sql;
  /** A unique value as a key: an index takes only so much of it. */
  uniqueKey(value: string): Sql;
  /** What locks rows that a statement reads until the end of the transaction; absent where only one can write. */
  readonly locks?: RowLocks;
}

/** Clauses at the end of a SELECT, in the order of their strength. */
export interface RowLocks {
  /** The row is referred to: it must not go away. */
  readonly toRefer: Sql;
  /** The row is changed: nobody else may change it. */
  readonly toChange: Sql;
  /** The row is removed: nobody else may change it or refer to it. */
  readonly toRemove: Sql;
}
