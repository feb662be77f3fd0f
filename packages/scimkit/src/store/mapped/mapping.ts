// How a resource type lies in an app's own tables: what its developer declares. Types only.
import type { AttributePath, Resource } from '../../schema/infer.ts';
import type { ResourceType, ResourceTypeDefinition, SchemaExtension } from '../../schema/resource-type.ts';
import type { Sql } from '../sql/fragment.ts';
import type { LinkPolicy } from './link-policy.ts';

/** Tables by the names that the app calls them, each with its columns and the types of their values. */
type Tables = object;

/** The name of a table. */
export type TableName<All extends Tables> = keyof All & string;

/** The name of a column. */
export type ColumnName<Row> = keyof Row & string;

/** Names a column in SQL: in the table of the mapping, or in one that has a row beside each of its rows. */
export type ColumnSql = (column: string, table?: string) => Sql;

/** How a text compares where the attribute is not caseExact. */
export type Collation =
  /** By `lower(column)`, in what the database takes for lower case. The default. An index on that serves look-ups. */
  | 'lower'
  /** As it is: the app keeps it in lower case. An index on the column serves look-ups. */
  | 'exact'
  /** By the column's own collation, which ignores case (citext, NOCASE). An index on the column serves look-ups. */
  | 'native';

interface Conversion<Value> {
  /** From the column's value to the attribute's; undefined: unassigned. Default: by the attribute's type. */
  readonly read?: (value: Value) => unknown;
  /** From the attribute's value, undefined where it is unassigned, to the column's. Default: by the attribute's type. */
  readonly write?: (value: never) => unknown;
  /**
   * The attribute's value as SQL, for filters and sorting: needed with `read`, unless the attribute is a number or an
   * instant and `write` keeps the order. Absent there: filters on it are refused. An instant is a `timestamptz` there, and
   * in SQLite a text that its date functions know, or a number of milliseconds.
   */
  readonly filter?: (column: ColumnSql) => Sql;
  readonly collation?: Collation;
}

type Convertible<Row> = {
  [Name in ColumnName<Row>]: { readonly column: Name } & Conversion<Row[Name]>;
}[ColumnName<Row>];

/** An attribute in a column of the table, by name or with conversions. What it can't have types its functions. */
type InColumn<Row> = Convertible<Row> & { readonly table?: never; readonly columns?: never };

/** An attribute in a column of a table that has one row, or none, beside each row of the table. */
type InJoined<All extends Tables> = {
  [Table in TableName<All>]: { readonly table: Table; readonly columns?: never } & Convertible<All[Table]>;
}[TableName<All>];

/** An attribute that is made of several columns of the table, or of none. Without `write` it is readOnly. */
interface Computed<Row> {
  readonly column?: never;
  readonly columns: readonly ColumnName<Row>[];
  readonly read: (row: Row) => unknown;
  /** Columns with the values that the attribute's value, or its absence, gives them. */
  readonly write?: (value: never) => Partial<Row>;
  readonly filter?: (column: ColumnSql) => Sql;
}

/** Sub-attributes in columns; `value` stands for the values themselves, where the attribute is not complex. */
type InColumns<Row> = Readonly<Record<string, ColumnName<Row> | InColumn<Row>>>;

/** The same value of a sub-attribute in all values. */
type Constants = Readonly<Record<string, string | boolean | number>>;

/** A multi-valued attribute in a table of its own: one row for each value. */
type InRows<All extends Tables> = {
  [Table in TableName<All>]: {
    readonly table: Table;
    /** The column that refers to the mapping's key. */
    readonly key: ColumnName<All[Table]>;
    readonly columns: InColumns<All[Table]>;
    readonly constants?: Constants;
    /** What orders the values. Default: `value`. */
    readonly order?: ColumnName<All[Table]>;
    /** Values of columns that no sub-attribute has, in new rows. */
    readonly defaults?: Defaults<All[Table]>;
  };
}[TableName<All>];

/** A multi-valued attribute in columns of the table: each slot has room for one value, such as the work e-mail address. */
interface InSlots<Row> {
  readonly slots: readonly { readonly columns: InColumns<Row>; readonly constants?: Constants }[];
  /** What becomes of values that fit no slot. Default: the request is refused. */
  readonly others?: 'refuse' | 'ignore';
}

/** Where the references of a relation are rows: a join table. */
type InJoinTable<All extends Tables> = {
  [Table in TableName<All>]: {
    readonly table: Table;
    /** The column that refers to the key of this mapping: the group. */
    readonly holder: ColumnName<All[Table]>;
    /** The column that refers to the key of the other: the member. */
    readonly member: ColumnName<All[Table]>;
    /** The mapping of what is referred to; "self": resources of this mapping, as in nested groups. */
    readonly of: RelationTarget | 'self';
    /** Values of other columns, in new rows. */
    readonly defaults?: Defaults<All[Table]>;
  };
}[TableName<All>];

/** What a relation refers to: resources that a mapping of the same database holds. */
interface RelationTarget {
  readonly type: ResourceType;
}

/** Where an attribute is. */
type AttributeMapping<All extends Tables, Root extends TableName<All>> =
  | ColumnName<All[Root]>
  | InColumn<All[Root]>
  | InJoined<All>
  | Computed<All[Root]>
  | InRows<All>
  | InSlots<All[Root]>
  | InJoinTable<All>
  | readonly InJoinTable<All>[];

