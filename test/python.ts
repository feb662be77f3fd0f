// Python programs of PyPI, each set in a virtual environment of its own.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the programs of a virtual environment, which is made unless it is there as the requirements say. */
export function pythonPrograms(environment: string, requirementsFile: string): string {
  const requirements = readFileSync(requirementsFile, 'utf8');
  const installed = join(environment, 'requirements.txt');
  const programs = join(environment, 'bin');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === requirements) return programs;
  execFileSync('python3', ['-m', 'venv', '--clear', environment], { stdio: 'inherit' });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  execFileSync(join(programs, 'python'), [...pip, '-r', requirementsFile], { stdio: 'inherit' });
  writeFileSync(installed, requirements);
  return programs;
}
