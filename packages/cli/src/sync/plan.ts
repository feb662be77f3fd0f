// What has to be done so that the target has what the source wants: for one type of resources. Pure.
import { labelOf } from './label.ts';
import { type Change, isSame } from './mapped-path.ts';
import { keyOf, type MappedAttribute, type Mapping } from './mapping.ts';
import type { Problem } from './row.ts';
import type { SourceResource, SourceSet } from './source.ts';
import { successorsOf, type Succession } from './successors.ts';
import type { Missing } from './sync-file.ts';
import type { TargetResource, TargetSet } from './target.ts';

/** What is done to one resource. */
export type ActionKind = 'create' | 'update' | 'reactivate' | 'deactivate' | 'delete';

/** A value that comes, goes or changes. */
export interface AttributeChange extends Change {
  readonly attribute: MappedAttribute;
  /** The key of the user whose id the value is, where that user is yet to be created. */
  readonly pending?: string;
}

/** One thing to be done to one resource. */
export interface Action {
  readonly kind: ActionKind;
  readonly key: string;
  readonly folded: string;
  /** What people call it: as it is at the target, or of a creation as it is to be. */
  readonly label: string | undefined;
  /** Of the resource at the target; undefined: it is created. */
  readonly id?: string;
  readonly where: string;
  /** Of a creation, all its values. */
  readonly changes: readonly AttributeChange[];
  /** How many values each selector finds at the target. */
  readonly found: ReadonlyMap<string, number>;
  /** Of a deletion: who takes the name over, and is nobody before the name is free. */
  readonly successor?: Succession;
}

