// RFC 7644 §3.5.2.1 to §3.5.2.3: what PATCH changes do to a resource. Pure: attributes in, attributes out.
import type { ResolvedAttribute, ResourceType } from '../schema/resource-type.ts';
import { applyChange } from './apply-change.ts';
import type { Report } from './leniency.ts';
import { isObject, own, setOwn } from './message.ts';
import type { PatchChange } from './patch.ts';
import type { ResolvedFilter } from './resolve-filter.ts';
import { type Attributes, inOrder, keepInactive, validate } from './validate.ts';
import { isEmpty } from './value.ts';

/** A change to rows between resources, such as the members of a group; the store carries it out. */
export interface RelationChange {
  readonly attribute: ResolvedAttribute;
  /** `add`: these ids; `remove`: these ids, those that match, those of these that match, or all; `replace`: all by these. */
  readonly op: 'add' | 'remove' | 'replace';
  readonly ids: readonly string[] | undefined;
  readonly filter: ResolvedFilter | undefined;
  /** Fail with `noTarget` when nothing matches `filter`. */
  readonly mustMatch: boolean;
}

/** The outcome of a PATCH. `changed` speaks of the attributes alone. */
export interface Patched {
  readonly attributes: Attributes;
  readonly changed: boolean;
  /** In order; whether they change anything, the store finds out. */
  readonly relations: readonly RelationChange[];
  /** New values of writeOnly attributes; null where one is removed. */
  readonly secrets: Attributes;
}

/**
 * Applies the changes of a PATCH in order, all or nothing, and checks the result. `report` is told where a value path
 * matched nothing and its value was made.
 *
 * @throws ScimError `noTarget`, `mutability`, `invalidValue`
 */
export function applyPatch(
  type: ResourceType,
  before: Attributes,
  changes: readonly PatchChange[],
  report: Report = () => {},
): Patched {
  const relations: RelationChange[] = [];
  if (changes.every(({ attribute }) => attribute.relation === 'holder')) {
    for (const change of changes) relations.push(...relationChanges(change));
    return { attributes: before, changed: false, relations: joinRelations(relations), secrets: {} };
  }
  const draft: Record<string, unknown> = { ...before };
  const secrets: Record<string, unknown> = {};
  for (const change of joinAdditions(changes)) {
    const { attribute } = change;
    if (attribute.relation === 'holder') relations.push(...relationChanges(change));
    else if (attribute.mutability === 'writeOnly') setOwn(secrets, attribute.name, change.value ?? null);
    else {
      const object = container(draft, attribute);
      const value = applyChange(change, own(object, attribute.name), report);
      if (value === undefined) delete object[attribute.name];
      else setOwn(object, attribute.name, value);
    }
  }
  for (const { urn } of type.extensions) if (isEmpty(own(draft, urn))) delete draft[urn];
  const attributes = keepInactive(type, before, inOrder(type, draft));
  const removes = changes.some((change) => change.op === 'remove');
  validate(type, attributes, undefined, removes ? 'mutability' : 'invalidValue');
  const changed = JSON.stringify(attributes) !== JSON.stringify(before);
  return { attributes, changed, relations: joinRelations(relations), secrets };
}

/**
 * Additions to one attribute are one, as long as nothing else is done to it between them: a request of a thousand takes no
 * thousand passes. Changes of other attributes may stand between; they don't depend on each other.
 */
function joinAdditions(changes: readonly PatchChange[]): readonly PatchChange[] {
  const joined: PatchChange[] = [];
  const additions = new Map<ResolvedAttribute, unknown[]>();
  for (const change of changes) {
    const { op, attribute, sub, value } = change;
    // Whole values of a multi-valued attribute: an array, and not that of a sub-attribute.
    const isPlain = op === 'add' && !sub && Array.isArray(value);
    const earlier = additions.get(attribute);
    if (isPlain && earlier) {
      for (const element of value) earlier.push(element);
    } else if (isPlain) {
      const values = [...value];
      additions.set(attribute, values);
      joined.push({ ...change, value: values });
    } else {
      additions.delete(attribute);
      joined.push(change);
    }
  }
  return joined;
}

/** The object that holds an attribute: the resource, or a copy of its extension. */
function container(draft: Record<string, unknown>, attribute: ResolvedAttribute): Record<string, unknown> {
  if (attribute.extension === undefined) return draft;
  const was = own(draft, attribute.extension);
  const object = isObject(was) ? { ...was } : {};
  setOwn(draft, attribute.extension, object);
  return object;
}

function relationChanges(change: PatchChange): RelationChange[] {
  const { attribute, filter, ids, op } = change;
  const base = { attribute, filter: undefined, mustMatch: false };
  const named = filter && idsIn(filter);
  if (op === 'remove') return [named ? { ...base, op, ids: named } : { ...base, op, ids, filter }];
  if (op === 'add' && !filter) return ids ? [{ ...base, op, ids }] : [];
  if (!filter) return [{ ...base, op: 'replace', ids: ids ?? [] }];
  // At a value path: what matches goes, the value comes.
  const mustMatch = !change.createsMissing;
  const removal: RelationChange = { ...base, op: 'remove', ids: named, filter, mustMatch };
  return [...(op === 'replace' || mustMatch ? [removal] : []), { ...base, op: 'add', ids: ids ?? [] }];
}

/** The ids that a filter on the values of a relation names, where it does nothing else: those are looked up, not searched for. */
export function idsIn(filter: ResolvedFilter): readonly string[] | undefined {
  if (filter.kind === 'or') {
    const parts = filter.filters.map(idsIn);
    return parts.every((ids) => ids !== undefined) ? [...new Set(parts.flat())] : undefined;
  }
  const isId = filter.kind === 'compare' && filter.attribute.name === 'value' && filter.attribute.caseExact;
  return isId && filter.operator === 'eq' ? [String(filter.value)] : undefined;
}

/** Additions of ids that follow each other are one, and so are removals: a thousand operations take no thousand statements. */
function joinRelations(changes: readonly RelationChange[]): readonly RelationChange[] {
  const joined: { change: RelationChange; ids: Set<string> | undefined }[] = [];
  for (const change of changes) {
    const { attribute, op, ids, filter } = change;
    const last = joined.at(-1);
    const isPlain = op !== 'replace' && ids !== undefined && !filter;
    if (isPlain && last?.ids && last.change.op === op && last.change.attribute === attribute) {
      for (const id of ids) last.ids.add(id);
    } else joined.push({ change, ids: isPlain ? new Set(ids) : undefined });
  }
  return joined.map(({ change, ids }) => (ids ? { ...change, ids: [...ids] } : change));
}
