import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`packages/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run against the sources: nothing has to be built first.
    alias: [
      { find: /^scimkit$/, replacement: source('scimkit/src/index.ts') },
      { find: /^scimkit\/memory$/, replacement: source('scimkit/src/store/memory.ts') },
      { find: /^scimkit\/node$/, replacement: source('scimkit/src/adapter/node.ts') },
      { find: /^scimkit\/sqlite$/, replacement: source('scimkit/src/store/sql/sqlite.ts') },
      { find: /^@scimkit\/server$/, replacement: source('server/src/index.ts') },
    ],
  },
  test: {
    globalSetup: 'test/serve/build.ts',
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reportsDirectory: 'coverage',
    },
  },
});
