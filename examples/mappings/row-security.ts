// Row-level security of PostgreSQL: each transaction, of reads too, says first whom it is for.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Generated, type Kysely, sql } from 'kysely';
import { bearer, createServiceProvider, type ServiceProvider, type Transaction, User } from 'scimkit';
import { kyselyDatabase } from 'scimkit/kysely';

export interface SecuredTables {
  users: { id: Generated<number>; organisation_id: number; email: string };
}

/** Whom a request is for, once it is authenticated. */
const caller = new AsyncLocalStorage<{ organisation?: number }>();

export function createSecured(
  db: Kysely<SecuredTables>,
  organisationOf: (token: string) => Promise<number | undefined>,
): Pick<ServiceProvider, 'fetch'> {
  const database = kyselyDatabase(db, { transactionalReads: true });
  const users = database.map(User, {
    table: 'users',
    key: { column: 'id', type: 'integer' },
    where: { organisation: 'organisation_id' },
    attributes: { userName: 'email' },
  });
  const transaction: Transaction<Kysely<SecuredTables>> = {
    run: (work, kind) =>
      database.transaction.run(async (tx) => {
        const organisation = String(caller.getStore()?.organisation ?? '');
        await sql`SELECT set_config('app.organisation', ${organisation}, true)`.execute(tx);
        return work(tx);
      }, kind),
  };
  const scim = createServiceProvider({
    authentication: bearer(async (token) => {
      const organisation = await organisationOf(token);
      if (organisation === undefined) return undefined;
      Object.assign(caller.getStore() ?? {}, { organisation });
      return { organisation };
    }),
    transaction,
    resources: [{ type: users.type, store: ({ auth, tx }) => users.open({ tx, where: auth }) }],
  });
  return { fetch: (request) => caller.run({}, () => scim.fetch(request)) };
}
