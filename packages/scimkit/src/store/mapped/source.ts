// Where attributes are, compiled: each place in the app's tables with what it takes to read, write and compare it.
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { Sql } from '../sql/fragment.ts';
import type { AppColumn, AppTable } from './app-database.ts';
import type { Collation, ColumnSql } from './mapping.ts';

/** A table of the mapping: its own, one that has a row beside each of its rows, or the side table. */
export interface Beside {
  /** What is put behind the alias of the mapping's own table: "" for itself. */
  readonly suffix: string;
  readonly table: AppTable;
  /** The column that refers to the mapping's key; undefined: its own table. */
  readonly key: AppColumn | undefined;
  /** What new rows get in columns that nothing else fills. */
  readonly defaults: ReadonlyMap<AppColumn, unknown>;
  /** Columns that the app's library, and not its database, gives a value with each change. */
  readonly renewed: readonly AppColumn[];
}

/** A column of one of them. */
export interface Column {
  readonly beside: Beside;
  readonly column: AppColumn;
}

/** What tells the columns of a mapping apart. */
export const columnName = ({ beside, column }: Column): string => `${beside.suffix}.${column.name}`;

/** How one simple value is kept. */
export interface Scalar {
  readonly attribute: ResolvedAttribute;
  readonly column: AppColumn;
  readonly read: ((value: never) => unknown) | undefined;
  readonly write: ((value: never) => unknown) | undefined;
  readonly filter: ((column: ColumnSql) => Sql) | undefined;
  readonly collation: Collation;
}

/** A value that is in its column as it is. */
export const plainScalar = (attribute: ResolvedAttribute, column: AppColumn): Scalar => ({
  ...{ attribute, column, read: undefined, write: undefined, filter: undefined },
  collation: 'exact',
});

/** A value that is in no column, but can be said in SQL; undefined where nobody has said it. */
export const computedScalar = ({ attribute, filter }: Computed): Scalar | undefined =>
  filter && { ...plainScalar(attribute, { name: '' }), filter, collation: 'lower' };

/** What a part of a value is called; the value itself, where its attribute is not complex, is its "value". */
export const partName = (attribute: ResolvedAttribute, whole: ResolvedAttribute): string =>
  attribute.path === whole.path ? 'value' : attribute.name;

/** A simple value in a column. */
export interface InColumn extends Column {
  readonly kind: 'column';
  readonly scalar: Scalar;
}

/** A value that is made of several columns. */
export interface Computed {
  readonly kind: 'computed';
  readonly attribute: ResolvedAttribute;
  readonly columns: readonly (Column & { readonly name: string })[];
  readonly read: (row: never) => unknown;
  readonly write: ((value: never) => Readonly<Record<string, unknown>>) | undefined;
  readonly filter: ((column: ColumnSql) => Sql) | undefined;
}

/** The sub-attributes of the values of a multi-valued attribute; of one that isn't complex, itself as "value". */
export interface Elements<Part> {
  readonly parts: ReadonlyMap<string, Part>;
  readonly constants: ReadonlyMap<
    string,
    { readonly attribute: ResolvedAttribute; readonly value: string | boolean | number }
  >;
}

/** Values in rows of a table. */
export interface InRows extends Elements<Scalar> {
  readonly kind: 'rows';
  readonly attribute: ResolvedAttribute;
  readonly table: AppTable;
  /** Refers to the mapping's key. */
  readonly key: AppColumn;
  readonly order: AppColumn;
  readonly defaults: ReadonlyMap<AppColumn, unknown>;
  /** Columns that the app's library, and not its database, gives a value with each change. */
  readonly renewed: readonly AppColumn[];
}

/** Values in columns. */
export interface InSlots {
  readonly kind: 'slots';
  readonly attribute: ResolvedAttribute;
  readonly slots: readonly Elements<InColumn>[];
  readonly others: 'refuse' | 'ignore';
}

/** An attribute that only the document of the side table has. */
interface InDocument {
  readonly kind: 'document';
  readonly attribute: ResolvedAttribute;
}

/** Where an attribute is that is no relation. Complex ones that have one value are as many as their sub-attributes. */
export type Source = InColumn | Computed | InRows | InSlots | InDocument;
