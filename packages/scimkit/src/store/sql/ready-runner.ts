// A runner that sees to something before its first unit of work.
import type { Work } from './fragment.ts';
import type { Runner, Transaction } from './store.ts';

/** Runs nothing before `prepare` is done; when it fails, so does what was to be run, and it is done again next time. */
export class ReadyRunner implements Runner {
  private readonly runner: Runner;
  private readonly prepare: () => Promise<void>;
  private preparing: Promise<void> | undefined;
  private isReady = false;

  constructor(runner: Runner, prepare: () => Promise<void>) {
    this.runner = runner;
    this.prepare = prepare;
  }

  async read<Result>(work: () => Work<Result>): Promise<Result> {
    if (!this.isReady) await this.ready();
    return this.runner.read(work);
  }

  async write<Result>(work: () => Work<Result>): Promise<Result> {
    if (!this.isReady) await this.ready();
    return this.runner.write(work);
  }

  async atomically(steps: (transaction: Transaction) => void | Promise<void>): Promise<void> {
    if (!this.isReady) await this.ready();
    return this.runner.atomically(steps);
  }

  isTimeout(error: unknown): boolean {
    return this.runner.isTimeout?.(error) ?? false;
  }

  slot(): number {
    return this.runner.slot();
  }

  now(): number {
    return this.runner.now();
  }

  private ready(): Promise<void> {
    this.preparing ??= this.prepare()
      .then(() => {
        this.isReady = true;
      })
      .finally(() => {
        this.preparing = undefined;
      });
    return this.preparing;
  }
}
