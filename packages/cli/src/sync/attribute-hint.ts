// What somebody may have meant with a name that is no attribute of a type.
import type { ResolvedAttribute, ResourceType } from 'scimkit';
import { didYouMean } from '../similar.ts';

/** All that one value can be mapped to, with the parts of attributes that have some. */
function allOf(attributes: readonly ResolvedAttribute[]): readonly ResolvedAttribute[] {
  return attributes.flatMap((attribute) => {
    const hasParts = attribute.type === 'complex' && !attribute.multiValued;
    return hasParts ? [attribute, ...attribute.subAttributes] : [attribute];
  });
}

/** A sentence with what to write instead; empty, where nothing comes near. */
export function attributeHint(type: ResourceType, text: string): string {
  const extended = type.extensions.flatMap(({ attributes }) => attributes);
  const all = allOf([...type.attributes, ...extended]);
  const word = text.slice(text.lastIndexOf(':') + 1).toLowerCase();
  // A name that is right, and stands elsewhere: in an extension, or in another attribute.
  const paths = all
    .filter(({ path, name }) => name.toLowerCase() === word || path.toLowerCase().endsWith(`:${word}`))
    .map(({ path }) => path);
  if (paths.length > 0) return ` Write ${paths.join(' or ')}.`;
  const hint = didYouMean(
    text,
    all.map(({ path }) => path),
  );
  if (hint !== '') return hint;
  const short = didYouMean(
    word,
    all.map(({ name }) => name),
  );
  const [, meant] = / \(Did you mean (.+)\?\)/.exec(short) ?? [];
  const path = all.find(({ name }) => name === meant)?.path;
  return path === undefined ? '' : ` (Did you mean ${path}?)`;
}
