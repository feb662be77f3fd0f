CREATE TABLE organisations (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL
);
CREATE TABLE users (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  organisation_id INTEGER NOT NULL REFERENCES organisations (id),
  -- People type their addresses as they like.
  email TEXT NOT NULL COLLATE NOCASE,
  email_verified_at DATETIME,
  first_name TEXT,
  last_name TEXT,
  role TEXT NOT NULL DEFAULT 'member',
  password_hash TEXT,
  disabled_at DATETIME
);
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE TABLE sessions (
  token TEXT NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  created_at DATETIME NOT NULL
);
