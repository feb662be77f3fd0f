// An index of trigrams for `co` and `ew` (RFC 7644 §3.4.2.2), where the database offers the extension pg_trgm and this
// role may have it. It is no part of the migrations: without it everything works, and these filters take longer.
import { all, one, type Row, rawSql, type Work } from './fragment.ts';
import { isBroken } from './postgres-failure.ts';
import type { PostgresRunner } from './postgres-runner.ts';

/** What there is of it. The extension may be in any schema, also in one that is not on the search path. */
const STATE = rawSql(`
  SELECT to_regclass('scimkit_value_trigram') IS NOT NULL AS is_made,
    has_database_privilege(current_database(), 'CREATE')
      AND EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm') AS may_install,
    (SELECT quote_ident(n.nspname) FROM pg_opclass c
      JOIN pg_am a ON a.oid = c.opcmethod AND a.amname = 'gin'
      JOIN pg_namespace n ON n.oid = c.opcnamespace
      WHERE c.opcname = 'gin_trgm_ops' LIMIT 1) AS schema`);

const stateOf = (runner: PostgresRunner): Promise<Row | undefined> => runner.read(() => one(STATE));

/** Makes the index, unless there is one or it can't be had: each step in a transaction of its own, which may fail. */
export async function makeTrigramIndex(runner: PostgresRunner): Promise<void> {
  try {
    const state = await stateOf(runner);
    if (state?.is_made) return;
    if (!state?.schema) {
      if (!state?.may_install) return;
      await runner.write(() => all(rawSql('CREATE EXTENSION IF NOT EXISTS pg_trgm'))).catch(refused);
    }
    const schema = (await stateOf(runner))?.schema;
    if (schema) await runner.maintain(() => makeIndex(String(schema)));
  } catch (error) {
    refused(error);
  }
}

const makeIndex = (schema: string): Work<unknown> =>
  all(
    rawSql(
      `CREATE INDEX IF NOT EXISTS scimkit_value_trigram ON scimkit_value USING GIN (value ${schema}.gin_trgm_ops)`,
    ),
  );

/** The database's no is an answer: of a privilege, of what it doesn't have, or of another process that was faster. */
function refused(error: unknown): void {
  if (isBroken(error) || typeof (error as { code?: unknown }).code !== 'string') throw error;
}
