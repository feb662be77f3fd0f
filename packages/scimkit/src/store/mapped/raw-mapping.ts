// A mapping without its types, as it is compiled.
import type { Sql } from '../sql/fragment.ts';
import type { KeyKind } from './compiled.ts';
import type { LinkPolicy } from './link-policy.ts';
import type { ColumnSql } from './mapping.ts';

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

/** An object of a mapping. */
export type Entry = Readonly<Record<string, unknown>>;
/** Whether a part of a mapping is an object. */
export const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
