// The app's own tables through Prisma. Nothing of Prisma is imported: its client is generated, and the app's.
import type { AppDatabaseOptions } from './app-options.ts';
import { createMappedDatabase, type MappedDatabase } from './mapped-database.ts';
import { prismaApp } from './prisma-app.ts';
import type { PrismaConnection, PrismaRoot } from './prisma-client.ts';

export type { AppDatabaseOptions } from './app-options.ts';
export type { LinkConflict } from './link-policy.ts';
export type { MappedDatabase, MappedResources } from './mapped-database.ts';
export type { Mapping } from './mapping.ts';
export { type SideTableOptions, sideTable } from './side-table.ts';
export { type WhileNull, whileNull } from './while-null.ts';
export { type Sql, sql } from '../sql/fragment.ts';

/** A client of Prisma 7, generated for SQLite or PostgreSQL, extended or not. */
export interface PrismaClientLike {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: it has overloads
  $transaction(...given: any[]): PromiseLike<unknown>;
}

/** What a client's types say of one of its models. */
interface ModelTypes {
  readonly payload: { readonly name: string; readonly scalars: object };
}

type TypesOf<Delegate> = Delegate extends { [K: symbol]: { types: infer Types extends ModelTypes } }
  ? Types
  : never;

/** Models and the values that are read from their fields, of the type of a client. */
export type PrismaTables<Client> = {
  [Key in keyof Client & string as TypesOf<Client[Key]>['payload']['name']]: TypesOf<
    Client[Key]
  >['payload']['scalars'];
};

/** A transaction of a client, or the client itself where there is none. */
export type PrismaTransaction<Client> = Omit<
  Client,
  '$connect' | '$disconnect' | '$on' | '$extends' | '$transaction'
>;

/**
 * The app's own tables in SQLite or PostgreSQL, through its client of Prisma 7. Tables are called as models are, and
 * columns as their fields.
 *
 * @throws TypeError when the client is for another database.
 *
 * @example
 * const database = prismaDatabase(new PrismaClient({ adapter }));
 */
export function prismaDatabase<Client extends PrismaClientLike>(
  client: Client,
  options: AppDatabaseOptions = {},
): MappedDatabase<PrismaTables<Client>, PrismaTransaction<Client>> {
  const app = prismaApp<PrismaConnection>(client as unknown as PrismaRoot, options);
  return createMappedDatabase(app as never);
}
