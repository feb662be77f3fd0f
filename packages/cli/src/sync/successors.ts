// Who comes under a new key and wants a name that somebody has who goes: most likely one person, whose key changed. Pure.
import { foldKey, keyOf, type Mapping } from './mapping.ts';
import type { Problem } from './row.ts';
import type { SourceResource, SourceSet } from './source.ts';
import type { Missing } from './sync-file.ts';
import type { TargetResource, TargetSet } from './target.ts';

/** What is wanted and what is there, of one type. */
interface Input {
  readonly mapping: Mapping;
  readonly missing: Missing;
  readonly source: SourceSet;
  readonly target: TargetSet;
}

/** Somebody who is to be created, and who has the name that one of them may have alone. */
export interface Succession {
  readonly comes: SourceResource;
  readonly has: TargetResource;
  /** The attribute, and its value. */
  readonly path: string;
  readonly value: string;
}

/** Creations whose unique values others have at the target. */
function successionsOf({ mapping, source, target }: Input): readonly Succession[] {
  return mapping.attributes.flatMap((attribute, index) => {
    const { mapped, isSecret } = attribute;
    if (isSecret || mapped.kind !== 'single' || mapped.attribute.uniqueness === 'none') return [];
    const valueIn = ({ values }: { readonly values: readonly unknown[] }) => {
      const value = keyOf(values[index]);
      return value === undefined ? undefined : foldKey(attribute, value);
    };
    const holders = new Map([...target.byKey.values()].map((has) => [valueIn(has), has]));
    return [...source.byKey.values()].flatMap((comes): readonly Succession[] => {
      const value = valueIn(comes);
      if (value === undefined || target.byKey.has(comes.folded) || target.ambiguous.has(comes.folded))
        return [];
      const has = holders.get(value);
      const wanted = has?.folded === undefined ? undefined : source.byKey.get(has.folded);
      // Who gets another name leaves this one.
      if (!has || (wanted && valueIn(wanted) !== value)) return [];
      return [{ comes, has, path: mapped.path, value: String(comes.values[index]) }];
    });
  });
}

const isGone = ({ source }: Input, { folded = '', isManaged }: TargetResource): boolean =>
  isManaged && !source.byKey.has(folded) && !source.broken.has(folded);

/** Whether somebody is to be deactivated, and so keeps the name: as missing, or because the source says so. */
function isDeactivated(input: Input, has: TargetResource): boolean {
  const { mapping, missing, source } = input;
  if (!mapping.active || !has.isActive) return false;
  const wanted = source.byKey.get(has.folded ?? '');
  if (!wanted) return missing === 'deactivate' && isGone(input, has);
  return wanted.values[mapping.attributes.indexOf(mapping.active)] === false;
}

/**
 * What is wanted, without those who would be shut out: the new account is refused as long as the old one has the name, so
 * that with the old one deactivated there would be none. Both are left as they are.
 */
export function withoutLockouts(input: Input): SourceSet {
  const { mapping, source } = input;
  const byKey = new Map(source.byKey);
  const broken = new Set(source.broken);
  const problems: Problem[] = [];
  const held = new Set<string>();
  for (const { comes, has, path, value } of successionsOf(input)) {
    if (!isDeactivated(input, has)) continue;
    const old = JSON.stringify(has.key);
    const text =
      `${JSON.stringify(comes.key)} is new and has the ${path} ${JSON.stringify(value)} of ${old}, who would be ` +
      `deactivated: is it the same person with another key? Neither is touched. If it is, give ${old} the new ` +
      `${mapping.match.mapped.path} at the target; if it is not, one of them needs another ${path}.`;
    problems.push({ where: comes.where, text });
    for (const folded of [comes.folded, has.folded ?? '']) {
      byKey.delete(folded);
      broken.add(folded);
    }
    held.add(has.id);
  }
  if (held.size === 0) return source;
  return {
    ...{ ...source, byKey, broken },
    heldBack: held.size,
    problems: [...source.problems, ...problems],
  };
}

/** Who takes over the name of whom, by the folded keys of those who are deleted for being missing. */
export function successorsOf(input: Input): ReadonlyMap<string, Succession> {
  if (input.missing !== 'delete') return new Map();
  const gone = successionsOf(input).filter(({ has }) => isGone(input, has));
  return new Map(gone.map((succession) => [succession.has.folded ?? '', succession]));
}
