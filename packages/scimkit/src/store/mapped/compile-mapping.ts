// From a mapping as its developer declares it to what statements are made of. Whatever is wrong with it is said here, once,
// and not with the first request.
import { findAttribute } from '../../protocol/path.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import { uuidv7 } from '../id.ts';
import { joinSql, type Sql, sql } from '../sql/fragment.ts';
import { postgresDialect } from '../sql/postgres-dialect.ts';
import { sqliteDialect } from '../sql/sqlite-dialect.ts';
import { uniqueAttributes } from '../unique.ts';
import type { AppColumn, AppDatabase, AppTable } from './app-database.ts';
import type { Compiled, Deletion, Join, KeyKind } from './compiled.ts';
import type { LinkPolicy } from './link-policy.ts';
import type { ColumnSql } from './mapping.ts';
import { narrowType } from './narrow-type.ts';
import { toParameter, type Words } from './scalar.ts';
import { compileSide, sideColumn } from './side-table.ts';
import {
  type Beside,
  type Column,
  type Computed,
  type Elements,
  type InColumn,
  type InRows,
  type Scalar,
  type Source,
} from './source.ts';

/** A mapping without its types: what `Mapping` allows, as the compiler here reads it. */
export interface RawMapping {
  readonly table: string;
  readonly key: string | { readonly column: string; readonly type: KeyKind; readonly prefix?: string };
  readonly id?: string;
  readonly newId?: () => string;
  readonly joins?: Readonly<Record<string, string>>;
  readonly side?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly version?: string;
  readonly created?: string;
  readonly lastModified?: string;
  readonly where?: Readonly<Record<string, string>>;
  readonly exclude?: Readonly<Record<string, unknown>> | ((column: ColumnSql) => Sql);
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly link?: LinkPolicy;
  readonly delete?: 'hard' | 'soft' | 'deactivate';
  readonly deletedAt?: string;
  readonly onReturn?: 'reuse' | 'rename' | { readonly rename: readonly string[] };
}

type Entry = Readonly<Record<string, unknown>>;
const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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
  return new Compilation(app, declared, mapping, mapped).result();
}

class Compilation {
  private readonly app: AppDatabase<unknown>;
  private readonly declared: ResourceType;
  private readonly mapping: RawMapping;
  private readonly mapped: Mapped;
  private readonly words: Words;
  private readonly root: Beside;
  private readonly side: Beside | undefined;
  private readonly joins = new Map<string, Beside>();

  constructor(app: AppDatabase<unknown>, declared: ResourceType, mapping: RawMapping, mapped: Mapped) {
    this.app = app;
    this.declared = declared;
    this.mapping = mapping;
    this.mapped = mapped;
    const isPostgres = app.dialect === 'postgres';
    this.words = { sql: isPostgres ? postgresDialect : sqliteDialect, isPostgres };
    this.root = { suffix: '', table: app.table(mapping.table), key: undefined };
    this.side = mapping.side === undefined ? undefined : compileSide(mapping.side);
    for (const [name, key] of Object.entries(mapping.joins ?? {})) {
      const table = app.table(name);
      this.joins.set(name, { suffix: `_${this.joins.size + 1}`, table, key: table.column(key) });
    }
  }

