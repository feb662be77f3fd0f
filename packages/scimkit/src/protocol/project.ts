// RFC 7644 §3.9: which attributes an answer carries. RFC 7643 §7: the characteristic "returned".
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { ScimError } from './error.ts';
import type { Leniency } from './leniency.ts';
import { isObject, type JsonObject, own, setOwn } from './message.ts';
import { findAttribute, findExtension } from './path.ts';

/** Which attributes are wanted. Both absent: those that are returned by default. */
export interface ProjectionRequest {
  readonly attributes?: readonly string[] | undefined;
  readonly excludedAttributes?: readonly string[] | undefined;
  /** Paths that a write's body named: what is returned on request is returned then. */
  readonly mentioned?: ReadonlySet<string> | undefined;
}

/** How much of an attribute is sent: all of it, some sub-attributes, or nothing. */
type Extent = true | false | ReadonlySet<string>;

/** Projects resources of one type. Compiled once per request. */
export interface Projection {
  /** Whether everything that can be stored is sent, so that a stored text can go out as it is. */
  readonly isWhole: boolean;
  /** Whether an attribute, or part of it, is sent. */
  includes(attribute: ResolvedAttribute): boolean;
  /** The part of a resource that is sent. */
  project(resource: JsonObject): Record<string, unknown>;
  /** The parts that are sent of values of a multi-valued attribute; what nothing is sent of is left out. */
  projectValues(attribute: ResolvedAttribute, values: readonly unknown[]): readonly unknown[];
}

/** Splits the value of `attributes` or `excludedAttributes`: a list, or names separated by commas. */
export function splitNames(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const texts = Array.isArray(value) ? value.map(String) : [String(value)];
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  return given.length > 0 ? given : undefined;
}

interface Named {
  readonly paths: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
}

function resolveNames(type: ResourceType, names: readonly string[], leniency: Leniency): Named {
  const paths = new Set<string>();
  const extensions = new Set<string>();
  for (const name of names) {
    const extension = findExtension(type, name);
    if (extension) {
      extensions.add(extension.urn);
      continue;
    }
    if (name.toLowerCase() === type.urn.toLowerCase()) {
      for (const attribute of type.attributes) paths.add(attribute.path);
      continue;
    }
    const attribute = findAttribute(type, name) ?? findAttribute(type, leniency.path(name, type) ?? '');
    if (attribute) paths.add(attribute.path);
    else leniency.report({ kind: 'ignored', name: 'unknown attribute name', where: name });
  }
  return { paths, extensions };
}

function defaultExtent(attribute: ResolvedAttribute, mentioned: ReadonlySet<string> | undefined): Extent {
  const sent = (a: ResolvedAttribute) =>
    a.returned === 'always' ||
    a.returned === 'default' ||
    (a.returned === 'request' && (mentioned?.has(a.path) ?? false));
  if (!sent(attribute)) return false;
  const subs = attribute.subAttributes;
  if (subs.every(sent)) return true;
  return new Set(subs.filter(sent).map((sub) => sub.name));
}

const isNever = (attribute: ResolvedAttribute) => attribute.returned === 'never';

function requestedExtent(attribute: ResolvedAttribute, named: Named, wholeExtension: boolean): Extent {
  if (isNever(attribute)) return false;
  const subs = attribute.subAttributes.filter((sub) => !isNever(sub));
  if (named.paths.has(attribute.path) || (wholeExtension && attribute.returned !== 'request')) {
    if (subs.length === attribute.subAttributes.length && subs.every((sub) => sub.returned !== 'request'))
      return true;
    return new Set(
      subs.filter((sub) => sub.returned !== 'request' || named.paths.has(sub.path)).map((sub) => sub.name),
    );
  }
  const wanted = subs.filter((sub) => named.paths.has(sub.path));
  if (attribute.returned === 'always') return true;
  if (wanted.length === 0) return false;
  // The minimum set of the sub-attributes comes along (RFC 7644 §3.9).
  return new Set([...wanted, ...subs.filter((sub) => sub.returned === 'always')].map((sub) => sub.name));
}

