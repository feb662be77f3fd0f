// The app's own transactions: one operation, with whatever hooks do, in one of them.

/** The app's transactions. */
export interface Transaction<Tx> {
  /**
   * Runs work in a transaction of its own: committed when it is done, undone when it throws, and begun anew after a
   * conflict with others. For `read` it may be the connection without any transaction.
   */
  run<Result>(work: (tx: Tx) => Promise<Result>, kind: 'read' | 'write'): Promise<Result>;
}
