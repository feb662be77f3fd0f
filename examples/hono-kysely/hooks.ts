// Before and after users and groups are created, updated and deleted: all in the operation's transaction. What a hook
// has written is undone where the write finds nothing, such as a user of another organisation.
import { Group, type Middleware, on, ScimError, User } from 'scimkit';
import type { Db } from './database.ts';
import type { Auth } from './scim.ts';

const UPDATE = ['replace', 'patch'] as const;

/** A line in the app's own feed, "who joined, who left". */
async function tell<Written>({ tx, auth }: { tx: Db; auth: Auth }, what: string, written: Written) {
  await tx.insertInto('activity').values({ organisation_id: auth.organisation, what }).execute();
  return written;
}

export const hooks: readonly Middleware<Auth, Db>[] = [
  // Users, before
  on(User, 'create', async ({ input }, next) => {
    if (!/^(root|postmaster)@/i.test(input.attributes.userName)) return next();
    throw new ScimError('invalidValue', 'This "userName" is reserved. Choose another one.');
  }),
  on(User, UPDATE, async ({ tx, id }, next) => {
    const before = tx.selectFrom('users').select(['id', 'version', 'email']).where('id', '=', id);
    const history = tx.insertInto('user_history').columns(['user_id', 'version', 'email']);
    await history
      .expression(before)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return next();
  }),
  on(User, 'delete', async ({ tx, id }, next) => {
    await tx.updateTable('documents').set({ owner_id: null }).where('owner_id', '=', id).execute();
    return next();
  }),
  // Users, after
  on(User, 'create', async (operation, next) => {
    const written = await next();
    return tell(operation, `${operation.input.attributes.userName} joined`, written);
  }),
  on(User, UPDATE, async (operation, next) => {
    const written = await next();
    return written?.changed ? tell(operation, `${written.after?.userName} changed`, written) : written;
  }),
  on(User, 'delete', async (operation, next) => {
    const written = await next();
    return tell(operation, `${written?.before?.userName} left`, written);
  }),
  // Groups, before
  on(Group, 'create', async ({ input }, next) => {
    if (input.attributes.displayName !== 'Everyone') return next();
    throw new ScimError(
      'invalidValue',
      'The team "Everyone" is the app\'s own. Choose another "displayName".',
    );
  }),
  on(Group, UPDATE, async ({ tx, auth, id }, next) => {
    const own = tx.selectFrom('teams').where('organisation_id', '=', auth.organisation).where('id', '=', id);
    const team = await own.select('is_locked').executeTakeFirst();
    if (team?.is_locked) throw new ScimError(403, 'This team is locked. Unlock it in the app first.');
    return next();
  }),
  on(Group, 'delete', async ({ tx, id }, next) => {
    await tx.updateTable('documents').set({ team_id: null }).where('team_id', '=', id).execute();
    return next();
  }),
  // Groups, after
  on(Group, 'create', async (operation, next) => {
    const written = await next();
    return tell(operation, `${operation.input.attributes.displayName} was founded`, written);
  }),
  on(Group, UPDATE, async (operation, next) => {
    const written = await next();
    return written?.changed ? tell(operation, `${written.after?.displayName} changed`, written) : written;
  }),
  on(Group, 'delete', async (operation, next) => {
    const written = await next();
    return tell(operation, `${written?.before?.displayName} was dissolved`, written);
  }),
];
