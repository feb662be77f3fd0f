// The seam between the service provider and the transactions of an app.

/**
 * The app's transactions. Each operation has one of its own: its store, its middleware and its hooks take part in it.
 *
 * @example
 * const transaction: Transaction<Connection> = {
 *   async run(work) {
 *     const connection = await pool.connect();
 *     try {
 *       await connection.query('BEGIN');
 *       const result = await work(connection);
 *       await connection.query('COMMIT');
 *       return result;
 *     } catch (error) {
 *       await connection.query('ROLLBACK');
 *       throw error;
 *     } finally {
 *       connection.release();
 *     }
 *   },
 * };
 */
export interface Transaction<Tx> {
  /**
   * Runs work in a transaction of its own, committed when it is done, undone when it throws; begun anew after a conflict.
   * What work throws is thrown as it is. For `read` it may be the connection without any transaction.
   */
  run<Result>(work: (tx: Tx) => Promise<Result>, kind: 'read' | 'write'): Promise<Result>;
}
