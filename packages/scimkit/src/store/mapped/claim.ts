// RFC 7643 §2.2, §7: unique values among the app's rows, of resources and others; and what a POST does that meets one of those.
import { ScimError } from '../../protocol/error.ts';
import { foldValue } from '../../protocol/fold.ts';
import type { Attributes } from '../../protocol/validate.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import { joinSql, rawSql, type Sql, sql } from '../sql/fragment.ts';
import { taken, uniqueAttributes } from '../unique.ts';
import { Aliased, keySql, selected } from './aliased.ts';
import { valueAt } from './assignments.ts';
import type { Compiled } from './compiled.ts';
import type { LinkConflict, LinkPolicy } from './link-policy.ts';
import { compileFilter } from './look.ts';
import { readScalar, writeScalar } from './scalar.ts';
import { makeRoom } from './room.ts';
import type { Session } from './session.ts';
import type { Column, InColumn, Source } from './source.ts';
import { isSameSpelling } from './spelling.ts';

/** A row that a new resource becomes: one that was kept when it was deleted, or an account of the app's. */
export interface Claimed {
  readonly key: string;
  readonly how: 'return' | 'link';
}

/** A conflict that waits for a person; told to the policy once the request is undone. */
export class PendingConflict extends ScimError {
  readonly conflict: LinkConflict;
  readonly tell: () => void | Promise<void>;

  constructor(conflict: LinkConflict, tell: () => void | Promise<void>) {
    super(
      'uniqueness',
      `There is an account with this "${conflict.path}" already, which is not managed by SCIM yet. A person has to confirm ` +
        'that it is the same one. Ask them to, and then send the request again (provision the user on demand).',
    );
    this.conflict = conflict;
    this.tell = tell;
  }
}

interface Found {
  readonly key: string;
  readonly isManaged: boolean;
  readonly isDeleted: boolean;
  readonly isExcluded: boolean;
  readonly isVerified: boolean;
  /** What the row has where the value was looked for; undefined where that is no column. */
  readonly value: unknown;
}

const unique = new WeakMap<ResourceType, readonly ResolvedAttribute[]>();

function uniqueIn(type: ResourceType): readonly ResolvedAttribute[] {
  const known = unique.get(type) ?? uniqueAttributes(type);
  unique.set(type, known);
  return known;
}

/** A place in which a value can be looked for. */
type Searchable = Extract<Source, { readonly kind: 'column' | 'document' }>;

const placeOf = ({ byPath }: Compiled, { path, multiValued, parent }: ResolvedAttribute) => {
  const source = byPath.get(path);
  const isOne = !multiValued && !parent?.multiValued;
  return isOne && (source?.kind === 'column' || source?.kind === 'document') ? source : undefined;
};

const attributeOf = (source: Searchable): ResolvedAttribute =>
  source.kind === 'column' ? source.scalar.attribute : source.attribute;

/** That a row has a value where a source has it. */
function hasValue({ scoped }: Session, source: Searchable, value: unknown, at: Aliased): Sql {
  const attribute = attributeOf(source);
  const { words } = scoped.mapping;
  // What the database can't compare as the attribute's value is there as it was written.
  if (source.kind === 'column' && source.scalar.read && !source.scalar.filter)
    return sql`${at.column(source)} = ${writeScalar(source.scalar, value, words)}`;
  const literal = foldValue(attribute, value as string);
  return compileFilter({ kind: 'compare', attribute, operator: 'eq', value: literal, literal }, scoped, at);
}

