// Values that are not shown, in the bodies of requests: passwords, and whatever a schema declares writeOnly.
import type { ResolvedAttribute, ResourceType } from 'scimkit';

/** Whether nobody but the service provider may see an attribute's values. */
export const isHidden = ({ mutability, returned }: ResolvedAttribute): boolean =>
  mutability === 'writeOnly' || returned === 'never';

/** The lower-case names of attributes whose values are not shown. */
export function hiddenNames(types: readonly ResourceType[]): ReadonlySet<string> {
  const all = types.flatMap(({ attributes, extensions }) => [
    ...attributes,
    ...extensions.flatMap((extension) => extension.attributes),
  ]);
  const found = all.flatMap((attribute) => [attribute, ...attribute.subAttributes]).filter(isHidden);
  // Whatever a schema says of it.
  return new Set(['password', ...found.map(({ name }) => name.toLowerCase())]);
}

/** JSON without such values; `found` is told the names of those that were there. */
export function withoutHidden(
  json: unknown,
  names: ReadonlySet<string>,
  found: (name: string) => void,
): unknown {
  if (Array.isArray(json)) return json.map((each) => withoutHidden(each, names, found));
  if (typeof json !== 'object' || json === null) return json;
  const { path } = json as { readonly path?: unknown };
  const last = typeof path === 'string' ? (path.split(/[.:]/).at(-1) ?? '').toLowerCase() : '';
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      // The last part of a URN is a name too, in the keys that values without a path have.
      const name = (key.split(/[.:]/).at(-1) ?? '').toLowerCase();
      const isSecret = names.has(name) || (key === 'value' && names.has(last));
      if (!isSecret || value === null || value === undefined)
        return [key, withoutHidden(value, names, found)];
      found(names.has(name) ? key : last);
      return [key, '***'];
    }),
  );
}
