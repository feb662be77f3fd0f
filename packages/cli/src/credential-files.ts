// Credentials that are kept in files, out of the process list.
import { readFileSync } from 'node:fs';
import { OptionError } from '@scimkit/server';

/** The lines of a file that say something. */
function linesOf(option: string, file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new OptionError(`${option} ${file} can't be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** Bearer tokens, one per line; # begins a comment, but within a token it is a character like any other. */
export function readTokens(file: string): readonly string[] {
  const lines = linesOf('--bearer-token-file', file).map((line) => line.replace(/(^|\s)#.*/, '').trim());
  const tokens = lines.filter((line) => line !== '');
  if (tokens.length === 0) throw new OptionError(`--bearer-token-file ${file} has no token.`);
  return tokens;
}

/** User names and passwords, one name:password per line; a line that begins with # is a comment. */
export function readBasicCredentials(file: string) {
  const lines = linesOf('--basic-auth-file', file).filter((line) => !line.startsWith('#'));
  if (lines.length === 0) throw new OptionError(`--basic-auth-file ${file} has no name:password.`);
  return lines.map((line, index) => {
    const colon = line.indexOf(':');
    if (colon > 0 && colon < line.length - 1) {
      return { username: line.slice(0, colon), password: line.slice(colon + 1) };
    }
    throw new OptionError(`--basic-auth-file ${file}: entry ${index + 1} is no name:password.`);
  });
}
