// Functions of a mapping are typed by the column that stands beside them.
import { User } from 'scimkit';
import { type MappedDatabase, sql } from 'scimkit/kysely';

interface Tables {
  readonly users: { id: string; email: string; disabled_at: string | null; first: string | null };
  readonly profiles: { user_id: string; age: number | null };
}

declare const database: MappedDatabase<Tables, unknown>;

database.map(User, {
  table: 'users',
  key: 'id',
  joins: { profiles: 'user_id' },
  attributes: {
    userName: { column: 'email', read: (email) => email.toLowerCase() },
    active: {
      column: 'disabled_at',
      read: (disabledAt) => disabledAt === null,
      filter: (column) => sql`${column('disabled_at')} IS NULL`,
    },
    title: { table: 'profiles', column: 'age', read: (age) => age?.toFixed(0) },
    displayName: { columns: ['first', 'email'], read: (row: Tables['users']) => row.first ?? row.email },
    // @ts-expect-error: the column has no number
    nickName: {
      column: 'first',
      read: (first: number) => first,
    },
  },
});
