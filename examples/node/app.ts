import { createServer } from 'node:http';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { bearerTokens, createServiceProvider, User } from 'scimkit';
import { kyselyDatabase } from 'scimkit/kysely';
import { answerNode } from 'scimkit/node';

type Text = string | null;
type Row = { id: string; email: string; name: Text; is_active: number; external_id: Text; updated_at: Text };
const database = new Database(process.env.DATABASE ?? 'app.db');
database.exec(`CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name TEXT, is_active INTEGER NOT NULL DEFAULT 1, external_id TEXT, updated_at TEXT)`);
const db = new Kysely<{ users: Row }>({ dialect: new SqliteDialect({ database }) });
const { type, open } = kyselyDatabase(db).map(User, {
  table: 'users',
  key: 'id',
  newId: () => crypto.randomUUID(),
  lastModified: 'updated_at',
  attributes: { userName: 'email', displayName: 'name', active: 'is_active', externalId: 'external_id' },
});
const authentication = bearerTokens([{ token: process.env.SCIM_TOKEN ?? '', auth: 'the customer' }]);
const scim = createServiceProvider({ authentication, resources: [{ type, store: () => open({}) }] });
createServer((request, response) => {
  if (request.url?.startsWith('/scim/v2')) return answerNode(scim, request, response);
  response.end(JSON.stringify(database.prepare('SELECT * FROM users').all()));
}).listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
