// What is needed of a PostgreSQL driver; `Pool` of the package pg has this form.

/** A statement with its values; one with a name is prepared under it, once per connection. */
export interface PostgresStatement {
  readonly text: string;
  readonly values: unknown[];
  readonly name?: string;
  /** Milliseconds after which the driver waits no longer, where it has such a limit and this statement another one. */
  readonly query_timeout?: number;
}

/** What came of a statement. */
export interface PostgresResult {
  // biome-ignore lint/suspicious/noExplicitAny: what rows are is the statement's business
  readonly rows: any[];
  /** What was carried out: "COMMIT", say; "ROLLBACK" where a commit was not possible. */
  readonly command?: string;
}

/** A connection that is lent by a pool. */
export interface PostgresClient {
  query(statement: PostgresStatement): Promise<PostgresResult>;
  /** Gives it back; true: it is of no use any more. */
  release(isBroken?: boolean): void;
  /** A connection that is cut while it is lent says so by an event, which ends the process if nobody listens. */
  on?(event: 'error', listener: () => void): unknown;
}

/** A pool of connections. It is its owner's: it is neither made nor ended here. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  on?(event: 'connect', listener: (client: PostgresClient) => void): unknown;
}
