// `scimkit` as a client of a server, with standard input and an environment of its own.
import { join } from 'node:path';
import { scratch, start } from '../serve/command.ts';

/** Where no profile is, whatever is kept on this machine. */
const NOWHERE = {
  SCIMKIT_CONFIG: join(scratch, 'nowhere.json'),
  ...{ SCIM_BASE_URL: '', SCIM_TOKEN: '', SCIM_PROFILE: '', SCIM_USERNAME: '', SCIM_PASSWORD: '' },
};

/** What a command came to. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; standard input is empty, unless it is given. */
export async function cli(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ended> {
  const { child, output, exited } = start(args, { ...NOWHERE, ...environment });
  child.stdin?.end(input);
  const code = await exited;
  return { code, ...output };
}

/** Runs commands as a client of one server. */
export function clientOf({
  baseUrl,
  token,
}: {
  readonly baseUrl: string;
  readonly token?: string | undefined;
}) {
  const environment = { SCIM_BASE_URL: baseUrl, SCIM_TOKEN: token ?? '' };
  return (args: readonly string[], input?: string, more: Readonly<Record<string, string>> = {}) =>
    cli(args, { ...environment, ...more }, input);
}

/** The JSON that a command printed; it must have done what it was asked. */
export function printed<Value = Record<string, unknown>>({ code, stdout, stderr }: Ended): Value {
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Value;
}
