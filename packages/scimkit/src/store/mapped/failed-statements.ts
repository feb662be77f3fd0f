// PostgreSQL answers COMMIT with ROLLBACK after a statement has failed, and not every library looks.

/** Transactions in which a statement failed, and with what. */
export class FailedStatements<Tx extends object> {
  private readonly errors = new WeakMap<Tx, unknown>();

  /** Runs a statement of a transaction; what it fails with is kept in mind. */
  async watch<Result>(tx: Tx, statement: () => PromiseLike<Result>): Promise<Result> {
    try {
      return await statement();
    } catch (error) {
      if (!this.errors.has(tx)) this.errors.set(tx, error);
      throw error;
    }
  }

  /**
   * To be called before a transaction is committed.
   *
   * @throws what a statement failed with, unless the transaction went back to a savepoint before it.
   */
  async check(tx: Tx, probe: (tx: Tx) => Promise<unknown>): Promise<void> {
    if (!this.errors.has(tx)) return;
    try {
      await probe(tx);
    } catch {
      throw this.errors.get(tx);
    }
  }
}
