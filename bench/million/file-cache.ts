// What a database has on disk, brought into the system's memory: a server that has run for weeks finds it there.
import { closeSync, openSync, readSync } from 'node:fs';

const buffer = new Uint8Array(1 << 20);

/** Reads a file once. */
export function readThrough(path: string): void {
  const file = openSync(path, 'r');
  while (readSync(file, buffer) > 0);
  closeSync(file);
}
