// From the map of a sync file to the attributes that are written, each with the way its value is read from a row.
import type { ResolvedAttribute, ResourceType } from 'scimkit';
import { isObject, type Place } from './json-place.ts';
import { isEmpty, type MappedPath, parseMappedPath } from './mapped-path.ts';
import type { Row } from './row.ts';
import type { MapEntry, Section } from './sync-file.ts';

/** A value that a row has and an attribute can't have. */
export class ValueProblem extends Error {}

/** An attribute with the way its value is read. */
export interface MappedAttribute {
  readonly mapped: MappedPath;
  /** @throws ValueProblem */
  read(row: Row): unknown;
  readonly columns: readonly string[];
  readonly ignoreCase: boolean;
  /** Written with the creation, and not looked at again. */
  readonly isForCreation: boolean;
  /** The value is the key of a user. */
  readonly isReference: boolean;
  /** Added because removal is by deactivation: what is false comes back, and what is absent is as good. */
  readonly isImplied: boolean;
  /** Not to be shown. */
  readonly isSecret: boolean;
}

/** The attributes that a section writes. */
export interface Mapping {
  readonly type: ResourceType;
  readonly attributes: readonly MappedAttribute[];
  /** The attribute that a row is found by. */
  readonly match: MappedAttribute;
  /** `active`, if it is written. */
  readonly active: MappedAttribute | undefined;
}

const EXPECTED = {
  boolean: 'true or false',
  integer: 'a whole number',
  decimal: 'a number',
  dateTime: 'a time such as 2026-01-31T12:00:00Z',
} as const;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/** A value as an attribute's type has it; undefined: it has not. */
function convert({ type }: ResolvedAttribute, value: unknown): unknown {
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    const text = typeof value === 'string' ? value.toLowerCase() : '';
    return text === 'true' ? true : text === 'false' ? false : undefined;
  }
  if (type === 'integer' || type === 'decimal') {
    const isNumber =
      typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
    const number = isNumber ? Number(value) : Number.NaN;
    const fits = type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number);
    return fits ? number : undefined;
  }
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed()) return undefined;
  if (type === 'dateTime') return TIME.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
  return value;
}

function expectedOf({ type }: ResolvedAttribute): string {
  return type in EXPECTED ? EXPECTED[type as keyof typeof EXPECTED] : 'a text';
}

/** A value as an attribute has it. @throws ValueProblem */
function fit(attribute: ResolvedAttribute, value: unknown, what: string, isSecret: boolean): unknown {
  const converted = convert(attribute, value);
  if (converted !== undefined) return converted;
  const shown = isSecret ? 'what is there' : (JSON.stringify(value)?.slice(0, 80) ?? 'nothing');
  throw new ValueProblem(`${what} must be ${expectedOf(attribute)}, not ${shown}.`);
}

/** All values of an attribute that has several: objects as they are, others as their "value". */
function fitMany(attribute: ResolvedAttribute, value: unknown, entry: MapEntry, what: string): unknown {
  const { separator } = entry;
  const list =
    typeof value === 'string' && separator !== undefined
      ? value.split(separator).map((part) => part.trim())
      : Array.isArray(value)
        ? value
        : [value];
  const seen = new Set<unknown>();
  const values = list.flatMap((one) => {
    if (isEmpty(one) || seen.has(one)) return [];
    seen.add(one);
    if (attribute.type !== 'complex') return [fit(attribute, one, what, false)];
    if (!isObject(one)) {
      const sub = attribute.sub.get('value');
      if (!sub) throw new ValueProblem(`${what} must be a list of objects.`);
      return [{ value: fit(sub, one, what, false) }];
    }
    const parts = Object.entries(one).flatMap(([name, part]) => {
      const sub = attribute.sub.get(name.toLowerCase());
      if (!sub)
        throw new ValueProblem(`${what} has ${JSON.stringify(name)}, which ${attribute.path} has not.`);
      const isFixed = sub.mutability === 'readOnly' || sub.name === '$ref';
      return isFixed || isEmpty(part) ? [] : [[sub.name, fit(sub, part, what, false)] as const];
    });
    return parts.length > 0 ? [Object.fromEntries(parts)] : [];
  });
  return values.length > 0 ? values : undefined;
}

