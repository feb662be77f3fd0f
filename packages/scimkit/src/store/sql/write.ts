// RFC 7644 §3.3, §3.5, §3.6: writes as units of work. What a write decides on, it reads itself.
import { applyPatch, type RelationChange } from '../../protocol/apply-patch.ts';
import type { JsonObject } from '../../protocol/message.ts';
import { findAttribute } from '../../protocol/path.ts';
import type { PatchChange } from '../../protocol/patch.ts';
import { type Attributes, type Input, replaceAttributes } from '../../protocol/validate.ts';
import { checkPrecondition } from '../../protocol/version.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import { mergeDeltas } from '../relation-delta.ts';
import type {
  Reference,
  RelationDelta,
  ReplaceOptions,
  Selection,
  StoredResource,
  WriteOptions,
  Written,
} from '../store.ts';
import { taken, type UniqueValue, uniqueValues } from '../unique.ts';
import { count, uncount } from './counter.ts';
import { all, joinSql, one, rawSql, type Row, sql, type Work } from './fragment.ts';
import { forget, lockHolders, membersOf, relate } from './membership.ts';
import { inPlace, type Place } from './place.ts';
import type { Plan } from './plan.ts';
import {
  attributesOf,
  type Derived,
  derive,
  derivedColumns,
  foldAttributes,
  RESOURCE_COLUMNS,
  RowResource,
} from './resource-row.ts';
import { indexChanges } from './value-index.ts';

/** What the writes of one store work with. */
export interface Writing {
  readonly place: Place;
  readonly plan: Plan;
  /** Unique within the connection besides. */
  readonly alsoUnique: readonly ResolvedAttribute[];
  /** The time of the write, in stored form. */
  readonly now: string;
  /** Where creates and deletes are counted. */
  readonly slot: number;
}

/** Reads the row that a write is about, and locks it where others could write meanwhile. */
function* readRow(place: Place, id: string, lock: 'toChange' | 'toRemove'): Work<Row | undefined> {
  const clause = place.dialect.locks?.[lock] ?? rawSql('');
  return yield* one(
    sql`SELECT ${RESOURCE_COLUMNS} FROM scimkit_resource r WHERE ${inPlace(place, 'r.')} AND r.id = ${id} ${clause}`,
  );
}

/** The first half of a create: the resource, its unique values, its rows in the index. */
export function* insert(writing: Writing, id: string, attributes: Attributes): Work<Row> {
  const { place, now } = writing;
  const { tenant, connection, type } = place;
  const derived = derive(type, id, attributes);
  yield* writeUnique(writing, id, undefined, derived.folded);
  const [display, displayFolded, document, folded] = derivedColumns(derived, place.dialect);
  yield* all(
    sql`INSERT INTO scimkit_resource (tenant, connection, type, id, version, created, last_modified,
          display, display_folded, document, folded)
        VALUES (${tenant}, ${connection}, ${type.name}, ${id}, 1, ${now}, ${now},
          ${display}, ${displayFolded}, ${document}, ${folded})`,
  );
  yield* writeIndex(writing, id, undefined, derived.folded);
  return { id, version: 1, created: now, last_modified: now, document: derived.document };
}

/** The second half of a create: the resources that it refers to, which exist by now; and it is counted. */
export function* link(writing: Writing, row: Row, input: Input, options: WriteOptions): Work<Written> {
  const deltas: RelationDelta[] = [];
  for (const [path, ids] of input.relations) {
    deltas.push(yield* relate(writing.place, String(row.id), replacement(writing.place, path, ids), options));
  }
  const result = yield* written(writing, row, undefined, true, deltas, options);
  yield* count(writing.place, result.id, writing.slot);
  return result;
}

/** RFC 7644 §3.5.1: all attributes, and the relations that the input names. */
export function* replace(
  writing: Writing,
  id: string,
  input: Input,
  options: ReplaceOptions,
): Work<Written | undefined> {
  const { keepAbsent = false } = options;
  const { type } = writing.place;
  const relations = type.holders.flatMap((attribute) => {
    const ids = input.relations.get(attribute.path) ?? (keepAbsent ? undefined : []);
    return ids ? [replacement(writing.place, attribute.path, ids)] : [];
  });
  return yield* change(writing, id, options, (before) => ({
    attributes: replaceAttributes(type, before, input, keepAbsent),
    relations,
  }));
}

/** RFC 7644 §3.5.2: the changes in order, all or nothing. */
export function* patch(
  writing: Writing,
  id: string,
  changes: readonly PatchChange[],
  options: WriteOptions,
): Work<Written | undefined> {
  return yield* change(writing, id, options, (before) =>
    applyPatch(writing.place.type, before, changes, options.report),
  );
}

