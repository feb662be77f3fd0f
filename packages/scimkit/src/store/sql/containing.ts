// RFC 7644 §3.4.2.2: candidates of `co` and `ew`, which no order of values helps to find.
//
// Where all resources are read one after the other, a condition costs little. So candidates are found beforehand, and
// used only if they are few: a filter that most resources meet must not cost more than without an index.
import { rareParts, shareOf, type TextSample, takeSample } from './text-sample.ts';
import { slotsOf, totalOf } from './counter.ts';
import { all, rawSql, type Sql, sql, type Work } from './fragment.ts';
import { inPlace, type Place } from './place.ts';

/** Resources that are read in the time that one candidate takes. */
const READ_MEANWHILE = 16;

/** Candidates of one filter: their ids are parameters. */
const MAX_CANDIDATES = 4_000;

/** How often one filter may look at all values of an attribute. */
const MAX_LOOKS = 4;

/** The part of a sample that may have a text, where the sample is not all there is. */
const MAX_SHARE = 0.1;
const FEW = 20;

/** What finding candidates may cost, for all parts of a filter together. */
export interface SearchBudget {
  /** How many more candidates may be found. */
  left(): Work<number>;
  spend(candidates: number): void;
  /** Whether all values of an attribute may be looked at, once more. */
  mayLook(): boolean;
  /** Some values of an attribute, the same ones for all parts of the filter. */
  sample(values: Sql): Work<TextSample>;
}

export function searchBudget(place: Place): SearchBudget {
  let left: number | undefined;
  let looks = MAX_LOOKS;
  const samples = new Map<string, TextSample>();
  return {
    *left() {
      left ??= Math.min(MAX_CANDIDATES, Math.floor(totalOf(yield* slotsOf(place)) / READ_MEANWHILE));
      return left;
    },
    spend(candidates) {
      left = (left ?? 0) - candidates;
    },
    mayLook: () => --looks >= 0,
    *sample(values) {
      const key = JSON.stringify(values.parameters);
      const sample = samples.get(key) ?? (yield* takeSample(values));
      samples.set(key, sample);
      return sample;
    },
  };
}

/** A text that is looked for in the values of one attribute. */
export interface TextSearch {
  readonly place: Place;
  readonly operator: 'co' | 'ew';
  readonly text: string;
  /** The index's rows `v` of the attribute, and those that say whose values are longer than what is in it. */
  readonly values: Sql;
  readonly longValues: Sql;
}

const VALUE = rawSql('v.value');

/** The ids of all resources that may have a text in a value, or at its end; undefined where these are too many. */
export function* containing(search: TextSearch, budget: SearchBudget): Work<Sql | undefined> {
  const { dialect } = search.place;
  if (dialect.columnContains) return yield* searchColumn(search, budget);
  const most = yield* budget.left();
  if (most <= 0) return undefined;
  const ids = yield* find(search, most, budget);
  if (!ids) return undefined;
  budget.spend(ids.length);
  return sql`SELECT f.value FROM ${dialect.textList(ids, 'f')}`;
}

function* find(search: TextSearch, most: number, budget: SearchBudget): Work<readonly string[] | undefined> {
  const { place, text } = search;
  const { texts } = place.dialect;
  if (texts?.canFind(text)) return yield* texts.containing(inPlace(place, 'r.'), text, most);
  // A row is narrow: it takes a part of the time that a resource takes.
  if (!budget.mayLook()) return undefined;
  const found = yield* all(sql`${rowsWith(search)} LIMIT ${most + 1}`);
  return found.length > most ? undefined : found.map((row) => String(row.id));
}

/** The rows with the text. What is longer than the index has may have it in the rest. */
function rowsWith({ place: { dialect }, operator, text, values, longValues }: TextSearch, part?: Sql): Sql {
  const whole = operator === 'co' ? dialect.contains(VALUE, text) : dialect.endsWith(VALUE, text);
  const condition = part ? sql`${part} AND ${whole}` : whole;
  return sql`SELECT v.id FROM scimkit_value v WHERE ${values} AND ${condition}
    UNION ALL SELECT v.id FROM scimkit_value v WHERE ${longValues}`;
}

/**
 * Where values have an index of their own, the database knows what it costs, but not how common a text is, or a part of
 * it. A sample tells.
 */
function* searchColumn(search: TextSearch, budget: SearchBudget): Work<Sql | undefined> {
  const { place, text, values } = search;
  const sample = yield* budget.sample(values);
  if (sample.length >= FEW && shareOf(text, sample) > MAX_SHARE) return undefined;
  const parts = rareParts(text, sample);
  return rowsWith(search, parts.length > 0 ? place.dialect.columnContains?.(VALUE, parts) : undefined);
}
