// RFC 5321 §4.1.2, §4.5.3.1, RFC 6531 §3.3: the form of an e-mail address, to which RFC 7643 §4.1.2 refers.
import type { ResolvedAttribute } from '../schema/resource-type.ts';
import { quote, ScimError } from './error.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** A dot-atom, or a string in quotes. */
const LOCAL =
  /^(?:[^\p{C}\p{Z}"(),.:;<>@[\\\]]+(?:\.[^\p{C}\p{Z}"(),.:;<>@[\\\]]+)*|"(?:[^"\\\p{C}]|\\[^\p{C}])*")$/u;
const LABEL = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;
const LITERAL = /^\[[\w.:-]+\]$/;

/** Whether a text has the form of an e-mail address; whether mail arrives there, it doesn't tell. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = text.slice(at + 1);
  // What is longer is no address, and is looked at no further.
  if (bytes(local) > 64 || bytes(domain) > 255 || !LOCAL.test(local)) return false;
  return LITERAL.test(domain) || domain.split('.').every((label) => LABEL.test(label) && bytes(label) <= 63);
}

/**
 * Refuses a value of `emails` that is no e-mail address.
 *
 * @throws ScimError `invalidValue`
 */
export function assertEmail(attribute: ResolvedAttribute, value: unknown): void {
  if (attribute.path !== 'emails.value' || typeof value !== 'string' || isEmail(value)) return;
  throw new ScimError(
    'invalidValue',
    `"emails.value" must be an e-mail address such as "ada@example.com", not ${quote(value)} (RFC 7643 §4.1.2).`,
  );
}