/** Values of columns in new rows. */
type Defaults<Row> = { readonly [Name in ColumnName<Row>]?: Row[Name] | (() => Row[Name]) };

type RequiredIn<List, Prefix extends string = ''> = List extends readonly (infer Attribute)[]
  ? Attribute extends { readonly name: infer Name extends string; readonly required: true }
    ? Attribute extends { readonly mutability: 'readOnly' | 'writeOnly' }
      ? never
      : `${Prefix}${Name}`
    : never
  : never;

type RequiredInExtension<Extension> = Extension extends {
  readonly required: true;
  readonly schema: { readonly id: infer Urn extends string; readonly attributes: infer List };
}
  ? RequiredIn<List, `${Urn}:`>
  : never;

type Declared = { readonly definition: ResourceTypeDefinition };

/** The attributes that a resource of the type must have, so that a mapping must have them. */
type RequiredPath<Type extends Declared> =
  | RequiredIn<Type['definition']['schema']['attributes']>
  | (Type['definition'] extends { readonly schemaExtensions: infer List extends readonly SchemaExtension[] }
      ? RequiredInExtension<List[number]>
      : never);

/** Paths that a mapping may name: `id` and `meta` have places of their own. */
type MappedPath<Type extends Declared> = Exclude<
  AttributePath<Type>,
  'schemas' | 'id' | 'meta' | `meta.${string}`
>;

/** Where each attribute is. What a resource must have, a mapping must have. */
type AttributeMappings<All extends Tables, Root extends TableName<All>, Type extends Declared> = {
  readonly [Path in RequiredPath<Type>]: AttributeMapping<All, Root>;
} & {
  readonly [Path in Exclude<MappedPath<Type>, RequiredPath<Type>>]?: AttributeMapping<All, Root>;
};

/** The key of a table; a number must be declared as such. */
type Key<Row> = {
  [Name in ColumnName<Row>]: Row[Name] extends number | bigint
    ? {
        readonly column: Name;
        readonly type: 'integer';
        /** Stands before the number in ids, so that resources of two types never have the same (RFC 7643 §3.1). */
        readonly prefix?: string;
      }
    : Name | { readonly column: Name; readonly type: 'text' | 'uuid'; readonly prefix?: string };
}[ColumnName<Row>];

/** What becomes of the row when a resource is deleted. Afterwards every request for it is answered 404, whatever it is. */
type Deletion<Row> =
  /** The row goes, with its rows in other tables that the mapping names. The default, unless there is `link`. */
  | { readonly delete?: 'hard' }
  /** The row stays, marked in `deletedAt`; with `deactivate` its `active` turns false besides. */
  | {
      readonly delete: 'soft' | 'deactivate';
      /** The column that has the time of the deletion. May be left out where there is a side table, which then has it. */
      readonly deletedAt?: ColumnName<Row>;
      /**
       * What happens when a resource with the same unique values, or the same externalId, comes again: it gets the row that
       * was kept, under a new id, with nothing of what it had before (a password neither); or unique values of rows that are
       * kept make room when they are deleted: those of userName and other unique attributes, or of the columns that are named,
       * and none where the app's own indexes leave deleted rows out.
       */
      readonly onReturn: 'reuse' | 'rename' | { readonly rename: readonly ColumnName<Row>[] };
    };

/** How a resource type lies in the app's tables. */
export type Mapping<
  All extends Tables,
  Root extends TableName<All>,
  Type extends Declared,
  Where extends Readonly<Record<string, string>>,
> = {
  readonly table: Root;
  /** The table's primary key, of one column. */
  readonly key: Key<All[Root]>;
  /**
   * The column with the resource's `id`, a text; rows that have none are no resources. Default: the key is the id; with a side
   * table, it has the id.
   */
  readonly id?: ColumnName<All[Root]>;
  /** Makes ids for new resources. Default: UUIDs, where the id is no key; keys are the database's or `defaults`' business. */
  readonly newId?: () => string;
  /** Tables that have one row, or none, beside each row of the table, and their columns that refer to its key. */
  readonly joins?: { readonly [Table in TableName<All>]?: ColumnName<All[Table]> };
  /**
   * A table of scimkit's own beside the table, for what that has no place for: see `sideTable`. Only rows that have one
   * beside them are resources.
   */
  readonly side?: string;
  readonly attributes: AttributeMappings<All, Root, Type>;
  /** The column that counts changes, a whole number. Default: the version is made of the attributes, without relations. */
  readonly version?: ColumnName<All[Root]>;
  readonly created?: ColumnName<All[Root]>;
  readonly lastModified?: ColumnName<All[Root]>;
  /** What a store is opened for, such as the tenant: names for `open`, with the columns that must have its values. */
  readonly where?: Where & { readonly [Name in keyof Where]: ColumnName<All[Root]> };
  /** Rows that SCIM must never see: those with these values, or those that meet a condition. */
  readonly exclude?:
    | { readonly [Name in ColumnName<All[Root]>]?: All[Root][Name] }
    | ((column: ColumnSql) => Sql);
  /** Values of columns that no attribute has, in new rows. */
  readonly defaults?: Defaults<All[Root]>;
  /** What a POST does that meets a row which is no resource yet. Only with a side table. Default: "reject". */
  readonly link?: LinkPolicy<MappedPath<Type>, ColumnName<All[Root]>, Resource<Type>>;
} & Deletion<All[Root]>;