/** The rows of the tenant that have a value, whether they are resources or not. */
async function find(
  session: Session,
  source: Searchable,
  value: unknown,
  verified?: string,
): Promise<readonly Found[]> {
  const { scoped, run } = session;
  const { mapping, values } = scoped;
  const { deletion, exclude, side, id, root } = mapping;
  const at = new Aliased(mapping, 'r', 'all');
  const isEqual = hasValue(session, source, value, at);
  const flag = (condition: Sql): Sql => sql`CASE WHEN ${condition} THEN 1 ELSE 0 END`;
  const has = (column: Column | undefined): Sql =>
    column ? flag(sql`${at.column(column)} IS NOT NULL`) : rawSql('0');
  const isVerified = verified === undefined ? rawSql('1') : verifiedSql(at, verified);
  const columns = [
    at.key,
    // A row without an id of ours was never a resource.
    side?.key ? has({ beside: side, column: side.key }) : id?.beside === root ? has(id) : rawSql('1'),
    has(deletion.at),
    exclude ? flag(exclude(at.at)) : rawSql('0'),
    isVerified,
    source.kind === 'column' ? at.column(source) : rawSql('NULL'),
  ];
  const tenant = [...mapping.where].map(
    ([name, column]) => sql`${at.own(column)} = ${values.get(name) ?? null}`,
  );
  const where = joinSql([...tenant, isEqual], ' AND ');
  // Those that were deleted come last: there may be any number of them.
  const rows = await run(
    sql`SELECT ${selected(columns)} FROM ${at.from()} WHERE ${where} ORDER BY 3 LIMIT 10`,
  );
  return rows.map((row) => ({
    key: String(row.c0),
    isManaged: Number(row.c1) === 1,
    isDeleted: Number(row.c2) === 1,
    isExcluded: Number(row.c3) === 1,
    isVerified: Number(row.c4) === 1,
    value: source.kind === 'column' ? readScalar(source.scalar, row.c5) : undefined,
  }));
}

/** Whether a column says that something was verified: it is true, or has a time. Any other word may say the contrary. */
function verifiedSql(at: Aliased, name: string): Sql {
  const text = sql`lower(CAST(${at.at(name)} AS TEXT))`;
  const isTime = sql`substr(${text}, 1, 1) IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') AND ${text} NOT IN ('0', '0.0')`;
  return sql`CASE WHEN ${text} IN ('t', 'true', 'y', 'yes') OR ${isTime} THEN 1 ELSE 0 END`;
}

/** Nobody else claims the same value until the transaction ends. Where only one can write, that is so anyway. */
async function lock({ scoped, run }: Session, { path }: ResolvedAttribute, value: unknown): Promise<void> {
  const { mapping, values } = scoped;
  if (!mapping.words.isPostgres) return;
  const claim = JSON.stringify([
    mapping.root.table.name,
    [...values].map(([name, each]) => [name, String(each)]),
    path,
    value,
  ]);
  await run(
    sql`SELECT 1 AS c0 FROM (SELECT pg_advisory_xact_lock(hashtextextended(CAST(${claim} AS TEXT), 0))) AS l`,
  );
}

/** A value is taken by an account that the client can't look up: to be told to update it would help nobody. */
const hidden = ({ path }: ResolvedAttribute, advice: string): ScimError =>
  new ScimError(
    'uniqueness',
    `There is an account with this "${path}" in the application already, which SCIM doesn't manage, so that no filter ` +
      `finds it. ${advice}`,
  );

/**
 * Claims the unique values that a change gives a resource.
 *
 * @throws ScimError `uniqueness`
 */
export async function claimValues(
  session: Session,
  before: Attributes,
  after: Attributes,
  key: string | undefined,
): Promise<void> {
  const { mapping } = session.scoped;
  for (const attribute of uniqueIn(mapping.type)) {
    const source = placeOf(mapping, attribute);
    const value = valueAt(after, attribute);
    if (!source || value === undefined || value === valueAt(before, attribute)) continue;
    await lock(session, attribute, foldValue(attribute, value as string));
    const others = (await find(session, source, value)).filter((row) => row.key !== key);
    const other = others.find((row) => !row.isDeleted);
    if (other && (!other.isManaged || other.isExcluded)) {
      throw hidden(attribute, 'Rename or remove it in the application, or send another value.');
    }
    if (other) throw taken({ attribute, within: mapping.type.name, value: String(value) });
    // Nobody sees rows that were kept. Those that could have come back make room; of others the app's own keys decide.
    if (mapping.deletion.onReturn !== 'reuse') continue;
    if (source.kind !== 'column') continue;
    for (const row of others)
      if (row.isManaged && !row.isExcluded) await makeRoom(session, source.beside, [source.column], row.key);
  }
}

/**
 * The row that a new resource becomes, if there is one.
 *
 * @throws ScimError `uniqueness` where a person has to decide, or nobody may.
 */
