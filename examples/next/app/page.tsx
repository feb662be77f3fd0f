// A page of the app's own: who is there.
import { db } from '@/database';

export const dynamic = 'force-dynamic';

export default async function People() {
  const users = await db.selectFrom('users').selectAll().orderBy('email').execute();
  return (
    <ul>
      {users.map(({ id, email, full_name: name, status }) => (
        <li key={id}>
          {name ?? email} ({status})
        </li>
      ))}
    </ul>
  );
}
