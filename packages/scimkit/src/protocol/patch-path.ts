// RFC 7644 figure 7: the path of a PATCH operation, resolved against the schema.
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { quote, ScimError } from './error.ts';
import { type Filter, type FilterLimits, parseFilter } from './filter.ts';
import type { Leniency } from './leniency.ts';
import { isAttributePath, resolveAttribute } from './path.ts';
import { type ResolvedFilter, resolveValuePath } from './resolve-filter.ts';

/** What the path of a PATCH operation leads to. */
export interface PatchTarget {
  readonly attribute: ResolvedAttribute;
  readonly sub: ResolvedAttribute | undefined;
  readonly filter: ResolvedFilter | undefined;
}

/** Whether a client may not change it. */
export const isReadOnly = ({ attribute, sub }: PatchTarget) => (sub ?? attribute).mutability === 'readOnly';

/** An attribute or sub-attribute as a target, whole. */
export function targetOf(attribute: ResolvedAttribute): PatchTarget {
  return attribute.parent
    ? { attribute: attribute.parent, sub: attribute, filter: undefined }
    : { attribute, sub: undefined, filter: undefined };
}

/**
 * Reads a path: `attrPath / valuePath [subAttr]` (RFC 7644 figure 7).
 *
 * @throws ScimError `invalidPath`, `invalidFilter`
 */
export function readPatchPath(
  type: ResourceType,
  path: string,
  leniency: Leniency,
  limits: FilterLimits,
): PatchTarget {
  const open = path.indexOf('[');
  if (open < 0) {
    const text = path.trim();
    if (!isAttributePath(text)) throw malformed(path);
    return targetOf(resolveAttribute(type, text, leniency, 'invalidPath'));
  }
  const close = path.lastIndexOf(']');
  const before = path.slice(0, open).trim();
  const after = path.slice(close + 1).trim();
  if (!isAttributePath(before) || (after !== '' && !/^\.[A-Za-z$]/.test(after))) {
    throw malformed(path);
  }
  const attribute = resolveAttribute(type, before, leniency, 'invalidPath');
  const filter = resolveValuePath(
    type,
    attribute,
    parseElementFilter(path.slice(open + 1, close), leniency, limits),
    {
      leniency,
    },
  );
  if (filter.kind !== 'valuePath') throw malformed(path);
  if (after === '') return { attribute, filter: filter.filter, sub: undefined };
  const sub = attribute.sub.get(after.slice(1).toLowerCase());
  if (!sub) {
    throw new ScimError('invalidPath', `"${attribute.path}" has no sub-attribute ${quote(after.slice(1))}.`);
  }
  return { attribute, filter: filter.filter, sub };
}

function parseElementFilter(text: string, leniency: Leniency, limits: FilterLimits): Filter {
  return parseFilter(text, {
    ...limits,
    ...(leniency.unquotedValues && {
      // Not the word itself: it may be personal, and notes are logged.
      unquotedValue: () => leniency.report({ kind: 'rewrite', name: 'unquoted-values', where: 'path' }),
    }),
  });
}

function malformed(path: string): ScimError {
  return new ScimError(
    'invalidPath',
    `${quote(path)} is no path. A path looks like name.familyName or emails[type eq "work"].value.`,
  );
}
