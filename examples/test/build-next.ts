// Next serves what was built. It compiles the library as a user's app would: from the package.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds an app with Next. */
export function buildNext(folder: string): void {
  const bin = join(import.meta.dirname, '../node_modules/next/dist/bin/next');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'build', folder], {
    encoding: 'utf8',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  });
  if (status !== 0) throw new Error(`next build: ${stdout}${stderr}`);
}

export default function build(): void {
  buildNext(join(import.meta.dirname, 'next-app'));
}
