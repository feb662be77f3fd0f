import { isObject, own, setOwn } from '../protocol/message.ts';
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
    const moved = new Map<ResolvedExtension, string[]>();
    for (const key of Object.keys(body)) {
      const extension = isEmpty(body[key]) ? undefined : extensionOf(type, key);
      if (!extension) continue;
      const keys = moved.get(extension) ?? [];
      keys.push(key);
      moved.set(extension, keys);
    }
    if (moved.size === 0) return undefined;
    const result: Record<string, unknown> = { ...body };
    for (const [{ urn }, keys] of moved) {
      const name = Object.keys(body).find((key) => key.toLowerCase() === urn.toLowerCase()) ?? urn;
      const stated = own(body, name);
      const object: Record<string, unknown> = isObject(stated) ? { ...stated } : {};
      const names = new Set(Object.keys(object).map((key) => key.toLowerCase()));
      for (const key of keys) {
        delete result[key];
        // What stands under the URN is what the client means.
        if (!names.has(key.toLowerCase())) setOwn(object, key, body[key]);
      }
      if (!isEmpty(object)) setOwn(result, name, object);
    }
    return result;
  },
};
