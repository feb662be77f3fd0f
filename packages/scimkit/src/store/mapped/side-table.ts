// The side table: one row of scimkit's own beside each row of an app's table that SCIM manages.
import type { AppColumn, AppTable } from './app-database.ts';
import type { Beside } from './source.ts';

const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

/** The columns of a side table. */
const SIDE_COLUMNS = {
  owner: 'owner',
  id: 'id',
  externalId: 'external_id',
  version: 'version',
  created: 'created',
  lastModified: 'last_modified',
  deletedAt: 'deleted_at',
  isLinked: 'is_linked',
  document: 'document',
  folded: 'folded',
} as const;

/** A side table's columns by the names that we call them. */
export type SideColumn = keyof typeof SIDE_COLUMNS;

const TIMES: ReadonlySet<SideColumn> = new Set(['created', 'lastModified', 'deletedAt']);

const toText = (time: unknown): unknown => (time instanceof Date ? time.toISOString() : time);

const columnNamed = (name: SideColumn): AppColumn => ({
  name: quoted(SIDE_COLUMNS[name]),
  ...(TIMES.has(name) && { kind: 'text', encode: toText }),
});

const COLUMNS = Object.fromEntries(
  Object.keys(SIDE_COLUMNS).map((name) => [name, columnNamed(name as SideColumn)]),
) as Readonly<Record<SideColumn, AppColumn>>;

/** A column of the side table: texts and numbers, the same under every library. */
export const sideColumn = (name: SideColumn): AppColumn => COLUMNS[name];

/** The side table of a mapping. */
export function compileSide(name: string): Beside {
  const table: AppTable = { name: quoted(name), column: (column) => ({ name: quoted(column) }) };
  return { suffix: '_s', table, key: sideColumn('owner'), defaults: new Map(), renewed: [] };
}

/** How a side table is made. */
export interface SideTableOptions {
  readonly dialect: 'sqlite' | 'postgres';
  /** The table that it stands beside, and its key, as SQL: `users (id)`. */
  readonly references: string;
  /** The type of that key, as SQL: `INTEGER`, `UUID`, `TEXT`. */
  readonly keyType: string;
}

/**
 * The statements that make a side table, to be put among the app's own migrations: it has the resources' ids, external ids,
 * versions and times, and whatever attributes the app's tables have no column for. A row of it goes with the row that it
 * stands beside: the app may delete that itself.
 *
 * @example
 * for (const statement of sideTable('scim_users', { dialect: 'postgres', references: 'users (id)', keyType: 'INTEGER' })) {
 *   await pool.query(statement);
 * }
 */
export function sideTable(
  name: string,
  { dialect, references, keyType }: SideTableOptions,
): readonly string[] {
  const table = quoted(name);
  const isPostgres = dialect === 'postgres';
  const text = isPostgres ? 'TEXT COLLATE "C"' : 'TEXT';
  const json = isPostgres ? 'JSONB' : 'TEXT';
  const index = (column: string) => quoted(`${name.replaceAll('.', '_')}_${column}`);
  return [
    `CREATE TABLE ${table} (
  owner ${keyType} NOT NULL PRIMARY KEY REFERENCES ${references} ON DELETE CASCADE,
  id ${text} NOT NULL,
  external_id ${text},
  version BIGINT NOT NULL DEFAULT 1,
  created ${text} NOT NULL,
  last_modified ${text} NOT NULL,
  deleted_at ${text},
  is_linked SMALLINT NOT NULL DEFAULT 0,
  document TEXT NOT NULL,
  folded ${json} NOT NULL
)`,
    `CREATE UNIQUE INDEX ${index('id')} ON ${table} (id)`,
    `CREATE INDEX ${index('external_id')} ON ${table} (external_id)`,
  ];
}
