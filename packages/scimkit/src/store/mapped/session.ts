// What statements of one operation run in: the app's transaction, or its connection.
import type { Row, Sql } from '../sql/fragment.ts';
import type { Scoped } from './aliased.ts';
import type { Reading } from './row.ts';

/** One operation on the resources of a mapping. */
export interface Session {
  /** The app's transaction, or its connection. */
  readonly tx: unknown;
  readonly now: Date;
  readonly scoped: Scoped;
  readonly reading: Reading;
  /** The paths of attributes that are being written: some databases refuse a value, and don't say which. */
  readonly written: Set<string>;
  readonly run: (statement: Sql) => Promise<readonly Row[]>;
}
