// Statements as PostgreSQL takes them: numbered parameters, and a name for those that come again and again.
import { MAX_KEPT_TEXT, type Sql, type SqlValue } from './fragment.ts';
import type { PostgresStatement } from './postgres-pool.ts';

interface Known {
  readonly text: string;
  uses: number;
  name: string | undefined;
}

/** Statements by their text, for the whole process: a connection takes one text under one name. */
const known = new Map<string, Known>();

/** Filters make ever new texts; what is used all the time is soon there again. */
const MAX_KNOWN = 2_000;

/** How many rows a pattern matches, only the pattern tells: a plan for all of them would be the wrong one for most. */
const hasPattern = (text: string) => text.includes(' LIKE ');

/** Each connection keeps what was prepared until it ends: what a client can vary must not fill it. */
const MAX_NAMES = 300;

/** A text is prepared when it has come as often. */
const USES = 5;

let names = 0;

/** A process may have this module twice, and one pool for both: each has names of its own. */
const MODULE = Math.random().toString(36).slice(2, 10);

function numbered(text: string): string {
  let count = 0;
  return text.replace(/\?/g, () => `$${++count}`);
}

/** No stored text has U+0000, and the server takes none: another character that isn't there either stands for it. */
export const withoutNul = (text: string) => (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text);

function toValue(value: SqlValue): unknown {
  if (typeof value === 'string') return withoutNul(value);
  return Array.isArray(value) ? value.map(withoutNul) : value;
}

/** A statement for the driver. `isPrepared` says that it may have a name. */
export function toStatement({ text, parameters }: Sql, isPrepared: boolean): PostgresStatement {
  const values = parameters.map(toValue);
  if (text.length > MAX_KEPT_TEXT) return { text: numbered(text), values };
  let entry = known.get(text);
  if (!entry) {
    forgetOne();
    entry = { text: numbered(text), uses: 0, name: undefined };
    known.set(text, entry);
  }
  if (!isPrepared) return { text: entry.text, values };
  if (entry.name === undefined && !hasPattern(text) && ++entry.uses >= USES && names < MAX_NAMES) {
    entry.name = `scimkit_${MODULE}_${++names}`;
  }
  return entry.name === undefined
    ? { text: entry.text, values }
    : { text: entry.text, values, name: entry.name };
}

/** The oldest text without a name makes room. */
function forgetOne(): void {
  if (known.size < MAX_KNOWN) return;
  for (const [text, { name }] of known) {
    if (name === undefined) {
      known.delete(text);
      return;
    }
  }
}
