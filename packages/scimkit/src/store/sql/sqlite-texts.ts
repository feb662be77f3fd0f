// RFC 7644 §3.4.2.2, `co` and `ew` on SQLite: an index of trigrams with one row per resource, under its number, of all
// texts in it that filters compare.
//
// FTS5 takes many rows for much less than one by one, so the index follows later, some rows at a time. What it doesn't
// have yet is among the candidates of every search: resources with numbers behind its last one (a new one has the highest
// of all times), and those that are noted as changed.
import type { TextIndex } from './dialect.ts';
import { all, one, type Row, rawSql, type Sql, sql, type Work } from './fragment.ts';

/** Rows that the index takes in at once, which blocks for a few milliseconds; so many may wait. */
export const TEXT_BATCH = 128;

/** Bytes of folded documents at once: large ones are fewer. */
const MAX_BATCH_SIZE = 400_000;

/** Pages that are merged with each batch: as many as it takes to keep up with a million resources. */
const MERGED_PAGES = 32;

/** Of a text's trigrams, those that are counted, and those that are searched for. */
const MAX_COUNTED = 32;
const MAX_TERMS = 4;

/** Characters of a trigram. */
const TRIGRAM = 3;

/** How far a trigram is counted. */
const COUNTED = 50;

/** The last number that the index has. */
const LAST = rawSql('coalesce((SELECT rowid FROM text_search ORDER BY rowid DESC LIMIT 1), 0)');

/** All texts of the resource `r`. What separates them is searched too: that finds too many, never too few. */
const TEXTS = rawSql(`(
  SELECT group_concat(DISTINCT t.atom) FROM json_tree(jsonb_remove(r.folded, '$.schemas', '$.id')) t
  WHERE t.type = 'text'
)`);

export const sqliteTexts: TextIndex = {
  canFind: (text) => [...text].length >= TRIGRAM,
  *containing(scope, text, most) {
    return yield* find(scope, yield* rareTerms(scope, text), most);
  },
  changed: (which) =>
    sql`INSERT INTO text_changed (number) SELECT r.number FROM scimkit_resource r WHERE ${which} ON CONFLICT DO NOTHING`,
  *clear() {
    yield* all(rawSql("INSERT INTO text_search (text_search) VALUES ('delete-all')"));
    yield* all(rawSql('DELETE FROM text_changed'));
  },
};

/** The trigrams of a text, as FTS5 quotes what is to be taken literally; of a long text, some from everywhere. */
function trigrams(text: string): readonly string[] {
  const points = [...text];
  const all = new Set(points.slice(TRIGRAM - 1).map((_, i) => points.slice(i, i + TRIGRAM).join('')));
  const step = Math.max(1, all.size / MAX_COUNTED);
  return [...all]
    .filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))
    .map((trigram) => `"${trigram.replaceAll('"', '""')}"`);
}

/**
 * The trigrams of a text that tell most. The time of a search grows with how common its terms are, all together; how
 * common one is, is estimated by how far apart its first rows are, from the scope's first resource on.
 */
function* rareTerms(scope: Sql, text: string): Work<readonly string[]> {
  const terms = trigrams(text);
  if (terms.length <= MAX_TERMS) return terms;
  const rare = yield* all(
    sql`SELECT j.value AS term, coalesce((
          SELECT rowid FROM text_search WHERE text_search MATCH j.value AND rowid >= f.number
          LIMIT 1 OFFSET ${COUNTED}
        ), 9e15) AS reach
        FROM (SELECT coalesce((SELECT r.number FROM scimkit_resource r WHERE ${scope} ORDER BY r.id LIMIT 1), 0) AS number) f
        CROSS JOIN json_each(${JSON.stringify(terms)}) j
        ORDER BY reach DESC LIMIT ${MAX_TERMS}`,
  );
  return rare.map((row) => String(row.term));
}

function* find(scope: Sql, terms: readonly string[], most: number): Work<readonly string[] | undefined> {
  const rows = yield* all(
    sql`SELECT r.id FROM (
          SELECT rowid AS number FROM text_search WHERE text_search MATCH ${terms.join(' AND ')}
          UNION ALL SELECT number FROM scimkit_resource WHERE number > ${LAST}
          UNION ALL SELECT number FROM text_changed
          LIMIT ${most + 1}
        ) c LEFT JOIN scimkit_resource r ON r.number = c.number AND ${scope}`,
  );
  // Those of other scopes count: it takes as long to find them.
  if (rows.length > most) return undefined;
  return rows.flatMap(({ id }) => (id === null ? [] : [String(id)]));
}

/** Takes a batch into the index, if more waits than may wait; tells whether it did. */
export function* absorbTexts(batch = TEXT_BATCH, mayWait = batch): Work<boolean> {
  const waiting = yield* one(
    sql`SELECT count(*) AS total FROM (
          SELECT number FROM scimkit_resource WHERE number > ${LAST}
          UNION ALL SELECT number FROM text_changed LIMIT ${mayWait + 1}
        )`,
  );
  if (Number(waiting?.total) <= mayWait) return false;
  yield* absorb(batch);
  return true;
}

function* absorb(batch: number): Work<void> {
  const last = Number((yield* one(sql`SELECT ${LAST} AS last`))?.last);
  const changed = yield* all(
    sql`SELECT c.number, coalesce(length(r.folded), 0) AS size FROM text_changed c
        LEFT JOIN scimkit_resource r ON r.number = c.number ORDER BY c.number LIMIT ${batch}`,
  );
  const fresh = yield* all(
    sql`SELECT number, length(folded) AS size FROM scimkit_resource WHERE number > ${last}
        ORDER BY number LIMIT ${batch - changed.length}`,
  );
  const waiting = [...changed, ...fresh];
  const count = countWithin(MAX_BATCH_SIZE, waiting);
  const known = numbers(changed.slice(0, count));
  // Numbers come in their order: of the changed ones, those behind the last one are left for when it is their turn.
  const taken = numbers(
    waiting.slice(0, count).filter((row, i) => i >= changed.length || Number(row.number) <= last),
  );
  yield* all(sql`DELETE FROM text_search WHERE rowid IN (SELECT j.value FROM json_each(${known}) j)`);
  yield* all(
    sql`INSERT INTO text_search (rowid, text) SELECT r.number, ${TEXTS} FROM scimkit_resource r
        WHERE r.number IN (SELECT j.value FROM json_each(${taken}) j) ORDER BY r.number`,
  );
  yield* all(sql`DELETE FROM text_changed WHERE number IN (SELECT j.value FROM json_each(${known}) j)`);
  yield* all(sql`INSERT INTO text_search (text_search, rank) VALUES ('merge', ${MERGED_PAGES})`);
}

const numbers = (rows: readonly Row[]): string => JSON.stringify(rows.map((row) => Number(row.number)));

/** How many rows, from the first one on, are of a size together; at least one. */
function countWithin(size: number, rows: readonly Row[]): number {
  let sum = 0;
  const end = rows.findIndex((row, i) => {
    sum += Number(row.size);
    return sum > size && i > 0;
  });
  return end < 0 ? rows.length : end;
}
