// What is measured: the requests of each operation, and the ceilings.
import type { Request, Step } from './load.ts';
import { CONNECTIONS } from './load.ts';
import { type Population, user, userName } from './population.ts';
import type { Load } from './slice.ts';

export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** One operation. */
export interface Operation extends Load<Population> {
  readonly name: string;
  /** The largest multiple of a bare answer's processor time, at the largest size. */
  readonly ceiling?: number;
  /** Whether it applies to a population. */
  readonly applies?: (population: Population) => boolean;
}

/** How much more an operation may cost at the largest size, and on the largest group, than at the smallest. */
export const MAX_GROWTH = 1.5;

/** A user that is in no group, in an order that jumps about; each step of each connection has its own. */
function pick({ users }: Population, { connection, turn }: Step): number {
  return ((turn * CONNECTIONS + connection) * 7_919) % Math.floor(users.length * 0.3);
}

/** The same of those that are in a group. */
const pickMember = (population: Population, step: Step): number =>
  Math.floor(population.users.length / 2) + pick(population, step);

/** Steps come in pairs: one does, the next undoes. */
export const pair = ({ connection, turn }: Step): Step => ({ connection, turn: turn >> 1 });
export const undoes = ({ turn }: Step) => turn % 2 === 1;

const page = (startIndex: number): Request => ({
  method: 'GET',
  path: `/scim/v2/Users?startIndex=${startIndex}&count=100`,
});

/** Adds a member that the group doesn't have, and removes it again. */
function changeMember(population: Population, id: string, step: Step): Request {
  const { users } = population;
  // From the end of all users: the groups' own are elsewhere.
  const { connection, turn } = pair(step);
  const member = users[users.length - 1 - ((turn * CONNECTIONS + connection) % (users.length >> 2))];
  const change = undoes(step)
    ? { op: 'remove', path: `members[value eq "${member}"]` }
    : { op: 'add', path: 'members', value: [{ value: member }] };
  return {
    method: 'PATCH',
    path: `/scim/v2/Groups/${id}`,
    body: JSON.stringify({ schemas: [PATCH_OP], Operations: [change] }),
  };
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'GET by id',
    requests: 3_200,
    ceiling: 4,
    request: (population, _slice, step) => ({
      method: 'GET',
      path: `/scim/v2/Users/${population.users[pick(population, step)]}`,
    }),
  },
  {
    name: 'GET by id, in a group',
    requests: 3_200,
    request: (population, _slice, step) => ({
      method: 'GET',
      path: `/scim/v2/Users/${population.users[pickMember(population, step)]}`,
    }),
  },
  {
    name: 'filter by userName',
    requests: 3_200,
    ceiling: 5,
    request: (population, _slice, step) => {
      const filter = `userName eq "${userName('user', pick(population, step))}"`;
      return { method: 'GET', path: `/scim/v2/Users?filter=${encodeURIComponent(filter)}` };
    },
  },
  {
    name: 'create',
    requests: 1_600,
    ceiling: 15,
    creates: true,
    request: (_population, slice, { connection, turn }) => ({
      method: 'POST',
      path: '/scim/v2/Users',
      body: JSON.stringify(user('join', slice * 100_000 + turn * CONNECTIONS + connection)),
    }),
  },
  {
    name: 'PUT',
    requests: 1_600,
    request: (population, _slice, step) => {
      const number = pick(population, pair(step));
      const title = undoes(step) ? 'Engineer II' : 'Engineer IV';
      return {
        method: 'PUT',
        path: `/scim/v2/Users/${population.users[number]}`,
        body: JSON.stringify(user('user', number, title)),
      };
    },
  },
  {
    name: 'PATCH active',
    requests: 1_600,
    ceiling: 8,
    request: (population, _slice, step) => ({
      method: 'PATCH',
      path: `/scim/v2/Users/${population.users[pick(population, pair(step))]}`,
      body: JSON.stringify({
        schemas: [PATCH_OP],
        Operations: [{ op: 'replace', path: 'active', value: undoes(step) }],
      }),
    }),
  },
  {
    name: 'first page of 100',
    requests: 480,
    ceiling: 20,
    request: () => page(1),
  },
  {
    name: 'last page of 100, in groups',
    requests: 480,
    request: ({ users }) => page(users.length - 99),
  },
  {
    name: 'one member on 10',
    requests: 1_600,
    request: (population, _slice, step) => changeMember(population, population.small, step),
  },
  {
    name: 'one member on 10,000',
    requests: 1_600,
    ceiling: 5,
    applies: ({ large }) => large !== undefined,
    request: (population, _slice, step) => changeMember(population, population.large as string, step),
  },
];
