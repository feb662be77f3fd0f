// Names in a document that a type doesn't have: service providers pass over them in silence.
import type { ResolvedAttribute, ResourceType } from 'scimkit';
import { OptionError } from '../option-error.ts';
import { printable } from '../printable.ts';
import { didYouMean } from '../similar.ts';
import { attributeNames, findAttribute } from './attribute-path.ts';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An unknown name within some attributes, with what may be meant. */
function unknownIn(
  byName: ReadonlyMap<string, ResolvedAttribute>,
  object: object,
  prefix: string,
): string | undefined {
  const names = [...byName.values()].map(({ name }) => name);
  for (const [key, value] of Object.entries(object)) {
    const attribute = byName.get(key.toLowerCase());
    if (!attribute) return `'${printable(prefix + key)}'.${didYouMean(key, names)}`;
    if (attribute.type !== 'complex') continue;
    for (const each of Array.isArray(value) ? value : [value]) {
      const found = isObject(each)
        ? unknownIn(attribute.sub, each, `${prefix}${attribute.name}.`)
        : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The first name that the type doesn't have, with what may be meant; undefined: it has all. */
export function unknownName(type: ResourceType, document: object): string | undefined {
  for (const [key, value] of Object.entries(document)) {
    const extension = type.byUrn.get(key.toLowerCase());
    if (extension) {
      const found = isObject(value) ? unknownIn(extension.byName, value, `${extension.urn}:`) : undefined;
      if (found !== undefined) return found;
      continue;
    }
    if (type.byName.has(key.toLowerCase())) {
      const found = unknownIn(type.byName, { [key]: value }, '');
      if (found !== undefined) return found;
      continue;
    }
    // The command line has short names, and paths; documents have not.
    const { extension: urn, path } = findAttribute(type, key) ?? {};
    const place =
      urn === undefined
        ? path && ` In a document it is within its parent.`
        : ` In a document it is within "${urn}".`;
    return `'${printable(key)}'.${place ?? didYouMean(key, attributeNames(type))}`;
  }
  return undefined;
}

/** @throws OptionError for a name that the type doesn't have */
export function checkNames(type: ResourceType, document: object): void {
  const unknown = unknownName(type, document);
  if (unknown !== undefined) throw new OptionError(`the document: ${type.name} has no attribute ${unknown}`);
}
