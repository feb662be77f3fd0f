import type { Rewrite } from './rewrite.ts';

/** `urn:...:User.manager` for `urn:...:User:manager`, from old jobs of Entra. */
export const dotAfterUrn: Rewrite = {
  name: 'dot-after-urn',
  effect: '`urn:...:User.manager` for `urn:...:User:manager`',
  evidence: 'Entra ID (entra-06: older customappsso jobs; 23)',
  section: 'RFC 7644 §3.10',
  path(path, type) {
    const text = path.toLowerCase();
    for (const urn of [type.urn, ...type.extensions.map((extension) => extension.urn)]) {
      if (text.startsWith(`${urn.toLowerCase()}.`)) return `${urn}:${path.slice(urn.length + 1)}`;
    }
    return undefined;
  },
};
