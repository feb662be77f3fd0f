// Which parts of a text are rare, told by some values of the attribute that it is looked for in. An index of trigrams reads
// a list for each trigram: those of a domain, in which all addresses are, take the most time and tell nothing.
import { all, joinSql, type Sql, sql, type Work } from './fragment.ts';

/** Some values, from several places of their order. */
export type TextSample = readonly string[];

/** Values are read from each of these texts on, so many each. */
const STARTS = ['', '5', 'c', 'j', 'p'];
const EACH = 20;

/** Parts that are looked for at most. */
const MAX_PARTS = 2;

/** Reads some of the rows `v` of the index. */
export function* takeSample(values: Sql): Work<TextSample> {
  const chunks = STARTS.map(
    (start) => sql`SELECT s.value FROM (
      SELECT v.value FROM scimkit_value v WHERE ${values} AND v.value >= ${start} ORDER BY v.value LIMIT ${EACH}
    ) AS s`,
  );
  const rows = yield* all(joinSql(chunks, ' UNION ALL '));
  return rows.map((row) => String(row.value));
}

/** The part of a sample that contains a text, from 0 to 1. */
export function shareOf(text: string, sample: TextSample): number {
  return sample.filter((value) => value.includes(text)).length / Math.max(1, sample.length);
}

/** Parts of a text in their order: those words of three characters or more that are rarest. None where it has no such word. */
export function rareParts(text: string, sample: TextSample): readonly string[] {
  const words = text.match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  const shares = words.map((word) => shareOf(word, sample));
  const lowest = Math.min(...shares);
  const rare = words.map((_, i) => i).filter((i) => (shares[i] as number) <= 2 * lowest);
  // Of those that are equally rare, the longer ones.
  const best = rare
    .sort((a, b) => (words[b] as string).length - (words[a] as string).length)
    .slice(0, MAX_PARTS)
    .sort((a, b) => a - b);
  return best.map((i) => words[i] as string);
}
