// One value of a multi-valued attribute, from columns.
import { setOwn } from '../../protocol/message.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { Elements } from './source.ts';

/** One value; undefined where none of its columns has one. */
export function readElement<Part>(
  attribute: ResolvedAttribute,
  { parts, constants }: Elements<Part>,
  read: (part: Part) => unknown,
): unknown {
  if (attribute.type !== 'complex') {
    const part = parts.get('value');
    return part && read(part);
  }
  let isThere = false;
  const element: Record<string, unknown> = {};
  for (const { name } of attribute.subAttributes) {
    const part = parts.get(name);
    const value = part && read(part);
    if (value !== undefined) isThere = true;
    const whole = constants.has(name) ? constants.get(name)?.value : value;
    if (whole !== undefined) setOwn(element, name, whole);
  }
  return isThere ? element : undefined;
}
