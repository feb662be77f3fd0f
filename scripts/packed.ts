// Packs the library as it would be published, installs it alone in an empty folder, and uses it from there:
// every subpath loads, the declarations compile without Node's types, and nothing else is installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const library = resolve('packages/scimkit');
// These are for Node alone; their declarations mention its types.
const needsNodeTypes = new Set(['./express', './fastify', './koa', './nest', './node', './sqlite']);

/** Subpaths that need a peer to be installed. */
const peerOf: Record<string, string> = { './drizzle': 'drizzle-orm', './jwt': 'jose', './kysely': 'kysely' };

interface Manifest {
  exports: Record<string, unknown>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  scripts?: Record<string, string>;
}

function run(cwd: string, command: string, ...args: string[]): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  assert.equal(result.status, 0, `${command} ${args.join(' ')}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

const folder = mkdtempSync(join(tmpdir(), 'scimkit-packed-'));
try {
  run(library, 'npm', 'pack', '--silent', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  assert.ok(tarball, 'npm pack wrote no tarball');

  const app = join(folder, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }');
  run(app, 'npm', 'install', '--silent', '--no-audit', '--no-fund', join(folder, tarball));
  const installed = readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'));
  assert.deepEqual(installed, ['scimkit'], 'the library brings something along');

  const manifest = JSON.parse(
    readFileSync(join(app, 'node_modules/scimkit/package.json'), 'utf8'),
  ) as Manifest;
  assert.equal(manifest.dependencies, undefined, 'the library has dependencies');
  assert.equal(manifest.optionalDependencies, undefined, 'the library has optional dependencies');
  assert.equal(manifest.scripts, undefined, 'the library would run scripts');
  for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
    assert.ok(manifest.peerDependenciesMeta?.[peer]?.optional, `the peer ${peer} is not optional`);
  }

  const all = Object.keys(manifest.exports).filter((path) => path !== './package.json');
  const subpaths = all.filter((path) => !(path in peerOf));
  const specifier = (subpath: string): string => `scimkit${subpath.slice(1)}`;
  for (const subpath of subpaths) {
    const code = `const names = Object.keys(await import('${specifier(subpath)}'));
      if (names.length === 0) throw new Error('no exports');
      console.log(names.length);`;
    const names = run(app, 'node', '--input-type=module', '--eval', code).trim();
    console.log(`${specifier(subpath)}: ${names} exported values`);
  }

  for (const [subpath, peer] of Object.entries(peerOf)) {
    const args = ['--input-type=module', '--eval', `await import('${specifier(subpath)}')`];
    const alone = spawnSync('node', args, { cwd: app, encoding: 'utf8' });
    assert.match(alone.stderr, new RegExp(`Cannot find package '${peer}'`));
  }
  console.log(`need their peer: ${Object.keys(peerOf).map(specifier).join(', ')}`);

  const typed = subpaths.filter((subpath) => !needsNodeTypes.has(subpath));
  const imports = typed.map((subpath, index) => `export * as m${index} from '${specifier(subpath)}';\n`);
  writeFileSync(join(app, 'index.ts'), imports.join(''));
  const options = '--noEmit --strict --module nodenext --target es2024 --lib es2024,dom --types';
  run(app, resolve('node_modules/.bin/tsc'), ...options.split(' '), '', 'index.ts');
  console.log(`declarations compile without Node's types: ${typed.map(specifier).join(', ')}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
