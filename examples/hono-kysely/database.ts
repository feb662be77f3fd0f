// The app's database. Nothing here is there for SCIM but `external_id` and `version`.
import Database from 'better-sqlite3';
import { type Generated, Kysely, SqliteDialect } from 'kysely';

interface Tables {
  organisations: { id: Generated<number>; name: string; seats: number };
  users: {
    id: string;
    organisation_id: number;
    email: string;
    first_name: string | null;
    last_name: string | null;
    title: string | null;
    role: string | null;
    disabled_at: string | null;
    external_id: string | null;
    version: Generated<number>;
    created_at: Generated<string>;
    updated_at: Generated<string>;
  };
  teams: {
    id: string;
    organisation_id: number;
    name: string;
    is_locked: Generated<number>;
    external_id: string | null;
    version: Generated<number>;
    created_at: Generated<string>;
    updated_at: Generated<string>;
  };
  team_members: { team_id: string; user_id: string };
  documents: { id: Generated<number>; title: string; owner_id: string | null; team_id: string | null };
  user_history: { user_id: string; version: number; email: string };
  activity: { id: Generated<number>; organisation_id: number; what: string };
  scim_events: { id: string; organisation_id: number; event: string };
}

export type Db = Kysely<Tables>;

const database = new Database(process.env.DATABASE ?? 'app.db');
database.pragma('journal_mode = WAL');

export const db: Db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
