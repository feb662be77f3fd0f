// How far a run has come, on stderr: a bar on a terminal, a line every few seconds elsewhere.

/** Milliseconds between two lines where there is no terminal. */
const EVERY = 5000;
const FRAME = 100;
const WIDTH = 30;

/** Shows how far something has come. */
export class Progress {
  private readonly stream: NodeJS.WriteStream;
  private readonly isQuiet: boolean;
  private last = 0;
  private isOpen = false;

  constructor(stream: NodeJS.WriteStream, isQuiet: boolean) {
    this.stream = stream;
    this.isQuiet = isQuiet;
    this.last = stream.isTTY ? 0 : Date.now();
  }

  /** Says what is going on; most of what is said between two moments is passed over. */
  tell(text: string): void {
    const now = Date.now();
    if (this.isQuiet || now - this.last < (this.stream.isTTY ? FRAME : EVERY)) return;
    this.last = now;
    if (!this.stream.isTTY) {
      this.stream.write(`${text}\n`);
      return;
    }
    this.isOpen = true;
    this.stream.write(`\r\u001b[K${text.slice(0, Math.max(20, (this.stream.columns ?? 80) - 1))}`);
  }

  /** Tells how much of a known whole is done. */
  count(done: number, failed: number, total: number): void {
    const part = total === 0 ? 1 : Math.min(1, (done + failed) / total);
    const filled = Math.round(part * WIDTH);
    const bar = this.stream.isTTY ? `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ` : '';
    const broken = failed > 0 ? `, ${failed} failed` : '';
    this.tell(`${bar}${Math.floor(part * 100)} % (${done + failed} of ${total}${broken})`);
  }

  /** Clears the line, so that something else can be written. */
  clear(): void {
    if (this.isOpen) this.stream.write('\r\u001b[K');
    this.isOpen = false;
  }
}
