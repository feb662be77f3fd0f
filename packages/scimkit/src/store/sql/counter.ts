// How many resources a type has, so that a total needs no counting; and what has moved in the order of their ids.
//
// The numbers of one type are in slots, whose sum is the total: a writer locks the row of its slot until it commits, and
// writers of other slots don't wait for it. Within a slot, one write follows the other.
import { all, one, rawSql, type Row, type Sql, sql, type Work } from './fragment.ts';
import { inPlace, type Place } from './place.ts';

/** What a slot had counted at some moment. */
export interface Slot {
  /** Creates less deletes; below 0 where others created what was deleted here. */
  readonly total: number;
  /** Counts what moves ids in their order: all but an id that comes after `lastId`. */
  readonly generation: number;
  /** The greatest id that was created here, or '' before the first. */
  readonly lastId: string;
}

/** All slots of a type at one moment. */
export type Slots = ReadonlyMap<number, Slot>;

/** What a slot is before its first write. */
export const EMPTY_SLOT: Slot = { total: 0, generation: 0, lastId: '' };

/** Counts a resource that was created. The last statement of a write: its lock is held until the commit. */
export function* count(place: Place, id: string, slot: number): Work<void> {
  const { tenant, connection, type } = place;
  yield* all(
    sql`INSERT INTO scimkit_counter (tenant, connection, type, slot, total, generation, last_id)
        VALUES (${tenant}, ${connection}, ${type.name}, ${slot}, 1, 0, ${id})
        ON CONFLICT (tenant, connection, type, slot) DO UPDATE SET total = scimkit_counter.total + 1,
          generation = CASE WHEN excluded.last_id > scimkit_counter.last_id THEN scimkit_counter.generation
            ELSE scimkit_counter.generation + 1 END,
          last_id = CASE WHEN excluded.last_id > scimkit_counter.last_id THEN excluded.last_id ELSE scimkit_counter.last_id END`,
  );
}

/** Counts a resource that was deleted, whichever slot it was counted in. The last statement of a write, too. */
export function* uncount(place: Place, slot: number): Work<void> {
  const { tenant, connection, type } = place;
  yield* all(
    sql`INSERT INTO scimkit_counter (tenant, connection, type, slot, total, generation, last_id)
        VALUES (${tenant}, ${connection}, ${type.name}, ${slot}, -1, 1, '')
        ON CONFLICT (tenant, connection, type, slot) DO UPDATE SET total = scimkit_counter.total - 1,
          generation = scimkit_counter.generation + 1`,
  );
}

const COLUMNS = rawSql('c.slot, c.total, c.generation, c.last_id');

/** All slots as one value, for a statement whose rows are of the same moment; as `slots`, `readSlots` reads it. */
export function slotsColumn(place: Place): Sql {
  return sql`(SELECT ${place.dialect.jsonRows(COLUMNS)} FROM scimkit_counter c WHERE ${inPlace(place, 'c.')})`;
}

/** The slots that a row of such a statement has. */
export function readSlots(row: Row): Slots {
  const rows = JSON.parse(String(row.slots ?? '[]')) as [number, number, number, string][];
  return new Map(rows.map(([slot, total, generation, lastId]) => [slot, { total, generation, lastId }]));
}

/** The slots alone, as they are now. */
export function* slotsOf(place: Place): Work<Slots> {
  return readSlots((yield* one(sql`SELECT ${slotsColumn(place)} AS slots`)) ?? {});
}

/** How many resources there are. */
export function totalOf(slots: Slots): number {
  let total = 0;
  for (const slot of slots.values()) total += slot.total;
  return total;
}
