// RFC 7644 §3.7.1: operations of a Bulk that refer to each other in a circle, in one transaction.
import { ScimError } from '../protocol/error.ts';
import { CommitGroup, dependent, DependentError } from '../store/commit-group.ts';
import { type Context, type Opened, run } from './context.ts';
import type { Outcome } from './operation.ts';
import { Performance, type Task } from './performance.ts';

interface Member<Auth> {
  readonly performance: Performance<Auth>;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects operations until all have arrived, then carries them out as one. */
export class Circle<Auth> {
  private readonly context: Context<Auth>;
  private readonly size: number;
  private readonly members: Member<Auth>[] = [];
  private hasFailed = false;

  constructor(context: Context<Auth>, size: number) {
    this.context = context;
    this.size = size;
  }

  /** Carries an operation out with the others; it settles when all of them are committed, or undone. */
  perform(task: Task<Auth>): Promise<Outcome> {
    const performance = new Performance(this.context, task);
    if (this.hasFailed) return performance.settle(() => Promise.reject(dependent()));
    const joined = new Promise<Outcome>((resolve, reject) => {
      this.members.push({ performance, resolve, reject });
    });
    if (this.members.length === this.size) void this.carryOut();
    return performance.settle(() => joined);
  }

  /** Ends the circle because one of its operations failed; those that are carried out already know by themselves. */
  fail(): void {
    this.hasFailed = true;
    if (this.members.length === this.size) return;
    for (const { reject } of this.members.splice(0)) reject(dependent());
  }

  private async carryOut(): Promise<void> {
    const { context, members } = this;
    const isShared = context.service.options.transaction !== undefined;
    let results: readonly PromiseSettledResult<Outcome>[] = [];
    let failure: { readonly error: unknown } | undefined;
    try {
      await run(context, 'write', async (opened) => {
        results = [];
        results = await this.attempt(opened);
        const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
        // The culprit goes before what only follows from it: the app's transaction must see it, to begin anew after a conflict.
        if (isShared && errors.length > 0) throw culpritIn(errors);
      });
    } catch (error) {
      failure = { error };
    }
    const hasCulprit = results.some((result) => result.status === 'rejected');
    for (const [index, { resolve, reject }] of members.entries()) {
      const result = results[index];
      if (result?.status === 'rejected') reject(result.reason);
      else if (failure) reject(hasCulprit ? dependent() : failure.error);
      else resolve(result?.value);
    }
  }

  /** All at once: each of them waits in the store for the others. */
  private attempt(opened: Opened): Promise<readonly PromiseSettledResult<Outcome>[]> {
    const together = new CommitGroup(this.size);
    return Promise.allSettled(
      this.members.map(async ({ performance }) => {
        try {
          const outcome = await performance.attempt(opened, together);
          together.leave();
          return outcome;
        } catch (error) {
          together.fail(error);
          throw error;
        }
      }),
    );
  }
}

function culpritIn(errors: readonly unknown[]): unknown {
  const own = errors.filter((error) => !(error instanceof DependentError));
  return own.find((error) => !(error instanceof ScimError)) ?? own[0] ?? errors[0];
}
