// Relations as rows: one per member, indexed both ways. No operation on one member touches the others.
import type { RelationChange } from '../../protocol/apply-patch.ts';
import { ScimError } from '../../protocol/error.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { Reference, RelationDelta, WriteOptions } from '../store.ts';
import { compileMember } from './compile-filter.ts';
import { all, listSql, rawSql, type Row, type Sql, sql, type Work } from './fragment.ts';
import { inScope, type Place } from './place.ts';

const idsOf = (rows: readonly Row[], column: string): string[] => rows.map((row) => String(row[column]));

/** The resource types that a relation may refer to. */
const targetsOf = (attribute: ResolvedAttribute) => attribute.sub.get('$ref')?.referenceTypes ?? [];

/** The condition that a resource `t` is one that a relation may refer to. */
function isTarget(place: Place, attribute: ResolvedAttribute): Sql {
  return sql`${inScope(place, 't.')} AND t.type IN (${listSql(targetsOf(attribute))})`;
}

/** The condition that a column has one of some texts. One alone is compared: it costs less than a list. */
function isAnyOf({ dialect }: Place, texts: readonly string[], column: Sql): Sql {
  const [only] = texts;
  return texts.length === 1 && only !== undefined ? sql`${column} = ${only}` : dialect.isAnyOf(column, texts);
}

/** The same as a join, for the rows of each text in turn. */
function oneByOne(
  { dialect }: Place,
  texts: readonly string[],
  column: Sql,
): { readonly from: Sql; readonly where: Sql } {
  const [only] = texts;
  return texts.length === 1 && only !== undefined
    ? { from: rawSql(''), where: sql`${column} = ${only}` }
    : { from: sql`${dialect.textList(texts, 'j')} CROSS JOIN `, where: sql`${column} = j.value` };
}

/** Carries out one change of a relation; what really changed is its result. */
export function* relate(
  place: Place,
  holder: string,
  change: RelationChange,
  options: WriteOptions,
): Work<RelationDelta> {
  const { attribute, op, ids } = change;
  const removed = op === 'add' ? [] : yield* remove(place, holder, change);
  const added = op === 'remove' ? [] : yield* add(place, holder, attribute, ids ?? [], options);
  return { attribute, added, removed };
}

function* remove(place: Place, holder: string, change: RelationChange): Work<string[]> {
  const { attribute, op, ids, filter } = change;
  const conditions: Sql[] = [];
  if (op === 'replace') {
    conditions.push(place.dialect.isNoneOf(rawSql('m.member'), ids ?? []));
  } else {
    if (ids) conditions.push(isAnyOf(place, ids, rawSql('m.member')));
    if (filter) conditions.push(compileMember(filter, place));
  }
  const where = conditions.reduce((whole, condition) => sql`${whole} AND ${condition}`, inScope(place, 'm.'));
  const rows = yield* all(
    sql`DELETE FROM scimkit_membership AS m WHERE ${where} AND m.holder = ${holder} AND m.attribute = ${attribute.path}
        RETURNING member`,
  );
  if (rows.length === 0 && change.mustMatch) {
    throw new ScimError('noTarget', `No value of "${attribute.path}" matches the path. Add the value first.`);
  }
  return idsOf(rows, 'member');
}

function* add(
  place: Place,
  holder: string,
  attribute: ResolvedAttribute,
  ids: readonly string[],
  options: WriteOptions,
): Work<string[]> {
  if (ids.length === 0) return [];
  const { tenant, connection, type } = place;
  yield* lockTargets(place, holder, attribute, ids);
  const { from, where } = oneByOne(place, ids, rawSql('t.id'));
  const rows = yield* all(
    sql`INSERT INTO scimkit_membership (tenant, connection, holder, attribute, member, member_type, holder_type)
        SELECT ${tenant}, ${connection}, ${holder}, ${attribute.path}, t.id, t.type, ${type.name}
        FROM ${from}scimkit_resource t WHERE ${isTarget(place, attribute)} AND ${where}
        ON CONFLICT DO NOTHING RETURNING member`,
  );
  // Fewer than were asked for: some were members already, or are not known here.
  if (rows.length < ids.length) yield* reportUnknown(place, attribute, ids, options);
  return idsOf(rows, 'member');
}

/** Locks what is referred to anew, where others could remove it meanwhile. */
function* lockTargets(
  place: Place,
  holder: string,
  attribute: ResolvedAttribute,
  ids: readonly string[],
): Work<void> {
  const { locks } = place.dialect;
  if (!locks) return;
  yield* all(
    sql`SELECT t.id FROM scimkit_resource t WHERE ${isTarget(place, attribute)} AND ${isAnyOf(place, ids, rawSql('t.id'))}
        AND NOT EXISTS (
          SELECT 1 FROM scimkit_membership m WHERE ${inScope(place, 'm.')} AND m.holder = ${holder}
          AND m.attribute = ${attribute.path} AND m.member = t.id
        ) ORDER BY t.id ${locks.toRefer}`,
  );
}

/** Locks the resources that hold one, where others could change them meanwhile; always in the same order. */
export function* lockHolders(place: Place, id: string): Work<void> {
  const { locks } = place.dialect;
  if (!locks) return;
  const holders = yield* all(
    sql`SELECT DISTINCT holder_type AS type, holder AS id FROM scimkit_membership WHERE ${inScope(place)} AND member = ${id}`,
  );
  for (const [type, ids] of idsByType(holders)) {
    yield* all(
      sql`SELECT r.id FROM scimkit_resource r WHERE ${inScope(place, 'r.')} AND r.type = ${type}
          AND ${isAnyOf(place, ids, rawSql('r.id'))} ORDER BY r.id ${locks.toChange}`,
    );
  }
}

