// What databases say differently, and nothing else: each statement is written once, and asks here for the words.
import type { AttributeType } from '../../schema/attribute.ts';
import type { Sql, SqlValue, Work } from './fragment.ts';

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
  /**
   * That a column contains words in their order, letters and digits alone: said so that an index of the column can tell,
   * if there is one. Absent where columns have none.
   */
  columnContains?(column: Sql, words: readonly string[]): Sql;
  /** A unique value as a key: an index takes only so much of it. */
  uniqueKey(value: string): Sql;
  /** What locks rows that a statement reads until the end of the transaction; absent where only one can write. */
  readonly locks?: RowLocks;
  /** What finds resources by a part of a text, where no index of a column does. */
  readonly texts?: TextIndex;
}

/** An index of all texts of resources. It may be behind: what it doesn't have yet, it finds always. */
export interface TextIndex {
  /** Whether a text is long enough. */
  canFind(text: string): boolean;
  /**
   * The ids of all resources `r` in a scope that have a text in a value, and of others; undefined where it takes finding
   * more than so many.
   */
  containing(scope: Sql, text: string, most: number): Work<readonly string[] | undefined>;
  /** Notes that the texts of resources `r` change, or that these go; before they do. */
  changed(which: Sql): Sql;
  /** Forgets everything: it is taken in anew. */
  clear(): Work<void>;
}

/** Clauses at the end of a SELECT, in the order of their strength. */
interface RowLocks {
  /** The row is referred to: it must not go away. */
  readonly toRefer: Sql;
  /** The row is changed: nobody else may change it. */
  readonly toChange: Sql;
  /** The row is removed: nobody else may change it or refer to it. */
  readonly toRemove: Sql;
}
