// RFC 7644 §3.4.2.4: pages by index. The places of some ids in the order of all, so that a page far behind need not be
// counted from the start.

/** Where an id stands among all, from 0. */
export interface PageMark {
  readonly offset: number;
  readonly id: string;
}

/** What was seen of one store's order. It holds for one generation: whatever moves ids begins the next one. */
export class PageMarks {
  private readonly spacing: number;
  private generation: number | undefined;
  private readonly marks = new Map<number, PageMark>();
  private end: PageMark | undefined;

  /** One mark is kept for each `spacing` rows: a page passes over fewer, once one near it was read. */
  constructor(spacing = 1_000) {
    this.spacing = spacing;
  }

  /** The last mark that is known at an offset or before it. */
  before(offset: number, generation: number): PageMark | undefined {
    this.enter(generation);
    // Whoever reads page after page goes on where the last one ended.
    const end = this.end && this.end.offset <= offset ? this.end : undefined;
    for (let place = Math.floor(offset / this.spacing); place * this.spacing >= (end?.offset ?? 0); place--) {
      const mark = this.marks.get(place);
      if (mark && mark.offset <= offset) return end && end.offset > mark.offset ? end : mark;
    }
    return end;
  }

  /** Notes the ids of a page that begins at an offset, as they were in a generation. */
  note(offset: number, ids: readonly string[], generation: number): void {
    this.enter(generation);
    const [first] = ids;
    const last = ids.at(-1);
    if (first === undefined || last === undefined) return;
    const place = Math.floor(offset / this.spacing);
    if ((this.marks.get(place)?.offset ?? Number.POSITIVE_INFINITY) > offset) {
      this.marks.set(place, { offset, id: first });
    }
    this.end = { offset: offset + ids.length - 1, id: last };
  }

  private enter(generation: number): void {
    if (generation === this.generation) return;
    this.generation = generation;
    this.marks.clear();
    this.end = undefined;
  }
}
