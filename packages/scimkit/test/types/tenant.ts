// The tenant that a URL names: a text where the options name it, and maybe nothing elsewhere.
import {
  bearerTokens,
  createServiceProvider,
  type Middleware,
  type StoreContext,
  User,
} from '../../src/index.ts';
import { createMemoryDatabase } from '../../src/store/memory.ts';
import { type Equal, holds } from './equal.ts';

interface Auth {
  readonly tenants: readonly string[];
  readonly connection: string;
}

const database = createMemoryDatabase();
const auth: Auth = { tenants: ['acme'], connection: 'a' };
const authentication = bearerTokens([{ token: 'secret', auth }]);
const permits = ({ tenants }: Auth, tenant: string) => tenants.includes(tenant);

// By the path, whichever option comes first: a store is opened for the tenant, without a cast.
export const byPath = createServiceProvider({
  basePath: '/t/:tenant/scim/v2',
  authentication,
  resources: [
    {
      type: User,
      store: (context) => {
        holds<Equal<typeof context, StoreContext<Auth, string>>>();
        return database.open(User, { tenant: context.tenant, connection: context.auth.connection });
      },
    },
  ],
  tenant: {
    permits: (caller, tenant) => {
      holds<Equal<typeof caller, Auth>>();
      holds<Equal<typeof tenant, string>>();
      return caller.tenants.includes(tenant);
    },
  },
  me: ({ connection }, tenant) => {
    holds<Equal<typeof tenant, string>>();
    return { resourceType: 'User', id: `${tenant}-${connection}` };
  },
});

// By the host.
export const byHost = createServiceProvider({
  authentication,
  resources: [{ type: User, store: ({ tenant }) => database.open(User, { tenant }) }],
  tenant: { host: ':tenant.scim.example.com', permits },
});

// By the credential alone: the URL may name none.
export const byCredential = createServiceProvider({
  basePath: '/scim/v2',
  authentication,
  resources: [
    {
      type: User,
      store: (context) => {
        holds<Equal<typeof context, StoreContext<Auth>>>();
        holds<Equal<typeof context.tenant, string | undefined>>();
        return database.open(User, { tenant: context.auth.tenants[0] ?? '' });
      },
    },
  ],
  observe: (exchange) => holds<Equal<typeof exchange.tenant, string | undefined>>(),
});

export const unnamed = createServiceProvider({
  authentication,
  // @ts-expect-error: nothing in the options names a tenant
  resources: [{ type: User, store: ({ tenant }) => database.open(User, { tenant }) }],
});

export const byWhom = createServiceProvider({
  authentication,
  resources: [{ type: User, store: ({ tenant }) => database.open(User, { tenant }) }],
  // @ts-expect-error: whom it permits is not said
  tenant: { host: ':tenant.scim.example.com' },
});

export const audit: Middleware<Auth> = async (operation, next) => {
  holds<Equal<typeof operation.tenant, string | undefined>>();
  return next();
};
