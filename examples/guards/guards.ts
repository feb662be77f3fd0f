// Two rules that every write of users must keep: no more active users than seats, and never no administrator.
import {
  applyPatch,
  type Middleware,
  on,
  type Operation,
  parseFilter,
  replaceAttributes,
  resolveFilter,
  ScimError,
  type Store,
  type StoredAttributes,
  strict,
  User,
} from 'scimkit';

type Attributes = StoredAttributes<typeof User>;
type Write = Operation<unknown, unknown, typeof User, 'create' | 'replace' | 'patch' | 'delete'>;

/** What the guards ask of the app, about the caller's tenant. */
export interface Guarded<Auth> {
  readonly users: (auth: Auth) => Store<typeof User>;
  /** The name of the caller's tenant. */
  readonly tenant: (auth: Auth) => string;
  /** How many active users the tenant may have. */
  readonly seats: (auth: Auth) => number;
}

const WRITES = ['create', 'replace', 'patch', 'delete'] as const;
const nothing = { relations: new Set<string>() };
const filter = (text: string) => resolveFilter(User, parseFilter(text), { leniency: strict });
const ACTIVE = filter('not (active eq false)');
const ADMINISTRATOR = filter('roles[value eq "admin"] and not (active eq false)');

const isActive = (user: Attributes | undefined) => user !== undefined && user.active !== false;
const isAdministrator = (user: Attributes | undefined) =>
  isActive(user) && user?.roles?.some(({ value }) => value?.toLowerCase() === 'admin') === true;

/** What a write would make of a user: the pure halves of PUT and PATCH tell. */
function afterwards(operation: Write, before: Attributes | undefined): Attributes | undefined {
  if (operation.name === 'create') return operation.input.attributes;
  if (!before || operation.name === 'delete') return undefined;
  const after =
    operation.name === 'replace'
      ? replaceAttributes(User, before, operation.input, true)
      : applyPatch(User, before, operation.changes).attributes;
  return after as Attributes;
}

/** One write after the other, for each tenant: what a guard has counted stays so until its write is done. */
function oneAtATime<Auth>(tenantOf: (auth: Auth) => string): Middleware<Auth> {
  const latest = new Map<string, Promise<unknown>>();
  return on(User, WRITES, (operation, next) => {
    // Operations of a Bulk that refer to each other wait for each other, and would wait for ever.
    if (operation.name === 'create' && operation.together) {
      throw new ScimError(
        409,
        'Users that refer to each other are not created in one request here. Send their managers afterwards.',
      );
    }
    const tenant = tenantOf(operation.auth);
    const done = (latest.get(tenant) ?? Promise.resolve()).then(() => next());
    const settled = done.then(
      () => {},
      () => {},
    );
    latest.set(tenant, settled);
    void settled.then(() => latest.get(tenant) === settled && latest.delete(tenant));
    return done;
  });
}

/** The guards, for `use`. */
export function guards<Auth>({ users, tenant, seats }: Guarded<Auth>): readonly Middleware<Auth>[] {
  const count = async (auth: Auth, of: typeof ACTIVE) => {
    const page = { startIndex: 1, count: 0 };
    return (await users(auth).query({ filter: of, page, selection: nothing })).total ?? 0;
  };
  const keepsRules: Middleware<Auth> = on(User, WRITES, async (operation, next) => {
    const { auth } = operation;
    const stored = operation.name === 'create' ? undefined : await users(auth).get(operation.id, nothing);
    const before = stored?.attributes as Attributes | undefined;
    const after = afterwards(operation, before);
    if (isActive(after) && !isActive(before) && (await count(auth, ACTIVE)) >= seats(auth)) {
      throw new ScimError(
        403,
        `All ${seats(auth)} seats of your plan are taken. Deactivate a user, or order more seats; then assign ` +
          'the user again.',
      );
    }
    if (isAdministrator(before) && !isAdministrator(after) && (await count(auth, ADMINISTRATOR)) <= 1) {
      throw new ScimError(
        403,
        'This is the last active user with the role "admin", without whom nobody could manage the account. Give ' +
          'the role to somebody else first.',
      );
    }
    return next();
  });
  return [oneAtATime(tenant), keepsRules];
}
