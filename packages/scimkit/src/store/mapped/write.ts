// RFC 7644 §3.3, §3.5: writes of the app's tables. What a write decides on, it reads itself, under a lock.
import { applyPatch, type RelationChange } from '../../protocol/apply-patch.ts';
import { findAttribute } from '../../protocol/path.ts';
import type { PatchChange } from '../../protocol/patch.ts';
import { type Attributes, type Input, replaceAttributes } from '../../protocol/validate.ts';
import { checkPrecondition } from '../../protocol/version.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { mergeDeltas } from '../relation-delta.ts';
import type { RelationDelta, ReplaceOptions, WriteOptions, Written } from '../store.ts';
import { adopt, assertIdentity, type Inserted, withAbsentIdentity, withIdentity } from './adopt.ts';
import { assign } from './assignments.ts';
import { claimRow, claimValues } from './claim.ts';
import { assertSecrets } from './credentials.ts';
import { relate } from './membership.ts';
import { readByKey, readLocked, select } from './read.ts';
import type { MappedRow } from './row.ts';
import type { Session } from './session.ts';
import { withoutVerification } from './verification.ts';
import { insertBeside, insertRoot, insertSide, secretsOf, update, valuesOf } from './write-columns.ts';
import { writeRows } from './write-rows.ts';

const NONE: Attributes = {};

/** The first half of a create: the row, or an account or a row that was kept, which it becomes. */
export async function insert(
  session: Session,
  input: Input,
  options: WriteOptions,
  id: string | undefined,
): Promise<Inserted> {
  const { mapping } = session.scoped;
  const claimed = await claimRow(session, input.attributes);
  if (claimed) return adopt(session, claimed, input, options, id);
  await claimValues(session, NONE, input.attributes, undefined);
  const assignments = assign(mapping, NONE, input.attributes, options.report);
  for (const path of assignments.paths) session.written.add(path);
  const secrets = await secretsOf(mapping, input.secrets);
  const key = await insertRoot(session, valuesOf(assignments, mapping.root), secrets, id);
  for (const beside of mapping.joins) {
    const values = valuesOf(assignments, beside);
    if (values.size > 0) await insertBeside(session, beside, key, values);
  }
  if (mapping.side)
    await insertSide(session, mapping.side, key, valuesOf(assignments, mapping.side), id, false);
  for (const change of assignments.rows) await writeRows(session, key, change);
  return { key, before: undefined };
}

/** The second half of a create: the resources that it refers to, which exist by now. */
export async function link(
  session: Session,
  { key, before }: Inserted,
  input: Input,
  options: WriteOptions,
): Promise<Written> {
  const deltas: RelationDelta[] = [];
  for (const [path, ids] of input.relations) {
    deltas.push(await relate(session, key, replacement(session, path, ids), options));
  }
  const row = await readByKey(session, key);
  return written(session, row, before, true, deltas, options);
}

/** RFC 7644 §3.5.1. */
export async function replace(
  session: Session,
  id: string,
  input: Input,
  options: ReplaceOptions,
): Promise<Written | undefined> {
  const { keepAbsent = false } = options;
  const { mapping } = session.scoped;
  const { type } = mapping;
  const relations = type.holders.flatMap(({ path }) => {
    const ids = input.relations.get(path) ?? (keepAbsent ? undefined : []);
    return ids ? [replacement(session, path, ids)] : [];
  });
  return change(session, id, options, (before, isLinked) => {
    const attributes = replaceAttributes(type, before, input, keepAbsent);
    return {
      attributes: isLinked ? withAbsentIdentity(mapping, before, attributes) : attributes,
      relations,
      secrets: input.secrets,
    };
  });
}

/** RFC 7644 §3.5.2: the changes in order, all or nothing. */
export async function patch(
  session: Session,
  id: string,
  changes: readonly PatchChange[],
  options: WriteOptions,
): Promise<Written | undefined> {
  return change(session, id, options, (before) =>
    applyPatch(session.scoped.mapping.type, before, changes, options.report),
  );
}

function replacement({ scoped }: Session, path: string, ids: readonly string[]): RelationChange {
  const attribute = findAttribute(scoped.mapping.type, path) as ResolvedAttribute;
  return { attribute, op: 'replace', ids, filter: undefined, mustMatch: false };
}

/** What a write makes of a resource. */
interface Changed {
  readonly attributes: Attributes;
  readonly relations: readonly RelationChange[];
  readonly secrets: Attributes;
}

/** Compares, changes and writes back, in one transaction. */
async function change(
  session: Session,
  id: string,
  options: WriteOptions,
  to: (before: Attributes, isLinked: boolean) => Changed,
): Promise<Written | undefined> {
  const { scoped } = session;
  const { mapping } = scoped;
  const row = await readLocked(session, id, 'toChange');
  if (!row) return undefined;
  const { key, stored } = row;
  checkPrecondition(options.precondition, stored.version);
  const before = stored.attributes;
  const { attributes: wanted, relations, secrets } = to(before, row.isLinked);
  const attributes = row.isLinked ? withIdentity(mapping, before, wanted) : wanted;
  await claimValues(session, before, attributes, key);
  const assigned = assign(mapping, before, attributes, options.report);
  for (const path of assigned.paths) session.written.add(path);
  if (row.isLinked) assertIdentity(mapping, assigned);
  if (row.isLinked) assertSecrets(mapping, secrets);
  const assignments = await withoutVerification(session, key, before, assigned);
  const deltas: RelationDelta[] = [];
  for (const relation of relations) deltas.push(await relate(session, key, relation, options));
  const net = mergeDeltas(deltas);
  const newSecrets = await secretsOf(mapping, secrets);
  const isSame = assignments.columns.size === 0 && assignments.rows.length === 0;
  if (isSame && net.length === 0 && newSecrets.size === 0)
    return written(session, row, before, false, net, options);
  await update(session, key, assignments, newSecrets);
  return written(session, await readByKey(session, key), before, true, net, options);
}

async function written(
  session: Session,
  row: MappedRow,
  before: Attributes | undefined,
  changed: boolean,
  relations: readonly RelationDelta[],
  { selection }: WriteOptions,
): Promise<Written> {
  const { id, version, attributes } = row.stored;
  return {
    ...{ id, version, changed, before, relations },
    after: attributes,
    resource: selection && (await select(session, [row], selection))[0],
  };
}
