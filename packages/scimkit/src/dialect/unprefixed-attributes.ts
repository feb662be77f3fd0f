import { isObject, member, setOwn } from '../protocol/message.ts';
import { isEmpty } from '../protocol/value.ts';
import type { ResolvedExtension, ResourceType } from '../schema/resource-type.ts';
import type { Rewrite } from './rewrite.ts';

/** The one extension that has an attribute of this name; undefined when none or several have. */
function extensionOf(type: ResourceType, name: string): ResolvedExtension | undefined {
  const key = name.toLowerCase();
  if (type.byName.has(key)) return undefined;
  const owners = type.extensions.filter((extension) => extension.byName.has(key));
  return owners.length === 1 ? owners[0] : undefined;
}

/** An attribute of an extension without the extension's URN, as long as only one extension has it. */
export const unprefixedAttributes: Rewrite = {
  name: 'unprefixed-attributes',
  effect: `an extension's attribute without the URN, if only one extension has it`,
  evidence: 'Entra ID (entra-06: path "manager"; 9, 23)',
  section: 'RFC 7644 §3.10',
  path(path, type) {
    const extension = path.includes(':') ? undefined : extensionOf(type, path.split('.', 1)[0] as string);
    return extension && `${extension.urn}:${path}`;
  },
  resource(body, { type }) {
    const moved = Object.keys(body).filter((key) => extensionOf(type, key) && !isEmpty(body[key]));
    if (moved.length === 0) return undefined;
    const result: Record<string, unknown> = { ...body };
    for (const key of moved) {
      const { urn } = extensionOf(type, key) as ResolvedExtension;
      delete result[key];
      const stated = member(body, urn);
      const object = isObject(stated) ? stated : {};
      // What stands under the URN is what the client means.
      if (member(object, key) !== undefined) continue;
      const name = Object.keys(result).find((k) => k.toLowerCase() === urn.toLowerCase()) ?? urn;
      const current = result[name];
      setOwn(result, name, { ...(isObject(current) ? current : {}), [key]: body[key] });
    }
    return result;
  },
};
