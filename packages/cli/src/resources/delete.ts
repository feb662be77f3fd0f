// RFC 7644 §3.6: `scimkit users delete`.
import { type Command, Option } from 'commander';
import type { ResourceType } from 'scimkit';
import { newCommand } from '../command.ts';
import { failureText } from '../failure.ts';
import { OptionError } from '../option-error.ts';
import { tell } from '../output/standard-output.ts';
import { printable } from '../printable.ts';
import { addPreviewOptions, addSessionOptions } from '../session.ts';
import { type Context, ifMatchOption, type ResourceOptions } from './context.ts';
import { byOption, resolveId, withNameHint } from './target.ts';

interface DeleteOptions extends ResourceOptions {
  readonly yes?: boolean;
}

/** Asks on a terminal; elsewhere nobody can be asked. @throws OptionError */
async function confirmDeletion(
  type: ResourceType,
  texts: readonly string[],
  baseUrl: string,
): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new OptionError('there is no terminal to ask whether it shall be deleted: give --yes.');
  }
  const { confirm } = await import('@clack/prompts');
  const what =
    texts.length === 1
      ? `${type.name} ${printable(texts[0] ?? '')}`
      : `${texts.length} ${type.name} resources`;
  const message = `Delete ${what} at ${printable(baseUrl)}?`;
  return (await confirm({ message, initialValue: false, output: process.stderr })) === true;
}

/** `delete`. */
export function deleteCommand({ type, noun, example, open }: Context): Command {
  const command = newCommand('delete', `Delete ${type.name} resources`)
    .argument('<resource...>', `ids, or names: ${example}`)
    .addOption(byOption())
    .addOption(ifMatchOption())
    .addOption(new Option('-y, --yes', "don't ask; needed where there is no terminal"));
  return addSessionOptions(addPreviewOptions(command, true))
    .addHelpText(
      'after',
      `
Examples:
  scimkit ${noun} delete ${example}
  scimkit ${noun} delete --yes 2819c223-7f76-453a-919d-413861904646
`,
    )
    .action(async (texts: readonly string[], options: DeleteOptions) => {
      const { by, yes, ifMatch } = options;
      const isPreview = options.dryRun || options.curl;
      const session = open();
      // All are found before the first one goes.
      const ids: string[] = [];
      for (const text of texts) ids.push(await resolveId(session, type, text, by));
      if (!yes && !isPreview && !(await confirmDeletion(type, texts, session.connection.baseUrl))) {
        tell('Nothing was deleted.');
        process.exitCode = 1;
        return;
      }
      const resources = session.connection.client.resources(type);
      for (const [index, id] of ids.entries()) {
        try {
          await withNameHint(type, texts[index] ?? id, by, () =>
            resources.delete(id, ifMatch === undefined ? {} : { ifMatch }),
          );
          if (!session.preview) tell(`Deleted ${type.name} ${printable(id)}.`);
        } catch (error) {
          if (ids.length === 1) throw error;
          tell(`error: ${printable(texts[index] ?? id)}: ${failureText(error)}`);
          process.exitCode = 1;
        }
      }
    });
}
