// Where secrets come from: a variable of the environment, or a command that prints one. They are kept in memory alone.
import { spawn } from 'node:child_process';
import { OptionError } from './option-error.ts';
import { printable } from './printable.ts';

/** Where a secret is, never the secret itself. */
export type SecretSource =
  | { readonly env: string }
  | { readonly command: string; readonly timeoutSeconds?: number };

const known = new Set<string>();

/** Takes care that a text, such as a service provider's error that repeats what it was sent, is told without this secret. */
export function rememberSecret(secret: string): void {
  // What is as short as a word of the language would tear holes into every text.
  if (secret.length >= 8) known.add(secret);
}

/** A text without the secrets that this process has seen. */
export function withoutSecrets(text: string): string {
  let told = text;
  for (const secret of known) told = told.replaceAll(secret, '***');
  return told;
}

/** The name of a variable. What is none is not repeated: it may be the secret. */
export function checkVariable(name: string, option: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new OptionError(`${option} takes the name of a variable, such as SCIM_TOKEN, not the secret itself.`);
}

/** What stands for the secret in a line for the shell, within double quotes. */
export function shellText(source: SecretSource): string {
  return 'env' in source ? `\${${source.env}}` : `$(${source.command})`;
}

/** A reader of a secret, which asks once. */
export function secretReader(source: SecretSource): () => Promise<string> {
  let read: Promise<string> | undefined;
  return () => {
    read ??= ('env' in source ? readVariable(source.env) : runCommand(source)).then((secret) => {
      rememberSecret(secret);
      return secret;
    });
    return read;
  };
}

async function readVariable(name: string): Promise<string> {
  const value = process.env[name]?.trim();
  if (!value) throw new OptionError(`the variable ${name} is not set, or empty.`);
  return value;
}

/** How long a command may take; whoever unlocks a vault by hand needs some time. */
const TIMEOUT_SECONDS = 60;

/** What a command prints, without the blanks around it. */
function runCommand({
  command,
  timeoutSeconds = TIMEOUT_SECONDS,
}: Extract<SecretSource, { command: string }>): Promise<string> {
  const told = printable(command);
  return new Promise((resolve, reject) => {
    const fail = (problem: string) => reject(new Error(`the command for it, ${told}, ${problem}`));
    // It keeps the terminal: whoever unlocks a vault may have to type something.
    const child = spawn(command, { shell: true, stdio: ['inherit', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // What the shell started may live on and hold them; nobody waits for it.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      child.unref();
      fail(`gave no answer within ${timeoutSeconds} s.`);
    }, timeoutSeconds * 1000);
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(`can't be run: ${error.message}`);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const words = printable(stderr.trim().replace(/\s*\n\s*/g, '; '));
      if (code !== 0)
        return fail(`ended with ${code ?? signal}${words ? `: ${words}` : ' and said nothing.'}`);
      if (stdout.trim() === '') return fail('printed nothing.');
      resolve(stdout.trim());
    });
  });
}
