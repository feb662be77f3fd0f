// What a mapping says of rows as a whole: which are none of SCIM's business, what becomes of those that are deleted, and of
// accounts that were there before.
import { sql } from '../sql/fragment.ts';
import { uniqueAttributes } from '../unique.ts';
import type { AppColumn } from './app-database.ts';
import type { Compiled, Deletion } from './compiled.ts';
import type { LinkPolicy } from './link-policy.ts';
import type { MappingTables } from './mapping-tables.ts';
import { type Entry, isEntry } from './raw-mapping.ts';
import { toParameter } from './scalar.ts';
import { isWritten } from './shared-columns.ts';
import type { Column, Source } from './source.ts';

/** The condition that a row is excluded. */
export function compileExclusion(tables: MappingTables): Compiled['exclude'] {
  const { exclude } = tables.mapping;
  if (!exclude) return undefined;
  if (typeof exclude === 'function') return (at) => sql`coalesce(${exclude(at)}, FALSE)`;
  const conditions = Object.entries(exclude).map(([name, value]) => {
    const { encode } = tables.root.table.column(name);
    return { name, value: toParameter(encode ? encode(value) : value, tables.words) };
  });
  if (conditions.length === 0) return undefined;
  return (at) =>
    conditions
      .map(({ name, value }) =>
        value === null ? sql`${at(name)} IS NULL` : sql`coalesce(${at(name)} = ${value}, FALSE)`,
      )
      .reduce((all, one) => sql`${all} OR ${one}`);
}

/** What becomes of a row that is deleted. */
export function compileDeletion(
  tables: MappingTables,
  byPath: ReadonlyMap<string, Source>,
  id: Column | undefined,
): Deletion {
  const { delete: given, link = 'reject', deletedAt, onReturn } = tables.mapping;
  if (given === undefined && link !== 'reject') {
    throw tables.wrong(
      'delete',
      'with "link", accounts that were yours before can be deleted: say whether that is "hard", "soft" or "deactivate"',
    );
  }
  const mode = given ?? 'hard';
  if (mode === 'hard') return { mode, at: undefined, onReturn: undefined, renamed: [] };
  const column = tables.own(deletedAt) ?? tables.inSide('deletedAt');
  if (!column)
    throw tables.wrong('delete', `"${mode}" needs "deletedAt", a column with the time, or a side table`);
  if (mode === 'deactivate') assertDeactivates(tables, byPath.get('active'));
  if (onReturn === undefined) {
    throw tables.wrong('onReturn', 'rows are kept, so say what a return finds: "reuse" or "rename"');
  }
  if (onReturn === 'reuse' && !id) {
    throw tables.wrong(
      'onReturn',
      '"reuse" gives a row a new id, so the id must not be its key: see "id" and "side"',
    );
  }
  const isRenamed = typeof onReturn === 'object';
  const renamed = isRenamed
    ? onReturn.rename.map((name) => tables.root.table.column(name))
    : onReturn === 'rename'
      ? uniqueColumns(tables, byPath)
      : [];
  return { mode, at: column, onReturn: isRenamed ? 'rename' : onReturn, renamed };
}

/** What nobody but us looks at, or what is never written, deactivates nobody. */
function assertDeactivates(tables: MappingTables, active: Source | undefined): void {
  const isTheirs = active !== undefined && active.kind !== 'document';
  if (isTheirs && isWritten(active)) return;
  throw tables.wrong(
    'delete',
    `"deactivate" needs "active" in a column of yours that your login looks at${isTheirs ? ', and its "write"' : ''}`,
  );
}

/**
 * Identity providers take access away by `active`. Where it is kept, somebody has to look at it: in the side table alone,
 * nobody would.
 */
export function assertActive(tables: MappingTables, byPath: ReadonlyMap<string, Source>): void {
  if (byPath.get('active')?.kind !== 'document') return;
  throw tables.wrong(
    'active',
    'it has no place of yours, so that whoever is deactivated would still get in: name the column that your login looks at, ' +
      'such as `active: whileNull("disabled_at")`',
  );
}

function uniqueColumns(tables: MappingTables, byPath: ReadonlyMap<string, Source>): readonly AppColumn[] {
  return uniqueAttributes(tables.declared).flatMap(({ path }) => {
    const source = byPath.get(path);
    return source?.kind === 'column' && source.beside === tables.root ? [source.column] : [];
  });
}

/** What a POST does that meets an account which SCIM doesn't manage. */
export function compileLink(tables: MappingTables, byPath: ReadonlyMap<string, Source>): LinkPolicy {
  const { link = 'reject', attributes } = tables.mapping;
  if (link === 'reject') return link;
  if (!tables.side)
    throw tables.wrong('link', 'what SCIM manages is told by a side table: name one in "side"');
  const by = byPath.get(link.by);
  if (by?.kind !== 'column')
    throw tables.wrong('link', `"by" must be an attribute in a column of its own, which "${link.by}" is not`);
  if (link.verified !== undefined) tables.own(link.verified);
  const isMail = /mail/i.test(by.column.name) || isAddress(link.by, attributes);
  if (link.verified === undefined && isMail) {
    throw tables.wrong(
      'link',
      `"${link.by}" is an e-mail address: name the column that says that it was "verified"`,
    );
  }
  return link;
}

/** Whether an attribute is an e-mail address, or in the column of one. */
function isAddress(path: string, attributes: Entry): boolean {
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
  return own.some((column) => emails.includes(column) || /mail/i.test(String(column)));
}
