// From the tables that a database has to those of today.
import type { SqlDialect } from './dialect.ts';
import { all, one, rawSql, sql, type Work } from './fragment.ts';

/** Step n makes schema version n, by these statements. What is released is never changed, only added to. */
export type Migrations = readonly (readonly string[])[];

/** The version that a database has; it must have been made by this version of scimkit or by an earlier one. */
export function* schemaVersion(migrations: Migrations): Work<number> {
  const row = yield* one(rawSql('SELECT max(version) AS version FROM scimkit_schema'));
  const version = Number(row?.version ?? 0);
  if (version <= migrations.length) return version;
  throw new Error(
    `The database has schema version ${version}; this version of scimkit knows versions up to ${migrations.length}. ` +
      'Use a newer scimkit, or another database.',
  );
}

/**
 * Brings a database to today's tables, from nothing or from any released version, in the transaction that is open.
 * Where others could do the same at this moment, they wait for its end.
 *
 * @throws Error when the database was made by a newer version.
 */
export function* migrate(migrations: Migrations, { locks }: SqlDialect): Work<void> {
  yield* all(rawSql('CREATE TABLE IF NOT EXISTS scimkit_schema (version INTEGER PRIMARY KEY)'));
  if (locks) {
    yield* all(rawSql('INSERT INTO scimkit_schema (version) VALUES (0) ON CONFLICT DO NOTHING'));
    yield* all(sql`SELECT version FROM scimkit_schema WHERE version = 0 ${locks.toRemove}`);
  }
  const version = yield* schemaVersion(migrations);
  for (const [index, statements] of migrations.entries()) {
    if (index < version) continue;
    for (const statement of statements) yield* all(rawSql(statement));
    yield* all(sql`INSERT INTO scimkit_schema (version) VALUES (${index + 1})`);
  }
}