function remainingExtent(attribute: ResolvedAttribute, named: Named, wholeExtension: boolean): Extent {
  const usual = defaultExtent(attribute, undefined);
  if (usual === false || attribute.returned === 'always') return usual;
  if (named.paths.has(attribute.path) || wholeExtension) return false;
  const subs = attribute.subAttributes.filter((sub) => usual === true || usual.has(sub.name));
  const kept = subs.filter((sub) => sub.returned === 'always' || !named.paths.has(sub.path));
  if (kept.length === subs.length) return usual;
  return kept.length > 0 && new Set(kept.map((sub) => sub.name));
}

/** Default projections by type: most requests ask for nothing else. */
const defaults = new WeakMap<ResourceType, Projection>();

/**
 * Compiles a projection (RFC 7644 §3.9).
 *
 * @throws ScimError `invalidValue` when both parameters are given and the leniency lets neither win.
 */
export function compileProjection(
  type: ResourceType,
  { attributes, excludedAttributes, mentioned }: ProjectionRequest,
  leniency: Leniency,
): Projection {
  if (attributes && excludedAttributes) {
    if (!leniency.attributesWin) {
      throw new ScimError(
        'invalidValue',
        '"attributes" and "excludedAttributes" exclude each other (RFC 7644 §3.9): send one of them.',
      );
    }
    leniency.report({ kind: 'rewrite', name: 'attributes-win', where: 'excludedAttributes' });
  }
  const names = attributes ?? excludedAttributes;
  if (names) {
    const named = resolveNames(type, names, leniency);
    const extentOf = attributes ? requestedExtent : remainingExtent;
    return toProjection(type, (attribute) => {
      const wholeExtension = attribute.extension !== undefined && named.extensions.has(attribute.extension);
      return extentOf(attribute, named, wholeExtension);
    });
  }
  const usual = defaults.get(type) ?? toProjection(type, (attribute) => defaultExtent(attribute, undefined));
  defaults.set(type, usual);
  // Whatever is not sent by default is worth a look at what the body named.
  if (usual.isWhole || !mentioned) return usual;
  return toProjection(type, (attribute) => defaultExtent(attribute, mentioned));
}

function toProjection(type: ResourceType, extentOf: (attribute: ResolvedAttribute) => Extent): Projection {
  const extents = new Map<ResolvedAttribute, Extent>();
  const all = [...type.attributes, ...type.extensions.flatMap((extension) => extension.attributes)];
  for (const attribute of all) extents.set(attribute, extentOf(attribute));
  return {
    // What no store holds can't make a stored text too long.
    isWhole: all.every(
      (attribute) => extents.get(attribute) === true || attribute.mutability === 'writeOnly',
    ),
    includes: (attribute) => (extents.get(attribute) ?? false) !== false,
    project(resource) {
      const projected = pick(type.attributes, resource, extents) ?? {};
      for (const extension of type.extensions) {
        const object = own(resource, extension.urn);
        const part = isObject(object) ? pick(extension.attributes, object, extents) : undefined;
        if (part) setOwn(projected, extension.urn, part);
      }
      return projected;
    },
    projectValues(attribute, values) {
      const extent = extents.get(attribute) ?? false;
      return extent === true ? values : extent === false ? [] : narrowEach(values, extent);
    },
  };
}

function pick(
  attributes: readonly ResolvedAttribute[],
  object: JsonObject,
  extents: ReadonlyMap<ResolvedAttribute, Extent>,
): Record<string, unknown> | undefined {
  const picked: Record<string, unknown> = {};
  let empty = true;
  for (const attribute of attributes) {
    const extent = extents.get(attribute) ?? false;
    const value = extent === false ? undefined : own(object, attribute.name);
    const part =
      value === undefined || extent === true ? value : narrow(value, extent as ReadonlySet<string>);
    if (part === undefined) continue;
    setOwn(picked, attribute.name, part);
    empty = false;
  }
  return empty ? undefined : picked;
}

function narrowEach(values: readonly unknown[], names: ReadonlySet<string>): readonly unknown[] {
  return values.map((value) => narrow(value, names)).filter((value) => value !== undefined);
}

function narrow(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) {
    const elements = narrowEach(value, names);
    return elements.length > 0 || value.length === 0 ? elements : undefined;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => names.has(name));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
