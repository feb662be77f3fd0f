// Where a store's rows are: tenant, connection and type, ahead of everything else in every statement.
import type { ResourceType } from '../../schema/resource-type.ts';
import { rawSql, type Sql, sql } from './fragment.ts';

/** One type's resources in one scope. */
export interface Place {
  readonly tenant: string;
  readonly connection: string;
  readonly type: ResourceType;
}

/** The condition that a row is of this scope; `alias` is a name of ours, with its dot. */
export function inScope({ tenant, connection }: Place, alias = ''): Sql {
  const a = rawSql(alias);
  return sql`${a}tenant = ${tenant} AND ${a}connection = ${connection}`;
}

/** The condition that a row is of this scope and type. */
export function inPlace(place: Place, alias = ''): Sql {
  return sql`${inScope(place, alias)} AND ${rawSql(alias)}type = ${place.type.name}`;
}
