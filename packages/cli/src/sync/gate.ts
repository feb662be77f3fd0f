// One pause for all: a service provider that says "later" to one request means the others too (RFC 6585 §4).
import { type Attempt, RequestError } from 'scimkit/client';

/** Holds back what begins while the service provider asks for time. */
export class Gate {
  private until = 0;
  private readonly most: number;
  private now: number;
  private calm = 0;
  private lastSilence: 'network' | 'timeout' | undefined;

  /** `most` is how many requests are under way at most. */
  constructor(most: number) {
    this.most = most;
    this.now = most;
  }

  /** How many requests may be under way: fewer after each "later", and more again when it is calm. */
  get width(): number {
    return this.now;
  }

  /** Why the last attempt of all has no answer; undefined: it has one. */
  get silence(): 'network' | 'timeout' | undefined {
    return this.lastSilence;
  }

  /** Told of each attempt. */
  note({ status, error, pauseMs }: Attempt): void {
    const reason = error instanceof RequestError ? error.reason : undefined;
    this.lastSilence = reason === 'network' || reason === 'timeout' ? reason : undefined;
    if (status === 429) {
      const isNew = Date.now() > this.until;
      this.until = Math.max(this.until, Date.now() + (pauseMs ?? 1000));
      // One burst of refusals is one reason to slow down.
      if (isNew) this.now = Math.max(1, Math.floor(this.now / 2));
      this.calm = 0;
    } else if (status !== undefined && ++this.calm >= 20) {
      this.calm = 0;
      this.now = Math.min(this.most, this.now + 1);
    }
  }

  /** Waits until a request may begin, or until `isOver`. */
  async wait(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const rest = this.until - Date.now();
      if (rest <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(rest, 250)));
    }
  }

  /** Does some work for each task, several at once. What `work` throws ends it. */
  async each<Task>(
    tasks: readonly Task[],
    work: (task: Task) => Promise<void>,
    isOver: () => boolean,
  ): Promise<void> {
    let next = 0;
    let busy = 0;
    const worker = async (): Promise<void> => {
      while (next < tasks.length && !isOver()) {
        await this.wait(isOver);
        if (busy >= this.now) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          continue;
        }
        if (isOver() || next >= tasks.length) return;
        const task = tasks[next++] as Task;
        busy++;
        try {
          await work(task);
        } finally {
          busy--;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.most, tasks.length) }, worker));
  }
}
