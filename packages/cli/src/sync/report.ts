// What a run has done, what it has not, and why.
import { ScimError } from 'scimkit/client';
import { withoutSecrets } from '../secret.ts';
import type { Between } from './between.ts';
import type { Plan } from './ceiling.ts';
import type { Problem } from './row.ts';
import type { ActionKind } from './plan.ts';

/** What is counted. */
export type Step = `${'users' | 'groups'} ${ActionKind}` | 'members add' | 'members remove';

/** How far one kind of step has come. */
export interface Count {
  readonly planned: number;
  readonly done: number;
  readonly failed: number;
  /** Not tried, because the run was stopped. */
  readonly left: number;
}

/** Something that was tried and failed. */
export interface Failure {
  readonly step: Step;
  /** The key of the resource, or of the group. */
  readonly key: string;
  /** What people call it. */
  readonly label?: string;
  readonly id?: string;
  /** The row that asked for it. */
  readonly where: string;
  readonly status?: number;
  readonly scimType?: string;
  /** The service provider's own words, where it had some. */
  readonly detail: string;
}

/** The report at the end of a run. */
export interface Report extends Between {
  readonly started: string;
  readonly ended: string;
  readonly counts: Readonly<Partial<Record<Step, Count>>>;
  readonly failures: readonly Failure[];
  /** What is wrong with source and target. */
  readonly problems: readonly Problem[];
  /** Removals that were left out because of rows that are wrong. */
  readonly heldBack: { readonly users: number; readonly groups: number; readonly memberships: number };
  /** Why the run ended before its end. */
  readonly stopped?: string;
}

/** What is told of an error. */
export function failureOf(error: unknown): Pick<Failure, 'status' | 'scimType' | 'detail'> {
  const detail = withoutSecrets(error instanceof Error ? error.message : String(error));
  if (!(error instanceof ScimError)) return { detail };
  const { status, scimType } = error;
  return { status, ...(scimType !== undefined && { scimType }), detail };
}

/** What is planned, step by step. */
export function plannedOf(plan: Plan): ReadonlyMap<Step, number> {
  const planned = new Map<Step, number>();
  const add = (step: Step, count: number) => {
    if (count > 0) planned.set(step, (planned.get(step) ?? 0) + count);
  };
  for (const kind of ['users', 'groups'] as const) {
    const actions = plan[kind]?.actions ?? [];
    for (const one of ['create', 'update', 'reactivate', 'deactivate', 'delete'] as const) {
      add(`${kind} ${one}`, actions.filter((action) => action.kind === one).length);
    }
  }
  for (const { add: coming, remove } of plan.memberships?.changes ?? []) {
    add('members add', coming.length);
    add('members remove', remove.length);
  }
  return planned;
}

/** How much a plan writes. */
export function sizeOf(plan: Plan): number {
  return [...plannedOf(plan).values()].reduce((sum, count) => sum + count, 0);
}

/** The removals of a plan that were left out. */
export function heldBackOf({ users, groups, memberships }: Plan): Report['heldBack'] {
  return {
    users: users?.heldBack ?? 0,
    groups: groups?.heldBack ?? 0,
    memberships: memberships?.heldBack ?? 0,
  };
}

/** All that is wrong with source and target. */
export function problemsOf({ users, groups, memberships }: Plan): readonly Problem[] {
  return [users, groups, memberships].flatMap((part) => part?.problems ?? []);
}

/** Whether a run came to its end without anything to mend. */
export function isClean({ failures, problems, stopped }: Report): boolean {
  return failures.length === 0 && problems.length === 0 && stopped === undefined;
}

/** Takes down what is done while it is done. */
export class Tally {
  private readonly planned: ReadonlyMap<Step, number>;
  private readonly done = new Map<Step, number>();
  private readonly failed = new Map<Step, number>();
  readonly failures: Failure[] = [];
  private readonly onChange: (done: number, failed: number) => void;

  constructor(plan: Plan, onChange: (done: number, failed: number) => void) {
    this.planned = plannedOf(plan);
    this.onChange = onChange;
  }

  private tell(): void {
    const sum = (counts: ReadonlyMap<Step, number>) =>
      [...counts.values()].reduce((all, one) => all + one, 0);
    this.onChange(sum(this.done), sum(this.failed));
  }

  succeed(step: Step, count = 1): void {
    this.done.set(step, (this.done.get(step) ?? 0) + count);
    this.tell();
  }

  fail(failure: Failure, count = 1): void {
    this.failed.set(failure.step, (this.failed.get(failure.step) ?? 0) + count);
    this.failures.push(failure);
    this.tell();
  }

  get counts(): Report['counts'] {
    return Object.fromEntries(
      [...this.planned].map(([step, planned]) => {
        const done = this.done.get(step) ?? 0;
        const failed = this.failed.get(step) ?? 0;
        return [step, { planned, done, failed, left: Math.max(0, planned - done - failed) }];
      }),
    );
  }
}