/** What is done to the resources of one type. */
export interface TypePlan {
  readonly mapping: Mapping;
  readonly actions: readonly Action[];
  /** How many are at the target as they should be. */
  readonly unchanged: number;
  /** How many there are that could be removed at all: what the ceiling is a part of. */
  readonly removable: number;
  /** How many removals are left out: nobody knows whom a row is about, or somebody new would be shut out. */
  readonly heldBack: number;
  /** How many rows of the source count. */
  readonly wanted: number;
  readonly problems: readonly Problem[];
  /** The ids at the target by folded keys. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Whether an action takes something away from somebody. */
export function isRemoval({ kind }: { readonly kind: ActionKind }): boolean {
  return kind === 'deactivate' || kind === 'delete';
}

/** What a type is planned from. */
export interface PlanInput {
  readonly mapping: Mapping;
  readonly missing: Missing;
  readonly source: SourceSet;
  readonly target: TargetSet;
  /** The folded key of the user that a reference in a row means. */
  readonly referred: (text: string) => string | undefined;
}

type Noted = (problem: string) => void;

/** The value that is wanted of an attribute: of a reference, an id, or the key of who has none yet. */
function wantedOf(
  { source, target, referred }: PlanInput,
  attribute: MappedAttribute,
  value: unknown,
  note: Noted,
): { readonly after: unknown; readonly pending?: string } | undefined {
  if (!attribute.isReference || value === undefined) return { after: value };
  const text = keyOf(value) ?? '';
  const folded = referred(text);
  const id = folded === undefined ? undefined : target.byKey.get(folded)?.id;
  if (id !== undefined) return { after: id };
  if (folded !== undefined && source.byKey.has(folded) && !target.ambiguous.has(folded)) {
    return { after: text, pending: folded };
  }
  note(`${attribute.mapped.path}: there is no user ${JSON.stringify(text)}; it is left as it is.`);
  return undefined;
}

/** What differs between a resource as it is wanted and as it is. */
function changesOf(
  input: PlanInput,
  wanted: Pick<SourceResource, 'values'>,
  has: TargetResource,
  note: Noted,
): readonly AttributeChange[] {
  const { mapping } = input;
  const isTold = new Set<string>();
  return mapping.attributes.flatMap((attribute, index): AttributeChange[] => {
    const { mapped, isForCreation, isImplied, ignoreCase } = attribute;
    if (isForCreation) return [];
    const before = has.values[index];
    if (isImplied && before !== false) return [];
    const value = wantedOf(input, attribute, wanted.values[index], note);
    if (!value) return [];
    const change = { mapped, before, ...value, attribute };
    if (value.pending === undefined && isSame(mapping.type, change, ignoreCase)) return [];
    const several = has.found.get(mapped.selector) ?? 0;
    if (several > 1) {
      if (!isTold.has(mapped.selector))
        note(`${mapped.selector} finds ${several} values: it is left as it is.`);
      isTold.add(mapped.selector);
      return [];
    }
    const isFixed = (mapped.attribute.parent ?? mapped.attribute).mutability === 'immutable';
    if (isFixed && before !== undefined) {
      note(`${mapped.path} can't be changed once it is there: it is left as it is.`);
      return [];
    }
    return [change];
  });
}

function kindOf({ active }: Mapping, changes: readonly AttributeChange[]): ActionKind {
  const change = changes.find(({ attribute }) => attribute === active);
  if (change?.after === false) return 'deactivate';
  return change?.after === true && change.before === false ? 'reactivate' : 'update';
}

/** What becomes of the resources that the source lacks. */
function missingOf(input: PlanInput): readonly Action[] {
  const { mapping, missing, source, target } = input;
  const { active, attributes } = mapping;
  if (missing === 'keep') return [];
  const activeIndex = active ? attributes.indexOf(active) : -1;
  const actions: Action[] = [];
  const successors = successorsOf(input);
  for (const has of target.byKey.values()) {
    const { folded, key, id, found, isManaged, isActive, values } = has;
    if (folded === undefined || key === undefined || !isManaged) continue;
    if (source.byKey.has(folded) || source.broken.has(folded)) continue;
    const label = labelOf(mapping, values);
    const action = { key, folded, label, id, found, where: source.name };
    if (missing === 'delete') {
      const successor = successors.get(folded);
      actions.push({ ...action, kind: 'delete', changes: [], ...(successor && { successor }) });
    } else if (active && isActive) {
      const before = values[activeIndex];
      const changes = [{ mapped: active.mapped, before, after: false, attribute: active }];
      actions.push({ ...action, kind: 'deactivate', changes });
    }
  }
  return actions;
}

/** Plans what is done to the resources of one type. */
export function planType(input: PlanInput): TypePlan {
  const { mapping, missing, source, target } = input;
  const problems: Problem[] = [...source.problems, ...target.problems];
  const actions: Action[] = [];
  const none: ReadonlyMap<string, number> = new Map();
  let unchanged = 0;
  for (const wanted of source.byKey.values()) {
    const { folded, key, where } = wanted;
    if (target.ambiguous.has(folded)) continue;
    const has = target.byKey.get(folded);
    const note = (text: string) => problems.push({ where, text });
    if (has) {
      const changes = changesOf(input, wanted, has, note);
      if (changes.length === 0) unchanged++;
      else {
        const kind = kindOf(mapping, changes);
        const label = labelOf(mapping, has.values) ?? labelOf(mapping, wanted.values);
        actions.push({ kind, key, folded, label, id: has.id, where, changes, found: has.found });
      }
      continue;
    }
    const changes = mapping.attributes.flatMap((attribute, index): AttributeChange[] => {
      const value = wantedOf(input, attribute, wanted.values[index], note);
      if (!value || value.after === undefined) return [];
      return [{ mapped: attribute.mapped, before: undefined, ...value, attribute }];
    });
    const label = labelOf(mapping, wanted.values);
    actions.push({ kind: 'create', key, folded, label, where, changes, found: none });
  }
  const gone = missingOf(input);
  const isHeldBack = source.unknown > 0;
  if (!isHeldBack) actions.push(...gone);
  const managed = [...target.byKey.values()].filter(({ isManaged }) => isManaged);
  return {
    mapping,
    actions,
    unchanged,
    removable: (missing === 'delete' ? managed : managed.filter(({ isActive }) => isActive)).length,
    heldBack: source.heldBack + (isHeldBack ? gone.length : 0),
    wanted: source.byKey.size + source.broken.size,
    problems,
    ids: new Map([...target.byKey].map(([folded, { id }]) => [folded, id])),
  };
}
