// RFC 7644 §3.4.2.4: pages by index. The places of some ids in the order of all, so that a page far behind need not be
// counted from the start.
import { compareText } from '../../protocol/fold.ts';
import { EMPTY_SLOT, type Slots, totalOf } from './counter.ts';

/** Where an id stands among all, from 0, as it was when the slots were as they are here. */
export interface PageMark {
  readonly offset: number;
  readonly id: string;
  readonly slots: Slots;
}

/**
 * Whether a mark is true at another moment. In one generation, a slot adds only ids that are greater than its last one:
 * what was added there between the two moments stands behind the mark, if the earlier one's last id is not before it.
 */
export function holds(mark: PageMark, slots: Slots): boolean {
  for (const number of new Set([...mark.slots.keys(), ...slots.keys()])) {
    const then = mark.slots.get(number) ?? EMPTY_SLOT;
    const now = slots.get(number) ?? EMPTY_SLOT;
    if (then.generation !== now.generation) return false;
    if (then.total === now.total) continue;
    // Which of the moments was first is not known: reads that ran side by side end in any order.
    if (compareText(mark.id, then.lastId) > 0 || compareText(mark.id, now.lastId) > 0) return false;
  }
  return true;
}

/** What was seen of one store's order. */
export class PageMarks {
  private readonly spacing: number;
  private readonly marks = new Map<number, PageMark>();
  private end: PageMark | undefined;
  /** No mark is kept behind this place: clients ask for any offset. */
  private lastPlace = 0;
  private latestTotal = 0;

  /** One mark is kept for each `spacing` rows: a page that was read once begins at most so many behind a mark. */
  constructor(spacing = 100) {
    this.spacing = spacing;
  }

  /** How many resources there were when a page was noted last; 0 before. */
  get total(): number {
    return this.latestTotal;
  }

  /** The last mark that is known at an offset or before it: whether it holds is seen when the page is read. */
  before(offset: number): PageMark | undefined {
    // Whoever reads page after page goes on where the last one ended.
    const end = this.end && this.end.offset <= offset ? this.end : undefined;
    const from = Math.min(Math.floor(offset / this.spacing), this.lastPlace);
    for (let place = from; place * this.spacing >= (end?.offset ?? 0); place--) {
      const mark = this.marks.get(place);
      if (mark && mark.offset <= offset) return end && end.offset > mark.offset ? end : mark;
    }
    return end;
  }

  /** Notes the ids of a page that begins at an offset, as they were when the slots were so. */
  note(offset: number, ids: readonly string[], slots: Slots): void {
    const [first] = ids;
    const last = ids.at(-1);
    if (first === undefined || last === undefined) return;
    this.latestTotal = totalOf(slots);
    this.keep({ offset, id: first, slots }, offset);
    // For the page behind it, whoever asks for that.
    const end = { offset: offset + ids.length - 1, id: last, slots };
    this.keep(end, end.offset + 1);
    this.end = end;
  }

  /** Keeps the mark that is next to the first of the offsets which lie at a place. */
  private keep(mark: PageMark, offset: number): void {
    const place = Math.floor(offset / this.spacing);
    const known = this.marks.get(place);
    if (known && known.offset <= mark.offset && holds(known, mark.slots)) return;
    this.marks.set(place, mark);
    this.lastPlace = Math.max(this.lastPlace, place);
  }

  /** Drops the marks that don't hold when the slots are so. */
  drop(slots: Slots): void {
    for (const [place, mark] of this.marks) if (!holds(mark, slots)) this.marks.delete(place);
    if (this.end && !holds(this.end, slots)) this.end = undefined;
  }
}
