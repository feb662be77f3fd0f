// What a client must do, wherever it runs: on Node, Bun, Deno and in browsers. Nothing but the client is imported.
import {
  addMembers,
  type Attempt,
  basicPassword,
  bearerToken,
  bulkFor,
  type ClientOptions,
  clientCredentials,
  createClient,
  diff,
  filter,
  filterFor,
  Group,
  isOfType,
  patchFor,
  removeMembers,
  RequestError,
  ScimError,
  User,
} from 'scimkit/client';

/** The service provider that the suite is run against. */
export interface Place {
  /** Of the service provider: /scim/v2 at the origin; beside it are /token, /hang and /moved. */
  readonly origin: string;
  readonly token: string;
}

function same(actual: unknown, expected: unknown, what = 'value'): void {
  const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== wanted) throw new Error(`${what}: expected ${wanted}, not ${is}`);
}

async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error(`it threw ${String(error)}, which is no Error`);
  }
  throw new Error('it did not fail');
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = [];
  for await (const value of values) found.push(value);
  return found;
}

const clientAt = ({ origin, token }: Place, options: Partial<ClientOptions> = {}) =>
  createClient({ baseUrl: `${origin}/scim/v2`, authorization: bearerToken(token), strict: true, ...options });

const department = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
let names = 0;
/** A name that nobody else has. */
const name = (what: string) => `${what}-${names++}`;

type Case = readonly [name: string, run: (place: Place) => Promise<void>];

