// Has Prisma generate its clients, when they aren't there, or their schemas or Prisma have changed.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Has Prisma generate a client into the folder that the schema names, unless that is done. */
export function generateClient(schema: string, output: string): void {
  const manifest = require.resolve('prisma/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const made = join(output, 'made-of.txt');
  const source = `${version}\n${readFileSync(schema, 'utf8')}`;
  if (existsSync(made) && readFileSync(made, 'utf8') === source) return;
  rmSync(output, { recursive: true, force: true });
  const cli = join(dirname(manifest), 'build/index.js');
  execFileSync(process.execPath, [cli, 'generate', '--schema', schema], {
    cwd: dirname(schema),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      // Generating needs no engine, and it must not be asked for over the network; nor must anything be reported.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  });
  writeFileSync(made, source);
}

/** The client of a schema, in `generated/` beside it. */
export function generateBeside(folder: string, name: string): void {
  generateClient(join(folder, `${name}.prisma`), join(folder, 'generated', name));
}

/** Those of the tests. */
export default function generate(): void {
  for (const dialect of ['sqlite', 'postgres']) generateBeside(import.meta.dirname, dialect);
}

if (import.meta.main) generate();
