// What a process and its children have taken of the processor, from Linux' /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds of one tick: Linux counts a hundred in a second for everybody. */
const TICK = 10_000;

/** Microseconds of a thread so far; undefined when it has gone meanwhile. */
function timeOf(pid: string, fields: readonly string[]): number | undefined {
  try {
    // In nanoseconds, and of the first thread: the processes of PostgreSQL have one.
    const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    if (Number(nanoseconds) > 0) return Number(nanoseconds) / 1_000;
  } catch {
    // Kernels without it count in ticks.
  }
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

/** The fields of a process from the third on, after its name, which may have any characters; see proc(5). */
function fieldsOf(pid: string): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** A process and its children, those that have ended included. */
export class ProcessorTime {
  private readonly pid: string;

  constructor(pid: number) {
    this.pid = String(pid);
  }

  /** Microseconds so far. */
  async cpu(): Promise<number> {
    let sum = 0;
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const fields = fieldsOf(pid);
      if (!fields || (pid !== this.pid && fields[1] !== this.pid)) continue;
      sum += timeOf(pid, fields) ?? 0;
      // Of its children that have ended.
      if (pid === this.pid) sum += (Number(fields[13]) + Number(fields[14])) * TICK;
    }
    return sum;
  }
}

/** Seconds in which the processors had nothing to do so far, waiting for disks included, of all of them together. */
export function idleSeconds(): number {
  const [, , , , idle, waiting] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] as string).split(/\s+/);
  return (Number(idle) + Number(waiting)) / 100;
}
