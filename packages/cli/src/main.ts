// The command `scimkit`.
import { Command, CommanderError } from 'commander';
import { OUTPUT, serveCommand } from './serve.ts';
import { tokenCommand } from './token.ts';

try {
  const program = new Command('scimkit')
    .description('SCIM 2.0: a service provider to run beside your app')
    .version('0.0.0')
    .configureOutput(OUTPUT)
    .exitOverride()
    .addCommand(serveCommand())
    .addCommand(tokenCommand());
  await program.parseAsync();
} catch (error) {
  // Commander has told its own errors. Help and version are none; a wrong option is the caller's mistake: 2.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof Error && error.name === 'OptionError' ? 2 : 1;
  }
}
