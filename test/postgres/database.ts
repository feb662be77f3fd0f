// An empty database on a PostgreSQL server.
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Server } from './server.ts';

/** A database that nobody else uses. */
export interface Database {
  /** The URL of the role that owns the database, and is no superuser on a server of the tests' own. */
  readonly url: string;
  /** Removes the database. Clients that are connected lose their connection: end pools first. */
  drop(): Promise<void>;
}

/** Creates a database. */
export async function createDatabase(server: Pick<Server, 'url' | 'owner'>): Promise<Database> {
  const name = `scimkit_${randomUUID().replaceAll('-', '')}`;
  await administrate(server, `CREATE DATABASE ${name}${server.owner ? ` OWNER ${server.owner}` : ''}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  if (server.owner) url.username = server.owner;
  return {
    url: url.href,
    drop: () => administrate(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function administrate(server: Pick<Server, 'url'>, statement: string): Promise<void> {
  const client = new Client(server.url);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}
