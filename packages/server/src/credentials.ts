// The server's own bearer tokens: shown once, kept as hashes, looked up with each request.
import { closeSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createToken, hashToken } from 'scimkit';

/** Tokens whose hashes are stored beside the resources. */
export interface Credentials {
  /** Whether a token with this hash is accepted. */
  has(hash: string): boolean;
  isEmpty(): boolean;
  /** Makes a token and stores its hash; the token itself is nowhere afterwards. */
  create(): Promise<string>;
  close(): void;
}

/**
 * Makes a database's file, if there is none, readable by its owner alone: it names people. SQLite gives the files
 * beside it the same mode. Whether it was made.
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

/** Opens the credentials in a database file; those of ":memory:" live as long as the process. */
export function openCredentials(path: string): Credentials {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA busy_timeout = 2000');
  database.exec(
    'CREATE TABLE IF NOT EXISTS credential (hash TEXT PRIMARY KEY, created TEXT NOT NULL) STRICT, WITHOUT ROWID',
  );
  const find = database.prepare('SELECT 1 FROM credential WHERE hash = ?');
  return {
    has: (hash) => find.get(hash) !== undefined,
    isEmpty: () => database.prepare('SELECT 1 FROM credential LIMIT 1').get() === undefined,
    async create() {
      const token = createToken();
      const insert = database.prepare('INSERT INTO credential (hash, created) VALUES (?, ?)');
      insert.run(await hashToken(token), new Date().toISOString());
      return token;
    },
    close: () => database.close(),
  };
}
