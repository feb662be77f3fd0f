// Identifiers that Prisma's client, and not the database, makes for `@default(cuid())` and the like.
import { uuidv7 } from '../id.ts';

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
/** https://github.com/ulid/spec: without letters that are taken for digits. */
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const URL_SAFE = `${BASE36}ABCDEFGHIJKLMNOPQRSTUVWXYZ_-`;

function random(length: number, alphabet: string): string {
  let text = '';
  while (text.length < length) {
    // Bytes beyond the last whole multiple would make some characters likelier.
    const limit = 256 - (256 % alphabet.length);
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

/** The time in milliseconds as digits of an alphabet, so that the order of texts is that of time. */
function timed(length: number, alphabet: string): string {
  let rest = Date.now();
  let text = '';
  for (let index = 0; index < length; index += 1) {
    text = `${alphabet[rest % alphabet.length]}${text}`;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}

/** What makes a value for a function of a Prisma schema; undefined where that is the database's. */
export function identifierOf(name: string, argument: string): (() => unknown) | undefined {
  switch (name) {
    case 'uuid':
      return argument === '7' ? () => uuidv7() : () => crypto.randomUUID();
    case 'cuid':
      // Both start with a letter; version 1 goes on with the time.
      return argument === '2'
        ? () => random(1, BASE36.slice(10)) + random(23, BASE36)
        : () => `c${timed(8, BASE36)}${random(16, BASE36)}`;
    case 'ulid':
      return () => timed(10, BASE32) + random(16, BASE32);
    case 'nanoid':
      return () => random(Number(argument) || 21, URL_SAFE);
    default:
      return undefined;
  }
}
