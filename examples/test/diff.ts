// What git says of two versions of a folder.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a folder that somebody wrote. */
export function filesOf(folder: string): readonly string[] {
  const files = globSync('**/*.{ts,sql,prisma,md}', { cwd: folder, exclude: ['generated', 'node_modules'] });
  return files.map((file) => file.replaceAll('\\', '/')).toSorted();
}

/** The difference between two folders, file by file, with one line around each change and without hashes. */
export function diffOf(folder: string, before: string, after: string): string {
  const names = [before, after].flatMap((version) => filesOf(join(folder, version)));
  return [...new Set(names)]
    .toSorted()
    .map((name) => diffOfFile(folder, before, after, name))
    .join('');
}

function diffOfFile(folder: string, before: string, after: string, name: string): string {
  const sides = [before, after].map((version) => `${version}/${name}`);
  const given = sides.map((side) => (existsSync(join(folder, side)) ? side : '/dev/null'));
  const options = ['--no-index', '--no-color', '--no-ext-diff', '--no-prefix', '--unified=1'];
  const { status, stdout, stderr } = spawnSync('git', ['diff', ...options, ...given], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0 && status !== 1) throw new Error(`git diff ended with ${status}: ${stderr}`);
  return stdout.replace(/^(?:diff --git|index|new file mode|deleted file mode) .*\n/gm, '');
}

/** How many lines a difference adds and removes. */
export function linesOf(diff: string): number {
  return diff.split('\n').filter((line) => /^[+-]/.test(line) && !/^(\+\+\+|---) /.test(line)).length;
}
