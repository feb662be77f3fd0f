// Two rules that no identity provider may break, whichever way it writes. Each looks at what came of the write, in its
// transaction: what breaks a rule is undone.
import { type Middleware, on, ScimError, User } from 'scimkit';
import type { Db } from './database.ts';
import type { Auth } from './scim.ts';

const WRITES = ['create', 'replace', 'patch', 'delete'] as const;

const activeUsers = (tx: Db, { organisation }: Auth) =>
  tx
    .selectFrom('users')
    .where('organisation_id', '=', organisation)
    .where('disabled_at', 'is', null)
    .select(({ fn }) => fn.countAll<number>().as('count'));

const isActive = (user?: { readonly active?: boolean }) => user?.active === true;
const isAdmin = (user?: {
  readonly active?: boolean;
  readonly roles?: readonly { readonly value?: string }[];
}) => isActive(user) && user?.roles?.[0]?.value === 'admin';

export const guards: readonly Middleware<Auth, Db>[] = [
  // No more active users than the organisation has paid for.
  on(User, WRITES, async ({ tx, auth }, next) => {
    const written = await next();
    if (!isActive(written?.after) || isActive(written?.before)) return written;
    // On PostgreSQL, lock the organisation's row before: `.forUpdate()`. On SQLite, whoever has written is alone.
    const { seats } = await tx
      .selectFrom('organisations')
      .select('seats')
      .where('id', '=', auth.organisation)
      .executeTakeFirstOrThrow();
    const { count } = await activeUsers(tx, auth).executeTakeFirstOrThrow();
    if (count <= seats) return written;
    throw new ScimError(
      403,
      `All ${seats} seats of your plan are taken. Deactivate a user, or order more seats; then assign the user again.`,
    );
  }),
  // Somebody must be able to manage the account.
  on(User, WRITES, async ({ tx, auth }, next) => {
    const written = await next();
    if (!isAdmin(written?.before) || isAdmin(written?.after)) return written;
    const { count } = await activeUsers(tx, auth).where('role', '=', 'admin').executeTakeFirstOrThrow();
    if (count > 0) return written;
    throw new ScimError(
      403,
      'This is the last active user with the role "admin". Give the role to somebody else first.',
    );
  }),
];
