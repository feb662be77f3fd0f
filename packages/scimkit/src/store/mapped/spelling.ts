// Whose account it is, is decided by how a value is written, and not by what a database takes for the same.

/** These are no letters of ASCII, but in lower case they are, or have, one. */
const CAPITALS_ALONE = /[^\u0130\u212a]+/g;

const inLowerCase = (text: string): string => text.replace(CAPITALS_ALONE, (part) => part.toLowerCase());

/** Whether two texts are the same in other capitals: `ADA` and `ada` are, `K` (the sign for Kelvin) and `k` are not. */
export const isSameSpelling = (one: unknown, other: unknown): boolean =>
  inLowerCase(String(one)) === inLowerCase(String(other));