  result(): Compiled {
    const { app, declared, mapping, words, root, side } = this;
    const relationPaths = new Set(declared.holders.map(({ path }) => path));
    const entries = Object.entries(mapping.attributes).filter(([, entry]) => entry !== undefined);
    const isSecret = (path: string) => this.attribute(declared, path).mutability === 'writeOnly';
    const paths = new Set(entries.map(([path]) => this.attribute(declared, path).path));
    const isMapped = (path: string) =>
      [...paths].some((one) => one === path || one.startsWith(`${path}.`) || this.isPart(one, path));
    const type = narrowType(declared, {
      has: (path) => side !== undefined || isMapped(path),
      isReadOnly: (path) => this.isReadOnly(path, entries),
    });
    const sources = entries
      .filter(([path]) => !relationPaths.has(this.attribute(declared, path).path) && !isSecret(path))
      .map(([path, entry]) => this.source(this.attribute(type, path), entry));
    const byPath = new Map(sources.map((source) => [pathOf(source), source]));
    if (side) {
      for (const source of this.remaining(type, byPath)) {
        sources.push(source);
        byPath.set(pathOf(source), source);
      }
    }
    const secrets = new Map(
      entries
        .filter(([path]) => isSecret(path))
        .map(([path, entry]) => {
          const source = this.source(this.attribute(declared, path), entry);
          if (source.kind !== 'column') throw this.wrong(path, 'a secret is kept in a column of its own');
          return [source.scalar.attribute.path, source] as const;
        }),
    );
    const key = this.key();
    const at = (name: string | undefined): Column | undefined =>
      name === undefined ? undefined : { beside: root, column: root.table.column(name) };
    const inSide = (name: Parameters<typeof sideColumn>[0]): Column | undefined =>
      side && { beside: side, column: sideColumn(name) };
    const id = at(mapping.id) ?? inSide('id');
    const version = at(mapping.version) ?? inSide('version');
    const inverses: Compiled['inverses'] = [];
    const relations: Join[] = [];
    const compiled: Compiled = {
      ...{ app, words, declared, type, root, side, sources, byPath, secrets, inverses, relations },
      key: key.column,
      keyKind: key.kind,
      idPrefix: key.prefix,
      id,
      newId: mapping.newId ?? (id && (() => uuidv7(Date.now()))),
      joins: [...this.joins.values()],
      version,
      created: at(mapping.created) ?? inSide('created'),
      lastModified: at(mapping.lastModified) ?? inSide('lastModified'),
      where: new Map(
        Object.entries(mapping.where ?? {}).map(([name, column]) => [name, root.table.column(column)]),
      ),
      exclude: this.exclude(),
      defaults: this.defaults(root.table, mapping.defaults),
      renewed: (root.table.automatic ?? [])
        .map((name) => root.table.column(name))
        .filter((column) => column.renewed),
      deletion: this.deletion(at, inSide('deletedAt'), byPath, id),
      link: this.link(),
      columnOf: (name, table) => this.columnOf(name, table),
    };
    for (const [path, entry] of entries) {
      const attribute = this.attribute(declared, path);
      if (relationPaths.has(attribute.path)) relations.push(...this.relation(compiled, path, entry));
    }
    if (relations.length > 0 && !version) {
      throw this.wrong(
        'version',
        'a type with relations needs a column that counts changes, or a side table',
      );
    }
    for (const join of relations) join.of.inverses.push({ holder: compiled, join });
    return compiled;
  }

  private wrong(where: string, rule: string): TypeError {
    return new TypeError(`Mapping of ${this.declared.name} to "${this.mapping.table}", ${where}: ${rule}`);
  }

  private attribute(type: ResourceType, path: string): ResolvedAttribute {
    const attribute = findAttribute(type, path);
    if (attribute) return attribute;
    throw this.wrong(path, `${type.name} has no such attribute`);
  }

  /** Whether a mapped path is that of a whole attribute which has the other one as a part. */
  private isPart(whole: string, path: string): boolean {
    const entry = this.mapping.attributes[whole];
    const [, sub] = path.startsWith(`${whole}.`) ? [whole, path.slice(whole.length + 1)] : [];
    if (sub === undefined || !isEntry(entry)) return false;
    if (!('slots' in entry) && !isEntry(entry.columns)) return true;
    const elements = 'slots' in entry ? (entry.slots as readonly Entry[]) : [entry];
    return elements.some(
      (each) => sub in ((each.columns ?? {}) as Entry) || sub in ((each.constants ?? {}) as Entry),
    );
  }

  private isReadOnly(path: string, entries: readonly (readonly [string, unknown])[]): boolean {
    const parts = entries.filter(([one]) => one === path || one.startsWith(`${path}.`));
    return (
      parts.length > 0 && parts.every(([, entry]) => isEntry(entry) && 'read' in entry && !('write' in entry))
    );
  }