/** What a row has for an entry, before it is fitted to the attribute. */
function rawOf(entry: MapEntry, row: Row): { readonly value: unknown; readonly what: string } {
  const { column, template, values } = entry;
  if (template !== undefined) {
    const text = template.replace(/\{([^{}]+)\}/g, (_, name: string) => String(row.value(name) ?? ''));
    const hasAny = columnsOf(entry).some((name) => !isEmpty(row.value(name)));
    return { value: hasAny ? text.replace(/\s+/g, ' ').trim() : entry.default, what: 'the template' };
  }
  if (column === undefined) return { value: entry.value, what: 'the value' };
  const what = `the column ${JSON.stringify(column)}`;
  const raw = row.value(column);
  if (values === undefined) return { value: isEmpty(raw) ? entry.default : raw, what };
  const text = isEmpty(raw) ? '' : String(raw);
  if (values.has(text)) return { value: values.get(text), what };
  if (text === '') return { value: entry.default, what };
  const known = [...values.keys()].map((one) => JSON.stringify(one)).join(', ');
  throw new ValueProblem(`${what} must be one of ${known}, not ${JSON.stringify(text).slice(0, 80)}.`);
}

/** The columns that an entry reads. */
export function columnsOf({ column, template }: MapEntry): readonly string[] {
  if (column !== undefined) return [column];
  return [...(template ?? '').matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name);
}

function toMapped(type: ResourceType, path: string, entry: MapEntry): MappedAttribute {
  const { place } = entry;
  let mapped: MappedPath;
  try {
    mapped = parseMappedPath(type, path);
  } catch (error) {
    throw place.wrong((error as Error).message);
  }
  const { attribute, kind } = mapped;
  const top = attribute.parent ?? attribute;
  if (top.relation === 'holder') throw place.wrong('is written by "members" of "groups" alone.');
  if ([top, attribute].some(({ mutability }) => mutability === 'readOnly') || attribute.name === 'schemas') {
    throw place.wrong('is read-only: the service provider alone writes it.');
  }
  const isSecret = attribute.returned === 'never' || attribute.mutability === 'writeOnly';
  if (isSecret && entry.only !== 'create') {
    throw place.wrong('is never sent back, so that nothing can be compared: add "only": "create".');
  }
  if (isSecret && entry.values) throw place.wrong('is a secret: it goes without "values".');
  if (entry.separator !== undefined && kind !== 'many') throw place.wrong('has one value: no "separator".');
  if (entry.template !== undefined && columnsOf(entry).length === 0) {
    throw place.wrong('has a template without a column in braces: write {"value": ...}.');
  }
  const constants = [entry.value, entry.default, ...(entry.values?.values() ?? [])];
  for (const constant of constants) {
    if (isEmpty(constant) || kind === 'many') continue;
    if (convert(attribute, constant) === undefined) {
      throw place.wrong(`must be ${expectedOf(attribute)}, not ${JSON.stringify(constant)}.`);
    }
  }
  return {
    mapped,
    read(row) {
      const { value, what } = rawOf(entry, row);
      if (isEmpty(value)) return undefined;
      return kind === 'many' ? fitMany(attribute, value, entry, what) : fit(attribute, value, what, isSecret);
    },
    columns: columnsOf(entry),
    ignoreCase: entry.ignoreCase ?? false,
    isForCreation: entry.only === 'create',
    isReference: entry.reference ?? false,
    isImplied: false,
    isSecret,
  };
}

/** What both sides can have, for a source over SCIM whose map is not given. */
function defaultMap(type: ResourceType, source: ResourceType, place: Place): ReadonlyMap<string, MapEntry> {
  const map = new Map<string, MapEntry>([['externalId', { place, column: 'id' }]]);
  const sourceOf = new Map(
    [...source.attributes, ...source.extensions.flatMap(({ attributes }) => attributes)].map((attribute) => [
      attribute.path.toLowerCase(),
      attribute,
    ]),
  );
  const visit = (attribute: ResolvedAttribute, other: ResolvedAttribute | undefined) => {
    const { path, name, mutability, relation, returned, type: kind, multiValued } = attribute;
    const isOurs = ['schemas', 'id', 'meta', 'externalId', '$ref'].includes(name) || relation !== undefined;
    const isFixed = mutability === 'readOnly' || mutability === 'writeOnly' || returned === 'never';
    if (isOurs || isFixed || !other) return;
    if (kind === 'complex' && !multiValued) {
      for (const sub of attribute.subAttributes) visit(sub, other.sub.get(sub.name.toLowerCase()));
      return;
    }
    const refers = attribute.parent?.sub.get('$ref')?.referenceTypes.includes('User') ?? false;
    map.set(path, { place, column: other.path, ...(refers && name === 'value' && { reference: true }) });
  };
  for (const attribute of [...type.attributes, ...type.extensions.flatMap(({ attributes }) => attributes)]) {
    visit(attribute, sourceOf.get(attribute.path.toLowerCase()));
  }
  return map;
}

