// What somebody may have meant who misspelt a word.

/** How many characters have to change (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** ` (Did you mean ...?)`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const text = word.toLowerCase();
  const [best] = known
    .map((each) => ({ each, far: distance(text, each.toLowerCase()) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.floor(Math.max(each.length, text.length) * 0.4)))
    .toSorted((one, other) => one.far - other.far);
  return best ? ` (Did you mean ${best.each}?)` : '';
}
