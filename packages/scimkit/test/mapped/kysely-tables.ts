// The app's tables as Kysely knows them: columns are called as in the database.
import type { ColumnType, Generated } from 'kysely';

/** In PostgreSQL; in SQLite, instants are texts and booleans are 0 and 1. */
type Instant = ColumnType<Date | string, Date | string | undefined, Date | string>;
type Flag = ColumnType<boolean | number, boolean | number | undefined, boolean | number>;

export interface KyselyTables {
  organisations: { id: Generated<number>; name: string };
  users: {
    id: Generated<number>;
    organisation_id: number;
    email: string;
    first_name: string | null;
    last_name: string | null;
    title: string | null;
    disabled_at: Instant | null;
    is_system: Flag;
    created_at: Instant;
    updated_at: Instant;
    deleted_at: Instant | null;
    password_hash: string | null;
  };
  profiles: {
    user_id: number;
    department: string | null;
    cost_center: string | null;
    employee_number: string | null;
    birthday: string | null;
  };
  user_emails: {
    id: Generated<number>;
    user_id: number;
    address: string | null;
    label: string | null;
    is_primary: Flag | null;
    verified_at: Instant | null;
  };
  teams: {
    id: string;
    organisation_id: number;
    name: string;
    version: Generated<number>;
    created_at: Instant;
    updated_at: Instant;
  };
  team_members: { team_id: string; user_id: number; role: Generated<string> };
  team_teams: { parent_id: string; child_id: string };
  accounts: {
    id: Generated<string>;
    org: string;
    login: string;
    scim_id: string | null;
    external_id: string | null;
    given_name: string | null;
    family_name: string | null;
    badge: string | null;
    handle: string | null;
    age: number | null;
    plan: 'free' | 'pro' | null;
    work_email: string | null;
    home_email: string | null;
    login_verified_at: Instant | null;
    password_hash: string | null;
    revision: Generated<number>;
    is_disabled: Flag;
    hired_at: Instant | null;
    created_at: Instant;
    updated_at: Instant;
    deleted_at: Instant | null;
  };
  account_details: {
    account_id: string;
    city: string | null;
    source: Generated<string>;
    updated_at: Instant;
  };
  account_tags: { id: Generated<number>; account_id: string; tag: string; weight: number };
}