  private key(): { readonly column: AppColumn; readonly kind: KeyKind; readonly prefix: string } {
    const { key } = this.mapping;
    const name = typeof key === 'string' ? key : key.column;
    const column = this.root.table.column(name);
    const known = column.kind === 'integer' || column.kind === 'uuid' ? column.kind : 'text';
    return typeof key === 'string'
      ? { column, kind: known, prefix: '' }
      : { column, kind: key.type, prefix: key.prefix ?? '' };
  }

  private source(attribute: ResolvedAttribute, entry: unknown): Source {
    const at = attribute.path;
    if (typeof entry === 'string') return this.inColumn(attribute, { column: entry });
    if (!isEntry(entry)) throw this.wrong(at, 'it must be the name of a column or an object');
    if ('slots' in entry) return this.inSlots(attribute, entry);
    if (isEntry(entry.columns)) return this.inRows(attribute, entry);
    if (Array.isArray(entry.columns)) return this.computed(attribute, entry);
    if (attribute.multiValued && !entry.read) {
      throw this.wrong(
        at,
        'a multi-valued attribute is in rows of a table, in slots, or has "read" and "write"',
      );
    }
    return this.inColumn(attribute, entry);
  }

  private inColumn(attribute: ResolvedAttribute, entry: Entry): InColumn {
    const beside = entry.table === undefined ? this.root : this.joins.get(String(entry.table));
    if (!beside)
      throw this.wrong(attribute.path, `"joins" doesn't say how "${String(entry.table)}" refers to the key`);
    const scalar = this.scalar(attribute, beside.table, entry);
    return { kind: 'column', beside, column: scalar.column, scalar };
  }

  private scalar(attribute: ResolvedAttribute, table: AppTable, entry: string | Entry): Scalar {
    const {
      column,
      read,
      write,
      filter,
      collation = 'lower',
    } = (typeof entry === 'string' ? { column: entry } : entry) as Entry;
    if (typeof column !== 'string') throw this.wrong(attribute.path, '"column" must be the name of a column');
    return { attribute, column: table.column(column), read, write, filter, collation } as Scalar;
  }

  private computed(attribute: ResolvedAttribute, entry: Entry): Computed {
    const { columns, read, write, filter } = entry as unknown as Pick<
      Computed,
      'read' | 'write' | 'filter'
    > & {
      readonly columns: readonly string[];
    };
    if (typeof read !== 'function') throw this.wrong(attribute.path, '"columns" needs "read"');
    const found = columns.map((name) => ({ name, beside: this.root, column: this.root.table.column(name) }));
    return { kind: 'computed', attribute, columns: found, read, write, filter };
  }

  private inRows(attribute: ResolvedAttribute, entry: Entry): InRows {
    if (!attribute.multiValued)
      throw this.wrong(attribute.path, 'it has one value: use "joins" and a column');
    const table = this.app.table(String(entry.table));
    const elements = this.elements(attribute, entry, (part, place) => this.scalar(part, table, place));
    const value = elements.parts.get('value') ?? elements.parts.values().next().value;
    if (!value) throw this.wrong(attribute.path, '"columns" is empty');
    return {
      kind: 'rows',
      attribute,
      table,
      key: table.column(String(entry.key)),
      order: entry.order === undefined ? value.column : table.column(String(entry.order)),
      defaults: this.defaults(table, entry.defaults as Entry | undefined),
      ...elements,
    };
  }

  private inSlots(attribute: ResolvedAttribute, { slots, others = 'refuse' }: Entry): Source {
    if (!attribute.multiValued) throw this.wrong(attribute.path, 'it has one value: name its column');
    return {
      kind: 'slots',
      attribute,
      others: others as 'refuse' | 'ignore',
      slots: (slots as readonly Entry[]).map((slot) =>
        this.elements(attribute, slot, (part, place) =>
          this.inColumn(part, typeof place === 'string' ? { column: place } : place),
        ),
      ),
    };
  }

