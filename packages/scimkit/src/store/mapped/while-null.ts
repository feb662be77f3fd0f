// The commonest conversion of `active`: apps keep when an account was disabled, and nothing while it isn't.
import { type Sql, sql } from '../sql/fragment.ts';
import type { ColumnSql } from './mapping.ts';

/** What `whileNull` makes: where `active` is. */
export interface WhileNull<Name extends string> {
  readonly column: Name;
  readonly read: (value: unknown) => boolean;
  readonly write: (value: boolean | undefined) => Date | null;
  readonly filter: (column: ColumnSql) => Sql;
}

/**
 * Maps `active` to a column that is NULL while the account is active, and otherwise has the time when it was disabled.
 *
 * @example
 * attributes: { userName: 'email', active: whileNull('disabled_at') }
 */
export function whileNull<const Name extends string>(column: Name): WhileNull<Name> {
  return {
    column,
    read: (value) => value === null || value === undefined,
    write: (value) => (value === false ? new Date() : null),
    filter: (at) => sql`${at(column)} IS NULL`,
  };
}
