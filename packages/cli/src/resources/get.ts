// RFC 7644 §3.4.1: `scimkit users get`.
import type { Command } from 'commander';
import { addSelectionOptions, selectionOf } from '../attributes/selection.ts';
import { newCommand } from '../command.ts';
import { addOutputOptions } from '../output/output.ts';
import { addPreviewOptions, addSessionOptions } from '../session.ts';
import { type Context, columnsOption, printResource, type ResourceOptions } from './context.ts';
import { byOption, resolveId, withNameHint } from './target.ts';

/** `get`. */
export function getCommand({ type, noun, example, open }: Context): Command {
  const command = newCommand('get', `Read a ${type.name}`)
    .argument('<resource>', `its id, or a name: ${example}`)
    .addOption(byOption());
  addOutputOptions(addSelectionOptions(command), 'json').addOption(columnsOption());
  return addSessionOptions(addPreviewOptions(command, false))
    .addHelpText(
      'after',
      `
Examples:
  scimkit ${noun} get 2819c223-7f76-453a-919d-413861904646
  scimkit ${noun} get ${example}
  scimkit ${noun} get ada@example.com --by emails.value --attributes id,meta
`,
    )
    .action(async (text: string, options: ResourceOptions) => {
      const selection = selectionOf(type, options) ?? {};
      const session = open();
      const id = await resolveId(session, type, text, options.by);
      if (session.preview) session.preview.showsReads = true;
      const resources = session.connection.client.resources(type);
      const resource = await withNameHint(type, text, options.by, () => resources.get(id, selection));
      await printResource(type, resource, options);
    });
}
