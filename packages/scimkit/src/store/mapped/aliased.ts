// The table of a mapping in a statement, with the tables beside it that the statement speaks of.
import { joinSql, rawSql, type Sql, type SqlValue, sql } from '../sql/fragment.ts';
import type { AppColumn } from './app-database.ts';
import type { Compiled, KeyKind } from './compiled.ts';
import type { ColumnSql } from './mapping.ts';
import { toParameter, type Words } from './scalar.ts';
import { type SideColumn, sideColumn } from './side-table.ts';
import type { Beside, Column } from './source.ts';

/** A mapping, and the values of its `where` that its rows must have. */
export interface Scoped {
  readonly mapping: Compiled;
  readonly values: ReadonlyMap<string, SqlValue>;
}

/** The mapping of a relation's other side, in the same scope: the names in `where` are the same. */
export const inSameScope = ({ values }: Scoped, mapping: Compiled): Scoped => ({ mapping, values });

/** What a SELECT lists: each expression by its place, as the seam has it. */
export const selected = (expressions: readonly Sql[]): Sql =>
  joinSql(
    expressions.map((expression, index) => sql`${expression} AS ${rawSql(`c${index}`)}`),
    ', ',
  );

/** The table of a mapping under an alias. */
export class Aliased {
  readonly mapping: Compiled;
  readonly alias: string;
  private readonly used = new Set<Beside>();

  /** Whether rows without one in the side table, which are no resources, are there too. */
  private readonly isWhole: boolean;

  constructor(mapping: Compiled, alias: string, rows: 'resources' | 'all' = 'resources') {
    this.mapping = mapping;
    this.alias = alias;
    this.isWhole = rows === 'all';
    if (mapping.side && !this.isWhole) this.used.add(mapping.side);
  }

  /** A column of the mapping's table. */
  own(column: AppColumn): Sql {
    return columnOf(this.alias, column);
  }

  /** A column of the mapping's table, or of one beside it. */
  column({ beside, column }: Column): Sql {
    this.use(beside);
    return columnOf(beside.suffix === '' ? this.alias : `${this.alias}${beside.suffix}`, column);
  }

  /** A column of the side table, which the mapping has. */
  side(name: SideColumn): Sql {
    return this.column({ beside: this.mapping.side as Beside, column: sideColumn(name) });
  }

  /** Has the statement speak of a table. */
  use(beside: Beside): void {
    if (beside.key) this.used.add(beside);
  }

  /** Columns as the developer's own SQL names them. */
  readonly at: ColumnSql = (name, table) => this.column(this.mapping.columnOf(name, table));

  get key(): Sql {
    return this.own(this.mapping.key);
  }

  /** The resource's id as text. */
  get id(): Sql {
    const { id, keyKind, idPrefix } = this.mapping;
    if (id) return this.column(id);
    const text = keyKind === 'text' ? this.key : sql`CAST(${this.key} AS TEXT)`;
    return idPrefix === '' ? text : sql`(CAST(${idPrefix} AS TEXT) || ${text})`;
  }

  /** That the resource has an id. */
  hasId(id: string): Sql {
    const { mapping } = this;
    if (mapping.id) return sql`${this.column(mapping.id)} = ${id}`;
    const key = keyIn(mapping, id);
    return key === undefined ? rawSql('FALSE') : hasAnyKey(mapping, this.key, [key]);
  }

  /** That the resource has one of some ids. */
  hasAnyId(ids: readonly string[]): Sql {
    const { mapping } = this;
    const [only] = ids;
    if (only !== undefined && ids.length === 1) return this.hasId(only);
    if (mapping.id) return mapping.words.sql.isAnyOf(this.column(mapping.id), ids);
    const keys = ids.map((id) => keyIn(mapping, id)).filter((key) => key !== undefined);
    return hasAnyKey(mapping, this.key, keys);
  }

  /** That the row is one of the scope: which the caller may see, and SCIM. */
  isVisible({ values }: Scoped): Sql {
    const { where, exclude, deletion, id, root } = this.mapping;
    const conditions: Sql[] = [];
    for (const [name, column] of where)
      conditions.push(sql`${this.own(column)} = ${values.get(name) ?? null}`);
    // A row of the app's that was given no id is no resource.
    if (id?.beside === root) conditions.push(sql`${this.column(id)} IS NOT NULL`);
    if (exclude) conditions.push(sql`NOT (${exclude(this.at)})`);
    if (deletion.at) conditions.push(sql`${this.column(deletion.at)} IS NULL`);
    // Not joined: what is put together piece by piece is one and the same text each time.
    return conditions.length > 0 ? conditions.reduce((all, one) => sql`${all} AND ${one}`) : rawSql('TRUE');
  }

