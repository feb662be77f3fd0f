// The stores of a database that were asked for: opened once, not with each request.
import type { ResourceType } from '../../schema/resource-type.ts';
import type { Scope } from '../store.ts';
import type { SqlStore } from './store.ts';

/** Stores by type, scope and what else is unique there. */
export class OpenStores {
  private stores = new WeakMap<ResourceType, Map<string, SqlStore>>();

  /** The store, or one that is opened now; `isFirst` tells whether it is the first one of its type. */
  get(
    type: ResourceType,
    { tenant, connection }: Required<Scope>,
    unique: readonly string[],
    open: (isFirst: boolean) => SqlStore,
  ): SqlStore {
    const stores = this.stores.get(type);
    // Asked with each request. Names may have any characters: the length tells where the first one ends.
    const paths = unique.length > 0 ? JSON.stringify(unique) : '';
    const key = `${tenant.length} ${connection.length} ${tenant}${connection}${paths}`;
    const known = stores?.get(key);
    if (known) return known;
    const store = open(stores === undefined);
    this.stores.set(type, (stores ?? new Map<string, SqlStore>()).set(key, store));
    return store;
  }

  /** Has the stores of a type be opened anew. */
  forget(type: ResourceType): void {
    this.stores.delete(type);
  }
}
