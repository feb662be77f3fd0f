// SQL as text and parameters, never as text alone. What a client sends is always a parameter.

/**
 * A value of a statement. In our own tables booleans are 0 and 1, and instants are texts; apps' tables have the others too.
 * Lists are for a dialect that has arrays.
 */
export type SqlValue = string | number | null | readonly string[] | boolean | bigint | Date | Uint8Array;

/** A piece of SQL with its parameters, in order; each stands as `?` in the text. */
export interface Sql {
  readonly text: string;
  readonly parameters: readonly SqlValue[];
}

/** A row of a result. */
export type Row = Readonly<Record<string, unknown>>;

/** A unit of work: it yields statements and is given their rows, whether they come at once or later. */
export type Work<Result> = Generator<Sql, Result, readonly Row[]>;

const isSql = (value: Sql | SqlValue): value is Sql =>
  typeof value === 'object' && value !== null && 'parameters' in value;

/** A text that was put together before, and those that continue it by the next fragment's text. */
interface Assembled {
  text: string | undefined;
  readonly next: Map<string, Assembled>;
}

/** Texts assembled from equal fragments are one and the same string: prepared statements are found by it at once. */
const assembled = new Map<TemplateStringsArray, Assembled>();
let assembledTexts = 0;

/** Filters make ever new texts; what is used all the time is soon there again. */
const MAX_ASSEMBLED = 5_000;

/** Longer texts are of filters that nobody sends twice; kept, they would fill the memory. */
export const MAX_KEPT_TEXT = 4_000;

/** A piece of SQL: fragments are put in as they are, values become parameters. */
export function sql(strings: TemplateStringsArray, ...values: readonly (Sql | SqlValue)[]): Sql {
  const parameters: SqlValue[] = [];
  let length = 0;
  for (const value of values) {
    if (isSql(value)) {
      length += value.text.length;
      for (const parameter of value.parameters) parameters.push(parameter);
    } else parameters.push(value);
  }
  return { text: length > MAX_KEPT_TEXT ? assemble(strings, values) : keep(strings, values), parameters };
}

/** The one string for a text, assembled when it is met first. */
function keep(strings: TemplateStringsArray, values: readonly (Sql | SqlValue)[]): string {
  let place = continuation(assembled, strings);
  for (const value of values) place = continuation(place.next, isSql(value) ? value.text : '?');
  place.text ??= assemble(strings, values);
  return place.text;
}

function continuation<Key>(from: Map<Key, Assembled>, key: Key): Assembled {
  const known = from.get(key);
  if (known) return known;
  if (++assembledTexts > MAX_ASSEMBLED) {
    assembled.clear();
    assembledTexts = 0;
  }
  const fresh = { text: undefined, next: new Map<string, Assembled>() };
  from.set(key, fresh);
  return fresh;
}

function assemble(strings: TemplateStringsArray, values: readonly (Sql | SqlValue)[]): string {
  return strings.reduce((text, string, index) => {
    const value = values[index - 1] as Sql | SqlValue;
    return `${text}${isSql(value) ? value.text : '?'}${string}`;
  });
}

/** Fragments one after the other, with a text of ours between them. */
export function joinSql(fragments: readonly Sql[], separator: string): Sql {
  return {
    text: fragments.map((fragment) => fragment.text).join(separator),
    parameters: fragments.flatMap((fragment) => fragment.parameters),
  };
}

/** Texts as parameters, with commas between them: a list for IN. */
export function listSql(texts: readonly string[]): Sql {
  return joinSql(
    texts.map((text) => sql`${text}`),
    ', ',
  );
}

/**
 * Conditions in parentheses, halved until they are single: databases limit how deep an expression is, and a chain is as
 * deep as it is long.
 */
export function joinSqlEvenly(conditions: readonly Sql[], operator: ' AND ' | ' OR '): Sql {
  const [only] = conditions;
  if (only && conditions.length === 1) return only;
  const half = Math.ceil(conditions.length / 2);
  const sides = [conditions.slice(0, half), conditions.slice(half)];
  return sql`(${joinSql(
    sides.map((side) => joinSqlEvenly(side, operator)),
    operator,
  )})`;
}

/** Text of ours as SQL: names and keywords, never data. */
export function rawSql(text: string): Sql {
  return { text, parameters: [] };
}

/** Runs one statement of a unit of work. */
export function* all(statement: Sql): Work<readonly Row[]> {
  return yield statement;
}

/** Runs one statement and takes its first row. */
export function* one(statement: Sql): Work<Row | undefined> {
  return (yield statement)[0];
}
