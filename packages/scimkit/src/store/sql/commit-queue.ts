// Group commit: writes that arrive in one turn of the event loop share a transaction, each in a savepoint of its own,
// and are answered when it is durable. A disk that takes a millisecond to be sure takes it once for all of them.

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

  /** Runs work in a transaction; settles once it is committed, or with what the work threw. */
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

  private commit(entries: readonly Entry[]): readonly Settled[] {
    try {
      this.transactions.begin();
    } catch (error) {
      return entries.map((entry) => ({ entry, error }));
    }
    try {
      const settled = entries.map((entry) => this.attempt(entry));
      this.transactions.commit();
      return settled;
    } catch (error) {
      this.transactions.rollback();
      return entries.map((entry) => ({ entry, error }));
    }
  }

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
