// A plan and a report, as people read them and as programs do.
import { printable } from '../printable.ts';
import type { Plan, Stop } from './ceiling.ts';
import type { JsonObject } from './json-place.ts';
import type { Action, AttributeChange } from './plan.ts';
import type { Labelled } from './memberships.ts';
import type { Succession } from './successors.ts';
import { type Count, heldBackOf, plannedOf, problemsOf, type Report, type Step } from './report.ts';

const SIGNS = { create: '+', update: '~', reactivate: '~', deactivate: '-', delete: '-' } as const;

/** How many lines of each kind are shown. */
const FIRST = 10;

function shown(value: unknown, { isSecret }: AttributeChange['attribute']): string {
  if (value === undefined) return 'nothing';
  if (isSecret) return '(secret)';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function changeLine({ mapped, before, after, pending, attribute }: AttributeChange, isNew: boolean): string {
  const later = pending === undefined ? '' : ' (its id, once it is there)';
  if (isNew) return `${mapped.path}: ${shown(after, attribute)}${later}`;
  return `${mapped.path}: ${shown(before, attribute)} -> ${shown(after, attribute)}${later}`;
}

/** A key, and what people call whom it is of. */
function named(key: string, label: string | undefined): string {
  return label === undefined ? JSON.stringify(key) : `${JSON.stringify(key)}: ${label}`;
}

function successionText({ comes, path, value }: Succession): string {
  const name = JSON.stringify(comes.key);
  return `${path} ${JSON.stringify(value)} goes to ${name}, who is new: is it the same person with another key?`;
}

function* actionLines(action: Action, isWhole: boolean): Generator<string> {
  const { kind, key, label, changes, where } = action;
  yield `  ${SIGNS[kind]} ${kind} ${named(key, label)}${kind === 'create' ? ` (${where})` : ''}`;
  if (action.successor) yield `      ${successionText(action.successor)}`;
  // What is new is all new: its values are shown to whoever wants all.
  if (kind === 'create' && !isWhole) return;
  for (const change of changes) yield `      ${changeLine(change, kind === 'create')}`;
}

const number = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** The first of some lines, and how many there are besides. */
function* firstOf<Item>(
  items: readonly Item[],
  most: number,
  lines: (item: Item) => Iterable<string>,
): Generator<string> {
  for (const item of items.slice(0, most)) yield* lines(item);
  if (items.length > most) yield `  ... and ${items.length - most} more; --all shows them.`;
}

function* planLines(plan: Plan, most: number): Generator<string> {
  for (const kind of ['users', 'groups'] as const) {
    const part = plan[kind];
    if (!part) continue;
    yield `${kind[0]?.toUpperCase()}${kind.slice(1)}: ${number(part.actions.length, 'change')}, ${part.unchanged} as they should be.`;
    for (const one of ['create', 'update', 'reactivate', 'deactivate', 'delete'] as const) {
      const actions = part.actions.filter((action) => action.kind === one);
      if (actions.length === 0) continue;
      yield '';
      yield `  ${one}: ${actions.length}`;
      yield* firstOf(actions, most, (action) => actionLines(action, most > FIRST));
    }
    yield '';
  }
  const { memberships } = plan;
  if (!memberships) return;
  const { changes } = memberships;
  const added = changes.reduce((sum, { add }) => sum + add.length, 0);
  const removed = changes.reduce((sum, { remove }) => sum + remove.length, 0);
  yield `Memberships: ${added} to add, ${removed} to remove, in ${number(changes.length, 'group')}.`;
  yield* firstOf(changes, most, function* ({ group, label, add, remove }) {
    const names = (members: readonly Labelled[]) => {
      const first = members
        .slice(0, most)
        .map((member) => (member.label === undefined ? member.name : `${member.name} (${member.label})`));
      return `${first.join(', ')}${members.length > first.length ? ', ...' : ''}`;
    };
    yield `  ${named(group, label)}`;
    if (add.length > 0) yield `    + ${number(add.length, 'member')}: ${names(add)}`;
    if (remove.length > 0) yield `    - ${number(remove.length, 'member')}: ${names(remove)}`;
  });
  yield '';
}

function* problemLines(plan: Plan, most: number): Generator<string> {
  const problems = problemsOf(plan);
  if (problems.length > 0) {
    yield `${number(problems.length, 'problem')}:`;
    yield* firstOf(problems, most, function* ({ where, text }) {
      yield `  ${where}: ${text}`;
    });
    yield '';
  }
  const held = Object.entries(heldBackOf(plan)).filter(([, count]) => count > 0);
  if (held.length > 0) {
    const what = held.map(([kind, count]) => `${kind}: ${count}`).join(', ');
    yield `Removals that are left out until those rows are mended: ${what}.`;
    yield '';
  }
}

/** What is wrong with source and target, for people. */
export function problemText(plan: Plan, isWhole: boolean): string {
  return [...problemLines(plan, isWhole ? Number.POSITIVE_INFINITY : FIRST)].map(printable).join('\n');
}

/** A plan for people. */
export function planText(plan: Plan, isWhole: boolean): string {
  const most = isWhole ? Number.POSITIVE_INFINITY : FIRST;
  return [...planLines(plan, most), ...problemLines(plan, most)].map(printable).join('\n');
}

function changeJson({ mapped, before, after, attribute, pending }: AttributeChange): JsonObject {
  const value = (one: unknown) => (attribute.isSecret && one !== undefined ? '(secret)' : one);
  return {
    path: mapped.path,
    ...(before !== undefined && { before: value(before) }),
    ...(after !== undefined && { after: value(after) }),
    ...(pending !== undefined && { reference: true }),
  };
}

/** A plan for programs. */
export function planJson(plan: Plan, stops: readonly Stop[]): JsonObject {
  const actions = (kind: 'users' | 'groups') =>
    plan[kind]?.actions.map(({ kind: action, key, label, id, where, changes, successor }) => ({
      ...{ action, key },
      ...(label !== undefined && { label }),
      ...(id !== undefined && { id }),
      ...{ where, changes: changes.map(changeJson) },
      ...(successor && { successor: successor.comes.key }),
    }));
  const names = (members: readonly Labelled[]) => members.map(({ name }) => name);
  return {
    counts: Object.fromEntries(plannedOf(plan)),
    ...(plan.users && { users: actions('users') }),
    ...(plan.groups && { groups: actions('groups') }),
    ...(plan.memberships && {
      memberships: plan.memberships.changes.map(({ group, label, add, remove }) => ({
        ...{ group, ...(label !== undefined && { label }), add: names(add), remove: names(remove) },
        labels: Object.fromEntries(
          [...add, ...remove].flatMap((one) => (one.label ? [[one.name, one.label]] : [])),
        ),
      })),
    }),
    problems: problemsOf(plan),
    heldBack: heldBackOf(plan),
    stops,
  };
}

/** A report for people. */
export function reportText({ counts, failures, stopped }: Report, isWhole: boolean): string {
  const most = isWhole ? Number.POSITIVE_INFINITY : FIRST;
  const entries = Object.entries(counts) as [Step, Count][];
  const rows = entries.map(([step, { planned, done, failed, left }]) => [step, planned, done, failed, left]);
  const table = [['', 'PLANNED', 'DONE', 'FAILED', 'LEFT'], ...rows].map((row) => row.map(String));
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  if (failures.length > 0) {
    lines.push('', `${number(failures.length, 'failure')}:`);
    lines.push(
      ...firstOf(failures, most, function* ({ step, key, label, where, status, scimType, detail }) {
        const what = [status, scimType].filter((one) => one !== undefined).join(' ');
        yield `  ${step} ${named(key, label)} (${where}): ${what && `${what}: `}${detail}`;
      }),
    );
  }
  if (stopped !== undefined) lines.push('', `Stopped: ${stopped} Run it again to go on.`);
  return lines.map(printable).join('\n');
}
