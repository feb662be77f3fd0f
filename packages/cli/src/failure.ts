// What went wrong, in words and as an exit code: 0 done, 1 the service provider refused or failed, 2 wrong usage.
import { CommanderError } from 'commander';
import { printable } from './printable.ts';
import { withoutSecrets } from './secret.ts';

const isNamed = (error: unknown, name: string): error is Error =>
  error instanceof Error && error.name === name;

const hints = new WeakMap<Error, string>();

/** Adds to an error what may help: it is told behind the service provider's own words. */
export function withHint(error: unknown, hint: string): unknown {
  if (error instanceof Error) hints.set(error, hint);
  return error;
}

let hintFor401 = 'Is the credential right, and of this service provider? See scimkit profile --help.';

/** Where a request goes without a credential, this is told if one was needed. */
export function setHintFor401(hint: string): void {
  hintFor401 = hint;
}

/** An error of the service provider's, in its own words. */
function answered(error: Error): string {
  const { status, scimType } = error as { readonly status?: number; readonly scimType?: string };
  const kind = scimType === undefined ? '' : ` ${scimType}`;
  const hint = hints.get(error) ?? (status === 401 ? hintFor401 : '');
  const text = `the service provider answered ${status}${kind}: ${error.message}`;
  return hint === '' ? text : `${text.replace(/(?<![.?!])$/, '.')} ${hint}`;
}

/** A failure in one sentence, which is safe for a terminal and has no secret. */
export function failureText(error: unknown): string {
  const text = isNamed(error, 'ScimError')
    ? answered(error)
    : error instanceof Error
      ? error.message
      : String(error);
  return printable(withoutSecrets(text));
}

/** A failure in a table that has the status in a column of its own. */
export function failureDetail(error: unknown): string {
  if (!isNamed(error, 'ScimError')) return failureText(error);
  const { scimType } = error as { readonly scimType?: string };
  return printable(withoutSecrets(scimType === undefined ? error.message : `${scimType}: ${error.message}`));
}

/** Tells a failure on stderr, and the exit code with it. */
export function fail(error: unknown): void {
  if (isNamed(error, 'Shown')) return;
  // Commander has told its own errors. Help and version are none; a wrong option is the caller's mistake.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  process.stderr.write(`error: ${failureText(error)}\n`);
  process.exitCode = isNamed(error, 'OptionError') ? 2 : 1;
}
