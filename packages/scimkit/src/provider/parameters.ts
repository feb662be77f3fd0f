// RFC 7644 §3.4.2, §3.9, RFC 9865 §2: the parameters of a query string, or of a SearchRequest (§3.4.3).
import { quote, ScimError } from '../protocol/error.ts';
import type { Leniency } from '../protocol/leniency.ts';
import { type JsonObject, member } from '../protocol/message.ts';
import { splitNames } from '../protocol/project.ts';

/** The parameters that the protocol knows; others are ignored. */
export interface Parameters {
  readonly filter?: string | undefined;
  readonly sortBy?: string | undefined;
  readonly sortOrder?: string | undefined;
  readonly startIndex?: unknown;
  readonly count?: unknown;
  /** An empty text asks for the first page by cursor (RFC 9865 §2). */
  readonly cursor?: string | undefined;
  readonly attributes?: readonly string[] | undefined;
  readonly excludedAttributes?: readonly string[] | undefined;
}

const NAMES = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const;
type Name = (typeof NAMES)[number];
const NONE: Parameters = {};
const BY_LOWER_CASE = new Map<string, Name>(NAMES.map((name) => [name.toLowerCase(), name]));

function decode(name: string, text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new ScimError(
      'invalidValue',
      `The parameter "${name}" is not percent-encoded UTF-8: write "%" as %25, "&" as %26 and "+" as %2B.`,
    );
  }
}

/** Splits a query string; `+` and `%20` are spaces, empty pieces don't count. */
export function readQueryString(query: string, leniency: Leniency): Parameters {
  if (query === '') return NONE;
  const values = new Map<Name, string>();
  for (const piece of query.split('&')) {
    const equals = piece.indexOf('=');
    const written = equals < 0 ? piece : piece.slice(0, equals);
    const name = BY_LOWER_CASE.get(written.toLowerCase());
    // Of all bare names, `cursor` alone says something (RFC 9865 §2).
    if (!name || (equals < 0 && name !== 'cursor')) continue;
    if (name !== written) {
      if (!leniency.parameterCase) continue;
      leniency.report({ kind: 'rewrite', name: 'parameter-case', where: written });
    }
    const value = equals < 0 ? '' : decode(name, piece.slice(equals + 1));
    const earlier = values.get(name);
    if (earlier !== undefined && earlier !== value) {
      // A list may come in pieces; anything else is one thing or another.
      if (name !== 'attributes' && name !== 'excludedAttributes') {
        throw new ScimError('invalidValue', `The parameter "${name}" is given twice; send it once.`);
      }
      values.set(name, `${earlier},${value}`);
      continue;
    }
    values.set(name, value);
  }
  return toParameters((name) => values.get(name));
}

/** Reads the members of a SearchRequest (RFC 7644 §3.4.3), whose lists may be one text, and have as many names as a body. */
export function readSearchRequest(message: JsonObject, { bodyValues }: { bodyValues: number }): Parameters {
  return toParameters((name) => member(message, name), bodyValues);
}

/** How many names a list has: before it is split, which costs more than reading it. */
function countNames(value: unknown): number {
  let count = 0;
  for (const text of Array.isArray(value) ? (value as string[]) : [String(value ?? '')]) {
    for (let start = 0; start < text.length; ) {
      const comma = text.indexOf(',', start);
      const end = comma < 0 ? text.length : comma;
      if (end > start) count++;
      start = end + 1;
    }
  }
  return count;
}

function toParameters(get: (name: Name) => unknown, maxNames = Number.POSITIVE_INFINITY): Parameters {
  const text = (name: Name): string | undefined => {
    const value = get(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') {
      throw new ScimError('invalidValue', `"${name}" must be a string, not ${quote(value)}.`);
    }
    return value;
  };
  const names = (name: Name): readonly string[] | undefined => {
    const value = get(name);
    const isTexts = Array.isArray(value)
      ? value.every((v) => typeof v === 'string')
      : typeof value === 'string';
    if (value !== undefined && value !== null && !isTexts) {
      throw new ScimError(
        'invalidValue',
        `"${name}" must be a list of attribute names, not ${quote(value)}.`,
      );
    }
    const count = countNames(value);
    if (count > maxNames) {
      throw new ScimError(
        'invalidValue',
        `"${name}" has ${count} names; at most ${maxNames} are accepted (bodyValues).`,
      );
    }
    return splitNames(value);
  };
  return {
    filter: text('filter'),
    sortBy: text('sortBy'),
    sortOrder: text('sortOrder'),
    startIndex: get('startIndex'),
    count: get('count'),
    cursor: text('cursor') ?? (get('cursor') === '' ? '' : undefined),
    attributes: names('attributes'),
    excludedAttributes: names('excludedAttributes'),
  };
}
