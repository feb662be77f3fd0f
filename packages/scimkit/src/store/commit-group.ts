// RFC 7644 §3.7.1: resources that refer to each other in a circle come into being together, or not at all.
import { ScimError } from '../protocol/error.ts';

/**
 * One write of a group, cut in two so that all resources exist before any of them is referred to. `context` is the
 * store's: a transaction, say. Both parts may be called again, after all that they did has been undone.
 */
export interface GroupedWrite<Result, Context> {
  insert(context: Context): void | Promise<void>;
  link(context: Context): Result | Promise<Result>;
}

interface Entry {
  readonly write: GroupedWrite<unknown, never>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A store's way to run work so that nothing of it remains when it throws. */
type Atomically = (work: (context: never) => void | Promise<void>) => Promise<void>;

/** Runs steps one after the other: at once, as long as none of them takes its time. */
function runAll(steps: Iterator<unknown, void, unknown>, last?: unknown): void | Promise<void> {
  let next = steps.next(last);
  while (!next.done) {
    if (next.value instanceof Promise) return next.value.then((value) => runAll(steps, value));
    next = steps.next(next.value);
  }
}

/**
 * Collects writes until all have arrived, then runs them as one. `atomically` is the store's: it runs a function
 * so that nothing of it remains when it throws, or when what it returns rejects. The function returns nothing when no
 * write takes its time.
 */
export class CommitGroup {
  private readonly size: number;
  private readonly entries: Entry[] = [];
  private failure: unknown;
  private isCommitted = false;

  constructor(size: number) {
    this.size = size;
  }

  /** Adds a write; it settles when the whole group has. The culprit rejects with its own error, the others with 409. */
  join<Result, Context>(
    write: GroupedWrite<Result, Context>,
    atomically: (work: (context: Context) => void | Promise<void>) => Promise<void>,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.entries.push({ write, resolve: resolve as (result: unknown) => void, reject });
      if (this.failure !== undefined) this.fail(this.failure);
      else if (this.entries.length === this.size) void this.commit(atomically as Atomically);
    });
  }

  /** Ends the group because one of its operations failed before it reached the store. */
  fail(error: unknown): void {
    this.failure = error;
    for (const entry of this.entries.splice(0)) entry.reject(dependent());
  }

  /** Tells that an operation is done. One that never joined, because it was not carried out, ends the group. */
  leave(): void {
    if (!this.isCommitted) this.fail(dependent());
  }

  private async commit(atomically: Atomically): Promise<void> {
    let current: Entry | undefined;
    const results = new Map<Entry, unknown>();
    const { entries } = this;
    const steps = function* (context: never) {
      current = undefined;
      for (current of entries) yield current.write.insert(context);
      for (current of entries) results.set(current, yield current.write.link(context));
      current = undefined;
    };
    try {
      await atomically((context) => runAll(steps(context)));
      this.isCommitted = true;
      for (const entry of this.entries) entry.resolve(results.get(entry));
    } catch (error) {
      for (const entry of this.entries) entry.reject(entry === current || !current ? error : dependent());
    }
  }
}

/** An operation was undone, or not begun, because another one of its circle failed. */
export class DependentError extends ScimError {
  constructor() {
    super(
      409,
      'This operation and others of the request refer to each other in a circle; one of them failed, so none was ' +
        'carried out. Correct the one that reports its own error and send them again.',
    );
  }
}

export const dependent = (): ScimError => new DependentError();
