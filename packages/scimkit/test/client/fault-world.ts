// What is there at a service provider, as data that can be compared, and the operations of random histories on it.
import {
  addMembers,
  bulkFor,
  type BulkResult,
  Group,
  removeMembers,
  type Resource,
  type ScimClient,
  User,
} from 'scimkit/client';
import type { Send } from '../fixture.ts';

/** A resource, under a name that nothing else has. Two of one name are two creations of one. */
export interface Thing {
  readonly kind: 'User' | 'Group';
  readonly name: string;
  readonly externalId?: string | undefined;
  readonly title?: string | undefined;
  /** Nobody sets it but somebody else. */
  readonly nickName?: string | undefined;
  readonly members?: readonly string[];
}

/** All that is there. */
export type World = readonly Thing[];

/** The text of a world: two that are alike have the same. */
export const textOf = (world: World): string =>
  JSON.stringify(
    world
      .map(({ kind, name, externalId = '', title = '', nickName = '', members = [] }) =>
        [kind, name, externalId, title, nickName, ...members.toSorted()].join(' '),
      )
      .toSorted(),
  );

/** What is really there, and the ids of it. */
export async function readWorld(send: Send): Promise<{ world: World; ids: ReadonlyMap<string, string> }> {
  const users = (await send('GET', '/Users?count=1000')).body.Resources as Resource<typeof User>[];
  const groups = (await send('GET', '/Groups?count=1000')).body.Resources as Resource<typeof Group>[];
  const nameOf = new Map(users.map(({ id, userName }) => [id, userName]));
  const world: Thing[] = [
    ...users.map(({ userName: name, externalId, title, nickName }) => ({
      ...{ kind: 'User' as const, name, externalId, title, nickName },
    })),
    ...groups.map(({ displayName: name, externalId, members = [] }) => ({
      ...{ kind: 'Group' as const, name, externalId },
      members: members.map(({ value = '' }) => nameOf.get(value) ?? 'nobody'),
    })),
  ];
  const named = [...users.map((u) => [u.userName, u.id]), ...groups.map((g) => [g.displayName, g.id])];
  return { world, ids: new Map(named as [string, string][]) };
}

/** One part of an operation: what it makes of the world if it is carried out. */
export type Effect = (world: World) => World;

/** Something that is done through a client. */
export interface Operation {
  readonly what: string;
  /** The user that it is about, if it is about one. */
  readonly about: string;
  /** One effect; of a Bulk, one for each of its operations. */
  readonly effects: readonly Effect[];
  /** Does it. The results of a Bulk come back. */
  readonly run: (client: ScimClient) => Promise<readonly BulkResult[] | undefined>;
  /** Whether what came back is what is there now; undefined: nothing came back. */
  readonly fits?: (world: World, ids: ReadonlyMap<string, string>) => boolean;
  /** What a caller does about it afterwards, knowing that it may have been done. */
  readonly again: (client: ScimClient) => Promise<unknown>;
}

/** The choices that make an operation of a world. */
export interface Choice {
  readonly kind: (typeof KINDS)[number];
  readonly which: number;
  readonly hasExternalId: boolean;
  readonly isConditional: boolean;
}

export const KINDS = [
  'create user',
  'create group',
  'get',
  'list',
  'replace',
  'patch',
  'modify',
  'delete',
  'add members',
  'remove members',
  'bulk',
] as const;

export const set =
  (name: string, change: Partial<Thing>): Effect =>
  (world) =>
    world.map((thing) => (thing.name === name ? { ...thing, ...change } : thing));
const add =
  (thing: Thing): Effect =>
  (world) => [...world, thing];
const drop =
  (name: string): Effect =>
  (world) =>
    world
      .filter((thing) => thing.name !== name)
      .map((thing) =>
        thing.members ? { ...thing, members: thing.members.filter((member) => member !== name) } : thing,
      );

