// The tables of an app in which people, their addresses and jobs are apart, and teams have teams in them.
import Database from 'better-sqlite3';
import { type Generated, Kysely, SqliteDialect } from 'kysely';

export interface Tables {
  people: {
    id: Generated<number>;
    organisation_id: number;
    login: string;
    first_name: string | null;
    last_name: string | null;
    is_suspended: Generated<number>;
    is_robot: Generated<number>;
    work_phone: string | null;
    mobile: string | null;
    password_hash: string | null;
    external_id: string | null;
    plan: string;
    created_at: Generated<string>;
    updated_at: Generated<string>;
    deleted_at: string | null;
  };
  jobs: {
    person_id: number;
    title: string | null;
    department: string | null;
    employee_number: string | null;
  };
  addresses: {
    id: Generated<number>;
    person_id: number;
    address: string;
    label: string | null;
    is_primary: Generated<number>;
    verified_at: string | null;
  };
  teams: { id: string; organisation_id: number; name: string; version: Generated<number> };
  team_members: { team_id: string; person_id: number; role: string };
  team_teams: { parent_id: string; child_id: string };
}

const database = new Database(process.env.DATABASE ?? ':memory:');
database.exec(`
  CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organisation_id INTEGER NOT NULL,
    login TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    is_suspended INTEGER NOT NULL DEFAULT 0,
    is_robot INTEGER NOT NULL DEFAULT 0,
    work_phone TEXT,
    mobile TEXT,
    password_hash TEXT,
    external_id TEXT,
    plan TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    deleted_at TEXT,
    UNIQUE (organisation_id, login)
  );
  CREATE TABLE IF NOT EXISTS jobs (
    person_id INTEGER PRIMARY KEY REFERENCES people (id),
    title TEXT,
    department TEXT,
    employee_number TEXT UNIQUE
  );
  CREATE TABLE IF NOT EXISTS addresses (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people (id),
    address TEXT NOT NULL,
    label TEXT,
    is_primary INTEGER NOT NULL DEFAULT 0,
    verified_at TEXT
  );
  CREATE INDEX IF NOT EXISTS addresses_person ON addresses (person_id);
  CREATE TABLE IF NOT EXISTS teams (
    id TEXT PRIMARY KEY,
    organisation_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
  );
  CREATE TABLE IF NOT EXISTS team_members (
    team_id TEXT NOT NULL REFERENCES teams (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    role TEXT NOT NULL,
    PRIMARY KEY (team_id, person_id)
  );
  CREATE INDEX IF NOT EXISTS team_members_person ON team_members (person_id);
  CREATE TABLE IF NOT EXISTS team_teams (
    parent_id TEXT NOT NULL REFERENCES teams (id),
    child_id TEXT NOT NULL REFERENCES teams (id),
    PRIMARY KEY (parent_id, child_id)
  );
  CREATE INDEX IF NOT EXISTS team_teams_child ON team_teams (child_id);
`);

export const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
