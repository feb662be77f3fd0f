// Commands as all of them are made: errors on one line, thrown instead of ending the process.
import { Command } from 'commander';
import { withoutValue } from './misplaced.ts';

/** Commander's errors on one line, with what it takes for meant. */
export const OUTPUT = {
  outputError: (text: string, write: (text: string) => void) =>
    write(
      `${withoutValue(text, process.argv[2])
        .trim()
        .replace(/\s*\n\s*/g, ' ')}\n`,
    ),
};

/** A command. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .allowExcessArguments(false)
    .configureOutput(OUTPUT)
    .exitOverride();
}
