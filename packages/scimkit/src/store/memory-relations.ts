// Who holds whom, in memory: rows between resources, indexed both ways.

/** Undoes what a failed write has done; the last entry first. */
export type Journal = (() => void)[];

/** Runs work that writes down how to undo it; when it throws, all of it is undone. */
export function atomically<Result>(work: (journal: Journal) => Result): Result {
  const journal: Journal = [];
  try {
    return work(journal);
  } catch (error) {
    for (const undo of journal.reverse()) undo();
    throw error;
  }
}

/** The relations of all resources of one connection. */
export class MemoryRelations {
  /** Holder id -> attribute path -> ids. */
  private readonly held = new Map<string, Map<string, Set<string>>>();
  /** Member id -> ids of its holders. */
  private readonly holders = new Map<string, Set<string>>();

  /** Sets of ids in order, until they change. */
  private readonly ordered = new WeakMap<ReadonlySet<string>, readonly string[]>();

  /** The ids that a resource holds by one attribute, in order. */
  inOrder(holder: string, path: string): readonly string[] {
    const members = this.members(holder, path);
    const known = this.ordered.get(members);
    if (known) return known;
    const fresh = [...members].sort();
    this.ordered.set(members, fresh);
    return fresh;
  }

  /** Those of them that come after an id, `limit` at most. */
  after(holder: string, path: string, id: string, limit: number): readonly string[] {
    const ids = this.inOrder(holder, path);
    let start = 0;
    for (let end = ids.length; start < end; ) {
      const middle = (start + end) >> 1;
      if ((ids[middle] as string) > id) end = middle;
      else start = middle + 1;
    }
    return ids.slice(start, start + limit);
  }

  /** The ids that a resource holds by one attribute. */
  members(holder: string, path: string): ReadonlySet<string> {
    return this.held.get(holder)?.get(path) ?? new Set();
  }

  link(journal: Journal, holder: string, path: string, member: string): void {
    const paths = this.held.get(holder) ?? new Map<string, Set<string>>();
    const members = paths.get(path) ?? new Set<string>();
    const owners = this.holders.get(member) ?? new Set<string>();
    this.held.set(holder, paths.set(path, members.add(member)));
    this.ordered.delete(members);
    this.holders.set(member, owners.add(holder));
    journal.push(() => this.remove(holder, path, member));
  }

  unlink(journal: Journal, holder: string, path: string, member: string): void {
    if (!this.remove(holder, path, member)) return;
    journal.push(() => {
      const members = this.held.get(holder)?.get(path);
      members?.add(member);
      if (members) this.ordered.delete(members);
      this.holders.get(member)?.add(holder);
    });
  }

  private remove(holder: string, path: string, member: string): boolean {
    const paths = this.held.get(holder);
    const held = paths?.get(path);
    if (!paths || !held?.delete(member)) return false;
    this.ordered.delete(held);
    if (![...paths.values()].some((members) => members.has(member))) this.holders.get(member)?.delete(holder);
    return true;
  }

  /** Takes a resource out of all relations; returns the ids of those that held it. */
  forget(journal: Journal, id: string): readonly string[] {
    for (const [path, members] of this.held.get(id) ?? []) {
      for (const member of [...members]) this.unlink(journal, id, path, member);
    }
    const holders = [...(this.holders.get(id) ?? [])];
    for (const holder of holders) {
      for (const path of this.held.get(holder)?.keys() ?? []) this.unlink(journal, holder, path, id);
    }
    return holders;
  }

  /**
   * Who holds a resource: the ids of the holders that `follows` accepts, and whether directly. Goes through
   * holders of holders; cycles end, direct wins.
   */
  holdersOf(id: string, follows: (holder: string) => boolean): ReadonlyMap<string, 'direct' | 'indirect'> {
    const found = new Map<string, 'direct' | 'indirect'>();
    let level = [id];
    let type: 'direct' | 'indirect' = 'direct';
    while (level.length > 0) {
      const next: string[] = [];
      for (const holder of level.flatMap((member) => [...(this.holders.get(member) ?? [])])) {
        if (holder === id || found.has(holder) || !follows(holder)) continue;
        found.set(holder, type);
        next.push(holder);
      }
      level = next;
      type = 'indirect';
    }
    return found;
  }
}
