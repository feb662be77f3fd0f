// A rule that never complains proves nothing: each is shown a violation here.
import { expect, test } from 'vitest';
import {
  folderArrows,
  importCycles,
  impurities,
  longFiles,
  missingImports,
  namedProviders,
  outsideImports,
  pathNames,
} from './rules.ts';
import { parseSource, type Source } from './source.ts';

const file = (path: string, text: string): Source => parseSource(`packages/${path}`, text);
const library = (path: string, text: string): Source => file(`scimkit/src/${path}`, text);

test.each([
  ['schema/user.ts', '../protocol/error.ts'],
  ['protocol/path.ts', '../dialect/quotes.ts'],
  ['protocol/path.ts', '../index.ts'],
  ['store/memory.ts', '../dialect/quotes.ts'],
  ['dialect/quotes.ts', '../store/memory.ts'],
  ['authentication/bearer.ts', '../provider/provider.ts'],
  ['provider/get.ts', '../middleware/log.ts'],
  ['provider/get.ts', '../adapter/node.ts'],
  ['adapter/node.ts', '../protocol/filter.ts'],
  ['adapter/node.ts', '../store/memory.ts'],
  ['odds/ends.ts', './more.ts'],
])('%s may not import %s', (path, specifier) => {
  expect(folderArrows([library(path, `import type { A } from '${specifier}';`)])).toHaveLength(1);
});

test.each([
  ['schema/user.ts', './attribute.ts'],
  ['protocol/path.ts', '../schema/schema.ts'],
  ['store/sql/sqlite.ts', '../../protocol/filter.ts'],
  ['provider/get.ts', '../authentication/authentication.ts'],
  ['middleware/log.ts', '../provider/operation.ts'],
  ['adapter/node.ts', '../protocol/error.ts'],
  ['index.ts', './store/memory.ts'],
])('%s may import %s', (path, specifier) => {
  expect(folderArrows([library(path, `import { a } from '${specifier}';`)])).toEqual([]);
});

test.each([
  ["import type { A } from '../store/store.ts';"],
  ["export { a } from '../store/store.ts';"],
  ["export * from '../store/store.ts';"],
  ["import '../store/store.ts';"],
  ["type A = import('../store/store.ts').A;"],
  ["const a = await import('../store/store.ts');"],
])('an import is seen in %s', (text) => {
  expect(folderArrows([library('schema/user.ts', text)])).toHaveLength(1);
});

test('an import in a comment or a string is none', () => {
  const text = "// import a from '../store/store.ts';\nconst a = \"import a from '../store/store.ts'\";";
  expect(folderArrows([library('schema/user.ts', text)])).toEqual([]);
});

test.each([
  ['scimkit/src/protocol/error.ts', 'node:util'],
  ['scimkit/src/store/memory.ts', 'node:crypto'],
  ['scimkit/src/adapter/node.ts', 'express'],
  ['scimkit/src/adapter/hono.ts', 'node:http'],
  ['scimkit/src/store/mapped/mapping.ts', 'kysely'],
  ['scimkit/src/store/mapped/kysely.ts', 'drizzle-orm'],
  ['scimkit/src/store/mapped/drizzle-app.ts', 'drizzle-orm/node-postgres'],
  ['scimkit/src/store/mapped/prisma.ts', '@prisma/client'],
  ['scimkit/src/index.ts', '@scimkit/server'],
  ['scimkit/src/index.ts', 'scimkit/node'],
  ['scimkit/src/index.ts', '../test/fixture.ts'],
  ['server/src/index.ts', '@scimkit/cli'],
  ['server/src/index.ts', '../../scimkit/src/index.ts'],
  ['console/src/index.ts', 'scimkit'],
])('%s may not import %s', (path, specifier) => {
  expect(outsideImports([file(path, `import a from '${specifier}';`)])).toHaveLength(1);
});

test.each([
  ['scimkit/src/adapter/node.ts', 'node:http'],
  ['scimkit/src/store/sql/sqlite.ts', 'node:sqlite'],
  ['scimkit/src/store/sql/sqlite-driver.ts', 'node:sqlite'],
  ['scimkit/src/authentication/jwt.ts', 'jose'],
  ['scimkit/src/store/mapped/kysely-app.ts', 'kysely'],
  ['scimkit/src/store/mapped/drizzle.ts', 'drizzle-orm'],
  ['server/src/index.ts', 'scimkit/sqlite'],
  ['server/src/index.ts', 'pino'],
  ['cli/src/main.ts', '@scimkit/server'],
])('%s may import %s', (path, specifier) => {
  expect(outsideImports([file(path, `import a from '${specifier}';`)])).toEqual([]);
});

test('a circle of imports is found, through types too', () => {
  const circle = [
    library('schema/a.ts', "import { b } from './b.ts';"),
    library('schema/b.ts', "import type { C } from './c.ts';"),
    library('schema/c.ts', "export type C = import('./a.ts').A;"),
    library('schema/d.ts', "import { a } from './a.ts';"),
  ];
  expect(importCycles(circle)).toEqual([
    expect.stringMatching(/schema\/a\.ts -> .*b\.ts -> .*c\.ts -> .*a\.ts$/),
  ]);
  expect(importCycles(circle.slice(1))).toEqual([]);
});

test('an import of a file that is not there is found', () => {
  expect(missingImports([library('schema/a.ts', "import { b } from './b.ts';")])).toHaveLength(1);
});

test('drawers and names in another case are found', () => {
  for (const path of [
    'packages/a/src/utils/a.ts',
    'packages/a/src/common/a.ts',
    'packages/a/src/scimError.ts',
    'packages/a/src/Schema/a.ts',
    'packages/a/src/scim_error.ts',
  ]) {
    expect(pathNames([path]), path).toHaveLength(1);
  }
  expect(pathNames(['packages/scimkit/src/schema/common.ts', 'test/a-b.test.ts'])).toEqual([]);
});

test('lines of code are counted without comments, and an exception that is none is found', () => {
  const source = library('schema/a.ts', '// one\n\n/* two\n   three */\nlet a = 1;\nlet b = 2;\n');
  expect(longFiles([source], 1, {})).toHaveLength(1);
  expect(longFiles([source], 1, { [source.path]: 'data' })).toEqual([]);
  expect(longFiles([source], 2, {})).toEqual([]);
  expect(longFiles([source], 2, { [source.path]: 'data' })).toHaveLength(1);
});

test.each([
  '// as Okta does',
  'const x = "entra";',
  'class OktaFilter {}',
  'let fromJumpcloud;',
  'let GOOGLE_X;',
])('a named provider is found in %s', (text) => {
  expect(namedProviders([library('provider/get.ts', text)])).toHaveLength(1);
  expect(namedProviders([library('dialect/get.ts', text)])).toEqual([]);
});

test('a word that only contains the name is none', () => {
  expect(namedProviders([library('provider/get.ts', 'const central = "entrance, googled";')])).toEqual([]);
});

test.each(['Date.now()', 'new Date()', 'Math.random()', 'process.env', 'crypto.randomUUID()', "fetch('/')"])(
  '%s is found where there must be no I/O',
  (text) => {
    expect(impurities([library('protocol/a.ts', `const a = ${text};`)])).toHaveLength(1);
    expect(impurities([library('protocol/a.ts', `// ${text}\nconst a = new Date(0);`)])).toEqual([]);
    expect(impurities([library('store/a.ts', `const a = ${text};`)])).toEqual([]);
  },
);
