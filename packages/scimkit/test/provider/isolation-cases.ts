// What a stranger tries, route by route: requests that would reach the resources of another scope, if anything could.
import { BULK_REQUEST, ENTERPRISE, group, patchOp, SEARCH_REQUEST, user } from '../fixture.ts';

/** Ids: the owner's, which the stranger has come to know, and the stranger's own. */
export interface Known {
  readonly user: string;
  readonly group: string;
  readonly ownUser: string;
  readonly ownGroup: string;
}

/** One request of a stranger. */
interface Attempt {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** In every text that the owner stores, and in nothing else. */
export const MARK = 'OWNERS';

let count = 0;
/** A name that nobody else has: names are unique within a tenant, over its connections. */
const freshName = () => `name-${String(count++).padStart(6, '0')}`;

/** Resources by which lists can be sorted, whatever their ids are. */
export const newUser = (more: Record<string, unknown> = {}) => {
  const displayName = freshName();
  return user(displayName, { displayName, ...more });
};
export const newGroup = (...members: readonly string[]) => group(freshName(), members);

const PRECONDITIONS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'if-match': 'W/"1"' },
  { 'if-match': 'W/"7"' },
  { 'if-match': '*' },
  { 'if-none-match': 'W/"1"' },
  { 'if-none-match': '*' },
];

const guarded = (path: string, body?: unknown): readonly Attempt[] =>
  PRECONDITIONS.map((headers) => ({ path, body, headers }));

/** Filters by what the owner's resources have, and such as let everything through. */
const filters = ({ user: userId, group: groupId }: Known): readonly string[] => [
  `id eq "${userId}"`,
  `id eq "${groupId}" or id eq "${userId}"`,
  `userName sw "${MARK}"`,
  `not (userName sw "${MARK}")`,
  `externalId eq "${MARK}-1" or title co "${MARK}"`,
  `displayName sw "${MARK}"`,
  `groups.value eq "${groupId}"`,
  `groups[value eq "${groupId}" and display pr]`,
  `members.value eq "${userId}"`,
  `members eq "${userId}"`,
  `members[value eq "${userId}"]`,
  `emails[value co "${MARK}"]`,
  `${ENTERPRISE}:manager.value eq "${userId}"`,
  'meta.resourceType eq "User" or not (active eq true)',
  'id pr',
  'id ne "x"',
];

const listed = (path: string) => (known: Known) => [
  ...filters(known).map((filter) => ({ path: `${path}?filter=${encodeURIComponent(filter)}` })),
  { path: `${path}?sortBy=displayName&count=1&startIndex=2` },
  { path: `${path}?attributes=id&count=0` },
  { path: path || '/' },
];

const searched = (path: string) => (known: Known) =>
  filters(known).map((filter) => ({
    path,
    body: { schemas: [SEARCH_REQUEST], filter, sortBy: 'displayName' },
  }));

const patches = ({ user: userId }: Known) => [
  patchOp({ op: 'add', path: 'displayName', value: 'mine' }),
  patchOp({ op: 'replace', value: { displayName: 'mine' } }),
  patchOp({ op: 'replace', path: 'emails[type eq "work"].value', value: 'mine@example.com' }),
  patchOp({ op: 'remove', path: `members[value eq "${userId}"]` }),
  patchOp({ op: 'add', path: 'members', value: [{ value: userId }] }),
  patchOp({ op: 'remove', path: 'title' }),
];

/** Changes of a group's members that name the owner's resources. */
const memberPatches = ({ user: userId, group: groupId, ownUser }: Known) => [
  patchOp({ op: 'add', path: 'members', value: [{ value: userId }, { value: ownUser }] }),
  patchOp({ op: 'replace', path: 'members', value: [{ value: groupId, type: 'Group' }] }),
  patchOp({ op: 'add', value: { members: [{ value: userId, $ref: `/Users/${userId}` }] } }),
  patchOp({ op: 'remove', path: `members[value eq "${userId}"]` }),
  patchOp({ op: 'remove', path: 'members', value: [{ value: userId }] }),
  patchOp({ op: 'replace', path: `members[value eq "${userId}"].value`, value: ownUser }),
];

const bulk = (...Operations: readonly Record<string, unknown>[]): Attempt => ({
  path: '/Bulk',
  body: { schemas: [BULK_REQUEST], Operations },
});