/** Creates it, unless it is there: by the name, which the test knows to be nobody else's. */
async function createUnlessThere(
  client: ScimClient,
  { kind, name, externalId, members = [] }: Thing,
  ids: readonly string[],
) {
  if (kind === 'User') {
    const { resources } = await client.resources(User).query({ filter: `userName eq "${name}"` });
    if (resources.length === 0) await client.resources(User).create({ userName: name, externalId });
  } else {
    const { resources } = await client.resources(Group).query({ filter: `displayName eq "${name}"` });
    const references = members.map((_, at) => ({ value: ids[at] as string }));
    if (resources.length === 0)
      await client.resources(Group).create({ displayName: name, externalId, members: references });
  }
}

/** The operation that a choice means in a world; `target` is the user that was chosen, as it was read. */
export function operationOf(
  { kind, which, hasExternalId, isConditional }: Choice,
  turn: number,
  world: World,
  ids: ReadonlyMap<string, string>,
  read: ReadonlyMap<string, Resource<typeof User>>,
): Operation {
  const userNames = world.filter((thing) => thing.kind === 'User').map(({ name }) => name);
  const groups = world.filter((thing) => thing.kind === 'Group');
  const at = <Value>(list: readonly Value[], offset = 0) => list[(which + offset) % list.length] as Value;
  const name = at(userNames);
  const id = ids.get(name) as string;
  const user = read.get(name) as Resource<typeof User>;
  const target = isConditional ? user : id;
  const title = `title-${turn}`;
  const fresh = (prefix: string, more: Partial<Thing> = {}): Thing => ({
    ...{ kind: 'User', name: `${prefix}-${turn}`, ...more },
    externalId: hasExternalId ? `external-${prefix}-${turn}` : undefined,
  });
  let came: unknown;
  switch (kind) {
    case 'create user': {
      const thing = fresh('user');
      const { externalId } = thing;
      return {
        about: name,
        what: `create ${thing.name}`,
        effects: [add(thing)],
        run: async (client) => {
          came = (await client.resources(User).create({ userName: thing.name, externalId })).id;
          return undefined;
        },
        fits: (_, now) => now.get(thing.name) === came,
        again: (client) => createUnlessThere(client, thing, []),
      };
    }
    case 'create group': {
      const thing = fresh('group', { kind: 'Group', members: [name] });
      const { externalId } = thing;
      return {
        about: name,
        what: `create ${thing.name}`,
        effects: [add(thing)],
        run: async (client) => {
          const input = { displayName: thing.name, externalId, members: [{ value: id }] };
          came = (await client.resources(Group).create(input)).id;
          return undefined;
        },
        fits: (_, now) => now.get(thing.name) === came,
        again: (client) => createUnlessThere(client, thing, [id]),
      };
    }
    case 'get':
      return {
        about: name,
        what: `get ${name}`,
        effects: [],
        run: async (client) => {
          came = (await client.resources(User).get(id)).userName;
          return undefined;
        },
        fits: () => came === name,
        again: (client) => client.resources(User).get(id),
      };
    case 'list':
      return {
        about: name,
        what: 'list',
        effects: [],
        run: async (client) => {
          const found: string[] = [];
          for await (const { userName } of client.resources(User).list({ count: 2 })) found.push(userName);
          came = found.toSorted().join();
          return undefined;
        },
        fits: () => came === userNames.toSorted().join(),
        again: async () => {},
      };
    case 'replace': {
      const { externalId } = user;
      const input = { userName: name, externalId, title };
      return {
        about: name,
        what: `replace ${name}${isConditional ? ' as it was read' : ''}`,
        effects: [set(name, { title, nickName: undefined })],
        run: async (client) => {
          came = (await client.resources(User).replace(target, input)).title;
          return undefined;
        },
        fits: () => came === title,
        again: (client) => client.resources(User).replace(id, input),
      };
    }
    case 'patch': {
      const operations = isConditional
        ? ([{ op: 'replace', path: 'title', value: title }] as const)
        : ([{ op: 'remove', path: 'title' }] as const);
      return {
        about: name,
        what: `patch ${name}${isConditional ? ' as it was read' : ''}`,
        effects: [set(name, { title: isConditional ? title : undefined })],
        run: async (client) => void (await client.resources(User).patch(target, operations)),
        again: (client) => client.resources(User).patch(id, operations),
      };
    }
    case 'modify': {
      const change = (before: Resource<typeof User>) => ({ ...before, title });
      return {
        about: name,
        what: `modify ${name}`,
        effects: [set(name, { title })],
        run: async (client) => {
          came = (await client.resources(User).modify(id, change)).title;
          return undefined;
        },
        fits: () => came === title,
        again: (client) => client.resources(User).modify(id, change),
      };
    }
    case 'delete':
      // Somebody must stay, for the others to choose from.
      if (userNames.length < 3)
        return operationOf({ kind: 'get', which, hasExternalId, isConditional }, turn, world, ids, read);
      return {
        about: name,
        what: `delete ${name}${isConditional ? ' as it was read' : ''}`,
        effects: [drop(name)],
        run: async (client) => void (await client.resources(User).delete(target)),
        again: (client) => client.resources(User).delete(id).catch(ignore404),
      };
    case 'add members':
    case 'remove members': {
      const group = at(groups);
      const names = [name, at(userNames, 1)];
      const members =
        kind === 'add members'
          ? [...new Set([...(group.members ?? []), ...names])]
          : (group.members ?? []).filter((member) => !names.includes(member));
      const change = kind === 'add members' ? addMembers : removeMembers;
      const memberIds = names.map((member) => ids.get(member) as string);
      const run = async (client: ScimClient) =>
        void (await change(client.resources(Group), ids.get(group.name) as string, memberIds));
      return {
        about: name,
        what: `${kind} of ${group.name}`,
        effects: [set(group.name, { members })],
        run,
        again: run,
      };
    }
    case 'bulk': {
      const made = fresh('bulk');
      const group = fresh('bulk-group', { kind: 'Group', members: [made.name] });
      const other = at(userNames, 1);
      const { externalId } = made;
      const replaced = read.get(other) as Resource<typeof User>;
      return {
        about: name,
        what: 'bulk',
        effects: [
          add(made),
          set(name, { title }),
          add(group),
          set(other, { title: `${title}-2`, nickName: undefined }),
        ].slice(0, other === name ? 3 : 4),
        run: (client) =>
          client.bulk(
            [
              bulkFor(User).create({ userName: made.name, externalId }, made.name),
              bulkFor(User).patch(
                id,
                [{ op: 'replace', path: 'title', value: title }],
                isConditional ? user.meta?.version : undefined,
              ),
              bulkFor(Group).create({
                ...{ displayName: group.name, externalId: group.externalId },
                members: [{ value: `bulkId:${made.name}` }],
              }),
              bulkFor(User).replace(other, {
                userName: other,
                externalId: replaced.externalId,
                title: `${title}-2`,
              }),
            ]
              .slice(0, other === name ? 3 : 4)
              .map((operation) =>
                operation.id === other ? { ...operation, id: ids.get(other) } : operation,
              ),
          ),
        again: async (client) => {
          await createUnlessThere(client, made, []);
          await client.resources(User).patch(id, [{ op: 'replace', path: 'title', value: title }]);
          const { resources } = await client.resources(User).query({ filter: `userName eq "${made.name}"` });
          await createUnlessThere(client, group, [resources[0]?.id as string]);
          if (other === name) return;
          const input = { userName: other, externalId: replaced.externalId, title: `${title}-2` };
          await client.resources(User).replace(ids.get(other) as string, input);
        },
      };
    }
  }
}

function ignore404(error: unknown): void {
  if ((error as { readonly status?: number }).status !== 404) throw error;
}
