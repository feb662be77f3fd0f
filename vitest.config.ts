import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`packages/${path}`, import.meta.url));

const HOSTS = 'node express express4 fastify koa hono h3 h3v1 nest nest-fastify next'.split(' ');

/** Tests run against the sources: nothing has to be built first. */
export const resolve = {
  alias: [
    { find: /^scimkit$/, replacement: source('scimkit/src/index.ts') },
    { find: /^scimkit\/client$/, replacement: source('scimkit/src/client/index.ts') },
    { find: /^scimkit\/memory$/, replacement: source('scimkit/src/store/memory.ts') },
    { find: /^scimkit\/jwt$/, replacement: source('scimkit/src/authentication/jwt.ts') },
    { find: /^scimkit\/postgres$/, replacement: source('scimkit/src/store/sql/postgres.ts') },
    { find: /^scimkit\/sqlite$/, replacement: source('scimkit/src/store/sql/sqlite.ts') },
    {
      find: /^scimkit\/(drizzle|kysely|prisma)$/,
      replacement: source('scimkit/src/store/mapped/$1.ts'),
    },
    { find: /^scimkit\/(\w+)$/, replacement: source('scimkit/src/adapter/$1.ts') },
    { find: /^@scimkit\/server$/, replacement: source('server/src/index.ts') },
  ],
};

export default defineConfig({
  resolve,
  test: {
    // Tests start processes, and a machine that does other things besides takes its time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Much of a test's time is other processes': a database, a server, a browser.
    maxWorkers: '100%',
    // Of the run, not of each project.
    globalSetup: ['test/postgres/setup.ts', 'packages/scimkit/test/mapped/prisma/generate.ts'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          globalSetup: ['test/serve/build.ts', 'examples/test/generate-prisma.ts'],
          include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', 'examples/test/*.test.ts'],
        },
      },
      // What the service provider answers over HTTP, once more in each host and over real sockets.
      ...HOSTS.map((name) => ({
        extends: true as const,
        test: {
          name: `in ${name}`,
          globalSetup: name === 'next' ? ['test/serve/build.ts', 'examples/test/build-next.ts'] : [],
          include: ['packages/scimkit/test/{provider,authentication}/*.test.ts'],
          env: { SCIMKIT_HOST: name },
        },
      })),
    ],
  },
});
