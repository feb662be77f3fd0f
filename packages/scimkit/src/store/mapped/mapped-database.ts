// The app's own tables as resources: a database, mappings of resource types to its tables, stores that are opened of them.
import type { ResourceType } from '../../schema/resource-type.ts';
import type { SqlValue } from '../sql/fragment.ts';
import type { Store } from '../store.ts';
import type { Transaction } from '../transaction.ts';
import { columnValue, type Scoped } from './aliased.ts';
import type { AppDatabase } from './app-database.ts';
import { PendingConflict } from './claim.ts';
import { compileMapping } from './compile-mapping.ts';
import { refusalOf } from './refusal.ts';
import type { RawMapping } from './raw-mapping.ts';
import type { Compiled } from './compiled.ts';
import type { ColumnName, Mapping, TableName } from './mapping.ts';
import { Reading } from './row.ts';
import { MappedStore } from './store.ts';

/** What a store is opened for. */
type OpenOptions<Tx, Values> = {
  /** The app's transaction. Absent: each write has one of its own. */
  readonly tx?: Tx | undefined;
} & (keyof Values extends never
  ? { readonly where?: undefined }
  : {
      /** The values that rows must have, by the names of the mapping's `where`. */
      readonly where: Values;
    });

/** Resources of one type in the app's tables. */
export interface MappedResources<Type extends ResourceType, Tx, Values> {
  /** The resource type as the mapping has it: attributes without a place are none of it. It is what the provider is given. */
  readonly type: Type;
  /**
   * Opens the store for a caller: it holds the rows that have these values, and nothing else.
   *
   * @throws TypeError when a value is missing.
   */
  open(options: OpenOptions<Tx, Values>): Store<Type>;
}

type ValuesOf<Row, Where> = {
  readonly [Name in keyof Where]: Where[Name] extends keyof Row ? Row[Where[Name]] : never;
};

/** The app's database. `Tables` are its tables and the values of their columns, `Tx` is its library's transaction. */
export interface MappedDatabase<Tables extends object, Tx> {
  /** Its transactions, for the service provider: one operation, with its hooks, in one of them. */
  readonly transaction: Transaction<Tx>;
  /**
   * Declares where the attributes of a resource type are in the app's tables.
   *
   * @throws TypeError that names the place, when the mapping contradicts itself, the type or the tables.
   *
   * @example
   * const users = database.map(User, {
   *   table: 'users',
   *   key: { column: 'id', type: 'integer' },
   *   where: { organisation: 'organisation_id' },
   *   attributes: { userName: 'email', 'name.givenName': 'first_name', active: 'is_active' },
   * });
   * const store = users.open({ where: { organisation: 42 } });
   */
  map<
    const Type extends ResourceType,
    const Root extends TableName<Tables>,
    const Where extends Readonly<Record<string, ColumnName<Tables[Root]>>> = Readonly<Record<never, never>>,
  >(
    type: Type,
    mapping: Mapping<Tables, Root, Type, Where>,
  ): MappedResources<Type, Tx, ValuesOf<Tables[Root], Where>>;
}

/** The app's tables as resources, through the library that the app reaches its database by. */
export function createMappedDatabase<Tables extends object, Tx>(
  app: AppDatabase<Tx>,
): MappedDatabase<Tables, Tx> {
  const compiled = new WeakMap<object, Compiled>();
  const transaction: Transaction<Tx> = {
    async run(work, kind) {
      let isDone = false;
      const done: typeof work = async (tx) => {
        isDone = false;
        const result = await work(tx);
        isDone = true;
        return result;
      };
      try {
        return await app.transaction.run(done, kind);
      } catch (error) {
        // What a person has to decide is kept once nothing else of the request is.
        if (error instanceof PendingConflict) await error.tell();
        // Constraints that are checked with the COMMIT. What hooks of the app's failed with is theirs.
        throw (isDone ? refusalOf(undefined, app.violation(error), error) : undefined) ?? error;
      }
    },
  };
  return {
    transaction,
    map(type, mapping) {
      const found = (target: unknown) =>
        typeof target === 'object' && target !== null ? compiled.get(target) : undefined;
      const result = compileMapping(
        app as AppDatabase<unknown>,
        type,
        mapping as unknown as RawMapping,
        found,
      );
      const reading = new Reading(result);
      const resources = {
        type: result.type as typeof type,
        open: ({ tx, where }: { readonly tx?: Tx | undefined; readonly where?: object | undefined }) => {
          const within: Transaction<Tx> = tx === undefined ? transaction : { run: (work) => work(tx) };
          const scoped: Scoped = { mapping: result, values: valuesIn(result, where ?? {}) };
          return new MappedStore(scoped, reading, within as Transaction<unknown>) as Store as Store<
            typeof type
          >;
        },
      };
      compiled.set(resources, result);
      return resources;
    },
  };
}

/** The values that rows must have. One that is missing would open the store for everybody's rows. */
function valuesIn({ where, words }: Compiled, given: object): ReadonlyMap<string, SqlValue> {
  return new Map(
    [...where].map(([name, column]) => {
      const value = (given as Record<string, unknown>)[name];
      if (value === undefined || value === null || Number.isNaN(value)) {
        throw new TypeError(`A store is opened for a value of "${name}", and there is none`);
      }
      return [name, columnValue(column, value, words)];
    }),
  );
}
