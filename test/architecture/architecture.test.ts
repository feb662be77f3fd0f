import { readFileSync } from 'node:fs';
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
import { listFiles, readSources } from './source.ts';

const sources = readSources();

/** Files that may be long, each with its reason. */
const longFilesAllowed: Record<string, string> = {
  'packages/scimkit/src/schema/discovery.ts': 'data: the schemas of RFC 7643, sections 5 to 7',
};

test('imports between the folders of the library follow the arrows', () => {
  expect(folderArrows(sources)).toEqual([]);
});

test('packages import one another by name, along the arrows; the library imports nothing', () => {
  expect(outsideImports(sources)).toEqual([]);
});

test('no imports go in a circle, those of types included', () => {
  expect(importCycles(sources)).toEqual([]);
});

test('every imported file is among the files that these tests see', () => {
  expect(missingImports(sources)).toEqual([]);
});

test('files and folders are kebab-case nouns, and no folder is a drawer', () => {
  expect(pathNames(['packages', 'test', 'scripts'].flatMap(listFiles))).toEqual([]);
});

test('no file has more than 300 lines of code', () => {
  expect(longFiles(sources, 300, longFilesAllowed)).toEqual([]);
});

test('identity providers are named in dialect/ and tester/ alone', () => {
  expect(namedProviders(sources)).toEqual([]);
});

test('schema, protocol and dialect have no clock, no chance and no I/O', () => {
  expect(impurities(sources)).toEqual([]);
});

// Renewed with `npm run arch:update`. A name that leaves this list breaks somebody's import.
test('the entry points export exactly the names in exports.json', async () => {
  const exported: Record<string, string[]> = {};
  for (const folder of ['scimkit', 'server']) {
    const manifest = JSON.parse(readFileSync(`packages/${folder}/package.json`, 'utf8')) as {
      name: string;
      exports: Record<string, { default: string }>;
    };
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      if (subpath === './package.json') continue;
      const path = `packages/${folder}/${target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}`;
      const source = sources.find((candidate) => candidate.path === path);
      if (!source) continue;
      expect(source.exports, `${path} must name what it exports`).not.toContain('*');
      exported[manifest.name + subpath.slice(1)] = source.exports;
    }
  }
  await expect(`${JSON.stringify(exported, null, 2)}\n`).toMatchFileSnapshot('exports.json');
});