/** RFC 7644 §3.6: the resource, and whatever refers to it. */
export function* remove(writing: Writing, id: string, options: WriteOptions): Work<Written | undefined> {
  const { place, now } = writing;
  // Who holds it is changed too, and is locked before it: as by whoever adds a member.
  yield* lockHolders(place, id);
  const row = yield* readRow(place, id, 'toRemove');
  if (!row) return undefined;
  checkPrecondition(options.precondition, String(row.version));
  const before = attributesOf(String(row.document));
  const folded = foldAttributes(place.type, id, before);
  yield* writeUnique(writing, id, folded, undefined);
  yield* writeIndex(writing, id, folded, undefined);
  yield* forget(place, id, now);
  yield* all(sql`DELETE FROM scimkit_resource WHERE ${inPlace(place)} AND id = ${id}`);
  yield* uncount(place, writing.slot);
  return { id, version: String(row.version), changed: true, before };
}

function replacement(place: Place, path: string, ids: readonly string[]): RelationChange {
  const attribute = findAttribute(place.type, path) as ResolvedAttribute;
  return { attribute, op: 'replace', ids, filter: undefined, mustMatch: false };
}

/** Compares, changes and writes back, within one unit of work. */
function* change(
  writing: Writing,
  id: string,
  options: WriteOptions,
  to: (before: Attributes) => {
    readonly attributes: Attributes;
    readonly relations: readonly RelationChange[];
  },
): Work<Written | undefined> {
  const { place, now } = writing;
  const row = yield* readRow(place, id, 'toChange');
  if (!row) return undefined;
  checkPrecondition(options.precondition, String(row.version));
  const before = attributesOf(String(row.document));
  const { attributes, relations } = to(before);
  const deltas: RelationDelta[] = [];
  for (const relation of relations) deltas.push(yield* relate(place, id, relation, options));
  const net = mergeDeltas(deltas);
  const derived = attributes === before ? undefined : derive(place.type, id, attributes);
  const after = derived?.document === row.document ? undefined : derived;
  if (!after && net.length === 0) return yield* written(writing, row, before, false, net, options);
  const version = Number(row.version) + 1;
  if (after) yield* rewrite(writing, id, version, foldAttributes(place.type, id, before), after);
  else {
    yield* all(
      sql`UPDATE scimkit_resource SET version = ${version}, last_modified = ${now} WHERE ${inPlace(place)} AND id = ${id}`,
    );
  }
  const { document } = after ?? row;
  const changed = { id, version, created: row.created, last_modified: now, document };
  return yield* written(writing, changed, before, true, net, options);
}

function* rewrite(
  writing: Writing,
  id: string,
  version: number,
  before: JsonObject,
  after: Derived,
): Work<void> {
  yield* writeUnique(writing, id, before, after.folded);
  yield* writeIndex(writing, id, before, after.folded);
  const [display, displayFolded, document, folded] = derivedColumns(after, writing.place.dialect);
  yield* all(
    sql`UPDATE scimkit_resource SET version = ${version}, last_modified = ${writing.now}, display = ${display},
          display_folded = ${displayFolded}, document = ${document}, folded = ${folded}
        WHERE ${inPlace(writing.place)} AND id = ${id}`,
  );
}

function* written(
  writing: Writing,
  row: Row,
  before: Attributes | undefined,
  changed: boolean,
  relations: readonly RelationDelta[],
  options: WriteOptions,
): Work<Written> {
  const resource = new RowResource(row);
  const { selection } = options;
  return {
    id: resource.id,
    version: resource.version,
    changed,
    before,
    get after() {
      return resource.attributes;
    },
    relations,
    resource: selection && (yield* select(writing.place, [row], selection))[0],
  };
}

/** Rows as stored resources, with the relations that are wanted. */
export function* select(
  place: Place,
  rows: readonly Row[],
  selection: Selection,
): Work<readonly StoredResource[]> {
  const wanted = place.type.holders.filter((attribute) => selection.relations.has(attribute.path));
  if (wanted.length === 0) return rows.map((row) => new RowResource(row));
  const ids = rows.map((row) => String(row.id));
  const relations = new Map(ids.map((id) => [id, new Map<string, readonly Reference[]>()]));
  const continued = new Map<string, Set<string>>();
  const { limit = Number.POSITIVE_INFINITY } = selection;
  for (const attribute of wanted) {
    const members = yield* membersOf(place, attribute, ids, selection.limit);
    for (const [id, references] of members) {
      const isContinued = references.length > limit;
      relations.get(id)?.set(attribute.path, isContinued ? references.slice(0, limit) : references);
      if (isContinued) continued.set(id, (continued.get(id) ?? new Set()).add(attribute.path));
    }
  }
  return rows.map((row) => {
    const id = String(row.id);
    return new RowResource(row, relations.get(id), continued.get(id));
  });
}

