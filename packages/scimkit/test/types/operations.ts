// Operations are typed by the resource types of the service provider, by its caller and by its transaction.
import {
  anonymous,
  createServiceProvider,
  defineResourceType,
  EnterpriseUserSchema,
  Group,
  type Middleware,
  on,
  type Outcome,
  type Page,
  ScimError,
  type Store,
  type StoredAttributes,
  type Transaction,
  User,
  UserSchema,
  type Written,
} from '../../src/index.ts';
import { createMemoryDatabase } from '../../src/store/memory.ts';
import { type Equal, holds } from './equal.ts';

interface Auth {
  readonly org: string;
}
interface Db {
  insert(table: string, row: object): Promise<void>;
}
declare const transaction: Transaction<Db>;
declare const users: { open(place: { tx: Db; where: object }): Store<typeof User> };
declare const anything: Store;
const database = createMemoryDatabase();
const authentication = anonymous<Auth>({ org: 'acme' });
type UserAttributes = StoredAttributes<typeof User>;

const Widget = defineResourceType({
  name: 'Widget',
  endpoint: '/Widgets',
  schema: { id: 'urn:example:widget', attributes: [{ name: 'color' }, { name: 'size', type: 'integer' }] },
});

export const scim = createServiceProvider({
  authentication,
  transaction,
  resources: [
    { type: User, store: ({ auth, tx }) => users.open({ tx, where: { orgId: auth.org } }) },
    { type: Group, store: () => anything },
    { type: Widget, store: () => database.open(Widget, { tenant: 'acme' }) },
  ],
  use: [
    async (operation, next) => {
      holds<Equal<typeof operation.auth, Auth>>();
      holds<Equal<typeof operation.tx, Db>>();
      holds<Equal<typeof operation.resourceType, 'User' | 'Group' | 'Widget'>>();
      if (operation.resourceType === 'User' && operation.name === 'create') {
        const { attributes, secrets } = operation.input;
        holds<Equal<typeof attributes.userName, string>>();
        holds<Equal<typeof secrets.password, string | undefined>>();
        // @ts-expect-error: a misspelt attribute
        attributes.usrName;
        // @ts-expect-error: a password is a secret
        attributes.password;
        // @ts-expect-error: relations are no attributes
        attributes.groups;
        return next({
          ...operation,
          input: { ...operation.input, attributes: { ...attributes, title: 'x' } },
        });
      }
      if (operation.resourceType === 'Group' && operation.name === 'replace') {
        holds<Equal<typeof operation.input.attributes.displayName, string>>();
        // @ts-expect-error: members are a relation
        operation.input.attributes.members;
      }
      if (operation.resourceType === 'Widget' && operation.name === 'create') {
        holds<Equal<typeof operation.input.attributes.size, number | undefined>>();
      }
      // @ts-expect-error: there is no such resource type here
      if (operation.resourceType === 'Device') return next();
      return next();
    },
    on(User, ['create', 'replace', 'patch'], async (operation, next) => {
      holds<Equal<typeof operation.auth, Auth>>();
      holds<Equal<typeof operation.name, 'create' | 'replace' | 'patch'>>();
      if (operation.name === 'create') holds<Equal<typeof operation.input.attributes.userName, string>>();
      const written = await next();
      holds<Equal<typeof written, Written<UserAttributes> | undefined>>();
      await operation.tx.insert('audit', { name: written?.after?.userName });
      // @ts-expect-error: a misspelt attribute
      written?.after?.usrName;
      return written;
    }),
    on(User, 'create', async (operation, next) => {
      if (operation.input.attributes.userType === 'Contractor') throw new ScimError(403, 'No contractors.');
      const written = await next();
      holds<Equal<typeof written, Written<UserAttributes>>>();
      return written;
    }),
    on(Group, 'query', async (_, next) => {
      const page = await next();
      holds<Equal<typeof page, Page<StoredAttributes<typeof Group>>>>();
      return page;
    }),
    on([User, Group], 'delete', async (operation, next) => {
      holds<Equal<typeof operation.resourceType, 'User' | 'Group'>>();
      // @ts-expect-error: a delete has no input
      operation.input;
      return next();
    }),
    // @ts-expect-error: there is no such operation
    on(User, 'update', async (_, next) => next()),
  ],
  onAccessRevoked: async (revocation) => {
    holds<Equal<typeof revocation.auth, Auth>>();
    if (revocation.resourceType !== 'User') return;
    await revocation.tx.insert('revocations', { name: revocation.before?.userName });
    // @ts-expect-error: a misspelt attribute
    revocation.before?.usrName;
  },
  observe: ({ operations }) => {
    const [performed] = operations;
    if (performed?.operation.resourceType === 'User' && performed.operation.name === 'replace') {
      holds<Equal<typeof performed.operation.input.attributes.userName, string>>();
    }
  },
});

// Middleware for whatever resource types fits everywhere.
const trace: Middleware = async (operation, next) => {
  if (operation.name === 'create') holds<Equal<typeof operation.input.attributes.userName, unknown>>();
  const outcome = await next();
  holds<Equal<typeof outcome, Outcome>>();
  return outcome;
};
const ofAuth: Middleware<Auth> = async (_, next) => next();
export const general = createServiceProvider({
  use: [trace, ofAuth],
  authentication,
  transaction,
  resources: [{ type: User, store: ({ tx }) => users.open({ tx, where: {} }) }],
});

// A store of the wrong type doesn't compile; one of the same name with other extensions neither.
createServiceProvider({
  authentication,
  // @ts-expect-error: a store of groups
  resources: [{ type: User, store: () => database.open(Group, { tenant: 'acme' }) }],
});
const Plain = defineResourceType({ name: 'User', endpoint: '/Users', schema: UserSchema });
const Other = defineResourceType({
  ...{ name: 'User', endpoint: '/Users', schema: UserSchema },
  schemaExtensions: [{ schema: EnterpriseUserSchema, required: true }],
});
createServiceProvider({
  authentication,
  // @ts-expect-error: a store of users without the extension
  resources: [{ type: Other, store: () => database.open(Plain, { tenant: 'acme' }) }],
});
export const any: Store = database.open(Group, { tenant: 'acme' });

// Without a transaction there is none.
createServiceProvider({
  authentication,
  resources: [
    {
      type: User,
      store: ({ tx }) => {
        holds<Equal<typeof tx, undefined>>();
        return database.open(User, { tenant: 'acme' });
      },
    },
  ],
  use: [
    async (operation, next) => {
      holds<Equal<typeof operation.tx, undefined>>();
      return next();
    },
  ],
});
