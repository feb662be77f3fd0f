// Group commit: writes that arrive in one turn of the event loop share a transaction, and are answered when it is
// durable. A disk that takes a millisecond to be sure takes it once for all of them.

/** How a queue opens and closes transactions. All of it is synchronous: nothing else runs in between. */
export interface Transactions {
  begin(): void;
  commit(): void;
  rollback(): void;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
}

interface Entry {
  /** May be called twice: what the first call did is undone then. */
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Settled =
  | { readonly entry: Entry; readonly result: unknown }
  | { readonly entry: Entry; readonly error: unknown };

/** Runs writes in groups. */
export class CommitQueue {
  private readonly transactions: Transactions;
  private readonly schedule: (flush: () => void) => void;
  private entries: Entry[] = [];
  private isScheduled = false;
  private waiting: (() => void)[] = [];

  constructor(transactions: Transactions, schedule: (flush: () => void) => void) {
    this.transactions = transactions;
    this.schedule = schedule;
  }

  /**
   * Runs work in a transaction; settles once it is committed, or with what the work threw. The work may be run a second
   * time, after all that the first time did has been undone.
   */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.entries.push({ work, resolve: resolve as (result: unknown) => void, reject });
      this.wake();
    });
  }

  /** Resolves when nothing is waiting to be written. */
  idle(): Promise<void> {
    if (!this.isScheduled) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.schedule(() => this.flush());
  }

  private flush(): void {
    const entries = this.entries;
    this.entries = [];
    this.isScheduled = false;
    const settled = this.commit(entries);
    for (const outcome of settled) {
      if ('error' in outcome) outcome.entry.reject(outcome.error);
      else outcome.entry.resolve(outcome.result);
    }
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Most often nothing fails. Only then is it worth a savepoint, which copies each page before it is changed. */
  private commit(entries: readonly Entry[]): readonly Settled[] {
    let hasFailed = false;
    const settled = this.transact(entries, (entry) => {
      try {
        return { entry, result: entry.work() };
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    });
    return hasFailed && entries.length > 1 ? this.transact(entries, (entry) => this.attempt(entry)) : settled;
  }

  /** Runs all entries in one transaction; what is thrown ends it, and is what became of all of them. */
  private transact(entries: readonly Entry[], run: (entry: Entry) => Settled): readonly Settled[] {
    const failed = (error: unknown) => entries.map((entry) => ({ entry, error }));
    try {
      this.transactions.begin();
    } catch (error) {
      return failed(error);
    }
    try {
      const settled = entries.map(run);
      this.transactions.commit();
      return settled;
    } catch (error) {
      this.transactions.rollback();
      return failed(error);
    }
  }

  /** Undoes an entry alone, when it fails. */
  private attempt(entry: Entry): Settled {
    this.transactions.savepoint();
    try {
      const result = entry.work();
      this.transactions.release();
      return { entry, result };
    } catch (error) {
      this.transactions.rollbackToSavepoint();
      return { entry, error };
    }
  }
}