/** The suite: each case makes what it needs. */
export const suite: readonly Case[] = [
  [
    'users are created, read, found, changed, replaced and deleted (parity 25)',
    async (place) => {
      const users = clientAt(place).resources(User);
      const userName = name('ada');
      const ada = await users.create({
        userName,
        name: { givenName: 'Ada', familyName: 'Lovelace' },
        [department]: { department: 'R "&" D' },
      });
      same(await users.get(ada.id), ada, 'what is read');
      const [found] = await all(users.list({ filter: filter`userName eq ${userName.toUpperCase()}` }));
      same(found, ada, 'what is found');
      const patched = await users.patch(ada, [{ op: 'replace', path: 'title', value: 'Countess' }]);
      same([patched?.title, patched?.name?.givenName], ['Countess', 'Ada'], 'after the patch');
      const replaced = await users.replace(patched ?? ada, { userName, nickName: 'A' });
      same([replaced.nickName, replaced.title], ['A', undefined], 'after the replacement');
      await users.delete(replaced);
      same(((await failure(users.get(ada.id))) as ScimError).status, 404, 'after the deletion');
    },
  ],
  [
    'filters quote their values, from templates and builders',
    async (place) => {
      const users = clientAt(place).resources(User);
      const title = `${name('title')} " or \\ ) 😀`;
      const one = await users.create({
        userName: name('quoted'),
        title,
        emails: [{ value: 'q@x.org', type: 'work' }],
      });
      const { and, eq, has, not, or, pr, sw } = filterFor(User);
      const filters = [
        filter`title eq ${title}`,
        filter`${eq('title', title)} and ${pr('emails')}`,
        and(
          eq('title', title),
          has('emails', (email) => email.and(email.eq('type', 'work'), email.pr('value'))),
        ),
        and(sw('title', title.slice(0, -2)), not(or(eq('active', false), eq('id', 'nobody')))),
        filter`title eq ${title} and meta.created gt ${new Date(0)} and nickName eq ${null} and active eq ${true}`,
      ];
      for (const wanted of filters) {
        for (const method of ['GET', 'POST'] as const) {
          const { resources, totalResults } = await users.query({ filter: wanted, method });
          same([resources.map(({ id }) => id), totalResults], [[one.id], 1], JSON.stringify(wanted));
        }
      }
      const many = Array.from({ length: 150 }, (_, i) => eq('userName', `nobody-${i}-with-a-name`));
      same((await users.query({ filter: or(eq('id', one.id), ...many) })).totalResults, 1, 'a long filter');
    },
  ],
  [
    'a filter on what there is not is refused before it is sent',
    async (place) => {
      let sent = 0;
      const users = clientAt(place, { onAttempt: () => sent++ }).resources(User);
      const error = (await failure(users.query({ filter: 'usrName eq "x"' }))) as ScimError;
      same([error instanceof ScimError, error.scimType, sent], [true, 'invalidFilter', 0]);
    },
  ],
  [
    'lists are read to their end, by index and by cursor, sorted and selected',
    async (place) => {
      const family = name('family');
      const writer = clientAt(place).resources(User);
      for (let i = 0; i < 25; i++) {
        await writer.create({
          userName: name(`${family}-${String(i).padStart(2, '0')}`),
          name: { familyName: family },
        });
      }
      for (const pagination of ['index', 'cursor', 'auto'] as const) {
        const seen: string[] = [];
        const users = clientAt(place, { pagination, onAttempt: ({ url }) => seen.push(url) }).resources(User);
        const found = await all(
          users.list({
            filter: filter`name.familyName eq ${family}`,
            sortBy: 'userName',
            sortOrder: 'descending',
            count: 7,
            attributes: ['userName'],
          }),
        );
        same(found.length, 25, pagination);
        const sorted = found
          .map(({ userName }) => userName)
          .toSorted()
          .toReversed();
        same(
          found.map(({ userName }) => userName),
          sorted,
          'order',
        );
        same(found[0]?.name, undefined, 'what was not selected');
        const lists = seen.filter((url) => url.includes('/Users'));
        same(
          [lists.length, lists.every((url) => url.includes('cursor=') === (pagination !== 'index'))],
          [4, true],
        );
      }
      for await (const page of writer.pages({ filter: filter`name.familyName eq ${family}`, count: 10 })) {
        same(page.resources.length, 10, 'the first page');
        break;
      }
    },
  ],
  [
    'the root is searched over several types',
    async (place) => {
      const client = clientAt(place);
      const externalId = name('both');
      await client.resources(User).create({ userName: name('root'), externalId });
      await client.resources(Group).create({ displayName: name('root'), externalId });
      for (const method of ['GET', 'POST'] as const) {
        const query = { filter: filter`externalId eq ${externalId}`, method };
        const found = await all(client.list([User, Group], query));
        same(
          found.map((resource) => isOfType(Group, resource)),
          [false, true],
          method,
        );
        same((await client.query([User, Group], { ...query, count: 1 })).totalResults, 2);
      }
    },
  ],
  [
    'versions are kept and sent: who is too late is told, and modify tries again',
    async (place) => {
      const users = clientAt(place).resources(User);
      const first = await users.create({ userName: name('version') });
      const second = await users.patch(first, [{ op: 'add', path: 'title', value: 'x' }]);
      for (const late of [
        () => users.patch(first, [{ op: 'remove', path: 'title' }]),
        () => users.replace(first, { userName: 'x' }),
        () => users.delete(first),
      ]) {
        same(((await failure(late())) as ScimError).status, 412);
      }
      same((await users.refresh(second ?? first)) === second, true, 'unchanged');
      same((await users.refresh(first)).title, 'x', 'changed');
      await Promise.all(
        Array.from({ length: 4 }, (_, i) =>
          users.modify(first.id, (user) => ({
            ...user,
            emails: [...(user.emails ?? []), { value: `a${i}@x.org`, type: 'other' }],
          })),
        ),
      );
      same((await users.get(first.id)).emails?.length, 4, 'after four at once');
      await users.patch(first, [{ op: 'remove', path: 'emails' }], { ifMatch: false });
      await users.delete(first.id);
    },
  ],
  [
    'modify changes what it names, and nothing else',
    async (place) => {
      const users = clientAt(place).resources(User);
      const userName = name('modify');
      const { id } = await users.create({
        userName,
        title: 'x',
        name: { givenName: 'Ada', familyName: 'Lovelace' },
        [department]: { organization: 'O', division: 'E' },
      });
      const after = await users.modify(id, () => ({
        title: null,
        name: { givenName: 'Augusta' },
        [department]: { division: 'F' },
      }));
      same([after.userName, after.title, after.name], [userName, undefined, { givenName: 'Augusta' }]);
      same([after[department]?.organization, after[department]?.division], ['O', 'F']);
      const never = (async () => ({ title: 'y' })) as unknown as () => { title: string };
      same((await failure(users.modify(id, never))).message.includes('no promise'), true);
      same((await users.get(id)).meta.version, after.meta.version, 'unchanged');
    },
  ],
  [
    'patches are built, and differences are the least of them',
    async (place) => {
      const users = clientAt(place).resources(User);
      const { add, at, remove, replace } = patchFor(User);
      const before = await users.create({
        userName: name('patch'),
        emails: [
          { value: 'a@x.org', type: 'work', primary: true },
          { value: 'b@x.org', type: 'home' },
        ],
        phoneNumbers: [{ value: '1' }],
        nickName: 'N',
      });
      const after = await users.patch(before, [
        replace('name.givenName', 'Ada'),
        add('emails', [{ value: 'c@x.org', type: 'other' }]),
        at('emails', (email) => email.eq('type', 'work'), 'value').replace('"@x.org'),
        at('emails', (email) => email.eq('value', 'b@x.org')).remove(),
        remove('nickName'),
      ]);
      same(
        after?.emails?.map(({ value }) => value),
        ['"@x.org', 'c@x.org'],
      );
      same([after?.nickName, after?.name?.givenName], [undefined, 'Ada']);
      const wanted = {
        ...after,
        name: { givenName: 'Augusta' },
        phoneNumbers: [{ value: '1' }, { value: '2' }],
      };
      const operations = diff(User, after ?? before, wanted);
      same(operations, [
        { op: 'replace', path: 'name.givenName', value: 'Augusta' },
        { op: 'add', path: 'phoneNumbers', value: [{ value: '2' }] },
      ]);
      const last = await users.patch(before.id, operations);
      same(diff(User, last ?? before, wanted), [], 'nothing is left to do');
    },
  ],
  [
    'members come and go in parts, and a group is patched without an answer',
    async (place) => {
      const client = clientAt(place);
      const groups = client.resources(Group);
      const created = await client.bulk(
        Array.from({ length: 30 }, () => bulkFor(User).create({ userName: name('member') })),
      );
      const ids = created.map(({ id }) => id as string);
      const group = await groups.create({ displayName: name('group') });
      await addMembers(groups, group, [...ids, ...ids], { size: 7 });
      same((await groups.get(group.id)).members?.length, 30);
      await removeMembers(groups, group, ids.slice(0, 20), { size: 7 });
      same((await groups.get(group.id)).members?.length, 10);
      same(
        await groups.patch(group.id, [{ op: 'replace', path: 'displayName', value: name('g') }]),
        undefined,
      );
    },
  ],
  [
    'a bulk is reported operation by operation, with its references resolved',
    async (place) => {
      const client = clientAt(place);
      const taken = name('taken');
      const [one, other] = [name('circle'), name('circle')];
      const results = await client.bulk([
        bulkFor(Group).create({ displayName: name('all'), members: [{ value: 'bulkId:ada' }] }, 'all'),
        bulkFor(User).create({ userName: taken }, 'ada'),
        bulkFor(User).create({ userName: taken }),
        bulkFor(Group).create({ displayName: one, members: [{ value: 'bulkId:y' }] }, 'x'),
        bulkFor(Group).create({ displayName: other, members: [{ value: 'bulkId:x' }] }, 'y'),
        bulkFor(User).delete('nobody'),
        bulkFor(User).patch('bulkId:ada', [{ op: 'replace', path: 'title', value: 'T' }]),
      ]);
      same(
        results.map(({ status }) => status),
        [201, 201, 409, 201, 201, 404, 200],
      );
      same(results[2]?.error instanceof ScimError && results[2].error.scimType, 'uniqueness');
      const group = await client.resources(Group).get(results[0]?.id ?? '');
      same(
        group.members?.map(({ value }) => value),
        [results[1]?.id],
      );
      same((await client.resources(User).get(results[1]?.id ?? '')).title, 'T');
      const stopped = await client.bulk(
        Array.from({ length: 3 }, () => bulkFor(User).delete('nobody')),
        { failOnErrors: 1 },
      );
      same(
        stopped.map(({ status }) => status),
        [404, undefined, undefined],
      );
    },
  ],
  [
    'discovery says what there is, as types to work with',
    async (place) => {
      const client = clientAt(place);
      const { patch, bulk, etag, sort, pagination } = await client.serviceProviderConfig();
      same(
        [patch.supported, bulk.supported, etag.supported, sort.supported, pagination.cursor],
        Array(5).fill(true),
      );
      const types = await client.resourceTypes();
      same(
        types.map((type) => type.name),
        ['User', 'Group'],
      );
      const [type] = types;
      if (!type) throw new Error('there is no type');
      const users = client.resources(type);
      const user = await users.create({ userName: name('dynamic'), [department]: { department: 'D' } });
      same(
        (await users.query({ filter: filterFor(type).eq(`${department}:department`, 'd') })).totalResults,
        1,
      );
      await users.patch(user, [{ op: 'replace', path: 'active', value: false }]);
      same((await users.get(user.id)).active, false);
      same((await client.schemas()).length >= 3, true, 'schemas');
    },
  ],
  [
    '/Me is the resource of the credential',
    async (place) => {
      const client = clientAt(place);
      const me = await client.resources(User).create({ userName: name('me'), nickName: place.token });
      const own = client.me(User);
      same((await own.get()).id, me.id);
      same((await own.patch([{ op: 'replace', path: 'title', value: 'Me' }]))?.title, 'Me');
      await client.resources(User).delete(me.id);
      same(((await failure(own.get())) as ScimError).status, 404);
    },
  ],
  [
    'errors are those of the service provider, or have a name',
    async (place) => {
      const { origin } = place;
      const client = clientAt(place, { retry: { attempts: 2, delayMs: 1 }, timeoutMs: 200 });
      const users = client.resources(User);
      const userName = name('twice');
      await users.create({ userName });
      const taken = (await failure(users.create({ userName }))) as ScimError;
      same([taken instanceof ScimError, taken.status, taken.scimType], [true, 409, 'uniqueness']);
      same(taken.detail.includes(userName), true, taken.detail);
      const stranger = clientAt(place, { authorization: bearerToken('nobodys') }).resources(User);
      const refused = (await failure(stranger.query())) as ScimError;
      same([refused.status, typeof refused.headers['www-authenticate']], [401, 'string']);
      const at = (path: string) =>
        createClient({
          baseUrl: origin + path,
          retry: { attempts: 2, delayMs: 1 },
          timeoutMs: 200,
        }).resources(User);
      const reasons: readonly (readonly [string, RequestError['reason']])[] = [
        ['/hang', 'timeout'],
        ['/moved', 'invalidAnswer'],
        ['/page', 'invalidAnswer'],
      ];
      for (const [path, reason] of reasons) {
        const error = (await failure(at(path).query())) as RequestError;
        same([error instanceof RequestError, error.reason], [true, reason], path);
        same(error.message.startsWith(`GET ${origin}${path}/Users`), true, error.message);
      }
      const nobody = createClient({ baseUrl: 'http://127.0.0.1:9/scim', retry: { attempts: 1 } });
      same(((await failure(nobody.resources(User).query())) as RequestError).reason, 'network');
    },
  ],
  [
    'a signal ends requests, with its reason',
    async (place) => {
      const { origin } = place;
      const users = createClient({ baseUrl: `${origin}/hang` }).resources(User);
      const controller = new AbortController();
      const reason = new Error('enough');
      const query = users.query({ signal: controller.signal });
      controller.abort(reason);
      same((await failure(query)) === reason, true, 'under way');
      same((await failure(users.query({ signal: controller.signal }))) === reason, true, 'before');
    },
  ],
  [
    'what is safe to repeat is repeated',
    async (place) => {
      const attempts: Attempt[] = [];
      let refuse = 2;
      const users = clientAt(place, {
        retry: { delayMs: 1 },
        onAttempt: (attempt) => attempts.push(attempt),
        fetch: async (request) =>
          refuse-- > 0 ? new Response('', { status: 429, headers: { 'retry-after': '0' } }) : fetch(request),
        strict: false,
      }).resources(User);
      await users.create({ userName: name('again') });
      same(
        attempts.map(({ status, attempt }) => [status, attempt]),
        [
          [429, 1],
          [429, 2],
          [201, 3],
        ],
      );
    },
  ],
  [
    'credentials: Basic, and OAuth 2.0 client credentials, renewed when they are refused',
    async (place) => {
      const { origin, token } = place;
      const basic = basicPassword({ username: token, password: 'pässword:"' });
      same(
        (await clientAt(place, { authorization: basic }).resources(User).query({ count: 0 })).resources,
        [],
      );
      const attempts: (number | undefined)[] = [];
      const client = clientAt(place, {
        authorization: clientCredentials({
          ...{ tokenUrl: `${origin}/token`, clientId: token, clientSecret: 'sécret' },
          scope: 'scim',
        }),
        onAttempt: ({ status }) => attempts.push(status),
      });
      // The first token that the endpoint gives is no good.
      await Promise.all([1, 2, 3].map(() => client.resources(User).query({ count: 0 })));
      same(attempts.filter((status) => status === 200).length, 3);
      same(attempts.includes(401), true, 'a renewal');
      const wrong = clientCredentials({ tokenUrl: `${origin}/token`, clientId: 'x', clientSecret: 'hush' });
      const error = (await failure(
        clientAt(place, { authorization: wrong }).resources(User).query(),
      )) as RequestError;
      same(
        [error.reason, error.message.includes('invalid_client'), error.message.includes('hush')],
        ['unauthorized', true, false],
      );
    },
  ],
];

/** Runs the suite; the names of what passed, and what failed with why. */
export async function runSuite(place: Place): Promise<{ passed: string[]; failed: string[] }> {
  const passed: string[] = [];
  const failed: string[] = [];
  for (const [title, run] of suite) {
    try {
      await run(place);
      passed.push(title);
    } catch (error) {
      failed.push(`${title}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return { passed, failed };
}
