// RFC 7644 §3.10 (attribute notation) and figure 7 (PATH): from a text to attributes of a resource type.
import type { ResolvedAttribute, ResolvedExtension, ResourceType } from '../schema/resource-type.ts';
import { quote, ScimError, type ScimType } from './error.ts';
import type { Leniency } from './leniency.ts';

const ATTRIBUTE_PATH = /^(?:\$ref|[A-Za-z][A-Za-z0-9_-]*)(?:\.(?:\$ref|[A-Za-z][A-Za-z0-9_-]*))?$/;

/** Whether a text has the form of an attribute path: `[URI ":"] name ["." sub]` (RFC 7644 figure 1, and `$ref`). */
export function isAttributePath(text: string): boolean {
  return ATTRIBUTE_PATH.test(text.slice(text.lastIndexOf(':') + 1)) && !/[\s"\\()[\]]/.test(text);
}

function inAttributes(
  attributes: ReadonlyMap<string, ResolvedAttribute>,
  text: string,
): ResolvedAttribute | undefined {
  const dot = text.indexOf('.');
  if (dot < 0) return attributes.get(text);
  return attributes.get(text.slice(0, dot))?.sub.get(text.slice(dot + 1));
}

/**
 * The attribute that a path names, with or without its schema's URN, in any case; undefined when there is none.
 */
export function findAttribute(type: ResourceType, path: string): ResolvedAttribute | undefined {
  const text = path.toLowerCase();
  const colon = text.lastIndexOf(':');
  if (colon < 0) return inAttributes(type.byName, text);
  const urn = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (urn === type.urn.toLowerCase()) return inAttributes(type.byName, rest);
  const extension = type.byUrn.get(urn);
  return extension && inAttributes(extension.byName, rest);
}

/** The extension that a path names as a whole: its URN and nothing else. */
export function findExtension(type: ResourceType, path: string): ResolvedExtension | undefined {
  return type.byUrn.get(path.toLowerCase());
}

/**
 * The attribute that a path names; a dialect may mend the path.
 *
 * @throws ScimError with the keyword given: `invalidPath` for PATCH and sortBy, `invalidFilter` for filters.
 */
export function resolveAttribute(
  type: ResourceType,
  path: string,
  leniency: Leniency,
  keyword: ScimType,
): ResolvedAttribute {
  const found = findAttribute(type, path);
  if (found) return found;
  const mended = leniency.path(path, type);
  const attribute = mended === undefined ? undefined : findAttribute(type, mended);
  if (attribute) return attribute;
  throw new ScimError(
    keyword,
    `${type.name} has no attribute ${quote(path)}. Check its spelling; an attribute of an extension needs ` +
      `the schema's URN and a colon before it (RFC 7644 §3.10). ${type.endpoint.slice(1)} attributes are listed ` +
      'under /Schemas.',
  );
}
