// RFC 7644 §3.10: attributes as they are named on a command line, an extension's by its short name too.
import {
  type Filter,
  formatFilter,
  parseFilter,
  type ResolvedAttribute,
  type ResolvedFilter,
  type ResourceType,
  resolveFilter,
  ScimError,
  strict,
} from 'scimkit';
import { OptionError } from '../option-error.ts';
import { printable } from '../printable.ts';
import { didYouMean } from '../similar.ts';

/** An attribute, or the values of it that a filter finds, and a sub-attribute of theirs. */
export interface PathExpression {
  /** As it is sent: with the URN before an extension's attribute. */
  readonly path: string;
  readonly attribute: ResolvedAttribute;
  /** `type eq "work"` of `emails[type eq "work"].value`. */
  readonly filter?: ResolvedFilter;
  /** The attribute that the path ends at: `emails.value` there. */
  readonly end: ResolvedAttribute;
}

function inAttributes(
  byName: ReadonlyMap<string, ResolvedAttribute>,
  text: string,
): ResolvedAttribute | undefined {
  const [name = '', sub, ...rest] = text.split('.');
  const attribute = byName.get(name);
  if (sub === undefined || rest.length > 0) return rest.length > 0 ? undefined : attribute;
  return attribute?.sub.get(sub);
}

/** The attribute with a name, a path, or a URN and a path; undefined: none, or more than one extension has it. */
export function findAttribute(type: ResourceType, path: string): ResolvedAttribute | undefined {
  const text = path.toLowerCase();
  const colon = text.lastIndexOf(':');
  if (colon >= 0) {
    const urn = text.slice(0, colon);
    const byName = urn === type.urn.toLowerCase() ? type.byName : type.byUrn.get(urn)?.byName;
    return byName && inAttributes(byName, text.slice(colon + 1));
  }
  const own = inAttributes(type.byName, text);
  if (own) return own;
  const found = type.extensions.map(({ byName }) => inAttributes(byName, text)).filter((each) => each);
  return found.length === 1 ? found[0] : undefined;
}

/** What attributes may be called on the command line: those of extensions by their short names, where that is enough. */
export function attributeNames(type: ResourceType): readonly string[] {
  const all = [...type.attributes, ...type.extensions.flatMap(({ attributes }) => attributes)];
  return all
    .flatMap((attribute) => [attribute, ...attribute.subAttributes])
    .map((attribute) => shortName(type, attribute));
}

/** What an attribute is called on the command line. */
export function shortName(type: ResourceType, attribute: ResolvedAttribute): string {
  const name = attribute.parent ? `${attribute.parent.name}.${attribute.name}` : attribute.name;
  return findAttribute(type, name) === attribute ? name : attribute.path;
}

/** The attribute that a text names. @throws OptionError that tells what may be meant. */
export function attributeAt(type: ResourceType, text: string, where: string): ResolvedAttribute {
  const found = findAttribute(type, text);
  if (found) return found;
  const hint = didYouMean(text, attributeNames(type));
  throw new OptionError(
    `${where}: ${type.name} has no attribute '${printable(text)}'.${hint || ` scimkit schemas ${type.name} lists them.`}`,
  );
}

/** A path with or without a filter in it. @throws OptionError */
export function parsePath(type: ResourceType, text: string, where: string): PathExpression {
  const open = text.indexOf('[');
  if (open < 0) {
    const attribute = attributeAt(type, text.trim(), where);
    return { path: attribute.path, attribute, end: attribute };
  }
  const close = text.lastIndexOf(']');
  const rest = text.slice(close + 1).trim();
  if (close < open || (rest !== '' && !/^\.\S+$/.test(rest))) {
    throw new OptionError(
      `${where}: '${printable(text)}' is no path; one looks like emails[type eq "work"].value`,
    );
  }
  const attribute = attributeAt(type, text.slice(0, open).trim(), where);
  const inside = text.slice(open + 1, close);
  const full = `${attribute.path}[${inside}]`;
  const filter = checkFilter(type, full, where);
  const sub = rest.slice(1);
  const end = sub === '' ? attribute : attribute.sub.get(sub.toLowerCase());
  if (!end) {
    const hint = didYouMean(
      sub,
      attribute.subAttributes.map(({ name }) => name),
    );
    throw new OptionError(`${where}: ${attribute.path} has no sub-attribute '${printable(sub)}'.${hint}`);
  }
  return { path: sub === '' ? full : `${full}.${end.name}`, attribute, filter, end };
}

/** What the parser and the schemas say of a filter, as a mistake of the call. */
function checked<Value>(where: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof ScimError) throw new OptionError(`${where}: ${error.message}`);
    throw error;
  }
}

/** A filter that the type knows all attributes of. @throws OptionError */
function checkFilter(type: ResourceType, text: string, where: string): ResolvedFilter {
  return checked(where, () => resolveFilter(type, parseFilter(text), { leniency: strict }));
}

/** A filter with its paths as they are sent. */
function withPaths(filter: Filter, pathOf: (path: string) => string): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { ...filter, filters: filter.filters.map((each) => withPaths(each, pathOf)) };
    case 'not':
      return { ...filter, filter: withPaths(filter.filter, pathOf) };
    default:
      // In brackets there are sub-attributes, which have no other names.
      return { ...filter, path: pathOf(filter.path) };
  }
}

/**
 * A filter over resources of some types, as it is sent: with the URN before an extension's attribute.
 *
 * @throws OptionError for what none of them has, or for a value that an attribute can't have
 */
export function filterOver(types: readonly ResourceType[], text: string, where: string): string {
  const tree = withPaths(
    checked(where, () => parseFilter(text)),
    (path) => pathOver(types, path, where),
  );
  for (const type of types) {
    const knownElsewhere = (path: string) => types.some((other) => findAttribute(other, path) !== undefined);
    checked(where, () => resolveFilter(type, tree, { leniency: strict, knownElsewhere }));
  }
  return formatFilter(tree);
}

/** A path that one of the types has, as it is sent. @throws OptionError that tells what may be meant */
export function pathOver(types: readonly ResourceType[], path: string, where: string): string {
  for (const type of types) {
    const found = findAttribute(type, path);
    if (found) return found.path;
  }
  const [only] = types;
  if (only && types.length === 1) return attributeAt(only, path, where).path;
  const hint = didYouMean(path, types.flatMap(attributeNames));
  const names = types.map(({ name }) => name).join(', ');
  throw new OptionError(`${where}: none of ${names} has an attribute '${printable(path)}'.${hint}`);
}

/** Splits at the first character that is in no brackets and no quotes; undefined: there is none. */
export function splitOutside(text: string, separator: string): readonly [string, string] | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isQuoted && character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '[') depth++;
    else if (character === ']') depth--;
    else if (character === separator && depth === 0) return [text.slice(0, at), text.slice(at + 1)];
  }
  return undefined;
}

/** The parts of a list that commas separate, those in brackets and quotes left alone. */
export function listOfPaths(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  for (let split = splitOutside(rest, ','); split; split = splitOutside(rest, ',')) {
    parts.push(split[0].trim());
    rest = split[1];
  }
  return [...parts, rest.trim()].filter((part) => part !== '');
}
