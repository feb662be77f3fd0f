// A mapping, compiled once: the tables and columns found, each attribute with its place.
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import type { Sql } from '../sql/fragment.ts';
import type { AppColumn, AppDatabase, AppTable } from './app-database.ts';
import type { LinkPolicy } from './link-policy.ts';
import type { ColumnSql } from './mapping.ts';
import type { Words } from './scalar.ts';
import type { Beside, Column, Source } from './source.ts';

/** What kind of key a table has: how texts become it. */
export type KeyKind = 'text' | 'integer' | 'uuid';

/** One join table of a relation. */
export interface Join {
  readonly attribute: ResolvedAttribute;
  readonly table: AppTable;
  /** Refers to the key of the mapping that has the relation. */
  readonly holder: AppColumn;
  /** Refers to the key of what is referred to. */
  readonly member: AppColumn;
  readonly of: Compiled;
  readonly defaults: ReadonlyMap<AppColumn, unknown>;
}

/** What becomes of a row that is deleted. */
export interface Deletion {
  readonly mode: 'hard' | 'soft' | 'deactivate';
  /** Where the time of the deletion is kept. */
  readonly at: Column | undefined;
  readonly onReturn: 'reuse' | 'rename' | undefined;
  /** The columns that make room. */
  readonly renamed: readonly AppColumn[];
}

/** A mapping, compiled. */
export interface Compiled {
  readonly app: AppDatabase<unknown>;
  readonly words: Words;
  /** The resource type as it is declared, and as the mapping has it. */
  readonly declared: ResourceType;
  readonly type: ResourceType;
  readonly root: Beside;
  readonly key: AppColumn;
  readonly keyKind: KeyKind;
  /** Where the resource's id is; undefined: it is the key. */
  readonly id: Column | undefined;
  /** What stands before the key in an id, where the key is the id. */
  readonly idPrefix: string;
  readonly newId: (() => string) | undefined;
  readonly side: Beside | undefined;
  readonly joins: readonly Beside[];
  readonly sources: readonly Source[];
  /** Sources by the path of what they hold: an attribute or a sub-attribute. */
  readonly byPath: ReadonlyMap<string, Source>;
  /** Sources that write a column which another one writes as well. */
  readonly shared: ReadonlySet<Source>;
  readonly secrets: ReadonlyMap<string, Source & { readonly kind: 'column' }>;
  readonly version: Column | undefined;
  readonly created: Column | undefined;
  readonly lastModified: Column | undefined;
  /** The columns that rows of an opened store have the values of, by the names that `open` calls them. */
  readonly where: ReadonlyMap<string, AppColumn>;
  /** The condition that a row of the mapping's table is excluded. */
  readonly exclude: ((at: ColumnSql) => Sql) | undefined;
  readonly deletion: Deletion;
  readonly link: LinkPolicy;
  /** Join tables of this mapping's relations. */
  readonly relations: readonly Join[];
  /** Relations of this and other mappings that lead here, with the mapping that has them; they come with those mappings. */
  readonly inverses: { readonly holder: Compiled; readonly join: Join }[];
  /** The column that the developer's own SQL calls by a name, in the mapping's table or in one beside it. */
  readonly columnOf: (name: string, table?: string) => Column;
}
