// A store in memory, for tests and trials: everything is gone with the process. Not meant for production.
import type { JsonObject } from '../protocol/message.ts';
import { findAttribute } from '../protocol/path.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import type { Partition } from './memory-partition.ts';
import { MemoryRelations } from './memory-relations.ts';
import { MemoryStore } from './memory-store.ts';
import { resolveScope, scopeName } from './scope.ts';
import type { Scope, Store } from './store.ts';
import { uniqueAttributes, uniqueValues } from './unique.ts';

/** Resources in memory, of any number of types, tenants and connections. */
export interface MemoryDatabase {
  /** The resources of one type in one scope. `unique` names more attributes whose values are unique there. */
  open<Type extends ResourceType>(
    type: Type,
    scope: Scope,
    options?: { readonly unique?: readonly string[] },
  ): Store<Type>;
}

/**
 * Makes a database in memory. This is not meant to be used in production: it keeps nothing.
 *
 * @example
 * const database = createMemoryDatabase();
 * const users = database.open(User, { tenant: 'acme' });
 */
export function createMemoryDatabase(options: { readonly now?: () => number } = {}): MemoryDatabase {
  const partitions = new Map<string, Partition>();
  const unique = new Map<string, string>();
  const now = options.now ?? Date.now;
  return {
    open(type, scope, { unique: also = [] } = {}) {
      const resolved = resolveScope(scope);
      const { tenant, connection } = resolved;
      const key = scopeName(resolved);
      let partition = partitions.get(key);
      if (!partition) {
        partition = { rows: new Map(), relations: new MemoryRelations() };
        partitions.set(key, partition);
      }
      const inTenant = uniqueAttributes(type);
      const inConnection = also.map((path) => findAttribute(type, path)).filter((a) => a !== undefined);
      const uniqueKeys = (folded: JsonObject) =>
        [
          ...uniqueValues(type, inTenant, folded).map((value) => ({ value, owner: [tenant, null] })),
          ...uniqueValues(type, inConnection, folded).map((value) => ({
            value,
            owner: [tenant, connection],
          })),
        ].map(({ value, owner }) => ({
          value,
          key: JSON.stringify([...owner, value.within, value.attribute.path, value.value]),
        }));
      return new MemoryStore(type, key, partition, unique, uniqueKeys, now);
    },
  };
}
