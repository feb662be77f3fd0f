// The table `value`: what of a resource is in the index of filters.
import { type Comparable, isComparable } from '../../protocol/fold.ts';
import { valuesOf } from '../../protocol/match.ts';
import type { JsonObject } from '../../protocol/message.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';

/** Counts what is made of the same schemas: another number has existing databases indexed anew. */
export const INDEX_VERSION = 2;

/** Characters of a value that are indexed. */
const INDEXED_LENGTH = 256;

/** The form of a value in the index; of a long one, its beginning, which never ends within a surrogate pair. */
export function indexed(value: Comparable): string {
  const text = String(value);
  const isWithinPair = (text.codePointAt(INDEXED_LENGTH - 1) ?? 0) > 0xffff;
  return text.slice(0, isWithinPair ? INDEXED_LENGTH - 1 : INDEXED_LENGTH);
}

/** Whether the index has a value as a whole, and no longer one looks the same in it. */
export const isIndexedWhole = (value: Comparable): boolean => String(value).length < INDEXED_LENGTH - 1;

/** What an attribute's resources with longer values are under: no attribute has "+" in its name. */
export const longValuesOf = (attribute: ResolvedAttribute): string => `${attribute.path}+`;

function isIndexable(attribute: ResolvedAttribute): boolean {
  const isText =
    attribute.type === 'string' || attribute.type === 'reference' || attribute.type === 'dateTime';
  if (!isText || !isComparable(attribute)) return false;
  const { parent } = attribute;
  if (!parent) return attribute.name !== 'schemas' && attribute.name !== 'id';
  if (parent.name === 'meta' || !isComparable(parent)) return false;
  // Of the values of a multi-valued attribute, what they are; not of what kind.
  return !parent.multiValued || attribute.name === 'value';
}

/** The attributes of a type whose values are in the index. */
export function indexedAttributes(type: ResourceType): readonly ResolvedAttribute[] {
  return [...type.attributes, ...type.extensions.flatMap((extension) => extension.attributes)]
    .filter((attribute) => !attribute.relation)
    .flatMap((attribute) => [attribute, ...attribute.subAttributes])
    .filter(isIndexable);
}

/** A row of the index: an attribute's path and a value. */
type IndexRow = readonly [path: string, value: string];

/** What a change of a resource is to the index. */
interface IndexChanges {
  readonly gone: readonly IndexRow[];
  readonly fresh: readonly IndexRow[];
  /** Whether values have changed, or may have, of which the index has the beginning alone. */
  readonly mayDiffer: boolean;
}

/** What a change of a folded document is to the index; undefined: the document isn't there, or no longer. */
export function indexChanges(
  attributes: readonly ResolvedAttribute[],
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): IndexChanges {
  const gone: IndexRow[] = [];
  const fresh: IndexRow[] = [];
  let hasLong = false;
  const compare = (path: string, was: ReadonlySet<string>, is: ReadonlySet<string>) => {
    for (const value of was) if (!is.has(value)) gone.push([path, value]);
    for (const value of is) if (!was.has(value)) fresh.push([path, value]);
  };
  for (const attribute of attributes) {
    const was = indexedValues(attribute, before);
    const is = indexedValues(attribute, after);
    if (was === NO_VALUES && is === NO_VALUES) continue;
    compare(attribute.path, was.values, is.values);
    if (!was.areLong && !is.areLong) continue;
    hasLong = true;
    compare(longValuesOf(attribute), was.areLong ? MARK : NO_MARK, is.areLong ? MARK : NO_MARK);
  }
  return { gone, fresh, mayDiffer: hasLong || gone.length > 0 || fresh.length > 0 };
}

/** The row of a resource that has longer values. */
const MARK: ReadonlySet<string> = new Set(['']);
const NO_MARK: ReadonlySet<string> = new Set();

interface IndexedValues {
  readonly values: ReadonlySet<string>;
  /** Whether some of them are beginnings. */
  readonly areLong: boolean;
}

const NO_VALUES: IndexedValues = { values: new Set(), areLong: false };

function indexedValues(attribute: ResolvedAttribute, folded: JsonObject | undefined): IndexedValues {
  const values = folded ? (valuesOf(folded, attribute) as readonly Comparable[]) : [];
  if (values.length === 0) return NO_VALUES;
  return { values: new Set(values.map(indexed)), areLong: !values.every(isIndexedWhole) };
}
