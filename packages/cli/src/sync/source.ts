// What the source wants: its rows as resources by their keys. A row that is wrong never counts as one that is not there.
import type { ResourceType } from 'scimkit';
import { OptionError } from '../option-error.ts';
import { foldKey, keyOf, type MappedAttribute, type Mapping, ValueProblem } from './mapping.ts';
import { isBroken, type Problem, type Row, type Rows } from './row.ts';
import type { Section, Where } from './sync-file.ts';

/** A resource as the source wants it. */
export interface SourceResource {
  readonly key: string;
  /** As it is compared. */
  readonly folded: string;
  /** In the order of the mapping's attributes. */
  readonly values: readonly unknown[];
  readonly where: string;
  /** The members that the row itself names. */
  readonly members?: readonly string[];
}

/** What the rows of a source come to. */
export interface SourceSet {
  readonly name: string;
  readonly byKey: ReadonlyMap<string, SourceResource>;
  /** Keys of rows that are wrong: what they are about is left as it is. */
  readonly broken: ReadonlySet<string>;
  /** Keys of rows that don't count. */
  readonly excluded: ReadonlySet<string>;
  /** How many rows are wrong in a way that leaves open whom they are about: nothing may be removed. */
  readonly unknown: number;
  /** How many removals are left out because somebody new would be shut out. */
  readonly heldBack: number;
  readonly problems: readonly Problem[];
  /** The keys by the ids of a source over SCIM. */
  readonly byId: ReadonlyMap<string, string>;
}

function isWanted(where: Where | undefined, row: Row): boolean {
  if (!where) return true;
  const text = String(row.value(where.column) ?? '');
  return where.texts.includes(text) !== where.isNot;
}

/** The columns that a section reads. */
export function columnsOfSection({ where }: Pick<Section, 'where'>, mapping: Mapping): readonly string[] {
  const columns = mapping.attributes.flatMap((attribute) => attribute.columns);
  return [...new Set([...columns, ...(where ? [where.column] : [])])];
}

/** Refuses columns that a file doesn't have. */
export function checkColumns(rows: Rows, columns: readonly string[]): void {
  const missing = columns.filter((column) => rows.columns?.includes(column) === false);
  if (missing.length === 0) return;
  const [only = '', ...others] = rows.columns ?? [];
  const sign = others.length === 0 ? [',', ';', '\t', '|'].find((one) => only.includes(one)) : undefined;
  const hint =
    sign === undefined
      ? ''
      : ` Is ${JSON.stringify(sign)} between its columns? Then write "delimiter": ${JSON.stringify(sign)} in "source".`;
  const names = missing.map((column) => JSON.stringify(column)).join(', ');
  throw new OptionError(
    `${rows.name} has no column ${names}. It has ${(rows.columns ?? []).map((one) => JSON.stringify(one)).join(', ')}.${hint}`,
  );
}

/** Values of one row, or what is wrong with it. */
function readValues(
  { attributes, type }: Mapping,
  row: Row,
): { readonly values: readonly unknown[] } | { readonly problem: string } {
  const values: unknown[] = [];
  for (const attribute of attributes) {
    try {
      values.push(attribute.read(row));
    } catch (error) {
      if (!(error instanceof ValueProblem)) throw error;
      return { problem: `${attribute.mapped.path}: ${error.message}` };
    }
  }
  const lacking = requiredIndexes(type, attributes).find((index) => values[index] === undefined);
  if (lacking !== undefined) {
    const path = attributes[lacking]?.mapped.path ?? '';
    return { problem: `${path} has no value, and every ${type.name} needs one.` };
  }
  // An address without an address is none, whatever else is mapped of it.
  attributes.forEach(({ mapped }, index) => {
    if (mapped.kind !== 'element' || mapped.attribute.name !== 'value' || values[index] !== undefined) return;
    attributes.forEach((other, at) => {
      if (other.mapped.selector === mapped.selector) values[at] = undefined;
    });
  });
  return { values };
}

function requiredIndexes(type: ResourceType, attributes: readonly MappedAttribute[]): readonly number[] {
  const required = new Set(type.attributes.filter((attribute) => attribute.required));
  return attributes.flatMap(({ mapped }, index) =>
    mapped.kind === 'single' && required.has(mapped.attribute) ? [index] : [],
  );
}

/** Reads the key of a row, even where the rest of it is wrong. */
function readKey({ match }: Mapping, row: Row): string | undefined {
  try {
    return keyOf(match.read(row));
  } catch {
    return undefined;
  }
}

/** Reads all rows of a source. `membersOf` tells the members that a row names. */
export async function readSource(
  rows: Rows,
  mapping: Mapping,
  where: Where | undefined,
  membersOf?: (row: Row) => readonly string[],
): Promise<SourceSet> {
  const byKey = new Map<string, SourceResource>();
  const broken = new Map<string, string>();
  const excluded = new Set<string>();
  const problems: Problem[] = [];
  const byId = new Map<string, string>();
  let unknown = 0;
  const { path } = mapping.match.mapped;
  for await (const row of rows.all) {
    if (isBroken(row)) {
      unknown++;
      problems.push({ where: row.where, text: row.problem });
      continue;
    }
    const key = readKey(mapping, row);
    const isIn = isWanted(where, row);
    if (key === undefined) {
      if (!isIn) continue;
      unknown++;
      problems.push({ where: row.where, text: `has no ${path}, so that nobody knows whom it is about.` });
      continue;
    }
    const folded = foldKey(mapping.match, key);
    if (row.id !== undefined) byId.set(row.id, folded);
    if (!isIn) {
      excluded.add(folded);
      continue;
    }
    const earlier = byKey.get(folded)?.where ?? broken.get(folded);
    if (earlier !== undefined) {
      const text = `has the ${path} ${JSON.stringify(key)}, which ${earlier} has too: neither of them counts.`;
      problems.push({ where: row.where, text });
      byKey.delete(folded);
      broken.set(folded, earlier);
      continue;
    }
    const read = readValues(mapping, row);
    if ('problem' in read) {
      problems.push({ where: row.where, text: `${read.problem} (${path} ${JSON.stringify(key)})` });
      broken.set(folded, row.where);
    } else {
      const members = membersOf?.(row);
      byKey.set(folded, { key, folded, values: read.values, where: row.where, ...(members && { members }) });
    }
  }
  for (const folded of byKey.keys()) excluded.delete(folded);
  return {
    ...{ name: rows.name, byKey, excluded, unknown, problems, byId, heldBack: 0 },
    broken: new Set(broken.keys()),
  };
}