type Claim = UniqueValue & { readonly within: string };

/** What values are unique within that are unique within a connection: no resource type has "@" in its name. */
export const inConnection = ({ type, connection }: Place): string => `${type.name}@${connection}`;

function claims({ plan, place, alsoUnique }: Writing, folded: JsonObject | undefined): readonly Claim[] {
  if (!folded) return [];
  const within = inConnection(place);
  const also = uniqueValues(place.type, alsoUnique, folded).map((value) => ({ ...value, within }));
  return [...uniqueValues(place.type, plan.unique, folded), ...also];
}

/** Claims what is new and gives up what is gone; the table's primary key decides who comes first. */
function* writeUnique(
  writing: Writing,
  id: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): Work<void> {
  const { tenant, dialect } = writing.place;
  const was = claims(writing, before);
  const is = claims(writing, after);
  for (const { within, attribute, value } of without(was, is)) {
    yield* all(
      sql`DELETE FROM scimkit_unique_value WHERE tenant = ${tenant} AND within = ${within}
          AND attribute = ${attribute.path} AND value = ${dialect.uniqueKey(value)} AND id = ${id}`,
    );
  }
  for (const claim of without(is, was)) {
    const { within, attribute, value } = claim;
    const rows = yield* all(
      sql`INSERT INTO scimkit_unique_value (tenant, within, attribute, value, id)
          VALUES (${tenant}, ${within}, ${attribute.path}, ${dialect.uniqueKey(value)}, ${id})
          ON CONFLICT DO NOTHING RETURNING id`,
    );
    if (rows.length === 0 && !(yield* isHolder(writing.place, claim, id))) throw taken(claim);
  }
}

/** Whether a value is the resource's already: a claim was written while claims were worked out anew. */
function* isHolder({ tenant, dialect }: Place, claim: Claim, id: string): Work<boolean> {
  const { within, attribute, value } = claim;
  const row = yield* one(
    sql`SELECT id FROM scimkit_unique_value WHERE tenant = ${tenant} AND within = ${within}
        AND attribute = ${attribute.path} AND value = ${dialect.uniqueKey(value)}`,
  );
  return row?.id === id;
}

/** The claims that are not among others. */
function without(claims: readonly Claim[], others: readonly Claim[]): readonly Claim[] {
  if (claims.length === 0 || others.length === 0) return claims;
  const key = (claim: Claim) => JSON.stringify([claim.within, claim.attribute.path, claim.value]);
  const known = new Set(others.map(key));
  return claims.filter((claim) => !known.has(key(claim)));
}

/** Claims all unique values of a resource that has none yet. */
export const claimAll = (writing: Writing, id: string, folded: JsonObject): Work<void> =>
  writeUnique(writing, id, undefined, folded);

/** Writes a resource that is not in the index of filters yet. */
export const indexAll = (writing: Writing, id: string, folded: JsonObject): Work<void> =>
  writeIndex(writing, id, undefined, folded);

/** Where others write while an index is made anew, a row may be there already. */
const IF_ABSENT = rawSql('ON CONFLICT DO NOTHING');
const NOTHING = rawSql('');

/** Rows of one statement: most resources need one. */
const INDEX_BATCH = 50;

/** Brings the index of filters up to date: only what changed is written. */
function* writeIndex(
  { plan, place }: Writing,
  id: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): Work<void> {
  const { tenant, connection, type } = place;
  const { gone, fresh, mayDiffer } = indexChanges(plan.indexed, before, after);
  if (before && (mayDiffer || !after)) {
    const noted = place.dialect.texts?.changed(sql`${inPlace(place, 'r.')} AND r.id = ${id}`);
    if (noted) yield* all(noted);
  }
  for (const [attribute, value] of gone) {
    yield* all(
      sql`DELETE FROM scimkit_value WHERE ${inPlace(place)} AND attribute = ${attribute} AND value = ${value} AND id = ${id}`,
    );
  }
  for (let start = 0; start < fresh.length; start += INDEX_BATCH) {
    const rows = fresh.slice(start, start + INDEX_BATCH).map(([attribute, value]) => {
      return sql`(${tenant}, ${connection}, ${type.name}, ${attribute}, ${value}, ${id})`;
    });
    yield* all(
      sql`INSERT INTO scimkit_value (tenant, connection, type, attribute, value, id) VALUES ${joinSql(rows, ', ')}
          ${place.dialect.locks ? IF_ABSENT : NOTHING}`,
    );
  }
}
