// Who is in a database: the people and groups of ../population.ts, in any number, under ids that are known beforehand.
import { hash } from 'node:crypto';
import { DEPARTMENT, group, user } from '../population.ts';

/** How many users there are, and how many members the large group has; 0 for no such group. */
export interface Size {
  readonly users: number;
  readonly large: number;
}

/** The scope of the server's resources. */
export const SCOPE = { tenant: 'default', connection: 'default' } as const;

/** One more user comes with each millisecond. */
const FIRST_CREATED = Date.UTC(2026, 0, 1);
export const createdAt = (number: number): number => FIRST_CREATED + number;

/** The id of a user or a group: a UUID of version 7 as others are, but the same in every run. */
function idOf(kind: 'user' | 'group', number: number): string {
  const time = createdAt(number).toString(16).padStart(12, '0');
  const random = hash('sha256', `${kind} ${number}`, 'hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** A resource as it is sent, and its id. */
export interface Entry {
  readonly id: string;
  readonly number: number;
  readonly body: object;
}

/** What a client can know of a database. */
export class Directory {
  readonly size: Size;
  /** The groups that get a member: of 10, and of as many as `size` says. */
  readonly small = idOf('group', 0);
  readonly large = idOf('group', 1);
  /** How many pages each connection has read so far, one after the other. */
  readonly walked: number[] = [];
  /** Cursors of pages deep inside, each good for as many requests as come. */
  cursors: readonly string[] = [];

  constructor(size: Size) {
    this.size = size;
  }

  userId(number: number): string {
    return idOf('user', number);
  }

  *users(): Iterable<Entry> {
    for (let number = 0; number < this.size.users; number++) {
      yield { id: this.userId(number), number, body: user('user', number) };
    }
  }

  /** Those of the second half are in one group of a hundred each; the two that get members hold some of the first half. */
  *groups(): Iterable<Entry> {
    const { users, large } = this.size;
    const middle = Math.floor(users / 2) - 10;
    yield this.group(0, 'Ten', middle, middle + 10);
    if (large > 0) yield this.group(1, 'Many', middle - large, middle);
    for (let start = Math.floor(users / 2); start < users; start += DEPARTMENT) {
      const department = Math.floor(start / DEPARTMENT);
      const name = `Department ${String(department).padStart(6, '0')}`;
      yield this.group(2 + department, name, start, Math.min(users, start + DEPARTMENT));
    }
  }

  private group(number: number, name: string, from: number, to: number): Entry {
    const members = Array.from({ length: to - from }, (_, index) => this.userId(from + index));
    return { id: idOf('group', number), number, body: group(name, members) };
  }
}
