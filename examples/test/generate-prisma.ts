// Has Prisma generate the clients of the examples: `npx prisma generate` in each, when it wasn't done yet.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { generateClient } from '../../packages/scimkit/test/mapped/prisma/generate.ts';

export default function generate(): void {
  const examples = join(import.meta.dirname, '..');
  for (const schema of globSync('*/{,*/}prisma/schema.prisma', { cwd: examples })) {
    generateClient(join(examples, schema), join(examples, schema, '../../generated'));
  }
}

if (import.meta.main) generate();
