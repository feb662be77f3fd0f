// Who has to come into which group, and who has to leave it. Pure but for the reading of rows.
import { labelOf } from './label.ts';
import { foldKey, keyOf, type MappedAttribute, type Mapping } from './mapping.ts';
import type { Action } from './plan.ts';
import { isBroken, type Problem, type Row, type Rows } from './row.ts';
import type { SourceResource, SourceSet } from './source.ts';
import type { TargetResource, TargetSet } from './target.ts';

/** A member: somebody at the target, or somebody by the folded key. */
export type Member =
  | { readonly kind: 'id'; readonly id: string; readonly name: string }
  | { readonly kind: 'user' | 'group'; readonly folded: string; readonly name: string };

/** What a name of a member in a row comes to. */
export type Resolved = Member | 'excluded' | { readonly problem: string };

/** What the source says about memberships. */
export interface WantedMemberships {
  /** By the folded keys of groups. */
  readonly byGroup: ReadonlyMap<string, readonly Member[]>;
  /** Groups from which nobody is removed, because one of their rows is wrong. */
  readonly held: ReadonlySet<string>;
  /** How many rows are wrong in a way that leaves open which group they are about: nobody is removed from any. */
  readonly unknown: number;
  readonly count: number;
  readonly problems: readonly Problem[];
}

/** Both sides of one type. */
export interface Sides {
  readonly mapping: Mapping;
  /** Undefined: users are not synced, but looked up at the target alone. */
  readonly source?: SourceSet;
  readonly target: TargetSet;
}

/** Finds users by an attribute of theirs. */
export function userFinder(users: Sides, by: MappedAttribute): (text: string) => Resolved {
  const { mapping, source, target } = users;
  const index = mapping.attributes.indexOf(by);
  const several = Symbol('several');
  const indexed = <Value extends { readonly values: readonly unknown[] }>(all: Iterable<Value>) => {
    const found = new Map<string, Value | typeof several>();
    for (const one of all) {
      const key = keyOf(one.values[index]);
      if (key === undefined) continue;
      const folded = foldKey(by, key);
      found.set(folded, found.has(folded) ? several : one);
    }
    return found;
  };
  const bySource = indexed<SourceResource>(source?.byKey.values() ?? []);
  const byTarget = indexed<TargetResource>(target.byId.values());
  const isMatch = by === mapping.match;
  return (name) => {
    const folded = foldKey(by, name);
    const wanted = bySource.get(folded);
    const has = byTarget.get(folded);
    if (wanted === several || (has === several && !wanted)) {
      return { problem: `there are several users with the ${by.mapped.path} ${JSON.stringify(name)}.` };
    }
    if (wanted && typeof wanted !== 'symbol') return { kind: 'user', folded: wanted.folded, name };
    if (isMatch && source?.excluded.has(folded)) return 'excluded';
    if (has && typeof has !== 'symbol') return { kind: 'id', id: has.id, name };
    return { problem: `there is no user with the ${by.mapped.path} ${JSON.stringify(name)}.` };
  };
}

class Collected implements WantedMemberships {
  readonly byGroup = new Map<string, Member[]>();
  readonly held = new Set<string>();
  readonly problems: Problem[] = [];
  unknown = 0;
  count = 0;

  add(group: string, resolved: Resolved, where: string): void {
    this.count++;
    if (resolved === 'excluded') return;
    if ('problem' in resolved) {
      this.held.add(group);
      this.problems.push({ where, text: `${resolved.problem} Nobody is removed from this group.` });
      return;
    }
    const members = this.byGroup.get(group);
    if (members) members.push(resolved);
    else this.byGroup.set(group, [resolved]);
  }

  leaveOpen(where: string, text: string): void {
    this.unknown++;
    this.problems.push({ where, text: `${text} Nobody is removed from any group.` });
  }
}

/** Reads memberships from rows of their own. */
export async function readMemberships(
  rows: Rows,
  columns: { readonly group: string; readonly member: string },
  groups: { readonly mapping: Mapping; readonly source: SourceSet },
  find: (text: string) => Resolved,
): Promise<WantedMemberships> {
  const collected = new Collected();
  const { source, mapping } = groups;
  const textOf = (row: Row, column: string) => keyOf(row.value(column));
  for await (const row of rows.all) {
    if (isBroken(row)) {
      collected.leaveOpen(row.where, row.problem);
      continue;
    }
    const name = textOf(row, columns.group);
    if (name === undefined) {
      collected.leaveOpen(row.where, `has no ${columns.group}.`);
      continue;
    }
    const folded = foldKey(mapping.match, name);
    if (!source.byKey.has(folded)) {
      // The group's own row is wrong, which is told already; or it doesn't count.
      if (!source.broken.has(folded) && !source.excluded.has(folded)) {
        collected.leaveOpen(
          row.where,
          `names the group ${JSON.stringify(name)}, which ${source.name} has not.`,
        );
      }
      continue;
    }
    const member = textOf(row, columns.member);
    const resolved = member === undefined ? { problem: `has no ${columns.member}.` } : find(member);
    collected.add(folded, resolved, row.where);
  }
  return collected;
}

