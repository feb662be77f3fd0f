/** Statements with `?` as PostgreSQL wants them. None of them has a question mark in a text. */
export function numbered(text: string): string {
  let count = 0;
  return text.replace(/\?/g, () => `$${++count}`);
}
