// What people call a resource whose key tells them nothing.
import { keyOf, type Mapping } from './mapping.ts';

/** The names that are mapped, but for the key itself; undefined: there is none. */
export function labelOf(
  { attributes, match }: Mapping,
  values: readonly unknown[] | undefined,
): string | undefined {
  const textAt = (path: string) => {
    const index = attributes.findIndex(({ mapped, isSecret }) => mapped.path === path && !isSecret);
    return attributes[index] === match ? undefined : keyOf(values?.[index]);
  };
  const parts = [textAt('name.givenName'), textAt('name.familyName')].filter((part) => part !== undefined);
  const name = textAt('displayName') ?? textAt('name.formatted') ?? (parts.join(' ') || undefined);
  const key = keyOf(values?.[attributes.indexOf(match)]);
  const names = [...new Set([textAt('userName'), name])].filter((one) => one !== undefined && one !== key);
  return names.length === 0 ? undefined : names.join(', ');
}
