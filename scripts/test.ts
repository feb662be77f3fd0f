// Runs the tests and ends with one line that people and CI can count on: `N passed, N failed`.
import { parseCLI, startVitest } from 'vitest/node';

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await startVitest('test', filter, { ...options, watch: false, run: true });

let passed = 0;
let failed = vitest.state.getUnhandledErrors().length;
let skipped = 0;
for (const module of vitest.state.getTestModules()) {
  // A file that cannot be loaded has no tests to fail, and must not pass for that.
  failed += module.errors().length;
  for (const suite of module.children.allSuites()) failed += suite.errors().length;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') passed += 1;
    else if (state === 'skipped') skipped += 1;
    else failed += 1;
  }
}
const exitCode = failed > 0 || passed === 0 || process.exitCode ? 1 : 0;
await vitest.close();

process.stdout.write(
  `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  () => process.exit(exitCode),
);
