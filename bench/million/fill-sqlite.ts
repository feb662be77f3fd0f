// A population in a SQLite file: the store itself creates it, a thousand resources in one transaction.
import { DatabaseSync } from 'node:sqlite';
import { Group, type ResourceType, type Store, User } from '../../packages/scimkit/src/index.ts';
import { createSqliteDatabase } from '../../packages/scimkit/src/store/sql/sqlite.ts';
import { TEXT_BATCH } from '../../packages/scimkit/src/store/sql/sqlite-texts.ts';
import { createdAt, type Directory, type Entry, SCOPE } from './directory.ts';
import { readInput } from './input.ts';

/** Resources of one transaction. */
const BATCH = 1_000;

/** Waits until the index of texts, which follows behind writes, has what it takes in: it would go on while it is measured. */
async function indexedTexts(path: string): Promise<void> {
  const database = new DatabaseSync(path, { readOnly: true });
  const last = '(SELECT rowid FROM text_search ORDER BY rowid DESC LIMIT 1)';
  const waiting = database.prepare(
    `SELECT count(*) AS total FROM (SELECT 1 FROM scimkit_resource WHERE number > coalesce(${last}, 0) LIMIT 1000)`,
  );
  while (Number(waiting.get()?.total) > TEXT_BATCH) await new Promise((resolve) => setTimeout(resolve, 100));
  database.close();
}

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
    await indexedTexts(path);
  } finally {
    await database.close();
  }
}
