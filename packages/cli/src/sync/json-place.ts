// Reading the JSON of a sync file: what is wrong is told with its place.
import { OptionError } from '../option-error.ts';

/** A JSON object, not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: no array, no null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value with its place in a file, such as `users.map.active`. */
export class Place {
  readonly file: string;
  readonly path: string;
  readonly value: unknown;

  constructor(file: string, path: string, value: unknown) {
    this.file = file;
    this.path = path;
    this.value = value;
  }

  /** The error that says what is wrong here. */
  wrong(problem: string): OptionError {
    return new OptionError(`${this.file}: ${this.path === '' ? 'it' : this.path} ${problem}`);
  }

  /** The members of an object; those that nobody knows are refused. */
  members<Name extends string>(known: readonly Name[]): { readonly [Key in Name]?: Place } {
    const { value } = this;
    if (!isObject(value)) throw this.wrong(`must be an object with some of ${known.join(', ')}.`);
    const unknown = Object.keys(value).find((key) => !known.some((name) => name === key));
    if (unknown !== undefined) {
      throw this.wrong(`has no member ${JSON.stringify(unknown)}: there are ${known.join(', ')}.`);
    }
    return Object.fromEntries(this.entries()) as { readonly [Key in Name]?: Place };
  }

  /** The members of an object, whatever they are called. */
  entries(): readonly (readonly [name: string, place: Place])[] {
    const { value } = this;
    if (!isObject(value)) throw this.wrong('must be an object.');
    return Object.entries(value).map(([name, member]) => {
      const step = /^[\w$-]+$/.test(name) ? `${this.path && '.'}${name}` : `[${JSON.stringify(name)}]`;
      return [name, new Place(this.file, this.path + step, member)] as const;
    });
  }

  text(example: string): string {
    if (typeof this.value === 'string' && this.value !== '') return this.value;
    throw this.wrong(`must be a text, such as ${JSON.stringify(example)}.`);
  }

  flag(): boolean {
    if (typeof this.value === 'boolean') return this.value;
    throw this.wrong('must be true or false.');
  }

  texts(example: readonly string[]): readonly string[] {
    const { value } = this;
    const isList = Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
    if (isList) return value;
    throw this.wrong(`must be a list of texts, such as ${JSON.stringify(example)}.`);
  }

  choice<Choice extends string>(choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === this.value);
    if (found !== undefined) return found;
    throw this.wrong(`must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}.`);
  }
}
