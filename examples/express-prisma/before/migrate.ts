// Applies the migrations that the database doesn't have yet: `prisma migrate deploy` in a few lines, without its engine.
import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const database = new DatabaseSync(process.env.DATABASE ?? 'app.db');
database.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY)');
const isDone = database.prepare('SELECT 1 FROM migrations WHERE name = ?');
const folder = `${import.meta.dirname}/prisma/migrations`;
for (const name of readdirSync(folder).sort()) {
  if (isDone.get(name)) continue;
  database.exec(`BEGIN; ${readFileSync(`${folder}/${name}/migration.sql`, 'utf8')}; COMMIT`);
  database.prepare('INSERT INTO migrations VALUES (?)').run(name);
}
