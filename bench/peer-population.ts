// The same population in memory, for a peer that has no store of its own.
import { group, type Population, user } from './population.ts';

interface Resource {
  readonly id: string;
  readonly meta?: { readonly created: Date; readonly lastModified: Date };
}

/** Resources in an array, and by id. */
export class Memory {
  readonly all: Resource[] = [];
  readonly byId = new Map<string, Resource>();

  add(resource: Resource): void {
    this.all.push(resource);
    this.byId.set(resource.id, resource);
  }

  remove(id: string): void {
    const resource = this.byId.get(id);
    if (!resource) throw new Error('Not Found');
    this.byId.delete(id);
    this.all.splice(this.all.lastIndexOf(resource), 1);
  }
}

/** Ids are known beforehand: as long as those of others, and equal in every run. */
const idOf = (kind: number, number: number) =>
  `0000000${kind}-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** The ids of what `populate` makes. */
export function peerPopulation(size: number, large: number): Population {
  const users = Array.from({ length: size }, (_, number) => idOf(1, number));
  return { users, small: idOf(2, 0), large: large > 0 ? idOf(2, 1) : undefined };
}

/** Makes `size` users, a group of 10, and one of `large` unless that is 0. */
export function populate(size: number, large: number): { users: Memory; groups: Memory } {
  const population = peerPopulation(size, large);
  const users = new Memory();
  const groups = new Memory();
  const now = new Date();
  const meta = { created: now, lastModified: now };
  for (const [number, id] of population.users.entries()) users.add({ id, meta, ...user('user', number) });
  groups.add({ id: population.small, meta, ...group('Ten', population.users.slice(0, 10)) });
  if (population.large !== undefined) {
    groups.add({ id: population.large, meta, ...group('Many', population.users.slice(0, large)) });
  }
  return { users, groups };
}
