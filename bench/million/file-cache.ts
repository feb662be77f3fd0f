// What a database has on disk, brought into the system's memory: a server that has run for weeks finds it there.
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const buffer = new Uint8Array(1 << 20);

/** Reads a file, or all files of a folder and those below it, once. */
export function readThrough(path: string): void {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) readThrough(join(path, name));
    return;
  }
  const file = openSync(path, 'r');
  while (readSync(file, buffer) > 0);
  closeSync(file);
}
