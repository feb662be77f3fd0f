// How much a run may take away before somebody has to say yes to the number. Pure.
import type { MembershipPlan } from './memberships.ts';
import { isRemoval, type TypePlan } from './plan.ts';
import { type Limit, REMOVABLE, type Removable } from './sync-file.ts';

/** All that is planned. */
export interface Plan {
  readonly users?: TypePlan;
  readonly groups?: TypePlan;
  readonly memberships?: MembershipPlan;
}

/** What stops a run. */
export interface Stop {
  readonly kind: Removable;
  readonly reason: string;
}

/** What stands in a run's way unless the file says otherwise: a tenth of what is there, and five of the few. */
const USUAL = { percent: 10 };
const AT_LEAST = 5;

const WORDS: Readonly<Record<Removable, string>> = {
  users: 'deactivates or deletes users',
  groups: 'deletes groups',
  memberships: 'removes members from groups',
};

/** How many removals of a kind are planned, and out of how many. */
function removalsOf(plan: Plan, kind: Removable) {
  const { memberships } = plan;
  if (kind === 'memberships') {
    const count = memberships?.changes.reduce((sum, { remove }) => sum + remove.length, 0) ?? 0;
    return { count, removable: memberships?.removable ?? 0 };
  }
  const actions = plan[kind]?.actions.filter(isRemoval) ?? [];
  return { count: actions.length, removable: plan[kind]?.removable ?? 0 };
}

/** How many removals a kind may have. */
function ceilingOf(limit: Limit | undefined, removable: number): number {
  const { percent } = USUAL;
  if (limit && 'count' in limit) return limit.count;
  const part = Math.floor((removable * (limit?.percent ?? percent)) / 100);
  return limit ? part : Math.max(part, AT_LEAST);
}

/** Whether a source has nothing at all: a file that was cut off, more likely than a company that closed. */
function isEmptySource(plan: Plan, kind: Removable): boolean {
  if (kind !== 'memberships') return plan[kind]?.wanted === 0;
  return plan.memberships?.wanted === 0 && removalsOf(plan, kind).count > 0;
}

/** What stops a plan; `allowed` is what was allowed by hand. */
export function stopsOf(
  plan: Plan,
  limits: Readonly<Partial<Record<Removable, Limit>>>,
  allowed = 0,
): readonly Stop[] {
  const counts = REMOVABLE.map((kind) => {
    const { count, removable } = removalsOf(plan, kind);
    const ceiling = ceilingOf(limits[kind], removable);
    return { kind, count, removable, ceiling, isAbove: count > Math.max(ceiling, allowed) };
  });
  const highest = Math.max(...counts.map(({ count, isAbove }) => (isAbove ? count : 0)));
  return counts.flatMap(({ kind, count, removable, ceiling, isAbove }): readonly Stop[] => {
    if (isEmptySource(plan, kind)) {
      return [{ kind, reason: `The source has no ${kind} at all. Nothing is done with an empty source.` }];
    }
    if (!isAbove) return [];
    const reason =
      `The plan ${WORDS[kind]}: ${count} of ${removable}, and the ceiling is ${ceiling}. ` +
      `If that is meant, run it again with --allow-removals ${highest}.`;
    return [{ kind, reason }];
  });
}