  private elements<Part>(
    attribute: ResolvedAttribute,
    { columns, constants = {} }: Entry,
    part: (sub: ResolvedAttribute, place: string | Entry) => Part,
  ): Elements<Part> {
    const sub = (name: string) => {
      if (attribute.type !== 'complex' && name === 'value') return attribute;
      const found = attribute.sub.get(name.toLowerCase());
      if (!found) throw this.wrong(attribute.path, `it has no sub-attribute "${name}"`);
      return found;
    };
    return {
      parts: new Map(
        Object.entries(columns as Entry).map(([name, place]) => [
          sub(name) === attribute ? 'value' : sub(name).name,
          part(sub(name), place as string | Entry),
        ]),
      ),
      constants: new Map(
        Object.entries(constants as Entry).map(([name, value]) => [
          sub(name).name,
          { attribute: sub(name), value: value as string },
        ]),
      ),
    };
  }

  /** With a side table, what has no other place is in its document; the externalId is in a column. */
  private *remaining(type: ResourceType, byPath: ReadonlyMap<string, Source>): Generator<Source> {
    const side = this.side as Beside;
    const top = [...type.attributes, ...type.extensions.flatMap(({ attributes }) => attributes)];
    for (const attribute of top) {
      const { path, name } = attribute;
      if (
        ['schemas', 'id', 'meta'].includes(path) ||
        attribute.relation ||
        attribute.mutability === 'writeOnly'
      )
        continue;
      if (byPath.has(path)) continue;
      if (name === 'externalId' && !attribute.extension) {
        const column = sideColumn('externalId');
        const scalar: Scalar = {
          ...{ attribute, column, read: undefined, write: undefined, filter: undefined },
          collation: 'exact',
        };
        yield { kind: 'column', beside: side, column, scalar };
      } else if (attribute.type === 'complex' && !attribute.multiValued) {
        for (const sub of attribute.subAttributes) {
          if (!byPath.has(sub.path)) yield { kind: 'document', attribute: sub };
        }
      } else yield { kind: 'document', attribute };
    }
  }

  private exclude(): Compiled['exclude'] {
    const { exclude } = this.mapping;
    if (!exclude) return undefined;
    if (typeof exclude === 'function') return (at) => sql`coalesce(${exclude(at)}, FALSE)`;
    const conditions = Object.entries(exclude).map(([name, value]) => {
      const { encode } = this.root.table.column(name);
      return { name, value: toParameter(encode ? encode(value) : value, this.words) };
    });
    return (at) =>
      joinSql(
        conditions.map(({ name, value }) =>
          value === null ? sql`${at(name)} IS NULL` : sql`coalesce(${at(name)} = ${value}, FALSE)`,
        ),
        ' OR ',
      );
  }

  private defaults(table: AppTable, given: Entry = {}): ReadonlyMap<AppColumn, unknown> {
    const automatic = (table.automatic ?? []).flatMap((name) => {
      const column = table.column(name);
      const make = column.initial ?? column.renewed;
      return make ? [[name, { column, value: make }] as const] : [];
    });
    const declared = Object.entries(given).map(
      ([name, value]) => [name, { column: table.column(name), value }] as const,
    );
    const byName = new Map<string, { readonly column: AppColumn; readonly value: unknown }>([
      ...automatic,
      ...declared,
    ]);
    return new Map([...byName.values()].map(({ column, value }) => [column, value]));
  }

