// What is measured: each operation by the store, by hand, and in the library's own calls.
import type { Query, StoredResource } from '../../packages/scimkit/src/index.ts';
import { parseFilter } from '../../packages/scimkit/src/protocol/filter.ts';
import { strict } from '../../packages/scimkit/src/protocol/leniency.ts';
import { type PatchChange, readPatch } from '../../packages/scimkit/src/protocol/patch.ts';
import { resolveFilter } from '../../packages/scimkit/src/protocol/resolve-filter.ts';
import type { Row } from '../../packages/scimkit/src/store/sql/fragment.ts';
import { PATCH_OP } from '../operations.ts';
import type { Calls, NewUser } from './app.ts';
import type { Directory, Stores } from './directory.ts';
import { type StoredPage, usersIn } from './hand.ts';
import type { Target } from './transcript.ts';
import { inputOf, newUser, type World } from './world.ts';

/** What is asked of the store: made before it is measured, as the protocol reads it. */
type Ask = (stores: Stores) => Promise<unknown>;

/** One operation. */
export interface Operation {
  readonly name: string;
  readonly kind: 'read' | 'write';
  /** How many fit a slice at the most, where resources are used up. */
  readonly most?: number;
  /** What each of some operations is about; others with another start, where they use nothing up. */
  targets(world: World, count: number, start: number): Promise<readonly Target[]>;
  ask(directory: Directory, target: Target): Ask;
  /** The result by hand, from the rows of the store's own statements. */
  answer(results: readonly (readonly Row[])[]): unknown;
  call(calls: Calls, target: Target): Promise<unknown>;
  /** What of the store's result is compared with the others'. */
  outcome(result: unknown): unknown;
  /** Undoes what a slice has done. */
  undo?(world: World): Promise<void>;
}

const NOTHING = { relations: new Set<string>() };

const some = (count: number, make: (index: number) => Target): readonly Target[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** People in an order that jumps about. */
const people = async ({ people }: World, count: number, start: number) =>
  some(count, (index) => ({ ...people[((start + index) * 7_919) % people.length] }));
const page = (query: Omit<Query, 'selection' | 'page'>, offset = 0): Ask => {
  const whole: Query = { ...query, page: { startIndex: offset + 1, count: 100 }, selection: NOTHING };
  return ({ users }) => users.query(whole);
};
const filter = (directory: Directory, text: string): Ask =>
  page({ filter: resolveFilter(directory.types.user, parseFilter(text), { leniency: strict }) });
const patch = (type: Directory['types']['user'], change: object): readonly PatchChange[] =>
  readPatch(type, { schemas: [PATCH_OP], Operations: [change] }, strict).changes;

const plain = ({ id, version, created, lastModified, attributes }: StoredResource) => ({
  ...{ id, version, created, lastModified, attributes },
});
const plainPage = (result: unknown) => {
  const { total, resources } = result as StoredPage;
  return { total, resources: (resources as StoredResource[]).map(plain) };
};
const plainWritten = (result: unknown) => {
  const { resource } = result as { resource?: StoredResource };
  return resource && plain(resource);
};

/** The page that isn't full tells how many there are. */
const found = ([rows = [], emails = []]: readonly (readonly Row[])[]): StoredPage => {
  const resources = usersIn(rows, emails);
  return { total: resources.length, resources };
};

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'get by id',
    kind: 'read',
    targets: people,
    ask:
      (_, { id }) =>
      ({ users }) =>
        users.get(String(id), NOTHING),
    answer: ([rows = [], emails = []]) => usersIn(rows, emails)[0],
    call: (calls, { id }) => calls.get(String(id)),
    outcome: (result) => plain(result as StoredResource),
  },
  {
    name: 'userName eq',
    kind: 'read',
    targets: people,
    ask: (directory, { userName }) => filter(directory, `userName eq "${userName}"`),
    answer: found,
    call: (calls, { userName }) => calls.byUserName(String(userName)),
    outcome: plainPage,
  },
  {
    name: 'emails.value eq',
    kind: 'read',
    targets: people,
    ask: (directory, { address }) => filter(directory, `emails.value eq "${address}"`),
    answer: found,
    call: (calls, { address }) => calls.byAddress(String(address)),
    outcome: plainPage,
  },
  {
    name: 'page of 100',
    kind: 'read',
    async targets({ people }, count, start) {
      const pages = Math.floor(people.length / 100) - 1;
      return some(count, (index) => ({ offset: (((start + index) * 37) % pages) * 100 }));
    },
    ask: (_, { offset }) => page({}, Number(offset)),
    answer: ([rows = [], emails = [], counted = []]) => ({
      total: Number(counted[0]?.c0),
      resources: usersIn(rows, emails),
    }),
    call: (calls, { offset }) => calls.page(Number(offset), 100),
    outcome: plainPage,
  },
  {
    name: 'create',
    kind: 'write',
    most: 500,
    targets: async (_, count) => some(count, (index) => targetOf(newUser('new', index))),
    ask(directory, target) {
      const input = inputOf(directory.types.user, userOf(target));
      return ({ users }) => users.create(input, { selection: NOTHING, unknownReferences: 'skip' });
    },
    answer: (results) => usersIn(results.at(-2) ?? [], results.at(-1) ?? [])[0],
    call: (calls, target) => calls.create(userOf(target)),
    outcome: plainWritten,
    undo: (world) => world.remove('new'),
  },
  {
    name: 'patch active',
    kind: 'write',
    targets: people,
    ask(directory, { id }) {
      const changes = patch(directory.types.user, { op: 'replace', path: 'active', value: false });
      return ({ users }) => users.patch?.(String(id), changes, { selection: NOTHING }) as Promise<unknown>;
    },
    answer: (results) => usersIn(results.at(-2) ?? [], results.at(-1) ?? [])[0],
    call: (calls, { id }) => calls.deactivate(String(id)),
    outcome: plainWritten,
    async undo({ app }) {
      await app.execute('UPDATE users SET disabled_at = NULL WHERE disabled_at IS NOT NULL');
      await app.execute('UPDATE scim_users SET version = 1 WHERE version > 1');
    },
  },
  {
    name: 'add one member of 1,000',
    kind: 'write',
    async targets({ loners, large }, count, start) {
      return some(count, (index) => ({ team: large, ...loners[(start + index) % loners.length] }));
    },
    ask(directory, { team, id }) {
      const value = [{ value: id }];
      const changes = patch(directory.types.group, { op: 'add', path: 'members', value });
      return ({ groups }) => groups.patch?.(String(team), changes, {}) as Promise<unknown>;
    },
    answer: () => undefined,
    call: (calls, { team, id }) => calls.addMember(String(team), String(id)),
    outcome: () => undefined,
    async undo({ app, large, loners }) {
      const keys = loners.map(({ key }) => key).join(', ');
      await app.execute(`DELETE FROM team_members WHERE team_id = '${large}' AND user_id IN (${keys})`);
    },
  },
  {
    name: 'delete',
    kind: 'write',
    most: 500,
    targets: async (world, count) => (await world.add('gone', count)).map((person) => ({ ...person })),
    ask:
      (_, { id }) =>
      ({ users }) =>
        users.delete(String(id), {}),
    answer: () => undefined,
    call: (calls, { id }) => calls.remove(String(id)),
    outcome: () => undefined,
    undo: (world) => world.remove('gone'),
  },
];

const targetOf = ({ userName, emails }: NewUser): Target => ({
  userName,
  work: emails[0]?.value as string,
  home: emails[1]?.value as string,
  number: Number(/\d+/.exec(userName)),
});

const userOf = ({ number }: Target): NewUser => newUser('new', Number(number));
