// Whose resources a store holds. A tenant's store can't be reached without naming the tenant.
import type { Scope } from './store.ts';

/**
 * The scope with its connection.
 *
 * @throws TypeError when the tenant or the connection is no name.
 */
export function resolveScope({ tenant, connection = 'default' }: Scope): Required<Scope> {
  for (const name of [tenant, connection]) {
    if (typeof name !== 'string' || name === '') {
      throw new TypeError('A store is opened for a tenant and a connection, by name');
    }
    // Databases can't tell such names apart.
    if (name.includes('\0') || !name.isWellFormed()) {
      throw new TypeError('The name of a tenant or a connection is Unicode text without U+0000');
    }
  }
  return { tenant, connection };
}

/** A scope in one text, for what is bound to it. */
export function scopeName({ tenant, connection }: Required<Scope>): string {
  return JSON.stringify([tenant, connection]);
}