  private deletion(
    at: (name: string | undefined) => Column | undefined,
    inSide: Column | undefined,
    byPath: ReadonlyMap<string, Source>,
    id: Column | undefined,
  ): Deletion {
    const { delete: mode = 'hard', deletedAt, onReturn } = this.mapping;
    if (mode === 'hard') return { mode, at: undefined, onReturn: undefined, renamed: [] };
    const column = at(deletedAt) ?? inSide;
    if (!column)
      throw this.wrong('delete', `"${mode}" needs "deletedAt", a column with the time, or a side table`);
    if (mode === 'deactivate' && !byPath.has('active'))
      throw this.wrong('delete', '"deactivate" needs "active"');
    if (onReturn === undefined) {
      throw this.wrong('onReturn', 'rows are kept, so say what a return finds: "reuse" or "rename"');
    }
    if (onReturn === 'reuse' && !id) {
      throw this.wrong(
        'onReturn',
        '"reuse" gives a row a new id, so the id must not be its key: see "id" and "side"',
      );
    }
    const isRenamed = typeof onReturn === 'object';
    const renamed = isRenamed
      ? onReturn.rename.map((name) => this.root.table.column(name))
      : onReturn === 'rename'
        ? this.uniqueColumns(byPath)
        : [];
    return { mode, at: column, onReturn: isRenamed ? 'rename' : onReturn, renamed };
  }

  private uniqueColumns(byPath: ReadonlyMap<string, Source>): readonly AppColumn[] {
    return uniqueAttributes(this.declared).flatMap(({ path }) => {
      const source = byPath.get(path);
      return source?.kind === 'column' && source.beside === this.root ? [source.column] : [];
    });
  }

  private link(): LinkPolicy {
    const { link = 'reject', attributes } = this.mapping;
    if (link === 'reject') return link;
    if (!this.side) throw this.wrong('link', 'what SCIM manages is told by a side table: name one in "side"');
    if (link.verified === undefined && this.isAddress(link.by, attributes)) {
      throw this.wrong(
        'link',
        `"${link.by}" is an e-mail address: name the column that says that it was "verified"`,
      );
    }
    return link;
  }

  /** Whether an attribute is an e-mail address, or in the column of one. */
  private isAddress(path: string, attributes: Entry): boolean {
    const columnsOf = (entry: unknown): readonly unknown[] =>
      typeof entry === 'string'
        ? [entry]
        : isEntry(entry)
          ? [entry.column, ...Object.values(entry).flatMap(columnsIn)]
          : [];
    const columnsIn = (value: unknown): readonly unknown[] =>
      Array.isArray(value)
        ? value.flatMap(columnsOf)
        : isEntry(value)
          ? Object.values(value).flatMap(columnsOf)
          : [];
    if (path.toLowerCase().startsWith('emails')) return true;
    const own = columnsOf(attributes[path]).filter((column) => typeof column === 'string');
    const emails = Object.entries(attributes)
      .filter(([name]) => name.toLowerCase().startsWith('emails'))
      .flatMap(([, entry]) => columnsOf(entry));
    return own.some((column) => emails.includes(column) || /e-?mail/i.test(String(column)));
  }

  private relation(compiled: Compiled, path: string, entry: unknown): readonly Join[] {
    const attribute = this.attribute(compiled.type, path);
    return (Array.isArray(entry) ? entry : [entry]).map((each: Entry) => {
      const table = this.app.table(String(each.table));
      const of = each.of === 'self' ? compiled : this.mapped(each.of);
      if (!of) throw this.wrong(path, '"of" must be a mapping of the same database, or "self"');
      if (!attribute.sub.get('$ref')?.referenceTypes.includes(of.type.name)) {
        throw this.wrong(path, `it doesn't refer to resources of the type ${of.type.name}`);
      }
      const names = (mapping: Compiled) => [...mapping.where.keys()].sort().join();
      if (names(of) !== names(compiled)) {
        throw this.wrong(
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
        defaults: this.defaults(table, each.defaults as Entry | undefined),
      };
    });
  }

  private columnOf(name: string, table: string | undefined): Column {
    const beside = table === undefined ? this.root : this.joins.get(table);
    if (!beside) throw this.wrong(String(table), '"joins" doesn\'t have it');
    return { beside, column: beside.table.column(name) };
  }
}

/** The path of what a source holds. */
export function pathOf(source: Source): string {
  return source.kind === 'column' ? source.scalar.attribute.path : source.attribute.path;
}
