// What a mapping must not say does not compile, and neither does a store that is opened without its tenant.
import { Group, User } from 'scimkit';
import type { MappedDatabase } from 'scimkit/kysely';

interface Tables {
  readonly users: { id: number; org: string; email: string; age: number; deleted_at: string | null };
  readonly mails: { id: number; user_id: number; address: string };
  readonly profiles: { user_id: number; city: string; removed_at: string };
  readonly teams: { id: string; org: string; name: string; version: number };
  readonly members: { team_id: string; user_id: number };
}

declare const database: MappedDatabase<Tables, { readonly tx: true }>;

const key = { column: 'id', type: 'integer' } as const;
const attributes = { userName: 'email' } as const;
const base = { table: 'users', key, attributes } as const;

const users = database.map(User, {
  ...{ table: 'users', key, where: { org: 'org' } },
  joins: { profiles: 'user_id' },
  attributes: {
    userName: 'email',
    title: { table: 'profiles', column: 'city' },
    emails: { table: 'mails', key: 'user_id', columns: { value: 'address' } },
    phoneNumbers: { slots: [{ columns: { value: 'email' }, constants: { type: 'work' } }] },
  },
  ...{ delete: 'soft', deletedAt: 'deleted_at', onReturn: 'rename' },
});
users.open({ where: { org: 'acme' }, tx: { tx: true } });

// @ts-expect-error: the tenant is missing
users.open({});
// @ts-expect-error: the tenant is missing
users.open({ where: {} });
// @ts-expect-error: it is a text
users.open({ where: { org: 1 } });
// @ts-expect-error: it may be missing
users.open({ where: { org: undefined as string | undefined } });
// @ts-expect-error: another library's transaction
users.open({ where: { org: 'acme' }, tx: {} });

// @ts-expect-error: a misspelt path
database.map(User, { table: 'users', key, attributes: { userName: 'email', titel: 'email' } });
// @ts-expect-error: a misspelt sub-attribute
database.map(User, { table: 'users', key, attributes: { userName: 'email', 'name.given': 'email' } });
// @ts-expect-error: what is required has no place
database.map(User, { table: 'users', key, attributes: { title: 'email' } });
// @ts-expect-error: ids have a place of their own
database.map(User, { table: 'users', key, attributes: { userName: 'email', id: 'id' } });
// @ts-expect-error: a misspelt column
database.map(User, { table: 'users', key, attributes: { userName: 'mail' } });
// @ts-expect-error: a number must be declared as one
database.map(User, { table: 'users', key: 'id', attributes });
// @ts-expect-error: another table's column
database.map(User, { table: 'users', key, where: { org: 'city' }, attributes });
// @ts-expect-error: another table's column
database.map(User, { table: 'users', key, attributes, version: 'city' });
// @ts-expect-error: another table's column
database.map(User, { table: 'users', key, attributes, joins: { profiles: 'id' } });
// @ts-expect-error: another table's column has the time
database.map(User, { ...base, delete: 'soft', deletedAt: 'removed_at', onReturn: 'rename' });
// @ts-expect-error: what a return finds is not said
database.map(User, { table: 'users', key, attributes, delete: 'soft', deletedAt: 'deleted_at' });
// @ts-expect-error: what goes has no return
database.map(User, { table: 'users', key, attributes, delete: 'hard', onReturn: 'rename' });
// @ts-expect-error: the column has numbers
database.map(User, { table: 'users', key, attributes, defaults: { age: 'old' } });
// @ts-expect-error: the column has numbers
database.map(User, { table: 'users', key, attributes, exclude: { age: 'old' } });
// @ts-expect-error: accounts are found by an attribute
database.map(User, { table: 'users', key, attributes, link: { mode: 'link', by: 'mail' } });
// @ts-expect-error: another table's column
database.map(User, { ...base, link: { mode: 'link', by: 'userName', verified: 'city' } });

const group = { table: 'teams', key: 'id', version: 'version', where: { org: 'org' } } as const;
database.map(Group, {
  ...group,
  attributes: {
    displayName: 'name',
    members: { table: 'members', holder: 'team_id', member: 'user_id', of: users },
  },
});
database.map(Group, {
  ...group,
  attributes: {
    displayName: 'name',
    // @ts-expect-error: a misspelt table
    members: { table: 'member', holder: 'team_id', member: 'user_id', of: users },
  },
});
database.map(Group, {
  ...group,
  attributes: {
    displayName: 'name',
    // @ts-expect-error: a misspelt column
    members: { table: 'members', holder: 'team', member: 'user_id', of: users },
  },
});
database.map(Group, {
  ...group,
  attributes: {
    displayName: 'name',
    // @ts-expect-error: what is referred to is a mapping
    members: { table: 'members', holder: 'team_id', member: 'user_id', of: 'User' },
  },
});
