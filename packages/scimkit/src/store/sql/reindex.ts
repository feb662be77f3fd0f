// What is derived from resources is derived anew when their schemas have changed since it was written.
import { ScimError } from '../../protocol/error.ts';
import type { ResolvedAttribute, ResourceType } from '../../schema/resource-type.ts';
import type { SqlDialect } from './dialect.ts';
import { all, one, type Row, rawSql, type Sql, sql, type Work } from './fragment.ts';
import { inPlace, type Place } from './place.ts';
import { planOf } from './plan.ts';
import { attributesOf, derive, derivedColumns } from './resource-row.ts';
import { INDEX_VERSION } from './value-index.ts';
import { claimAll, indexAll, inConnection, type Writing } from './write.ts';

/** Rows that are read at once. */
const BATCH = 500;

const lineOf = (attribute: ResolvedAttribute): unknown[] => [
  attribute.path,
  attribute.type,
  attribute.multiValued,
  attribute.caseExact,
  attribute.uniqueness,
  attribute.relation ?? '',
  attribute.subAttributes.map(lineOf),
];

/** What the derived columns and tables depend on. */
function shapeOf(type: ResourceType): string {
  const extensions = type.extensions.flatMap((extension) => extension.attributes);
  return JSON.stringify([INDEX_VERSION, ...[...type.attributes, ...extensions].map(lineOf)]);
}

/** Whether a type's derived data is up to date with its schemas: most often it is, and nothing has to be locked. */
export function* isIndexed(type: ResourceType): Work<boolean> {
  return (yield* knownShape(type.name, UNLOCKED)) === shapeOf(type);
}

/** The same for the values that are unique within one connection. */
export function* isClaimed(place: Place, alsoUnique: readonly ResolvedAttribute[]): Work<boolean> {
  return (yield* knownShape(nameOf(place), UNLOCKED)) === claimsShapeOf(alsoUnique);
}

/**
 * Brings a type's derived data up to date with its schemas, in the transaction that is open.
 *
 * @throws Error when resources contradict what has become unique.
 */
export function* reindex(type: ResourceType, dialect: SqlDialect): Work<void> {
  if (yield* isIndexed(type)) return;
  const shape = shapeOf(type);
  if (!(yield* lockShape(type.name, shape, dialect))) return;
  yield* holdWriters(sql`type = ${type.name}`, dialect);
  yield* all(
    sql`DELETE FROM scimkit_unique_value WHERE within = ${type.name}
        OR within = '' AND id IN (SELECT id FROM scimkit_resource WHERE type = ${type.name})`,
  );
  yield* all(sql`DELETE FROM scimkit_value WHERE type = ${type.name}`);
  let isEmpty = true;
  yield* forEachRow(sql`type = ${type.name}`, dialect, (row) => {
    isEmpty = false;
    return rederive(row, type, dialect);
  });
  if (dialect.texts && !isEmpty) yield* dialect.texts.clear();
  yield* rememberShape(type.name, shape);
}

/**
 * Brings the values that are unique within one connection up to date with what shall be unique there, in the
 * transaction that is open.
 *
 * @throws Error when resources contradict what has become unique.
 */
export function* reclaim(place: Place, alsoUnique: readonly ResolvedAttribute[]): Work<void> {
  const { tenant, type } = place;
  if (yield* isClaimed(place, alsoUnique)) return;
  const name = nameOf(place);
  const shape = claimsShapeOf(alsoUnique);
  if (!(yield* lockShape(name, shape, place.dialect))) return;
  const within = inConnection(place);
  yield* holdWriters(inPlace(place), place.dialect);
  yield* all(sql`DELETE FROM scimkit_unique_value WHERE tenant = ${tenant} AND within = ${within}`);
  const writing = { place, plan: { ...planOf(type), unique: [] }, alsoUnique, now: '', slot: 0 };
  yield* forEachRow(inPlace(place), place.dialect, (row) => claim(writing, row));
  yield* rememberShape(name, shape);
}

/**
 * Waits for those who write resources at this moment, and has the next ones wait: whoever held a resource and wanted what
 * is deleted here would wait for us, and we for them.
 */