/**
 * The attributes that a section writes.
 *
 * @throws OptionError with the place in the sync file.
 */
export function toMapping(section: Section, type: ResourceType, sourceType: ResourceType): Mapping {
  const { place, match = 'externalId', missing } = section;
  const map = section.map ?? defaultMap(type, sourceType, place);
  const attributes = [...map].map(([path, entry]) => toMapped(type, path, entry));
  const paths = new Set<string>();
  for (const { mapped } of attributes) {
    const key = mapped.path.toLowerCase();
    if (paths.has(key)) throw place.wrong(`maps ${mapped.path} twice.`);
    paths.add(key);
    const top = mapped.attribute.parent?.path.toLowerCase();
    if (mapped.kind === 'element' && top !== undefined && map.has(mapped.attribute.parent?.path ?? '')) {
      throw place.wrong(`maps both ${mapped.attribute.parent?.path} and a part of it.`);
    }
  }
  const wanted = parsedMatch(type, match, place);
  const found = attributes.find(({ mapped }) => mapped.path === wanted.path);
  if (!found) throw place.wrong(`must map ${wanted.path}, which rows are matched by.`);
  if (
    found.isForCreation ||
    found.isSecret ||
    wanted.kind === 'many' ||
    wanted.attribute.type === 'boolean'
  ) {
    throw place.wrong(`can't match by ${wanted.path}: it must have one value that can be compared.`);
  }
  const lacking = type.attributes.find(
    ({ required, name, path }) => required && name !== 'schemas' && !paths.has(path.toLowerCase()),
  );
  if (lacking && !attributes.some(({ mapped }) => mapped.attribute.parent === lacking)) {
    throw place.wrong(`must map ${lacking.path}: every ${type.name} needs it.`);
  }
  if (attributes.some(({ isReference }) => isReference) && type.name !== 'User') {
    throw place.wrong('has a "reference": that is for attributes of users.');
  }
  const isActive = ({ mapped }: MappedAttribute) => mapped.path === 'active';
  const active = attributes.find(isActive);
  if (active || missing !== 'deactivate') return { type, attributes, match: found, active };
  if (!type.byName.has('active')) {
    throw place.wrong(`can't have "missing": "deactivate": a ${type.name} has no "active" there.`);
  }
  const implied = {
    ...toMapped(type, 'active', { place, value: true }),
    isImplied: true,
  };
  return { type, attributes: [...attributes, implied], match: found, active: implied };
}

function parsedMatch(type: ResourceType, match: string, place: Place): MappedPath {
  try {
    return parseMappedPath(type, match);
  } catch (error) {
    throw place.wrong(`has "match": ${JSON.stringify(match)}, which ${(error as Error).message}`);
  }
}

/** A key as it is compared: as its attribute's caseExact says (RFC 7643 §2.2). */
export function foldKey({ mapped: { attribute } }: { readonly mapped: MappedPath }, key: string): string {
  return attribute.caseExact ? key : key.toLowerCase();
}

/** The value as a key; undefined: there is none. */
export function keyOf(value: unknown): string | undefined {
  return isEmpty(value) || typeof value === 'object' ? undefined : String(value);
}

/** A mapping of one attribute, by which resources are looked up and that is never written. */
export function toLookUp(type: ResourceType, path: string, place: Place): Mapping {
  const mapped = parsedMatch(type, path, place);
  if (mapped.kind === 'many' || mapped.attribute.returned === 'never') {
    throw place.wrong(`can't look up by ${path}: it must have one value that can be compared.`);
  }
  const match = toMapped(type, path, { place, value: 'any', only: 'create' });
  return { type, attributes: [match], match, active: undefined };
}
