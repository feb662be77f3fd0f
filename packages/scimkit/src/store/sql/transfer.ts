// All resources of a scope, out of a database and into one.
import { quote, ScimError } from '../../protocol/error.ts';
import { foldInstant } from '../../protocol/fold.ts';
import type { ResolvedAttribute } from '../../schema/resource-type.ts';
import type { KeptReference, KeptResource } from '../dump.ts';
import type { Scope } from '../store.ts';
import { count } from './counter.ts';
import type { SqlDialect } from './dialect.ts';
import { all, one, type Row, sql, type Work } from './fragment.ts';
import { membersOf, relate } from './membership.ts';
import { inPlace, type Place } from './place.ts';
import { planOf } from './plan.ts';
import { forgetClaims } from './reindex.ts';
import { RowResource } from './resource-row.ts';
import { insert, type Writing } from './write.ts';

/** Rows that are read at once. */
const BATCH = 500;

/** The next resources of a type behind an id, with their relations; none: that was all. */
export function* exportNext(place: Place, after: string): Work<readonly KeptResource[]> {
  const { type } = place;
  const rows = yield* all(
    sql`SELECT id, version, created, last_modified, document FROM scimkit_resource
        WHERE ${inPlace(place)} AND id > ${after} ORDER BY id LIMIT ${BATCH}`,
  );
  const relations = yield* relationsOf(place, rows);
  return rows.map((row) => {
    const { id, version, created, lastModified, attributes } = new RowResource(row);
    return {
      ...{ type, id, version: Number(version), created, lastModified, attributes },
      relations: relations.get(id) ?? new Map(),
    };
  });
}

function* relationsOf(place: Place, rows: readonly Row[]): Work<Map<string, Map<string, KeptReference[]>>> {
  const ids = rows.map((row) => String(row.id));
  const relations = new Map(ids.map((id) => [id, new Map<string, KeptReference[]>()]));
  for (const attribute of place.type.holders) {
    for (const [id, references] of yield* membersOf(place, attribute, ids)) {
      relations.get(id)?.set(
        attribute.path,
        references.map(({ value, type }) => ({ value, type })),
      );
    }
  }
  return relations;
}

/**
 * Takes resources into a scope that has none, in the transaction that is open: first all resources, then what they
 * refer to. False when the scope has resources already.
 *
 * @throws TypeError that names the source, the place and what is wrong.
 */
export function* importAll(
  resources: readonly KeptResource[],
  scope: Required<Scope>,
  source: string,
  now: string,
  dialect: SqlDialect,
): Work<boolean> {
  yield* lockScope(scope, dialect);
  const any = yield* one(
    sql`SELECT 1 FROM scimkit_resource WHERE tenant = ${scope.tenant} AND connection = ${scope.connection} LIMIT 1`,
  );
  if (any) return false;
  for (const take of [importResource, importRelations]) {
    for (const [index, kept] of resources.entries()) {
      const place = { ...scope, type: kept.type, dialect };
      try {
        yield* take({ place, plan: planOf(kept.type), alsoUnique: [], now, slot: 0 }, kept);
      } catch (error) {
        if (!(error instanceof ScimError)) throw error;
        const where = `${source}: Resources[${index}] (${kept.type.name} ${quote(kept.id)})`;
        throw new TypeError(`${where}: ${error.detail}`, { cause: error });
      }
    }
  }
  for (const type of new Set(resources.map((kept) => kept.type)))
    yield* forgetClaims({ ...scope, type, dialect });
  return true;
}

/** Of several that load at once, one does, and the others find that it has. */
function* lockScope({ tenant, connection }: Required<Scope>, { locks }: SqlDialect): Work<void> {
  if (!locks) return;
  const name = JSON.stringify(['', tenant, connection]);
  yield* all(sql`INSERT INTO scimkit_type_shape (name, shape) VALUES (${name}, '') ON CONFLICT DO NOTHING`);
  yield* all(sql`SELECT shape FROM scimkit_type_shape WHERE name = ${name} ${locks.toRemove}`);
}

/** Inserts a resource as it was kept, but for its relations. */
function* importResource(writing: Writing, kept: KeptResource): Work<void> {
  const { id, version, attributes } = kept;
  yield* insert(writing, id, attributes);
  const [created, modified] = [kept.created, kept.lastModified].map((text) => foldInstant(text) as string);
  yield* all(
    sql`UPDATE scimkit_resource SET version = ${version}, created = ${created ?? ''}, last_modified = ${modified ?? ''}
        WHERE ${inPlace(writing.place)} AND id = ${id}`,
  );
  yield* count(writing.place, id, writing.slot);
}

/** Inserts the relations of a resource: what they refer to is there by now, or is refused. */
function* importRelations({ place }: Writing, { type, id, relations }: KeptResource): Work<void> {
  for (const [path, references] of relations) {
    const attribute = type.holders.find((holder) => holder.path === path) as ResolvedAttribute;
    const ids = references.map(({ value }) => value);
    const change = { attribute, op: 'add', ids, filter: undefined, mustMatch: false } as const;
    yield* relate(place, id, change, { unknownReferences: 'reject' });
  }
}
