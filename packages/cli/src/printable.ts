// Texts from elsewhere on a terminal: what would move its cursor, colour it or turn the direction around is written out.

/** Control characters, and those that change the direction or break the line of what follows. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;
const CONTROLS_BUT_LINES = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

const written = (character: string): string =>
  ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[character] ??
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text on one line, safe for a terminal: ESC is \u001b. */
export function printable(text: string): string {
  return text.replace(CONTROLS, written);
}

/** A text whose line ends stay: what JSON.stringify made stays the same JSON. */
export function printableLines(text: string): string {
  return text.replace(CONTROLS_BUT_LINES, written);
}