/** Every route with each of its methods; HEAD and OPTIONS come by themselves. */
export const CASES: Readonly<Record<string, (known: Known) => readonly Attempt[]>> = {
  'GET /': listed(''),
  'POST /.search': searched('/.search'),
  'GET /ServiceProviderConfig': () => [{ path: '/ServiceProviderConfig' }],
  'GET /ResourceTypes': () => [{ path: '/ResourceTypes' }],
  'GET /ResourceTypes/:name': ({ user: id }) => [
    { path: '/ResourceTypes/User' },
    { path: `/ResourceTypes/${id}` },
  ],
  'GET /Schemas': () => [{ path: '/Schemas' }],
  'GET /Schemas/:urn': ({ user: id }) => [{ path: `/Schemas/${ENTERPRISE}` }, { path: `/Schemas/${id}` }],
  'POST /Bulk': (known) => [
    bulk(
      { method: 'DELETE', path: `/Users/${known.user}` },
      { method: 'DELETE', path: `/Groups/${known.group}` },
    ),
    bulk(
      { method: 'PUT', path: `/Users/${known.user}`, data: newUser() },
      { method: 'PUT', path: `/Groups/${known.group}`, version: 'W/"1"', data: group('mine') },
    ),
    bulk(
      ...patches(known).map((data) => ({
        method: 'PATCH',
        path: `/Users/${known.user}`,
        version: 'W/"1"',
        data,
      })),
    ),
    bulk(
      ...memberPatches(known).map((data) => ({ method: 'PATCH', path: `/Groups/${known.ownGroup}`, data })),
    ),
    bulk(
      { method: 'POST', path: '/Groups', bulkId: 'g', data: newGroup(known.user, 'bulkId:u') },
      { method: 'POST', path: '/Users', bulkId: 'u', data: newUser() },
      { method: 'PATCH', path: '/Groups/bulkId:g', data: memberPatches(known)[0] },
    ),
  ],
  // `me` says that it is the owner's user.
  'GET /Me': () => guarded('/Me'),
  'POST /Me': () => [{ path: '/Me', body: newUser() }],
  'PUT /Me': () => guarded('/Me', newUser()),
  'PATCH /Me': (known) => patches(known).flatMap((body) => guarded('/Me', body)),
  'DELETE /Me': () => guarded('/Me'),
  'GET /Users': listed('/Users'),
  'POST /Users': (known) => [
    { path: '/Users', body: newUser({ id: known.user, groups: [{ value: known.group }] }) },
    {
      path: '/Users',
      body: newUser({ externalId: `${MARK}-1`, [ENTERPRISE]: { manager: { value: known.user } } }),
    },
    {
      path: `/Users?attributes=groups`,
      body: newUser({ meta: { location: `/Users/${known.user}` } }),
    },
  ],
  'POST /Users/.search': searched('/Users/.search'),
  'GET /Users/:id': ({ user: id, group: groupId }) => [
    ...guarded(`/Users/${id}`),
    { path: `/Users/${id}.scim` },
    { path: `/Users/${id}?attributes=groups` },
    { path: `/Users/${groupId}` },
  ],
  'PUT /Users/:id': ({ user: id, group: groupId, ownUser }) => [
    ...guarded(`/Users/${id}`, newUser()),
    { path: `/Users/${ownUser}`, body: newUser({ id, groups: [{ value: groupId }] }) },
  ],
  'PATCH /Users/:id': (known) => [
    ...patches(known).flatMap((body) => guarded(`/Users/${known.user}`, body)),
    {
      path: `/Users/${known.ownUser}`,
      body: patchOp({ op: 'add', value: { id: known.user, nickName: 'x' } }),
    },
    {
      path: `/Users/${known.ownUser}`,
      body: patchOp({ op: 'add', path: `${ENTERPRISE}:manager.value`, value: known.user }),
    },
  ],
  'DELETE /Users/:id': ({ user: id }) => guarded(`/Users/${id}`),
  'GET /Groups': listed('/Groups'),
  'POST /Groups': (known) => [
    {
      path: '/Groups',
      body: { ...newGroup(known.user, known.ownUser, known.group), id: known.group },
    },
    { path: '/Groups', body: newGroup(known.group) },
  ],
  'POST /Groups/.search': searched('/Groups/.search'),
  'GET /Groups/:id': ({ group: id, user: userId }) => [
    ...guarded(`/Groups/${id}`),
    { path: `/Groups/${id}?excludedAttributes=members` },
    { path: `/Groups/${userId}` },
  ],
  'PUT /Groups/:id': ({ group: id, ownGroup, user: userId, ownUser }) => [
    ...guarded(`/Groups/${id}`, group('mine', [userId])),
    { path: `/Groups/${ownGroup}`, body: group('mine', [userId, id, ownUser]) },
  ],
  'PATCH /Groups/:id': (known) => [
    ...[...patches(known), ...memberPatches(known)].flatMap((body) =>
      guarded(`/Groups/${known.group}`, body),
    ),
    ...memberPatches(known).flatMap((body) => [
      { path: `/Groups/${known.ownGroup}`, body },
      { path: `/Groups/${known.ownGroup}?attributes=members`, body },
    ]),
  ],
  'DELETE /Groups/:id': ({ group: id }) => guarded(`/Groups/${id}`),
};