export async function claimRow(session: Session, attributes: Attributes): Promise<Claimed | undefined> {
  return (await linked(session, attributes)) ?? (await returned(session, attributes));
}

/** A row that was kept when it was deleted, and has the same externalId, or a unique value: exactly one. */
async function returned(session: Session, attributes: Attributes): Promise<Claimed | undefined> {
  const { mapping } = session.scoped;
  if (mapping.deletion.onReturn !== 'reuse') return undefined;
  const externalId = mapping.type.byName.get('externalid');
  for (const attribute of [...(externalId ? [externalId] : []), ...uniqueIn(mapping.type)]) {
    const source = placeOf(mapping, attribute);
    const value = valueAt(attributes, attribute);
    if (!source || value === undefined) continue;
    await lock(session, attribute, foldValue(attribute, value as string));
    const kept = await findLocked(session, async () =>
      (await find(session, source, value)).filter((row) => row.isDeleted && row.isManaged && !row.isExcluded),
    );
    const [only] = kept;
    if (only && kept.length === 1) return { key: only.key, how: 'return' };
  }
  return undefined;
}

/** An account of the app's that the policy finds. */
async function linked(session: Session, attributes: Attributes): Promise<Claimed | undefined> {
  const { mapping } = session.scoped;
  const { link } = mapping;
  if (link === 'reject') return undefined;
  const source = mapping.byPath.get(link.by) as InColumn;
  const { attribute } = source.scalar;
  const value = valueAt(attributes, attribute);
  if (value === undefined) return undefined;
  await lock(session, attribute, foldValue(attribute, value as string));
  const found = await findLocked(session, async () =>
    (await find(session, source, value, link.verified)).filter(
      (row) => !row.isManaged && !row.isDeleted && !row.isExcluded,
    ),
  );
  const [only] = found;
  if (!only) return undefined;
  // Collations take more for the same than other capitals.
  if (!isSameSpelling(only.value, value)) return undefined;
  // Several, or one whose address nobody has verified: no reason to hand an account over.
  if (found.length > 1) {
    throw hidden(attribute, 'There are several of them: have the application make sure which one is meant.');
  }
  if (!only.isVerified) {
    throw hidden(
      attribute,
      'Its address was never verified. Have its owner verify it in the application, and then send the request again ' +
        '(provision the user on demand).',
    );
  }
  if (link.mode === 'link' && link.verified === undefined && String(value).includes('@')) {
    throw hidden(
      attribute,
      'It is an e-mail address, and the application does not say which addresses were verified. Have its developers name ' +
        'the column that does, or link accounts by another attribute.',
    );
  }
  const conflict: LinkConflict = { key: only.key, path: attribute.path, value: String(value), attributes };
  if (link.mode === 'ask') await ask(session, link, conflict);
  return { key: only.key, how: 'link' };
}

async function ask(
  session: Session,
  link: Extract<LinkPolicy, { readonly mode: 'ask' }>,
  conflict: LinkConflict,
): Promise<void> {
  if ((await link.isConfirmed(conflict, session.tx as never)) === true) return;
  throw new PendingConflict(conflict, () => link.pending(conflict));
}

/**
 * Rows, of which the only one is locked: it is looked for again once it is, because until then somebody else may have changed
 * its address, or claimed it by another of its values.
 */
async function findLocked(
  session: Session,
  look: () => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  const { locks } = session.scoped.mapping.words.sql;
  for (let locked: string | undefined; ; ) {
    const found = await look();
    const [only] = found;
    if (!locks || !only || found.length > 1 || only.key === locked) return found;
    await lockRow(session, only.key);
    locked = only.key;
  }
}

/** Locks the row that a new resource becomes. */
async function lockRow({ scoped: { mapping }, run }: Session, key: string): Promise<void> {
  const { locks } = mapping.words.sql;
  if (!locks) return;
  const column = rawSql(`r.${mapping.key.name}`);
  await run(
    sql`SELECT 1 AS c0 FROM ${rawSql(mapping.root.table.name)} r WHERE ${column} = ${keySql(mapping, key)} ${locks.toChange}`,
  );
}