/** The ids of rows with `type` and `id`, by type, in an order that is always the same. */
function idsByType(rows: readonly Row[]): readonly (readonly [type: string, ids: readonly string[]])[] {
  const byType = Map.groupBy(rows, ({ type }) => String(type));
  return [...byType]
    .map(([type, of]) => [type, idsOf(of, 'id')] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

function* reportUnknown(
  place: Place,
  attribute: ResolvedAttribute,
  ids: readonly string[],
  options: WriteOptions,
): Work<void> {
  const unknown = yield* all(
    sql`SELECT j.value AS id FROM ${place.dialect.textList(ids, 'j')}
        WHERE NOT EXISTS (SELECT 1 FROM scimkit_resource t WHERE ${isTarget(place, attribute)} AND t.id = j.value)`,
  );
  for (const id of idsOf(unknown, 'id')) {
    if (options.unknownReferences === 'reject') {
      const targets = targetsOf(attribute).join(' or ');
      throw new ScimError(
        'invalidValue',
        `"${attribute.path}" refers to ${JSON.stringify(id)}, which is no ${targets} here.`,
      );
    }
    options.report?.({ kind: 'ignored', name: 'unknown reference', where: `${attribute.path} ${id}` });
  }
}

/** Takes a resource out of all relations; the holders that lose it get a new version. */
export function* forget(place: Place, id: string, now: string): Work<void> {
  yield* all(sql`DELETE FROM scimkit_membership WHERE ${inScope(place)} AND holder = ${id}`);
  const rows = yield* all(
    sql`DELETE FROM scimkit_membership WHERE ${inScope(place)} AND member = ${id} RETURNING holder AS id, holder_type AS type`,
  );
  for (const [type, holders] of idsByType(rows)) {
    yield* all(
      sql`UPDATE scimkit_resource SET version = version + 1, last_modified = ${now}
          WHERE ${inScope(place)} AND type = ${type} AND ${isAnyOf(place, holders, rawSql('id'))}`,
    );
  }
}

const toReference = (row: Row, type: string, resourceType?: string): Reference => ({
  value: String(row.id),
  type,
  ...(resourceType !== undefined && { resourceType }),
  display: row.display === null ? undefined : String(row.display),
});

/** The members of resources by one relation, by the holder's id; all of them by one statement. */
export function* membersOf(
  place: Place,
  attribute: ResolvedAttribute,
  holders: readonly string[],
): Work<ReadonlyMap<string, readonly Reference[]>> {
  const members = new Map<string, Reference[]>(holders.map((holder) => [holder, []]));
  const rows = yield* all(
    sql`SELECT m.holder, m.member AS id, m.member_type, t.display
        FROM ${place.dialect.textList(holders, 'j')} CROSS JOIN scimkit_membership m
        LEFT JOIN scimkit_resource t ON ${inScope(place, 't.')} AND t.type = m.member_type AND t.id = m.member
        WHERE ${inScope(place, 'm.')} AND m.holder = j.value AND m.attribute = ${attribute.path}`,
  );
  for (const row of rows) members.get(String(row.holder))?.push(toReference(row, String(row.member_type)));
  return members;
}

/**
 * Who of a type holds resources, directly or through others of the type; cycles end, direct wins. Where no holder is
 * held itself, which is most often so, the direct ones are all.
 */
export function* holdersOf(
  place: Place,
  ids: readonly string[],
): Work<ReadonlyMap<string, readonly Reference[]>> {
  const type = place.type.name;
  const { from, where } = oneByOne(place, ids, rawSql('m.member'));
  const rows = yield* all(
    sql`SELECT m.member AS root, m.holder AS id, 0 AS depth, t.display, CASE WHEN EXISTS (
          SELECT 1 FROM scimkit_membership u
          WHERE ${inScope(place, 'u.')} AND u.member = m.holder AND u.holder_type = ${type}
        ) THEN 1 ELSE 0 END AS is_held
        FROM ${from}scimkit_membership m
        CROSS JOIN scimkit_resource t
        WHERE ${inScope(place, 't.')} AND t.type = ${type} AND t.id = m.holder AND ${inScope(place, 'm.')} AND ${where} AND m.holder_type = ${type} AND m.holder <> m.member
        ORDER BY m.member, m.holder`,
  );
  const complete = rows.some((row) => row.is_held === 1) ? yield* allHoldersOf(place, ids) : rows;
  const holders = new Map<string, Reference[]>(ids.map((id) => [id, []]));
  for (const row of complete) {
    holders.get(String(row.root))?.push(toReference(row, row.depth === 0 ? 'direct' : 'indirect', type));
  }
  return holders;
}

/**
 * All holders, through others too. CROSS JOIN keeps the order of the look-ups: from the one that is held to its
 * holders, never through all that a group holds.
 */
function* allHoldersOf(place: Place, ids: readonly string[]): Work<readonly Row[]> {
  const type = place.type.name;
  return yield* all(
    sql`WITH RECURSIVE up (root, id, depth) AS (
          SELECT m.member, m.holder, 0 FROM ${place.dialect.textList(ids, 'j')} CROSS JOIN scimkit_membership m
          WHERE ${inScope(place, 'm.')} AND m.member = j.value AND m.holder_type = ${type}
          UNION
          SELECT up.root, m.holder, 1 FROM up CROSS JOIN scimkit_membership m
          WHERE ${inScope(place, 'm.')} AND m.member = up.id AND m.holder_type = ${type}
        )
        SELECT up.root, up.id, min(up.depth) AS depth, t.display FROM up
        CROSS JOIN scimkit_resource t
        WHERE ${inScope(place, 't.')} AND t.type = ${type} AND t.id = up.id AND up.id <> up.root
        GROUP BY up.root, up.id, t.display ORDER BY up.root, up.id`,
  );
}
