// Credentials that are kept in files, out of the process list.
import { readFileSync } from 'node:fs';
import {
  type ConfiguredPassword,
  type ConfiguredToken,
  OptionError,
  type Scope,
  toScope,
} from '@scimkit/server';

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

/** Whose resources a credential reaches: words before it, each once, such as "tenant=acme connection=second". */
const SCOPE_WORD = /^\s*(tenant|connection)=(\S+)\s+(?=\S)/;

/** What looks like such a word behind the last one: a credential is missing, or there is one word too many. */
const STRAY_WORD = /^\s*(tenant|connection)\s*=/i;

/** Splits a line into whose resources it reaches, and the credential. */
function splitScope(line: string, where: string): { scope: Partial<Scope>; credential: string } {
  const scope: { tenant?: string; connection?: string } = {};
  let credential = line;
  for (let word = SCOPE_WORD.exec(credential); word; word = SCOPE_WORD.exec(credential)) {
    const [text, part, name = ''] = word;
    const key = part as keyof Scope;
    if (scope[key] !== undefined) throw new OptionError(`${where} has ${key}= twice.`);
    scope[key] = name;
    credential = credential.slice(text.length);
  }
  if (STRAY_WORD.test(credential)) {
    throw new OptionError(
      `${where} is not complete: write tenant=name connection=name, or one of them, and behind it the credential.`,
    );
  }
  return { scope: toScope(scope, where), credential };
}

/** Bearer tokens, one per line; # begins a comment, but within a token it is a character like any other. */
export function readTokens(file: string): readonly ConfiguredToken[] {
  const lines = linesOf('--bearer-token-file', file).map((line) => line.replace(/(^|\s)#.*/, '').trim());
  const entries = lines.filter((line) => line !== '');
  if (entries.length === 0) throw new OptionError(`--bearer-token-file ${file} has no token.`);
  return entries.map((line, index) => {
    const where = `--bearer-token-file ${file}: entry ${index + 1}`;
    const { scope, credential: token } = splitScope(line, where);
    if (/^[\x21-\x7e]+$/.test(token)) return { ...scope, token };
    throw new OptionError(
      `${where} is no token: that is one word in ASCII. What it is for stands before it: tenant=name connection=name.`,
    );
  });
}

/** User names and passwords, one name:password per line; a line that begins with # is a comment. */
export function readBasicCredentials(file: string): readonly ConfiguredPassword[] {
  const lines = linesOf('--basic-auth-file', file).filter((line) => !line.startsWith('#'));
  if (lines.length === 0) throw new OptionError(`--basic-auth-file ${file} has no name:password.`);
  return lines.map((line, index) => {
    const where = `--basic-auth-file ${file}: entry ${index + 1}`;
    const { scope, credential } = splitScope(line, where);
    const colon = credential.indexOf(':');
    if (colon > 0 && colon < credential.length - 1) {
      return { ...scope, username: credential.slice(0, colon), password: credential.slice(colon + 1) };
    }
    throw new OptionError(`${where} is no name:password.`);
  });
}
