CREATE TABLE "scim_users" (
  owner INTEGER NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  external_id TEXT,
  version BIGINT NOT NULL DEFAULT 1,
  created TEXT NOT NULL,
  last_modified TEXT NOT NULL,
  deleted_at TEXT,
  is_linked SMALLINT NOT NULL DEFAULT 0,
  document TEXT NOT NULL,
  folded TEXT NOT NULL
);
CREATE UNIQUE INDEX "scim_users_id" ON "scim_users" (id);
CREATE INDEX "scim_users_external_id" ON "scim_users" (external_id);
