// The server's resources as a file: whole or not there, and nobody's but the owner's.
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OptionError } from './option-error.ts';

const temporary = (path: string) => `${path}.${process.pid}.tmp`;

type Pieces = Iterable<string> | AsyncIterable<string>;

/** Bytes that are written at once. */
const CHUNK = 1 << 16;

/**
 * Makes sure, before anything is served, that a dump can be written.
 *
 * @throws OptionError
 */
export function assertWritable(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw Object.assign(new Error('It is a folder'), { code: 'EISDIR' });
    }
    closeSync(openSync(temporary(path), 'w', 0o600));
    rmSync(temporary(path));
  } catch (error) {
    throw new OptionError(
      `--dump-resources ${path} can't be written: ${(error as NodeJS.ErrnoException).code}.`,
    );
  }
}

async function writeAll(file: number, pieces: Pieces): Promise<void> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    writeFileSync(file, text);
    text = '';
  }
  writeFileSync(file, text);
  fsyncSync(file);
}

/** Writes a dump beside its place and moves it there, so that nobody ever sees a part of one. */
export async function writeDump(path: string, pieces: Pieces): Promise<void> {
  const file = openSync(temporary(path), 'w', 0o600);
  try {
    try {
      await writeAll(file, pieces);
    } finally {
      closeSync(file);
    }
    renameSync(temporary(path), path);
  } catch (error) {
    rmSync(temporary(path), { force: true });
    throw error;
  }
  // The move itself is on the disk once its folder is; Windows has no such thing.
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * The JSON of a dump; undefined when there is none yet and `isOptional`.
 *
 * @throws OptionError when it can't be read.
 */
export function readDumpFile(path: string, isOptional: boolean): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isOptional && code === 'ENOENT') return undefined;
    throw new OptionError(`--load-resources ${path} can't be read: ${code}.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OptionError(`--load-resources ${path} is not valid JSON: ${(error as Error).message}.`);
  }
}
