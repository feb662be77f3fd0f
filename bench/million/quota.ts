// A part of a processor for a process, and no more: Linux' control groups, in either version.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Microseconds after which a process may go on: short, so that no request waits long. */
const PERIOD = 10_000;

const GROUPS = '/sys/fs/cgroup';

/** A limit that processes are put under. */
export interface Quota {
  apply(pid: number): void;
  /** Takes the limit away, once its processes have ended. */
  remove(): Promise<void>;
}

/** Makes a quota of a part of one processor; undefined where this machine, or its user, can't. */
export function createQuota(name: string, part: number): Quota | undefined {
  const own = `scimkit-bench-${process.pid}-${name}`;
  const time = Math.round(PERIOD * part);
  try {
    if (existsSync(`${GROUPS}/cpu/cpu.cfs_quota_us`)) {
      const folder = make(`${GROUPS}/cpu/${own}`);
      writeFileSync(`${folder}/cpu.cfs_period_us`, String(PERIOD));
      writeFileSync(`${folder}/cpu.cfs_quota_us`, String(time));
      return quota(folder);
    }
    writeFileSync(`${GROUPS}/cgroup.subtree_control`, '+cpu');
    const folder = make(`${GROUPS}/${own}`);
    writeFileSync(`${folder}/cpu.max`, `${time} ${PERIOD}`);
    return quota(folder);
  } catch {
    return undefined;
  }
}

function make(folder: string): string {
  mkdirSync(folder);
  return folder;
}

function quota(folder: string): Quota {
  return {
    apply: (pid) => writeFileSync(`${folder}/cgroup.procs`, String(pid)),
    async remove() {
      // The kernel needs a moment for the processes that have ended.
      for (let tries = 0; tries < 50; tries++) {
        try {
          return rmdirSync(folder);
        } catch {
          await setTimeout(20);
        }
      }
    },
  };
}
