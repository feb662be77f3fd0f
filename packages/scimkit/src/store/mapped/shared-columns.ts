// Columns that several attributes have as their own, such as an address that is userName and work e-mail at once.
import { ScimError } from '../../protocol/error.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { SqlValue } from '../sql/fragment.ts';
import { columnsOf } from './row.ts';
import { type Column, columnName, type Source } from './source.ts';

interface Offer {
  readonly path: string;
  readonly place: Column;
  readonly value: SqlValue;
  readonly isChanged: boolean;
}

/** Whether a source writes its columns. */
export const isWritten = (source: Source): boolean =>
  source.kind === 'column'
    ? !source.scalar.read || source.scalar.write !== undefined
    : source.kind !== 'computed' || source.write !== undefined;

/** The sources that write a column which another one writes as well. */
export function sharedSources(sources: readonly Source[]): ReadonlySet<Source> {
  const byColumn = Map.groupBy(
    sources.filter(isWritten).flatMap((source) => columnsOf(source).map((column) => ({ source, column }))),
    ({ column }) => columnName(column),
  );
  const shared = [...byColumn.values()].filter((uses) => new Set(uses.map(({ source }) => source)).size > 1);
  return new Set(shared.flat().map(({ source }) => source));
}

/** What attributes want in columns, some of which they share. */
export class SharedColumns {
  private readonly offers: Offer[] = [];

  offer(
    { path }: ResolvedAttribute,
    writes: readonly { readonly place: Column; readonly value: SqlValue }[],
    isChanged: boolean,
  ): void {
    for (const write of writes) this.offers.push({ path, ...write, isChanged });
  }

  /**
   * What is written: the value that changed. An attribute that is merely left out takes nothing away from the others.
   *
   * @throws ScimError when they contradict each other.
   */
  *settled(): Generator<Offer> {
    for (const offers of Map.groupBy(this.offers, ({ place }) => columnName(place)).values()) {
      const changed = offers.filter(({ isChanged }) => isChanged);
      const [first, ...others] = changed.filter(({ value }) => value !== null);
      const other = others.find(({ value }) => !isAlike(value, first?.value));
      if (first && other) {
        throw new ScimError(
          'invalidValue',
          `"${first.path}" and "${other.path}" are kept in one place, and must have the same value. Send one of them, or both alike.`,
        );
      }
      const kept = offers.filter(({ isChanged, value }) => !isChanged && value !== null);
      if (first && !kept.some(({ value }) => isAlike(value, first.value))) yield first;
      else if (!first && changed[0] && kept.length === 0) yield changed[0];
    }
  }
}

/** The same text in other capitals is no other value. */
const isAlike = (one: unknown, other: unknown): boolean =>
  typeof one === 'string' && typeof other === 'string'
    ? one.toLowerCase() === other.toLowerCase()
    : JSON.stringify(one) === JSON.stringify(other);
