// What the store writes when it creates a resource, taken down in place of being carried out.
import type { Row, Sql, Work } from '../../packages/scimkit/src/store/sql/fragment.ts';
import type { Runner } from '../../packages/scimkit/src/store/sql/store.ts';

/** A unique value that is claimed asks whether it got its row. */
const CLAIMED: readonly Row[] = [{ id: '' }];

/** Runs units of work that only insert, on nothing. */
export class Recorder implements Runner {
  /** The time of the next write. */
  time = 0;
  private readonly take: (statement: Sql) => void;

  constructor(take: (statement: Sql) => void) {
    this.take = take;
  }

  now(): number {
    return this.time;
  }

  /** Of rows that writers spread over, always the same. */
  slot(): number {
    return 0;
  }

  read(): Promise<never> {
    throw new Error('A create reads from the database now: teach the recorder what it is answered.');
  }

  atomically(): Promise<never> {
    throw new Error('Only resources that stand alone can be recorded.');
  }

  async write<Result>(work: () => Work<Result>): Promise<Result> {
    const running = work();
    let next = running.next();
    while (!next.done) {
      if (!/^\s*INSERT /.test(next.value.text)) {
        throw new Error(`A create does more than insert now; teach the recorder: ${next.value.text}`);
      }
      this.take(next.value);
      next = running.next(next.value.text.includes(' RETURNING ') ? CLAIMED : []);
    }
    return next.value;
  }
}
