// Passwords and the like: they come from a variable, a file or a prompt, and never are arguments, which ps shows.
import { readFileSync } from 'node:fs';
import { OptionError } from '../option-error.ts';
import { checkVariable, rememberSecret } from '../secret.ts';

/** Where such a value comes from, as it is told in --help. */
export const HIDDEN_SOURCE = '[env:name|file:path]';

/** Checks where a value comes from. What is neither is not repeated: it may be the value. @throws OptionError */
export function checkHiddenSource(source: string | true, option: string): void {
  if (source === true) {
    if (process.stdin.isTTY) return;
    throw new OptionError(`${option} needs env:NAME or file:PATH here: there is no terminal to ask for it.`);
  }
  if (source.startsWith('env:')) {
    const name = checkVariable(source.slice(4), `${option} env:`);
    if (!process.env[name]) throw new OptionError(`${option}: the variable ${name} is not set, or empty.`);
    return;
  }
  if (source.startsWith('file:') && source.length > 5) return;
  throw new OptionError(
    `${option} takes no value on the command line, where others see it (ps): give env:NAME, file:PATH, or nothing to be asked for it.`,
  );
}

/** The value. @throws OptionError */
export async function readHidden(source: string | true, option: string): Promise<string> {
  const value = source === true ? await ask(option) : fromSource(source, option);
  if (value === '') throw new OptionError(`${option}: it is empty.`);
  rememberSecret(value);
  return value;
}

function fromSource(source: string, option: string): string {
  if (source.startsWith('env:')) return process.env[source.slice(4)] ?? '';
  try {
    return readFileSync(source.slice(5), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new OptionError(`${option}: the file can't be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

async function ask(option: string): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts');
  const value = await password({ message: option, output: process.stderr });
  if (isCancel(value)) throw new OptionError(`${option}: it was not given.`);
  return value ?? '';
}
