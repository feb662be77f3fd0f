// Options that are made from a resource type's schemas: --userName, --name.givenName, --emails, --department.
import { type Command, Option } from 'commander';
import type { ResolvedAttribute, ResourceType } from 'scimkit';
import { isHidden } from '../preview/hidden.ts';
import { printable } from '../printable.ts';
import { findAttribute, shortName } from './attribute-path.ts';
import type { Assignments } from './assignments.ts';
import { exampleOf } from './convert.ts';
import { HIDDEN_SOURCE } from './hidden-value.ts';

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  boolean: '[true|false]',
  integer: '<integer>',
  decimal: '<number>',
  dateTime: '<dateTime>',
  binary: '<base64>',
  reference: '<url>',
  complex: '<value>',
};

/** Descriptions of a schema may be long, and from anywhere. */
function firstSentence(description: string): string {
  const text = printable(description.trim().replace(/\s+/g, ' '));
  const sentence = /^.*?[.;](?=\s|$)/.exec(text)?.[0] ?? text;
  return sentence.length > 110 ? `${sentence.slice(0, 109)}…` : sentence.replace(/[.;]$/, '');
}

function describe(attribute: ResolvedAttribute): string {
  const { description, required, multiValued, type, canonicalValues, mutability } = attribute;
  const parts = [
    firstSentence(description),
    ...(required ? ['required'] : []),
    ...(mutability === 'immutable' ? ['immutable'] : []),
    ...(multiValued ? ['repeatable'] : []),
    ...(canonicalValues.length > 0
      ? [`such as ${canonicalValues.slice(0, 5).map(printable).join(', ')}`]
      : []),
    ...(type === 'complex' ? [`JSON, or ${exampleOf(attribute)}`] : []),
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** Those that can be given on their own: of an attribute with one value, its sub-attributes too. */
function writable(attributes: readonly ResolvedAttribute[]): readonly ResolvedAttribute[] {
  return attributes
    .filter(({ mutability, name }) => mutability !== 'readOnly' && name !== 'schemas')
    .flatMap((attribute) => [
      attribute,
      ...(attribute.multiValued
        ? []
        : attribute.subAttributes.filter(({ mutability }) => mutability !== 'readOnly')),
    ]);
}

/** Adds an option for each attribute that can be written; what is given is collected. */
export function addAttributeOptions(command: Command, type: ResourceType, assignments: Assignments): void {
  const add = (attribute: ResolvedAttribute, flag: string, group: string, isShown: boolean) => {
    const isTaken = command.options.some(({ long }) => long === flag);
    // Commander reads --no-... as a switch that is turned off.
    if (isTaken || flag.startsWith('--no-')) return false;
    const placeholder = isHidden(attribute)
      ? HIDDEN_SOURCE
      : attribute.multiValued && attribute.type !== 'complex'
        ? '<value>'
        : (PLACEHOLDERS[attribute.type] ?? '<text>');
    const option = new Option(`${flag} ${placeholder}`, describe(attribute)).helpGroup(group);
    const take = (text: string) => {
      assignments.add('replace', { path: attribute.path, attribute, end: attribute }, flag, text);
      return text;
    };
    command.addOption(isShown ? option.argParser(take) : option.argParser(take).hideHelp());
    // An option whose value is left out is not parsed.
    command.on(`option:${option.name()}`, (text: string | null) => {
      if (text === null)
        assignments.add('replace', { path: attribute.path, attribute, end: attribute }, flag);
    });
    return true;
  };
  const groups: readonly (readonly [string, string, readonly ResolvedAttribute[]])[] = [
    [`${type.name}:`, type.urn, type.attributes],
    ...type.extensions.map(({ urn, attributes }) => [`${urn}:`, urn, attributes] as const),
  ];
  for (const [group, urn, attributes] of groups) {
    for (const attribute of writable(attributes)) {
      const isAdded = add(attribute, `--${shortName(type, attribute)}`, printable(group), true);
      const path = attribute.extension ? attribute.path : `${urn}:${attribute.path}`;
      if (findAttribute(type, path)) add(attribute, `--${path}`, printable(group), !isAdded);
    }
  }
}
