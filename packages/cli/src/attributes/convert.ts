// RFC 7643 §2.3: values of the command line as values of an attribute's type.
import type { ResolvedAttribute } from 'scimkit';
import { OptionError } from '../option-error.ts';
import { printable } from '../printable.ts';
import { didYouMean } from '../similar.ts';

const wrong = (attribute: ResolvedAttribute, text: string, rule: string): OptionError =>
  new OptionError(`${attribute.path}: '${printable(text)}' is ${rule}.`);

/** One value of an attribute, from a text. @throws OptionError */
export function convert(attribute: ResolvedAttribute, text: string): unknown {
  switch (attribute.type) {
    case 'boolean': {
      const word = text.trim().toLowerCase();
      if (word !== 'true' && word !== 'false') throw wrong(attribute, text, 'neither true nor false');
      return word === 'true';
    }
    case 'integer': {
      const number = Number(text);
      if (!/^-?\d+$/.test(text.trim()) || !Number.isSafeInteger(number)) {
        throw wrong(attribute, text, 'no integer');
      }
      return number;
    }
    case 'decimal': {
      const number = Number(text);
      if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text.trim()) || !Number.isFinite(number)) {
        throw wrong(attribute, text, 'no number');
      }
      return number;
    }
    case 'dateTime':
      if (
        !/^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(text) ||
        Number.isNaN(Date.parse(text))
      ) {
        throw wrong(attribute, text, 'no dateTime; one looks like 2030-01-31T12:00:00Z');
      }
      return text;
    case 'complex':
      return convertComplex(attribute, text);
    default:
      return text;
  }
}

/** How a complex value is written without JSON: with the sub-attributes that most are interested in. */
export function exampleOf({ subAttributes }: ResolvedAttribute): string {
  const names = subAttributes.filter(({ mutability }) => mutability !== 'readOnly').map(({ name }) => name);
  const usual = ['value', 'type', 'primary'].filter((name) => names.includes(name));
  const shown = usual.length > 1 ? usual : names;
  return shown
    .slice(0, 2)
    .map((name) => `${name}=...`)
    .join(',');
}

/** A complex value, as JSON, as `sub=value,sub=value`, or, of what has a "value", as that alone. */
function convertComplex(attribute: ResolvedAttribute, text: string): unknown {
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw wrong(attribute, text, `no JSON (${printable((error as Error).message)})`);
    }
  }
  const names = attribute.subAttributes.map(({ name }) => name);
  const first = /^\s*([$\w-]+)=/.exec(text)?.[1];
  if (first === undefined || !attribute.sub.has(first.toLowerCase())) {
    // What is no name of a sub-attribute is a value with "=" in it, but not where it looks misspelt.
    const hint = first === undefined ? '' : didYouMean(first, names);
    if (attribute.sub.has('value') && !hint) return { value: text };
    throw new OptionError(
      `${attribute.path}: '${printable(text)}' is neither JSON nor ${exampleOf(attribute)}${hint}`,
    );
  }
  // A comma separates only where another sub-attribute begins: names of people have commas.
  const known = names.map((name) => name.replaceAll('$', '\\$')).join('|');
  const parts = text.split(new RegExp(`,\\s*(?=(?:${known})=)`, 'i'));
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      const sub = attribute.sub.get(part.slice(0, at).trim().toLowerCase()) as ResolvedAttribute;
      return [sub.name, convert(sub, part.slice(at + 1))];
    }),
  );
}

/** The values of an attribute, of texts that were given: of a multi-valued one an array. @throws OptionError */
export function convertAll(attribute: ResolvedAttribute, texts: readonly string[]): unknown {
  if (!attribute.multiValued || isWithinValues(attribute)) return convert(attribute, texts.at(-1) ?? '');
  return texts.flatMap((text) => {
    if (!text.trimStart().startsWith('[')) return [convert(attribute, text)];
    try {
      const values: unknown = JSON.parse(text);
      if (Array.isArray(values)) return values;
    } catch (error) {
      if (attribute.type === 'complex')
        throw wrong(attribute, text, `no JSON (${printable((error as Error).message)})`);
    }
    return [convert(attribute, text)];
  });
}

/** Sub-attributes have one value in each value of theirs. */
const isWithinValues = ({ parent, multiValued }: ResolvedAttribute): boolean =>
  parent !== undefined && !multiValued;
