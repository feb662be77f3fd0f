// RFC 7644 §3.5.1: `scimkit users replace`.
import type { Command } from 'commander';
import type { ResourceType } from 'scimkit';
import type { ResourceInput } from 'scimkit/client';
import { Assignments } from '../attributes/assignments.ts';
import { addAttributeOptions } from '../attributes/attribute-options.ts';
import { addSelectionOptions, selectionOf } from '../attributes/selection.ts';
import { newCommand } from '../command.ts';
import { addDocumentOptions, type DocumentOptions, readDocument, tellUnknownName } from '../documents.ts';
import { OptionError } from '../option-error.ts';
import { addOutputOptions } from '../output/output.ts';
import { addPreviewOptions, addSessionOptions } from '../session.ts';
import {
  type Context,
  columnsOption,
  ifMatchOption,
  printResource,
  type ResourceOptions,
} from './context.ts';
import { byOption, resolveId, withNameHint } from './target.ts';

/** `replace`. */
export function replaceCommand({ type, noun, example, open }: Context): Command {
  const assignments = new Assignments();
  const command = newCommand('replace', `Replace a ${type.name} as a whole: what is not given is cleared`)
    .argument('<resource>', `its id, or a name: ${example}`)
    .addOption(byOption())
    .addOption(ifMatchOption());
  addDocumentOptions(command, 'the whole resource');
  addOutputOptions(addSelectionOptions(command), 'json').addOption(columnsOption());
  addSessionOptions(addPreviewOptions(command, true));
  addAttributeOptions(command, type, assignments);
  return command
    .addHelpText(
      'after',
      `
It needs the whole resource. To change a few attributes, see scimkit ${noun} patch --help.

Examples:
  scimkit ${noun} get ${example} > it.json        # then edit it
  scimkit ${noun} replace ${example} --file it.json --dry-run
`,
    )
    .action(async (text: string, options: ResourceOptions & DocumentOptions) => {
      const document = await readDocument(options);
      if (!document && assignments.isEmpty) {
        throw new OptionError(
          `say what takes its place: --file, --json, or all of its attributes. See also patch.`,
        );
      }
      if (document) tellUnknownName(type, document);
      const input = await assignments.over(document ?? {});
      const selection = selectionOf(type, options) ?? {};
      const session = open();
      const id = await resolveId(session, type, text, options.by);
      const { ifMatch } = options;
      const resources = session.connection.client.resources(type);
      const more = { ...selection, ...(ifMatch !== undefined && { ifMatch }) };
      const replaced = await withNameHint(type, text, options.by, () =>
        resources.replace(id, input as ResourceInput<ResourceType>, more),
      );
      if (!session.preview) await printResource(type, replaced, options);
    });
}
