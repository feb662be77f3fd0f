// From attributes to what is written: the columns that change, the rows that come and go.
import { ScimError } from '../../protocol/error.ts';
import { foldAttribute, foldResource } from '../../protocol/fold.ts';
import type { Report } from '../../protocol/leniency.ts';
import { isObject, type JsonObject, own, ownAt, setOwn } from '../../protocol/message.ts';
import type { Attributes } from '../../protocol/validate.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { SqlValue } from '../sql/fragment.ts';
import type { AppColumn } from './app-database.ts';
import { columnValue } from './aliased.ts';
import type { Compiled } from './compiled.ts';
import { writeScalar } from './scalar.ts';
import { SharedColumns } from './shared-columns.ts';
import { sideColumn } from './side-table.ts';
import type { Beside, Column, Elements, InColumn, InRows, InSlots, Source } from './source.ts';

/** The new values of columns of one table, by their names in the database. */
export type Values = Map<string, { readonly column: AppColumn; readonly value: SqlValue }>;

/** Values of an attribute in rows of their own, before and after. */
export interface RowsChange {
  readonly source: InRows;
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

/** What a change of attributes writes. */
export interface Assignments {
  /** The attributes that change. */
  readonly paths: readonly string[];
  readonly columns: ReadonlyMap<Beside, Values>;
  readonly rows: readonly RowsChange[];
}

/** The value of an attribute. */
export const valueAt = (attributes: JsonObject, { keys }: ResolvedAttribute): unknown =>
  ownAt(attributes, keys);

/** What has to be written so that `before` becomes `after`; attributes that are the same are left alone. */
export function assign(
  mapping: Compiled,
  before: Attributes,
  after: Attributes,
  report: Report | undefined,
): Assignments {
  const columns = new Map<Beside, Values>();
  const rows: RowsChange[] = [];
  const paths: string[] = [];
  let inDocument = false;
  const set = ({ beside, column }: Column, value: SqlValue) => {
    const values: Values = columns.get(beside) ?? new Map();
    columns.set(beside, values);
    values.set(column.name, { column, value });
  };
  const shared = new SharedColumns();
  for (const source of mapping.sources) {
    const attribute = source.kind === 'column' ? source.scalar.attribute : source.attribute;
    const was = valueAt(before, attribute);
    const is = valueAt(after, attribute);
    const isSame = was === is || JSON.stringify(was) === JSON.stringify(is);
    if (source.kind === 'rows') {
      const changes = isSame ? [] : rowsChange(source, was, is);
      rows.push(...changes);
      if (changes.length > 0) paths.push(attribute.path);
      continue;
    }
    if (source.kind === 'document') {
      inDocument ||= !isSame;
      continue;
    }
    const isShared = mapping.shared.has(source);
    if (isSame && !isShared) continue;
    const writes = writesOf(mapping, source, is, report);
    // What comes to the same in the columns is no change: a value that there is no room for, or less exact ones.
    // No conversion is asked what it makes of nothing before a value of one attribute: required ones never are nothing.
    const isNew = was === undefined && source.kind !== 'slots';
    const isChanged = !isSame && (isNew || !areSame(writes, writesOf(mapping, source, was, undefined)));
    if (isChanged) paths.push(attribute.path);
    if (isShared) shared.offer(attribute, writes, isChanged);
    else if (isChanged) for (const { place, value } of writes) set(place, value);
  }
  for (const { place, value } of shared.settled()) set(place, value);
  if (mapping.side && inDocument) assignDocument(mapping, mapping.side, before, after, set);
  return { paths, columns, rows };
}

/** What goes into a column. */
interface ColumnWrite {
  readonly place: Column;
  readonly value: SqlValue;
}

/** What a value of an attribute is in columns. */
function writesOf(
  mapping: Compiled,
  source: Source,
  value: unknown,
  report: Report | undefined,
): readonly ColumnWrite[] {
  const { words } = mapping;
  switch (source.kind) {
    case 'column':
      return [{ place: source, value: writeScalar(source.scalar, value, words) }];
    case 'computed':
      return Object.entries(source.write?.(value as never) ?? {}).map(([name, each]) => {
        const place = mapping.columnOf(name);
        return { place, value: columnValue(place.column, each, words) };
      });
    case 'slots':
      return distribute(source, (value ?? []) as unknown[], report).flatMap(({ slot, element }) =>
        [...slot.parts].map(([name, part]) => ({
          place: part,
          value: writeScalar(part.scalar, partOf(element, name, source.attribute), words),
        })),
      );
    default:
      return [];
  }
}

const areSame = (some: readonly ColumnWrite[], others: readonly ColumnWrite[]): boolean =>
  JSON.stringify(some.map(({ value }) => value)) === JSON.stringify(others.map(({ value }) => value));

/** Values with the parts that there are columns for. */
function rowsChange(source: InRows, was: unknown, is: unknown): readonly RowsChange[] {
  const { attribute, parts } = source;
  const kept = (value: unknown) =>
    ((value ?? []) as readonly unknown[]).map((element) =>
      attribute.type === 'complex' && isObject(element)
        ? Object.fromEntries(Object.entries(element).filter(([name]) => parts.has(name)))
        : element,
    );
  for (const element of (is ?? []) as readonly unknown[]) {
    if (!fits(source, element, false)) throw noRoom(attribute, [source]);
  }
  const [before, after] = [kept(was), kept(is)];
  return inAnyOrder(before) === inAnyOrder(after) ? [] : [{ source, before, after }];
}

/** Rows have an order of their own, whatever it is that they are sent in. */
const inAnyOrder = (elements: readonly unknown[]): string =>
  JSON.stringify(elements.map((element) => JSON.stringify(element)).sort());

/** The attributes that have no other place. */
function documentOf({ sources }: Compiled, attributes: Attributes): JsonObject {
  const document: Record<string, unknown> = {};
  for (const source of sources) {
    if (source.kind !== 'document') continue;
    const value = valueAt(attributes, source.attribute);
    if (value === undefined) continue;
    let target = document;
    for (const key of source.attribute.keys.slice(0, -1)) {
      const inner = (own(target, key) ?? {}) as Record<string, unknown>;
      setOwn(target, key, inner);
      target = inner;
    }
    setOwn(target, source.attribute.name, value);
  }
  return document;
}

function assignDocument(
  mapping: Compiled,
  side: Beside,
  before: Attributes,
  after: Attributes,
  set: (column: Column, value: SqlValue) => void,
): void {
  const document = documentOf(mapping, after);
  const text = JSON.stringify(document);
  if (text === JSON.stringify(documentOf(mapping, before))) return;
  set({ beside: side, column: sideColumn('document') }, text);
  // What filters compare.
  const folded = JSON.stringify(foldResource(mapping.type, document));
  set({ beside: side, column: sideColumn('folded') }, folded);
}

/** A part of a value; the value itself, where the attribute is not complex. */
export function partOf(element: unknown, name: string, attribute: ResolvedAttribute): unknown {
  if (attribute.type !== 'complex') return element;
  return isObject(element) ? own(element, name) : undefined;
}

/** Whether a value may be in a place where some parts are always the same; `exactly`: it has these parts. */
function fits({ constants }: Elements<unknown>, element: unknown, exactly: boolean): boolean {
  return [...constants].every(([name, { attribute, value }]) => {
    const part = isObject(element) ? own(element, name) : undefined;
    if (part === undefined) return !exactly;
    return foldAttribute(attribute, part) === foldAttribute(attribute, value);
  });
}

/** Finds each value its slot: first those that say which, and of the slots those that say most; then the others. */
function distribute(
  { attribute, slots, others }: InSlots,
  elements: readonly unknown[],
  report: Report | undefined,
): readonly { readonly slot: Elements<InColumn>; readonly element: unknown }[] {
  const taken = new Map<Elements<InColumn>, unknown>();
  const left = new Set(elements);
  const bySize = [...slots].sort((a, b) => b.constants.size - a.constants.size);
  for (const exactly of [true, false]) {
    for (const element of left) {
      const slot = (exactly ? bySize : slots).find(
        (each) => !taken.has(each) && fits(each, element, exactly),
      );
      if (!slot) continue;
      taken.set(slot, element);
      left.delete(element);
    }
  }
  if (left.size > 0 && others === 'refuse') throw noRoom(attribute, slots);
  if (left.size > 0) report?.({ kind: 'ignored', name: 'no room for value', where: attribute.path });
  return slots.map((slot) => ({ slot, element: taken.get(slot) }));
}

function noRoom({ path }: ResolvedAttribute, slots: readonly Elements<unknown>[]): ScimError {
  const rooms = slots.map(({ constants }) => {
    const parts = [...constants].map(([name, { value }]) => `${name} ${JSON.stringify(value)}`);
    return parts.length > 0 ? `one with ${parts.join(' and ')}` : 'one of any kind';
  });
  return new ScimError(
    'invalidValue',
    `"${path}" has more values, or others, than are kept here: there is room for ${rooms.join(', ')}. Send only those.`,
  );
}

/** Whether a source's values are in the app's own tables. */
export const isTheApps = (source: Source, { side }: Compiled): boolean =>
  source.kind !== 'document' && !(source.kind === 'column' && source.beside === side);