  /** The tables that a statement can lock: those of which there is a row. */
  get lockable(): Sql {
    const { side } = this.mapping;
    return rawSql(side && !this.isWhole ? `${this.alias}, ${this.alias}${side.suffix}` : this.alias);
  }

  /** The tables, once it is known of which the statement speaks. */
  from(): Sql {
    const { mapping, alias } = this;
    let name = this.isWhole ? `${alias}*` : alias;
    for (const { suffix } of this.used) name += suffix;
    const known = tables.get(mapping) ?? new Map<string, Sql>();
    tables.set(mapping, known);
    let from = known.get(name);
    if (!from) {
      from = this.joined();
      known.set(name, from);
    }
    return from;
  }

  private joined(): Sql {
    const { mapping, alias } = this;
    const parts = [`${mapping.root.table.name} ${alias}`];
    for (const { suffix, table, key } of this.used) {
      const other = `${alias}${suffix}`;
      const join = suffix === mapping.side?.suffix && !this.isWhole ? 'JOIN' : 'LEFT JOIN';
      parts.push(`${join} ${table.name} ${other} ON ${other}.${key?.name} = ${alias}.${mapping.key.name}`);
    }
    return rawSql(parts.join(' '));
  }
}

/** What follows FROM, by the alias and the tables that are spoken of: texts that are the same are found again at once. */
const tables = new WeakMap<Compiled, Map<string, Sql>>();

const columns = new WeakMap<AppColumn, Map<string, Sql>>();

function columnOf(alias: string, column: AppColumn): Sql {
  let known = columns.get(column);
  if (!known) {
    known = new Map();
    columns.set(column, known);
  }
  let text = known.get(alias);
  if (!text) {
    text = rawSql(`${alias}.${column.name}`);
    known.set(alias, text);
  }
  return text;
}

/** Digits of a key that no database's whole numbers are too small for. */
const INTEGER = /^(?:0|-?[1-9]\d{0,17})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a key as we hand it out. */
const isKey = (kind: KeyKind, text: string): boolean =>
  kind === 'text' ? !text.includes('\0') : (kind === 'integer' ? INTEGER : UUID).test(text);

/** The key in an id, where the key is the id; undefined where there is none in it. */
export function keyIn({ keyKind, idPrefix }: Compiled, id: string): string | undefined {
  if (!id.startsWith(idPrefix)) return undefined;
  const key = id.slice(idPrefix.length);
  return isKey(keyKind, key) ? key : undefined;
}

/** A key of the mapping's table, as a parameter. */
export function keySql({ keyKind, words: { isPostgres } }: Compiled, key: string): Sql {
  if (keyKind === 'integer') return sql`CAST(${key} AS ${rawSql(isPostgres ? 'BIGINT' : 'INTEGER')})`;
  return keyKind === 'uuid' && isPostgres ? sql`CAST(${key} AS UUID)` : sql`${key}`;
}

/** That a column has one of some keys of the mapping's table. */
export function hasAnyKey(mapping: Compiled, column: Sql, keys: readonly string[]): Sql {
  const { keyKind, words } = mapping;
  const [only] = keys;
  if (only === undefined) return rawSql('FALSE');
  if (keys.length === 1) return sql`${column} = ${keySql(mapping, only)}`;
  if (words.isPostgres) {
    const type = rawSql({ text: 'text', integer: 'bigint', uuid: 'uuid' }[keyKind]);
    return sql`${column} = ANY(CAST(${keys} AS ${type}[]))`;
  }
  const value = rawSql(keyKind === 'integer' ? 'CAST(j.value AS INTEGER)' : 'j.value');
  return sql`${column} IN (SELECT ${value} FROM ${words.sql.textList(keys, 'j')})`;
}

/** A value of the app's for a column, as a parameter. */
export function columnValue(column: AppColumn, value: unknown, words: Words): SqlValue {
  const given = typeof value === 'function' ? (value as () => unknown)() : value;
  return toParameter(column.encode ? column.encode(given) : given, words);
}
