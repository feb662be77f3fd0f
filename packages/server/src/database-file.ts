// The file of a SQLite database: its owner's alone, because it names people.
import { closeSync, openSync, rmSync } from 'node:fs';

/**
 * Makes a database's file, if there is none, readable by its owner alone. SQLite gives the files beside it the same mode.
 * Whether it was made.
 */
export function makePrivateFile(path: string): boolean {
  if (path === ':memory:') return false;
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes away a database that was made for a start that failed: it holds nothing. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}
