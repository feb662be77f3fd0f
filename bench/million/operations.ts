// What is measured at a million users: the requests of each operation, and how much more they may cost there.
import { randomBytes } from 'node:crypto';
import type { Answer, Connections, Request, Step } from '../load.ts';
import { CONNECTIONS } from '../load.ts';
import { PATCH_OP, pair, undoes } from '../operations.ts';
import { user, userName } from '../population.ts';
import type { Load } from '../slice.ts';
import type { Directory } from './directory.ts';

/** One operation. */
export interface Operation extends Load<Directory> {
  readonly name: string;
  /** Whether a server offers it, where not all do. */
  readonly isOffered?: (connections: Connections) => Promise<boolean>;
  /** Finds out what the requests need to know. */
  readonly prepare?: (directory: Directory, connections: Connections) => Promise<void>;
}

/** Another prime for each dimension: neighbours in the load are no neighbours in the database. */
function pick({ size }: Directory, slice: number, { connection, turn }: Step): number {
  return (slice * 104_729 + (turn * CONNECTIONS + connection) * 7_919) % Math.floor(size.users * 0.3);
}

/** What was created in a run that was cut short stays; its names are not given twice. */
const RUN = randomBytes(4).toString('hex');

const get = (path: string): Request => ({ method: 'GET', path: `/scim/v2/${path}` });
const filtered = (filter: string): Request => get(`Users?filter=${encodeURIComponent(filter)}`);

function patch(path: string, operation: object): Request {
  return {
    method: 'PATCH',
    path: `/scim/v2/${path}`,
    body: JSON.stringify({ schemas: [PATCH_OP], Operations: [operation] }),
  };
}

/** Adds a member that the group doesn't have, and removes it again. */
function changeMember(directory: Directory, group: string, slice: number, step: Step): Request {
  // From the end of all users: the groups' own are elsewhere.
  const { users } = directory.size;
  const member = directory.userId(users - 1 - (pick(directory, slice, pair(step)) % (users >> 2)));
  return patch(
    `Groups/${group}`,
    undoes(step)
      ? { op: 'remove', path: `members[value eq "${member}"]` }
      : { op: 'add', path: 'members', value: [{ value: member }] },
  );
}

const PAGE = 100;

/**
 * The page after the connection's last one, in the half whose users are in groups. Each connection is a client that reads
 * all from where it begins, and at the end from the middle on.
 */
function nextPage({ size, walked }: Directory, { connection }: Pick<Step, 'connection'>): Request {
  const middle = Math.floor(size.users / 2);
  const pages = Math.max(1, Math.floor((size.users - middle) / PAGE));
  const turn = walked[connection] ?? 0;
  walked[connection] = turn + 1;
  const page = (Math.floor((connection * pages) / CONNECTIONS) + turn) % pages;
  return get(`Users?startIndex=${middle + page * PAGE + 1}&count=${PAGE}`);
}

const cursorPage = (cursor: string): Request => get(`Users?count=${PAGE}&cursor=${cursor}`);

const nextCursorOf = ({ body }: Answer): string | undefined => /"nextCursor":\s*"([^"]+)"/.exec(body)?.[1];

/** Pages between two cursors that walks begin at. */
const APART = 30;

/** Walks from the start to the middle, as any client must, and from there to as many cursors as there are connections. */
async function findCursors(directory: Directory, connections: Connections): Promise<void> {
  const middle = directory.size.users / 2 / PAGE;
  const cursors: string[] = [];
  let cursor: string | undefined = '';
  for (let page = 0; cursor !== undefined && cursors.length < CONNECTIONS; page++) {
    if (page >= middle && (page - middle) % APART < 1) cursors.push(cursor);
    cursor = nextCursorOf(await connections.send(cursorPage(cursor)));
  }
  directory.cursors = cursors;
}

/** On from what the last page said; at the end of all again from the middle. */
function followCursor({ cursors }: Directory, { connection }: Step, last: Answer | undefined): Request {
  return cursorPage((last && nextCursorOf(last)) ?? (cursors[connection % cursors.length] as string));
}

async function offersCursors(connections: Connections): Promise<boolean> {
  const { body } = await connections.send(get('ServiceProviderConfig'));
  return JSON.parse(body).pagination?.cursor === true;
}

export const GET_BY_ID: Operation = {
  name: 'GET by id',
  requests: 3_200,
  request: (directory, slice, step) => get(`Users/${directory.userId(pick(directory, slice, step))}`),
};

export const FILTER_BY_USER_NAME: Operation = {
  name: 'userName eq',
  requests: 3_200,
  request: (directory, slice, step) =>
    filtered(`userName eq "${userName('user', pick(directory, slice, step))}"`),
};

export const PATCH_ACTIVE: Operation = {
  name: 'PATCH active',
  requests: 1_600,
  request: (directory, slice, step) =>
    patch(`Users/${directory.userId(pick(directory, slice, pair(step)))}`, {
      op: 'replace',
      path: 'active',
      value: undoes(step),
    }),
};

export const CREATE: Operation = {
  name: 'create',
  requests: 1_600,
  creates: true,
  request: (_directory, slice, { connection, turn }) => ({
    method: 'POST',
    path: '/scim/v2/Users',
    body: JSON.stringify(user(`join${RUN}`, slice * 10_000 + turn * CONNECTIONS + connection)),
  }),
};

/** A part of an address that is no beginning, and that one user has. */
export const CONTAINS: Operation = {
  name: 'emails co',
  requests: 800,
  request: (directory, slice, step) => {
    const part = userName('user', pick(directory, slice, step)).slice('us'.length, -'ple.com'.length);
    return filtered(`emails.value co "${part}"`);
  },
};

export const MEMBER_OF_10: Operation = {
  name: 'one member on 10',
  requests: 1_600,
  request: (directory, slice, step) => changeMember(directory, directory.small, slice, step),
};

export const MEMBER_OF_MANY: Operation = {
  name: 'one member on many',
  requests: 1_600,
  request: (directory, slice, step) => changeMember(directory, directory.large, slice, step),
};

/** Those that are compared between the sizes. */
export const OPERATIONS: readonly Operation[] = [
  GET_BY_ID,
  FILTER_BY_USER_NAME,
  {
    name: 'externalId eq',
    requests: 3_200,
    request: (directory, slice, step) =>
      filtered(`externalId eq "00uuser${String(pick(directory, slice, step)).padStart(8, '0')}"`),
  },
  {
    name: 'emails[type eq "work" and value eq …]',
    requests: 3_200,
    request: (directory, slice, step) =>
      filtered(`emails[type eq "work" and value eq "${userName('user', pick(directory, slice, step))}"]`),
  },
  CONTAINS,
  { name: 'first page of 100', requests: 480, request: () => get(`Users?startIndex=1&count=${PAGE}`) },
  {
    name: 'pages of 100 by index, one after the other',
    requests: 480,
    // Whoever reads one page after the other has read the one before.
    async prepare(directory, connections) {
      for (let connection = 0; connection < CONNECTIONS; connection++) {
        await connections.send(nextPage(directory, { connection }));
      }
    },
    request: (directory, _slice, step) => nextPage(directory, step),
  },
  {
    name: 'pages of 100 by cursor, from the middle on',
    requests: 480,
    isOffered: offersCursors,
    prepare: findCursors,
    request: (directory, _slice, step, last) => followCursor(directory, step, last),
  },
  PATCH_ACTIVE,
  CREATE,
];
