// Databases for tests. A file that imports this makes the run start a server: see `server.ts`.
import { text } from 'node:stream/consumers';
import { connect } from 'node:net';
import { inject } from 'vitest';
import { createDatabase, type Database } from './database.ts';
import type { Answer } from './setup.ts';

const answer = await ask();

async function ask(): Promise<Exclude<Answer, { error: string }>> {
  const told = JSON.parse(await text(connect(inject('postgresPort'), '127.0.0.1'))) as Answer;
  if ('error' in told) throw new Error(told.error);
  return told;
}

/** Whether there is a server: `describe.skipIf(!hasPostgres)`. In CI there always is, or the file fails. */
export const hasPostgres = !('missing' in answer);

/** Creates an empty database; drop it when the tests that use it are over. */
export function createTestDatabase(): Promise<Database> {
  if ('missing' in answer) throw new Error(`no PostgreSQL to test with: ${answer.missing}`);
  return createDatabase(answer);
}