/** Takes memberships from the groups' own rows. */
export function membershipsOfGroups(source: SourceSet, find: (text: string) => Resolved): WantedMemberships {
  const collected = new Collected();
  for (const { folded, members = [], where } of source.byKey.values()) {
    for (const name of members) collected.add(folded, find(name), where);
  }
  return collected;
}

/** What changes in the membership of one group. */
export interface MembershipChange {
  readonly group: string;
  /** What people call the group, where the key does not say it. */
  readonly label: string | undefined;
  readonly folded: string;
  readonly where: string;
  readonly add: readonly Labelled[];
  readonly remove: readonly Labelled[];
}

/** A member with what people call it. */
export type Labelled = Member & { readonly label: string | undefined };

/** What changes in all groups. */
export interface MembershipPlan {
  readonly changes: readonly MembershipChange[];
  /** How many memberships could be removed at all. */
  readonly removable: number;
  readonly heldBack: number;
  readonly wanted: number;
  readonly problems: readonly Problem[];
}

/** What memberships are planned from. */
export interface MembershipInput {
  readonly users: Sides;
  readonly groups: Sides & { readonly source: SourceSet };
  readonly wanted: WantedMemberships;
  /** What is done to users: who is deleted leaves the groups with that. */
  readonly actions: readonly Action[];
  /** Whether the source knows of groups in groups. */
  readonly isNested: boolean;
}

/** Plans who comes into which group, and who leaves it. Who is nobody's, or has a row that is wrong, stays. */
export function planMemberships(input: MembershipInput): MembershipPlan {
  const { users, groups, wanted, actions, isNested } = input;
  const deleted = new Set(actions.filter(({ kind }) => kind === 'delete').map(({ id }) => id));
  const changes: MembershipChange[] = [];
  let removable = 0;
  let heldBack = 0;
  const idOf = (member: Member): string | undefined => {
    if (member.kind === 'id') return member.id;
    return (member.kind === 'user' ? users : groups).target.byKey.get(member.folded)?.id;
  };
  const labelled = (member: Member): Labelled => {
    const has = (sides: Sides, id: string) => labelOf(sides.mapping, sides.target.byId.get(id)?.values);
    if (member.kind === 'id') return { ...member, label: has(users, member.id) ?? has(groups, member.id) };
    const { mapping, source, target } = member.kind === 'user' ? users : groups;
    const one = source?.byKey.get(member.folded) ?? target.byKey.get(member.folded);
    return { ...member, label: labelOf(mapping, one?.values) };
  };
  /** The key of a member of whom the sync knows; undefined: it is left alone. */
  const ownedKey = (id: string): string | undefined => {
    const user = users.target.byId.get(id);
    const has = user ?? (isNested ? groups.target.byId.get(id) : undefined);
    const source = user ? users.source : groups.source;
    if (!has?.isManaged || has.folded === undefined || deleted.has(id)) return undefined;
    return source?.broken.has(has.folded) ? undefined : has.key;
  };
  for (const { key, folded, where, values } of groups.source.byKey.values()) {
    if (groups.target.ambiguous.has(folded)) continue;
    const has: ReadonlySet<string> = groups.target.byKey.get(folded)?.members ?? new Set();
    const wantedIds = new Set<string>();
    const add = new Map<string, Member>();
    for (const member of wanted.byGroup.get(folded) ?? []) {
      const id = idOf(member);
      if (id !== undefined) wantedIds.add(id);
      if (id !== undefined && (has.has(id) || deleted.has(id))) continue;
      add.set(id ?? `${member.kind} ${'folded' in member ? member.folded : ''}`, member);
    }
    const owned = [...has].flatMap((id) => {
      const name = ownedKey(id);
      return name === undefined ? [] : [{ kind: 'id', id, name } as const];
    });
    removable += owned.length;
    const leaving = owned.filter(({ id }) => !wantedIds.has(id));
    const isHeld = wanted.unknown > 0 || wanted.held.has(folded);
    if (isHeld) heldBack += leaving.length;
    const remove = isHeld ? [] : leaving;
    if (add.size + remove.length > 0) {
      changes.push({
        ...{ group: key, label: labelOf(groups.mapping, values), folded, where },
        ...{ add: [...add.values()].map(labelled), remove: remove.map(labelled) },
      });
    }
  }
  const { count, problems } = wanted;
  return { changes, removable, heldBack, wanted: count, problems };
}
