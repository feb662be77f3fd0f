// What newcomers write who know other commands: options before the command, and secrets as options.
import { OptionError } from './option-error.ts';
import { printable } from './printable.ts';

/** Options of the program itself. */
const OWN = new Set(['-h', '--help', '-V', '--version', '--']);

/** What others call an option that takes a secret. */
const SECRET = /^--(token|bearer|bearer-token|access-token|api-key)(=|$)/;

/** An option without its value, which may be a secret. */
const nameOf = (option: string): string => printable(option.replace(/=.*/s, ''));

/** Commands whose options are attributes, which may be called so. */
const WITH_ATTRIBUTES = new Set(['create', 'replace', 'patch']);

/** Commands of the server, whose credentials are other ones. */
const OF_SERVER = new Set(['serve', 'token']);

const ADVICE =
  'what is typed is seen by others (ps), and kept by the shell. Set SCIM_TOKEN, or give --token-env or --token-command.';

/** What is told of an option that is not known to a command: without its value, which may be a secret. */
export function withoutValue(text: string, called = ''): string {
  const told = text.replace(/unknown option '(-[^=']*)=.*'/s, "unknown option '$1'");
  const [, option = ''] = /unknown option '([^']*)'/.exec(told) ?? [];
  return SECRET.test(option) && !OF_SERVER.has(called) ? `error: there is no ${option}: ${ADVICE}` : told;
}

/**
 * Checks what is wrong before anybody knows which options there are.
 *
 * @throws OptionError
 */
export function checkPlaces(args: readonly string[], hasCommandsBelow: (command: string) => boolean): void {
  const [called = '', below = ''] = args;
  const end = args.indexOf('--');
  const secret = args.slice(0, end < 0 ? undefined : end).find((each) => SECRET.test(each));
  if (secret !== undefined && !OF_SERVER.has(called) && !WITH_ATTRIBUTES.has(below)) {
    throw new OptionError(`there is no ${nameOf(secret)}: ${ADVICE}`);
  }
  if (called.startsWith('-') && !OWN.has(called)) {
    throw new OptionError(
      `options go behind the command: scimkit users list ${nameOf(called)} ..., not before it. scimkit --help lists the commands.`,
    );
  }
  if (!called.startsWith('-') && hasCommandsBelow(called) && below.startsWith('-') && !OWN.has(below)) {
    const command = `scimkit ${printable(called)}`;
    throw new OptionError(
      `options go behind the whole command: ${command} list ${nameOf(below)} ..., not in it. ${command} --help lists the commands.`,
    );
  }
}
