// The tables of an app that was there before SCIM, as each library would have made them.

/** What a library keeps instants and booleans in, and what it has the database fill in. */
interface Types {
  readonly key: string;
  readonly instant: string;
  readonly boolean: string;
  readonly false: string;
  readonly uuid: string;
  /** One of two words. */
  readonly plan: string;
  /** The default of `created_at` and `updated_at`, where it is the database's. */
  readonly now: readonly [created: string, updated: string];
}

const SQLITE_NOW = "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))";

const SQLITE = {
  key: 'integer PRIMARY KEY AUTOINCREMENT',
  boolean: 'integer',
  false: '0',
  uuid: 'text',
  plan: "text CHECK (plan IN ('free', 'pro'))",
};
const POSTGRES = {
  key: 'serial PRIMARY KEY',
  uuid: 'uuid',
  plan: 'plan',
  instant: 'timestamptz',
  boolean: 'boolean',
  false: 'false',
};

const TYPES = {
  sqlite: {
    kysely: { ...SQLITE, instant: 'text', now: [SQLITE_NOW, SQLITE_NOW] },
    drizzle: { ...SQLITE, instant: 'integer', now: ['', ''] },
    prisma: { ...SQLITE, boolean: 'BOOLEAN', instant: 'DATETIME', now: ['DEFAULT CURRENT_TIMESTAMP', ''] },
  },
  postgres: {
    kysely: { ...POSTGRES, now: ['DEFAULT now()', 'DEFAULT now()'] },
    drizzle: { ...POSTGRES, now: ['', ''] },
    prisma: { ...POSTGRES, now: ['DEFAULT now()', ''] },
  },
} as const satisfies Record<string, Record<string, Types>>;

export type Dialect = keyof typeof TYPES;
export type Library = keyof (typeof TYPES)['sqlite'];

export const typesFor = (dialect: Dialect, library: Library): Types => TYPES[dialect][library];

/** The statements that make the tables. */
export function tablesFor(dialect: Dialect, library: Library): readonly string[] {
  const types = typesFor(dialect, library);
  const [created, updated] = types.now;
  return [
    ...(dialect === 'postgres' ? ["CREATE TYPE plan AS ENUM ('free', 'pro')"] : []),
    `CREATE TABLE organisations (id ${types.key}, name text NOT NULL)`,
    `CREATE TABLE users (
      id ${types.key},
      organisation_id integer NOT NULL REFERENCES organisations (id),
      email text NOT NULL,
      first_name text,
      last_name text,
      title text,
      disabled_at ${types.instant},
      is_system ${types.boolean} NOT NULL DEFAULT ${types.false},
      created_at ${types.instant} NOT NULL ${created},
      updated_at ${types.instant} NOT NULL ${updated},
      deleted_at ${types.instant},
      password_hash text,
      UNIQUE (organisation_id, email)
    )`,
    `CREATE TABLE profiles (
      user_id integer PRIMARY KEY REFERENCES users (id),
      department text,
      cost_center text,
      employee_number text,
      birthday text
    )`,
    `CREATE TABLE user_emails (
      id ${types.key},
      user_id integer NOT NULL REFERENCES users (id),
      address text,
      label text,
      is_primary ${types.boolean},
      verified_at ${types.instant}
    )`,
    `CREATE TABLE teams (
      id text PRIMARY KEY,
      organisation_id integer NOT NULL REFERENCES organisations (id),
      name text NOT NULL,
      version integer NOT NULL DEFAULT 1 CONSTRAINT teams_version CHECK (version > 0),
      created_at ${types.instant} NOT NULL ${created},
      updated_at ${types.instant} NOT NULL ${updated}
    )`,
    `CREATE TABLE team_members (
      team_id text NOT NULL REFERENCES teams (id),
      user_id integer NOT NULL REFERENCES users (id),
      role text NOT NULL DEFAULT 'member',
      PRIMARY KEY (team_id, user_id)
    )`,
    `CREATE TABLE team_teams (
      parent_id text NOT NULL REFERENCES teams (id),
      child_id text NOT NULL REFERENCES teams (id),
      PRIMARY KEY (parent_id, child_id)
    )`,
    // Accounts that have columns of their own for most of what SCIM has, and no side table.
    `CREATE TABLE accounts (
      id ${types.uuid} PRIMARY KEY,
      org text NOT NULL,
      login text NOT NULL,
      scim_id text UNIQUE,
      external_id text,
      given_name text,
      family_name text,
      badge varchar(8),
      handle text UNIQUE,
      age integer CONSTRAINT accounts_grown_up CHECK (age < 150),
      plan ${types.plan},
      work_email text,
      home_email text,
      login_verified_at ${types.instant},
      password_hash text,
      revision integer NOT NULL DEFAULT 1,
      is_disabled ${types.boolean} NOT NULL DEFAULT ${types.false},
      hired_at ${types.instant},
      created_at ${types.instant} NOT NULL ${created},
      updated_at ${types.instant} NOT NULL ${updated},
      deleted_at ${types.instant},
      UNIQUE (org, login)
    )`,
    `CREATE TABLE account_details (
      account_id ${types.uuid} PRIMARY KEY REFERENCES accounts (id),
      city text,
      source text NOT NULL${library === 'kysely' ? " DEFAULT 'library'" : ''},
      updated_at ${types.instant} NOT NULL ${updated}
    )`,
    `CREATE TABLE account_tags (
      id ${types.key},
      account_id ${types.uuid} NOT NULL REFERENCES accounts (id),
      tag text NOT NULL,
      weight integer NOT NULL
    )`,
    `CREATE TABLE invoices (account_id ${types.uuid} REFERENCES accounts (id))`,
  ];
}
