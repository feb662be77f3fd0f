// From a mapping as its developer declares it to what statements are made of. Whatever is wrong with it is said here, once,
// and not with the first request.
import { findAttribute } from '../../protocol/path.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import { uuidv7 } from '../id.ts';
import type { AppColumn, AppDatabase } from './app-database.ts';
import { compileSource, pathOf, remainingSources } from './compile-source.ts';
import type { Compiled, Join, KeyKind } from './compiled.ts';
import { MappingTables } from './mapping-tables.ts';
import { type Coverage, narrowType } from './narrow-type.ts';
import { assertOwnIds, assertPlaces } from './contradictions.ts';
import { assertActive, compileDeletion, compileExclusion, compileLink } from './policies.ts';
import { type Entry, isEntry, type RawMapping } from './raw-mapping.ts';
import { sharedSources } from './shared-columns.ts';
import type { Column, Source } from './source.ts';

/** Finds the compiled mapping that a relation names. */
export type Mapped = (target: unknown) => Compiled | undefined;

/**
 * Compiles a mapping.
 *
 * @throws TypeError that names the place, when it contradicts itself, the resource type or the app's tables.
 */
export function compileMapping(
  app: AppDatabase<unknown>,
  declared: ResourceType,
  mapping: RawMapping,
  mapped: Mapped,
): Compiled {
  const tables = new MappingTables(app, declared, mapping);
  const { root, side, words } = tables;
  const entries = Object.entries(mapping.attributes).filter(([, entry]) => entry !== undefined);
  const named = entries.map(([path, entry]) => ({ attribute: attributeAt(tables, declared, path), entry }));
  const places = named.filter(({ attribute }) => !attribute.relation);
  // What is wrong with a place is to be said before the type is made of it.
  for (const { attribute, entry } of places) compileSource(tables, attribute, entry);
  const type = narrowType(declared, coverageOf(tables, named));
  const sourceOf = ({ attribute, entry }: Named) =>
    compileSource(tables, attributeAt(tables, type, attribute.path), entry);
  const isSecret = ({ attribute }: Named) => attribute.mutability === 'writeOnly';
  const byPath = new Map<string, Source>();
  for (const place of places) if (!isSecret(place)) byPath.set(place.attribute.path, sourceOf(place));
  if (side) for (const source of remainingSources(tables, type, byPath)) byPath.set(pathOf(source), source);
  const key = keyOf(tables);
  const id = tables.own(mapping.id) ?? tables.inSide('id');
  assertPlaces(tables, type, byPath, id);
  const relations: Join[] = [];
  const compiled: Compiled = {
    ...{ app, words, declared, type, root, side, byPath, relations },
    sources: [...byPath.values()],
    shared: sharedSources([...byPath.values()]),
    secrets: new Map(
      places.filter(isSecret).map((place) => {
        const source = sourceOf(place);
        if (source.kind !== 'column')
          throw tables.wrong(pathOf(source), 'a secret is kept in a column of its own');
        return [pathOf(source), source] as const;
      }),
    ),
    inverses: [],
    key: key.column,
    keyKind: key.kind,
    idPrefix: key.prefix,
    id,
    newId: newIdOf(mapping, id, key.prefix),
    joins: [...tables.joins.values()],
    version: tables.own(mapping.version) ?? tables.inSide('version'),
    created: tables.own(mapping.created) ?? tables.inSide('created'),
    lastModified: tables.own(mapping.lastModified) ?? tables.inSide('lastModified'),
    where: new Map(
      Object.entries(mapping.where ?? {}).map(([name, column]) => [name, root.table.column(column)]),
    ),
    exclude: compileExclusion(tables),
    deletion: compileDeletion(tables, byPath, id),
    link: compileLink(tables, byPath),
    columnOf: (name, table) => tables.columnOf(name, table),
  };
  assertActive(tables, byPath);
  for (const { attribute, entry } of named) {
    if (attribute.relation) relations.push(...relationOf(tables, compiled, attribute, entry, mapped));
  }
  if (relations.length > 0 && !compiled.version) {
    throw tables.wrong(
      'version',
      'a type with relations needs a column that counts changes, or a side table',
    );
  }
  assertOwnIds(tables, relations);
  for (const join of relations) join.of.inverses.push({ holder: compiled, join });
  return compiled;
}

