// Makes the tables: `node fastify-drizzle/migrate.ts`
import { sql } from 'drizzle-orm';
import { close, execute, isPostgres } from './database.ts';

const [instant, boolean, yes] = isPostgres ? ['timestamptz', 'boolean', 'true'] : ['integer', 'integer', '1'];
const times = `created_at ${instant} NOT NULL, updated_at ${instant} NOT NULL`;
const tenant = 'tenant_id text NOT NULL REFERENCES tenants (id)';

const statements = [
  'CREATE TABLE tenants (id text PRIMARY KEY, name text NOT NULL)',
  `CREATE TABLE api_tokens (hash text PRIMARY KEY, ${tenant}, name text NOT NULL, revoked_at ${instant})`,
  `CREATE TABLE users (
    id text PRIMARY KEY,
    ${tenant},
    email text NOT NULL,
    display_name text,
    given_name text,
    family_name text,
    title text,
    department text,
    manager_id text,
    external_id text,
    is_active ${boolean} NOT NULL DEFAULT ${yes},
    deleted_at ${instant},
    ${times}
  )`,
  'CREATE UNIQUE INDEX users_email ON users (tenant_id, lower(email))',
  'CREATE INDEX users_external_id ON users (tenant_id, external_id)',
  `CREATE TABLE user_emails (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id),
    address text NOT NULL,
    label text,
    is_primary ${boolean}
  )`,
  'CREATE INDEX user_emails_user ON user_emails (user_id)',
  `CREATE TABLE teams (
    id text PRIMARY KEY,
    ${tenant},
    name text NOT NULL,
    external_id text,
    version integer NOT NULL DEFAULT 1,
    ${times}
  )`,
  `CREATE TABLE memberships (
    team_id text NOT NULL REFERENCES teams (id),
    user_id text NOT NULL REFERENCES users (id),
    role text NOT NULL DEFAULT 'member',
    PRIMARY KEY (team_id, user_id)
  )`,
  'CREATE INDEX memberships_user ON memberships (user_id)',
  `CREATE TABLE team_teams (
    parent_id text NOT NULL REFERENCES teams (id),
    child_id text NOT NULL REFERENCES teams (id),
    PRIMARY KEY (parent_id, child_id)
  )`,
  'CREATE INDEX team_teams_child ON team_teams (child_id)',
];

for (const statement of statements) await execute(sql.raw(statement));
await close();
