import { isObject } from '../protocol/message.ts';
import type { Rewrite } from './rewrite.ts';

/** Keys of a PATCH value without path that are paths: `name.givenName`, `urn:...:User:department`, `manager`. */
export const pathKeys: Rewrite = {
  name: 'path-keys',
  effect: 'paths as keys of a PATCH value: `name.givenName`, `urn:...:User:department`',
  evidence: 'Entra ID with aadOptscim062020 (entra-03, entra-06; 22, 23)',
  section: 'RFC 7644 §3.5.2.1, §3.5.2.3',
  operation(operation, { type, resolves }) {
    const { op, path, value } = operation;
    if (path || !isObject(value)) return undefined;
    const isPlain = (key: string) => type.byName.has(key.toLowerCase()) || type.byUrn.has(key.toLowerCase());
    const keys = new Set(Object.keys(value).filter((key) => !isPlain(key) && resolves(key)));
    if (keys.size === 0) return undefined;
    const rest = Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
    return [
      ...(Object.keys(rest).length > 0 ? [{ op, value: rest }] : []),
      ...[...keys].map((key) => ({ op, path: key, value: value[key], implicit: true })),
    ];
  },
};
