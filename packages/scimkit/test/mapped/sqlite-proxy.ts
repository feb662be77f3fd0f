// node:sqlite as the far end of Drizzle's sqlite-proxy.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { AsyncRemoteCallback } from 'drizzle-orm/sqlite-proxy';

export function proxyTo(database: DatabaseSync): AsyncRemoteCallback {
  return async (text, parameters, method) => {
    // As over a network: others have their turn in between.
    await new Promise(setImmediate);
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    if (method === 'run') {
      statement.run(...(parameters as SQLInputValue[]));
      return { rows: [] };
    }
    const rows = statement.all(...(parameters as SQLInputValue[])) as unknown as unknown[][];
    return { rows: method === 'get' ? (rows[0] ?? []) : rows };
  };
}
