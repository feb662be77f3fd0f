// The app's database, opened with the first query: `next build` loads this file, and has none.
import Database from 'better-sqlite3';
import { type Generated, Kysely, SqliteDialect } from 'kysely';

interface Tables {
  users: {
    id: Generated<number>;
    organisation_id: number;
    email: string;
    full_name: string | null;
    status: Generated<string>;
    last_seen_at: string | null;
  };
  teams: { id: Generated<number>; organisation_id: number; name: string };
  team_members: { team_id: number; user_id: number };
}

export const db = new Kysely<Tables>({
  dialect: new SqliteDialect({ database: async () => new Database(process.env.DATABASE ?? 'app.db') }),
});
