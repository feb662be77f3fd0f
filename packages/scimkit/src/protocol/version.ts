// RFC 7644 §3.14: versions as weak ETags; RFC 9110 §13: If-Match and If-None-Match.
import { quote, ScimError } from './error.ts';

/** What a write or a read demands of the resource's version. */
export interface Precondition {
  /** Versions of which the resource must have one; "*" for any. */
  readonly match?: readonly string[] | '*' | undefined;
  /** Versions of which the resource must have none; "*" for any. */
  readonly noneMatch?: readonly string[] | '*' | undefined;
}

/**
 * The ETag of a version: weak, because the same version may be sent with other attributes. `digest` tells apart
 * answers whose computed attributes differ while the version, which counts stored changes, is the same.
 */
export function formatEtag(version: string, digest?: string): string {
  return `W/"${version}${digest ? `.${digest}` : ''}"`;
}

/** Reads a list of entity tags as opaque texts; quotes and `W/` are taken off, because the comparison is weak. */
export function parseEtags(header: string | undefined): readonly string[] | '*' | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (text === '*') return '*';
  const tags = text.match(/(?:W\/)?"[^"]*"|[^\s,"]+/g) ?? [];
  return tags.map((tag) => tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1'));
}

/** The counter in an ETag: what a write's precondition compares. */
const counter = (tag: string) => tag.split('.', 1)[0] as string;

/** Whether a precondition names a version; the digest of computed attributes doesn't count. */
function names(tags: readonly string[] | '*', version: string): boolean {
  return tags === '*' || tags.some((tag) => counter(tag) === version);
}

/**
 * Holds a precondition against the version that is stored now. A store calls it inside the write.
 *
 * @throws ScimError 412
 */
export function checkPrecondition(precondition: Precondition | undefined, version: string): void {
  if (!precondition) return;
  if (precondition.match && !names(precondition.match, version)) {
    throw new ScimError(
      412,
      `The resource has version ${quote(version)} now, which If-Match does not name. Read it again, apply your ` +
        'change to what you read, and send its new ETag.',
    );
  }
  if (precondition.noneMatch && names(precondition.noneMatch, version)) {
    throw new ScimError(412, 'The resource exists in a version that If-None-Match excludes.');
  }
}

/** A short digest of a text (FNV-1a, 32 bit), for ETags: it tells changes apart, it protects nothing. */
export function digestText(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
