// What the type tests cost the compiler, against a ceiling. They read the built declarations, so this is what
// a user's editor pays. `--checkers 1` makes the count independent of how the files are spread over threads.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const project = 'packages/scimkit/test/types';
const budget = JSON.parse(readFileSync(`${project}/budget.json`, 'utf8')) as { instantiations: number };

const result = spawnSync('tsc', ['-p', project, '--extendedDiagnostics', '--checkers', '1'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (result.status !== 0) {
  process.stdout.write(result.stdout);
  process.exit(1);
}
const instantiations = Number(/^Instantiations:\s+(\d+)/m.exec(result.stdout)?.[1]);
const verdict = `type instantiations: ${instantiations} of ${budget.instantiations}`;
if (instantiations <= budget.instantiations) {
  console.log(verdict);
} else {
  console.error(`${verdict}. Make the types cheaper, or raise ${project}/budget.json and say why.`);
  process.exit(1);
}
