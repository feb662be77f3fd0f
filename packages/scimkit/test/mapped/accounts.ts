// An app whose accounts have columns for most of what SCIM has, through each library: what mappings may say is tried on it.
import {
  bearerTokens,
  createServiceProvider,
  defineResourceType,
  defineSchema,
  EnterpriseUserSchema,
  type Exchange,
  type Note,
  type ResourceType,
  type ServiceProviderOptions,
  UserSchema,
} from 'scimkit';
import { afterAll, describe } from 'vitest';
import type { AppDatabaseOptions } from '../../src/store/mapped/app-options.ts';
import { createMappedDatabase } from '../../src/store/mapped/mapped-database.ts';
import { sideTable } from '../../src/store/mapped/side-table.ts';
import { client, type Send } from '../fixture.ts';
import { DATABASES, type TestApp, type TestDatabase } from './databases.ts';
import { mapDirectory } from './directory.ts';

// biome-ignore lint/suspicious/noExplicitAny: the types of mappings have tests of their own; here names come from each library
export type Untyped = any;

export const APP = 'urn:example:params:scim:schemas:extension:app:2.0:User';

/** A user with attributes of this app. */
export const AppUser = defineResourceType({
  name: 'User',
  endpoint: '/Users',
  schema: UserSchema,
  schemaExtensions: [
    { schema: EnterpriseUserSchema },
    {
      schema: defineSchema({
        id: APP,
        attributes: [
          { name: 'badge' },
          { name: 'plan' },
          { name: 'age', type: 'integer' },
          { name: 'hiredAt', type: 'dateTime' },
          { name: 'tags', multiValued: true },
        ],
      }),
    },
  ],
});

/** What libraries call the tables, where they don't call them as the database does. */
const MODELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  prisma: {
    organisations: 'Organisation',
    accounts: 'Account',
    account_details: 'AccountDetail',
    account_tags: 'AccountTag',
    users: 'User',
    user_emails: 'UserEmail',
    teams: 'Team',
    team_members: 'TeamMember',
    team_teams: 'TeamTeam',
  },
};

/** What the tests of a file share of one database. */
export class Accounts {
  readonly app: TestApp;
  readonly test: TestDatabase;
  readonly database: ReturnType<typeof createMappedDatabase<Untyped, Untyped>>;
  private organisations = 0;

  constructor(app: TestApp, test: TestDatabase) {
    this.app = app;
    this.test = test;
    this.database = createMappedDatabase<Untyped, Untyped>(app.app);
  }

  get isPostgres(): boolean {
    return this.test.dialect === 'postgres';
  }

  /** A column as the library calls it. */
  readonly name = (text: string): string =>
    this.app.naming === 'camelCase'
      ? text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
      : text;

  /** A table as the library calls it. */
  readonly table = (text: string): string => MODELS[this.test.library]?.[text] ?? this.name(text);

  /** Rows of the app's tables, by plain SQL. */
  readonly rows = async (text: string): Promise<readonly Untyped[]> =>
    (await this.app.execute(text)).map((row) => ({ ...row }));

  /** The mapping that each test makes more of. */
  mapping(more: Untyped = {}): Untyped {
    const { attributes, defaults, ...rest } = more;
    return {
      table: this.table('accounts'),
      key: { column: 'id', type: 'uuid' },
      where: { org: 'org' },
      attributes: { userName: 'login', ...attributes },
      // Nothing else makes keys: neither Kysely, nor the database.
      defaults: { ...(this.test.library === 'kysely' && { id: () => crypto.randomUUID() }), ...defaults },
      ...rest,
    };
  }

  map(more: Untyped = {}, type: ResourceType = AppUser) {
    return this.database.map(type, this.mapping(more));
  }

  /** A client over mapped accounts, in an organisation that no other test has. */
  over(
    mapped: ReturnType<Accounts['map']>,
    { org = `org-${++this.organisations}`, ...options }: Untyped = {},
  ): Over {
    return this.serve([{ type: mapped.type, store: (where) => mapped.open(where) }], { org }, options);
  }

  /** Users with a side table, and groups, of an organisation that no other test has. */
  async directory(
    more: Parameters<typeof mapDirectory>[1] = {},
    options: Untyped = {},
  ): Promise<Over & ReturnType<typeof mapDirectory> & { readonly organisation: number }> {
    const directory = mapDirectory({ ...this.app, library: this.test.library }, more);
    const { organisation = await this.organisation(), ...rest } = options;
    const { users, groups } = directory;
    const over = this.serve(
      [
        { type: users.type, store: (where) => (users as Untyped).open(where) },
        { type: groups.type, store: (where) => (groups as Untyped).open(where) },
      ],
      { organisation },
      rest,
    );
    return { ...directory, ...over, organisation };
  }

  /** A row in the app's table of tenants. */
  async organisation(): Promise<number> {
    const [row] = await this.rows("INSERT INTO organisations (name) VALUES ('x') RETURNING id");
    return Number(row?.id);
  }

  serve(
    resources: readonly { type: ResourceType; store: (options: Untyped) => Untyped }[],
    where: Untyped,
    { isTransactional = false, ...options }: Untyped,
  ): Over {
    const exchanges: Exchange<Untyped>[] = [];
    const scim = createServiceProvider({
      authentication: bearerTokens([{ token: 'secret', auth: {} }]),
      ...(isTransactional && { transaction: this.database.transaction }),
      resources: resources.map(({ type, store }) => ({
        type,
        store: ({ tx }: Untyped) => store({ where, ...(isTransactional && { tx }) }),
      })),
      observe: (exchange: Untyped) => void exchanges.push(exchange),
      ...options,
    } as Partial<ServiceProviderOptions<Untyped>> as Untyped);
    return { scim, send: client(scim), exchanges, ...where };
  }
}

interface Over {
  readonly scim: Untyped;
  readonly send: Send;
  readonly exchanges: Exchange<Untyped>[];
  readonly org: string;
}

/** What was ignored in the last exchange. */
export const ignored = ({ exchanges }: Pick<Over, 'exchanges'>): readonly string[] =>
  (exchanges.at(-1)?.notes ?? []).map(({ name, where }: Note) => `${name}: ${where}`);

/** Declares tests for each database; `ready` opens it once for the file. */
export function onEachDatabase(
  declare: (ready: () => Promise<Accounts>, test: TestDatabase) => void,
  options: AppDatabaseOptions = {},
  databases: readonly TestDatabase[] = DATABASES,
): void {
  describe.each(databases)('$name', (test) => {
    let opened: Promise<Accounts> | undefined;
    afterAll(async () => {
      if (opened) await (await opened).app.close();
    });
    const open = async () => {
      const app = await test.open(options);
      const { dialect } = test;
      for (const statement of [
        ...sideTable('scim_users', { dialect, references: 'users (id)', keyType: 'INTEGER' }),
        ...sideTable('scim_teams', { dialect, references: 'teams (id)', keyType: 'TEXT' }),
        ...sideTable('scim_accounts', {
          ...{ dialect, references: 'accounts (id)' },
          keyType: dialect === 'postgres' ? 'UUID' : 'TEXT',
        }),
      ]) {
        await app.execute(statement);
      }
      return new Accounts(app, test);
    };
    declare(() => {
      opened ??= open();
      return opened;
    }, test);
  });
}
