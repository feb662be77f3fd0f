// Bearer tokens in a PostgreSQL database: what one process makes or revokes counts in all of them.
import type { Pool, QueryResult } from 'pg';
import { createToken, hashToken } from 'scimkit';
import { type Credential, type Credentials, ID_LENGTH, toCredential } from './credentials.ts';

const COLUMNS = 'hash, tenant, connection, name, created, expires, revoked';

// Times are of one form, in UTC: as texts they are in their order.
const now = () => new Date().toISOString();

/** Opens the tokens in a database whose tables are there. `isPrepared` says whether statements are prepared under names. */
export function openPostgresCredentials(pool: Pool, isPrepared: boolean): Credentials {
  /** A connection that was cut while nobody used it may be noticed now: what only reads is asked again. */
  const read = async (name: string, text: string, values: unknown[]): Promise<QueryResult> => {
    const statement = { text, values, ...(isPrepared && { name: `scimkit_credential_${name}` }) };
    try {
      return await pool.query(statement);
    } catch {
      return pool.query(statement);
    }
  };
  const isAccepted = 'revoked IS NULL AND (expires IS NULL OR expires > $1)';
  return {
    async find(hash) {
      const text = `SELECT tenant, connection FROM scimkit_credential WHERE ${isAccepted} AND hash = $2`;
      const { rows } = await read('find', text, [now(), hash]);
      const [row] = rows;
      return row && { tenant: row.tenant, connection: row.connection };
    },
    async isEmpty() {
      const { rows } = await read('any', `SELECT 1 FROM scimkit_credential WHERE ${isAccepted} LIMIT 1`, [
        now(),
      ]);
      return rows.length === 0;
    },
    async create({ tenant, connection, name = '', expires }) {
      const token = createToken();
      const { rows } = await pool.query(
        `INSERT INTO scimkit_credential (hash, tenant, connection, name, created, expires) VALUES ($1, $2, $3, $4, $5, $6)
         RETURNING ${COLUMNS}`,
        [await hashToken(token), tenant, connection, name, now(), expires?.toISOString() ?? null],
      );
      return { token, credential: toCredential(rows[0]) };
    },
    async list({ tenant, connection } = {}) {
      const { rows } = await read(
        'list',
        `SELECT ${COLUMNS} FROM scimkit_credential WHERE ($1::text IS NULL OR tenant = $1)
           AND ($2::text IS NULL OR connection = $2)
         ORDER BY tenant COLLATE "C", connection COLLATE "C", created COLLATE "C", hash`,
        [tenant ?? null, connection ?? null],
      );
      return rows.map(toCredential);
    },
    async revoke(id): Promise<Credential | undefined> {
      if (id.length !== ID_LENGTH) return undefined;
      const { rows } = await pool.query(
        `UPDATE scimkit_credential SET revoked = coalesce(revoked, $1) WHERE left(hash, ${ID_LENGTH}) = $2 RETURNING ${COLUMNS}`,
        [now(), id],
      );
      return rows[0] && toCredential(rows[0]);
    },
    close: () => {},
  };
}
