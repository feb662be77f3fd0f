// The tables that a mapping speaks of, and what is wrong with it, in words that name the place.
import type { ResourceType } from '../../schema/resource-type.ts';
import { postgresDialect } from '../sql/postgres-dialect.ts';
import { sqliteDialect } from '../sql/sqlite-dialect.ts';
import type { AppColumn, AppDatabase, AppTable } from './app-database.ts';
import type { Entry, RawMapping } from './raw-mapping.ts';
import type { Words } from './scalar.ts';
import { compileSide, type SideColumn, sideColumn } from './side-table.ts';
import type { Beside, Column } from './source.ts';

/** The tables of a mapping. */
export class MappingTables {
  readonly app: AppDatabase<unknown>;
  readonly declared: ResourceType;
  readonly mapping: RawMapping;
  readonly words: Words;
  readonly root: Beside;
  readonly side: Beside | undefined;
  /** Tables that have a row beside each row, by the names that the app calls them. */
  readonly joins = new Map<string, Beside>();
  /** Columns that were asked for, by their names: the developer's own SQL asks in each statement. */
  private readonly columns = new Map<string, Column>();

  constructor(app: AppDatabase<unknown>, declared: ResourceType, mapping: RawMapping) {
    this.app = app;
    this.declared = declared;
    this.mapping = mapping;
    const isPostgres = app.dialect === 'postgres';
    this.words = { sql: isPostgres ? postgresDialect : sqliteDialect, isPostgres };
    this.root = this.beside('', app.table(mapping.table), undefined, mapping.defaults);
    this.side = mapping.side === undefined ? undefined : compileSide(mapping.side);
    for (const [name, key] of Object.entries(mapping.joins ?? {})) {
      const table = app.table(name);
      this.joins.set(name, this.beside(`_${this.joins.size + 1}`, table, table.column(key)));
    }
  }

  private beside(suffix: string, table: AppTable, key: AppColumn | undefined, defaults?: Entry): Beside {
    return {
      ...{ suffix, table, key },
      defaults: this.defaults(table, defaults),
      renewed: this.renewed(table),
    };
  }

  /** Columns that the app's library, and not its database, gives a value with each change. */
  renewed(table: AppTable): readonly AppColumn[] {
    return (table.automatic ?? []).map((name) => table.column(name)).filter((column) => column.renewed);
  }

  wrong(where: string, rule: string): TypeError {
    return new TypeError(`Mapping of ${this.declared.name} to "${this.mapping.table}", ${where}: ${rule}`);
  }

  /** A column of the mapping's own table; undefined where none is named. */
  own(name: string | undefined): Column | undefined {
    return name === undefined ? undefined : { beside: this.root, column: this.root.table.column(name) };
  }

  /** A column of the side table, if there is one. */
  inSide(name: SideColumn): Column | undefined {
    return this.side && { beside: this.side, column: sideColumn(name) };
  }

  /** A column of the mapping's table, or of one beside it. */
  columnOf(name: string, table?: string): Column {
    const key = table === undefined ? name : `${table}\0${name}`;
    const known = this.columns.get(key);
    if (known) return known;
    const column = this.find(name, table);
    this.columns.set(key, column);
    return column;
  }

  private find(name: string, table: string | undefined): Column {
    const beside = table === undefined ? this.root : this.joins.get(table);
    if (!beside) throw this.wrong(String(table), '"joins" doesn\'t say how it refers to the key');
    return { beside, column: beside.table.column(name) };
  }

  /** What new rows get in columns that nothing else fills: what is declared, or what the app's library gives them. */
  defaults(table: AppTable, given: Entry = {}): ReadonlyMap<AppColumn, unknown> {
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
}
