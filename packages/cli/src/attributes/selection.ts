// RFC 7644 §3.9: which attributes an answer has: --attributes and --exclude.
import { type Command, Option } from 'commander';
import type { ResourceType } from 'scimkit';
import { OptionError } from '../option-error.ts';
import { attributeAt, listOfPaths } from './attribute-path.ts';

/** The options as commander reads them. */
export interface SelectionOptions {
  readonly attributes?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Gathers an option that is given more than once. */
export const gather = (text: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  text,
];

/** Adds --attributes and --exclude. */
export function addSelectionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--attributes <paths>', 'ask for these attributes alone; with commas').argParser(gather),
    )
    .addOption(
      new Option('--exclude <paths>', 'ask for all attributes but these; with commas').argParser(gather),
    );
}

/** What is asked for of a type; undefined: nothing is said. @throws OptionError */
export function selectionOf(
  type: ResourceType,
  { attributes, exclude }: SelectionOptions,
):
  | { readonly attributes: readonly string[] }
  | { readonly excludedAttributes: readonly string[] }
  | undefined {
  if (attributes && exclude) {
    throw new OptionError(
      '--attributes and --exclude contradict each other (RFC 7644 §3.9): give one of them.',
    );
  }
  const paths = (texts: readonly string[], option: string) =>
    texts.flatMap(listOfPaths).map((text) => attributeAt(type, text, option).path);
  if (attributes) return { attributes: paths(attributes, '--attributes') };
  return exclude && { excludedAttributes: paths(exclude, '--exclude') };
}
