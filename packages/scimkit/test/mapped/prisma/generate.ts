// Has Prisma generate its clients for the tests, when they aren't there or their schemas have changed.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const folder = import.meta.dirname;
const require = createRequire(import.meta.url);

export default function generate(): void {
  for (const dialect of ['sqlite', 'postgres']) {
    const schema = join(folder, `${dialect}.prisma`);
    const output = join(folder, 'generated', dialect);
    const made = join(output, 'of.prisma');
    if (existsSync(made) && readFileSync(made, 'utf8') === readFileSync(schema, 'utf8')) continue;
    rmSync(output, { recursive: true, force: true });
    const cli = join(dirname(require.resolve('prisma/package.json')), 'build/index.js');
    execFileSync(process.execPath, [cli, 'generate', '--schema', schema], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        // Generating needs no engine, and it must not be asked for over the network; nor must anything be reported.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
      },
    });
    copyFileSync(schema, made);
  }
}

if (import.meta.main) generate();