function* holdWriters(condition: Sql, { locks }: SqlDialect): Work<void> {
  if (!locks) return;
  yield* all(
    sql`SELECT count(*) AS total FROM (
          SELECT 1 FROM scimkit_resource WHERE ${condition} ORDER BY tenant, connection, id ${locks.toChange}
        ) AS held`,
  );
}

/** Has `reclaim` begin anew: resources have come that claimed nothing. */
export function* forgetClaims(place: Place): Work<void> {
  yield* all(sql`DELETE FROM scimkit_type_shape WHERE name = ${nameOf(place)}`);
}

/** Under which name it is kept what is unique in a place. */
const nameOf = ({ type, tenant, connection }: Place) => JSON.stringify([type.name, tenant, connection]);

/** What is unique within a connection, as a shape; '' is that of what nobody has asked for. */
const claimsShapeOf = (alsoUnique: readonly ResolvedAttribute[]): string =>
  alsoUnique.length === 0 ? '' : JSON.stringify(alsoUnique.map(lineOf));

const UNLOCKED = rawSql('');

/** Keeps others from deriving the same anew; false when one of them has just done so. */
function* lockShape(name: string, shape: string, { locks }: SqlDialect): Work<boolean> {
  if (!locks) return true;
  yield* all(sql`INSERT INTO scimkit_type_shape (name, shape) VALUES (${name}, '') ON CONFLICT DO NOTHING`);
  return (yield* knownShape(name, locks.toRemove)) !== shape;
}

function* knownShape(name: string, lock: Sql): Work<string> {
  const row = yield* one(sql`SELECT shape FROM scimkit_type_shape WHERE name = ${name} ${lock}`);
  return String(row?.shape ?? '');
}

function* rememberShape(name: string, shape: string): Work<void> {
  yield* all(
    sql`INSERT INTO scimkit_type_shape (name, shape) VALUES (${name}, ${shape})
        ON CONFLICT (name) DO UPDATE SET shape = excluded.shape`,
  );
}

type RowStep = (row: Row) => Work<void>;

/** Takes the rows that meet a condition one by one, some at a time. */
function* forEachRow(condition: Sql, { locks }: SqlDialect, step: RowStep): Work<void> {
  const lock = locks?.toChange ?? rawSql('');
  let rows = yield* next(condition, lock);
  while (rows.length > 0) {
    for (const row of rows) yield* step(row);
    rows = yield* next(condition, lock, rows.at(-1));
  }
}

function* next(condition: Sql, lock: Sql, last: Row = {}): Work<readonly Row[]> {
  const { tenant = '', connection = '', id = '' } = last;
  return yield* all(
    sql`SELECT tenant, connection, id, document FROM scimkit_resource WHERE ${condition}
        AND (tenant, connection, id) > (${String(tenant)}, ${String(connection)}, ${String(id)})
        ORDER BY tenant, connection, id LIMIT ${BATCH} ${lock}`,
  );
}

function* rederive(row: Row, type: ResourceType, dialect: SqlDialect): Work<void> {
  const id = String(row.id);
  const place: Place = { tenant: String(row.tenant), connection: String(row.connection), type, dialect };
  const derived = derive(type, id, attributesOf(String(row.document)));
  const [, , , folded] = derivedColumns(derived, dialect);
  if (!folded) return;
  yield* all(sql`UPDATE scimkit_resource SET folded = ${folded} WHERE ${inPlace(place)} AND id = ${id}`);
  const writing = { place, plan: planOf(type), alsoUnique: [], now: '', slot: 0 };
  yield* claim(writing, row);
  yield* indexAll(writing, id, derived.folded);
}

function* claim(writing: Writing, row: Row): Work<void> {
  const { type } = writing.place;
  const id = String(row.id);
  try {
    yield* claimAll(writing, id, derive(type, id, attributesOf(String(row.document))).folded);
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    throw new Error(`Resources of the type ${type.name} contradict what is unique now: ${error.detail}`, {
      cause: error,
    });
  }
}
