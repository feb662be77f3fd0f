// What apps may say of their databases, whichever library they use.

/** Options of an app's database. */
export interface AppDatabaseOptions {
  /**
   * Reads are transactions as well: row-level security that is told by `SET LOCAL` whom it is for needs that.
   * Default: false.
   */
  readonly transactionalReads?: boolean;
}
