// A population in a SQLite file: the store itself creates it, a thousand resources in one transaction.
import { Group, type ResourceType, type Store, User } from '../../packages/scimkit/src/index.ts';
import { createSqliteDatabase } from '../../packages/scimkit/src/store/sql/sqlite.ts';
import { createdAt, type Directory, type Entry, SCOPE } from './directory.ts';
import { readInput } from './input.ts';

/** Resources of one transaction. */
const BATCH = 1_000;

/** Makes the tables, and fills them with a population. */
export async function fillSqlite(path: string, directory: Directory): Promise<void> {
  let time = 0;
  const database = createSqliteDatabase({ path, durability: 'normal', now: () => time });
  const fill = async (type: ResourceType, entries: Iterable<Entry>, timeOf: (entry: Entry) => number) => {
    const store: Store = database.open(type, SCOPE);
    let creating: Promise<unknown>[] = [];
    for (const entry of entries) {
      time = timeOf(entry);
      creating.push(store.create(readInput(type, entry.body), { id: entry.id }));
      if (creating.length < BATCH) continue;
      await Promise.all(creating);
      creating = [];
    }
    await Promise.all(creating);
  };
  try {
    await fill(User, directory.users(), ({ number }) => createdAt(number));
    await fill(Group, directory.groups(), () => createdAt(directory.size.users));
  } finally {
    await database.close();
  }
}
