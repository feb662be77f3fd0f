// Where a store's rows are: tenant, connection and type, ahead of everything else in every statement.
import type { ResourceType } from '../../schema/resource-type.ts';
import type { SqlDialect } from './dialect.ts';
import { rawSql, type Sql, sql } from './fragment.ts';

/** One type's resources in one scope. */
export interface Place {
  readonly tenant: string;
  readonly connection: string;
  readonly type: ResourceType;
  /** The language of the database that they are in. */
  readonly dialect: SqlDialect;
}

/** Made once for a place and an alias: every statement has some of them. */
function once(make: (place: Place, alias: string) => Sql): (place: Place, alias?: string) => Sql {
  const made = new WeakMap<Place, Map<string, Sql>>();
  return (place, alias = '') => {
    const byAlias = made.get(place) ?? new Map<string, Sql>();
    const known = byAlias.get(alias);
    if (known) return known;
    const fresh = make(place, alias);
    made.set(place, byAlias.set(alias, fresh));
    return fresh;
  };
}

/** The condition that a row is of this scope; `alias` is a name of ours, with its dot. */
export const inScope = once(({ tenant, connection }, alias) => {
  const a = rawSql(alias);
  return sql`${a}tenant = ${tenant} AND ${a}connection = ${connection}`;
});

/** The condition that a row is of this scope and type. */
export const inPlace = once(
  (place, alias) => sql`${inScope(place, alias)} AND ${rawSql(alias)}type = ${place.type.name}`,
);