/** Makes ids. Where the id is the key, its prefix is part of it. */
function newIdOf({ newId }: RawMapping, id: Column | undefined, prefix: string): (() => string) | undefined {
  if (id) return newId ?? (() => uuidv7(Date.now()));
  if (!newId || prefix === '') return newId;
  return () => {
    const made = newId();
    return made.startsWith(prefix) ? made : `${prefix}${made}`;
  };
}

/** An attribute that the mapping names, with what it says of it. */
interface Named {
  readonly attribute: ResolvedAttribute;
  readonly entry: unknown;
}

function attributeAt(tables: MappingTables, type: ResourceType, path: string): ResolvedAttribute {
  const attribute = findAttribute(type, path);
  if (attribute) return attribute;
  throw tables.wrong(path, `${type.name} has no such attribute`);
}

/**
 * What there is a place for: with a side table, for everything but parts of values that are in rows or columns of their own
 * without one for it.
 */
function coverageOf({ side }: MappingTables, named: readonly Named[]): Coverage {
  const partsOf = (path: string) =>
    named.filter(({ attribute }) => attribute.path === path || attribute.path.startsWith(`${path}.`));
  return {
    has: (path) => {
      const whole = named.find(({ attribute }) => path.startsWith(`${attribute.path}.`));
      if (whole) return hasPart(whole.entry, path);
      return side !== undefined || partsOf(path).length > 0;
    },
    isReadOnly: (path) => {
      const parts = partsOf(path);
      return (
        parts.length > 0 &&
        parts.every(({ entry }) => isEntry(entry) && entry.read !== undefined && entry.write === undefined)
      );
    },
  };
}

/** Whether the place of a whole attribute has room for a part of it. */
function hasPart(entry: unknown, path: string): boolean {
  if (!isEntry(entry)) return false;
  if (!('slots' in entry) && !isEntry(entry.columns)) return true;
  const sub = path.slice(path.lastIndexOf('.') + 1);
  const elements = 'slots' in entry ? (entry.slots as readonly Entry[]) : [entry];
  return elements.some(
    ({ columns = {}, constants = {} }) => sub in (columns as Entry) || sub in (constants as Entry),
  );
}

function keyOf({ mapping, root }: MappingTables): {
  readonly column: AppColumn;
  readonly kind: KeyKind;
  readonly prefix: string;
} {
  const { key } = mapping;
  const name = typeof key === 'string' ? key : key.column;
  const column = root.table.column(name);
  const known = column.kind === 'integer' || column.kind === 'uuid' ? column.kind : 'text';
  return typeof key === 'string'
    ? { column, kind: known, prefix: '' }
    : { column, kind: key.type, prefix: key.prefix ?? '' };
}

/** The join tables of a relation. */
function relationOf(
  tables: MappingTables,
  compiled: Compiled,
  named: ResolvedAttribute,
  entry: unknown,
  mapped: Mapped,
): readonly Join[] {
  const { path } = named;
  const attribute = attributeAt(tables, compiled.type, path);
  return (Array.isArray(entry) ? entry : [entry]).map((each: Entry) => {
    const table = tables.app.table(String(each.table));
    const of = each.of === 'self' ? compiled : mapped(each.of);
    if (!of) throw tables.wrong(path, '"of" must be a mapping of the same database, or "self"');
    if (!attribute.sub.get('$ref')?.referenceTypes.includes(of.type.name)) {
      throw tables.wrong(path, `it doesn't refer to resources of the type ${of.type.name}`);
    }
    const names = (mapping: Compiled) => [...mapping.where.keys()].sort().join();
    if (names(of) !== names(compiled)) {
      throw tables.wrong(
        path,
        `${of.type.name} must have the same names in "where": ${names(compiled) || 'none'}`,
      );
    }
    return {
      attribute,
      table,
      of,
      holder: table.column(String(each.holder)),
      member: table.column(String(each.member)),
      defaults: tables.defaults(table, each.defaults as Entry | undefined),
    };
  });
}
