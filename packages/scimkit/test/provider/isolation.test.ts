import type { ServiceProvider, ServiceProviderOptions } from 'scimkit';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  type Auth,
  client,
  type Database,
  DATABASES,
  DIRECTORIES,
  group,
  HOST,
  made,
  provider,
  type Send,
  user,
} from '../fixture.ts';
import { CASES, type Known, MARK, newGroup, newUser } from './isolation-cases.ts';

/** How a request's tenant is told. */
interface Mode {
  readonly options: Partial<ServiceProviderOptions<Auth>>;
  readonly baseOf: (tenant: string) => string;
}

const permits = (auth: Auth, tenant: string) => auth.tenant === tenant;
const MODES: readonly (readonly [string, Mode])[] = [
  ['the credential', { options: {}, baseOf: () => 'http://scim.test/scim/v2' }],
  [
    'the path',
    {
      options: { basePath: '/t/:tenant/scim/v2', tenant: { permits } },
      baseOf: (tenant) => `http://scim.test/t/${tenant}/scim/v2`,
    },
  ],
  [
    'the host',
    {
      options: { tenant: { host: ':tenant.scim.test', permits } },
      baseOf: (tenant) => `http://${tenant}.scim.test/scim/v2`,
    },
  ],
];

/** The route table, method by method. */
const tableOf = (scim: ServiceProvider) =>
  scim.routes.flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`));

/** Lists in the order of names: that of ids is chance where several come in a millisecond. */
function byName(_key: string, value: unknown): unknown {
  const nameOf = (item: Record<string, unknown> | null) => String(item?.display ?? item?.displayName ?? '');
  return Array.isArray(value) ? value.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : value;
}

/**
 * An answer as a text: all of it, but for times, for ids that are given out anew, with the digests that are made of them,
 * and for names that are to be nobody's.
 */
function textOf({ status, body, headers }: Answer, { user: userId, group: groupId }: Known): string {
  const seen = new Map<string, string>();
  // Digests differ in length; the body itself is compared whole, with GET where it is that of HEAD.
  headers.delete('content-length');
  return `${status} ${JSON.stringify([...headers])} ${JSON.stringify(body, byName)}`
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      if (id === userId || id === groupId) return id;
      seen.set(id, seen.get(id) ?? `new-${seen.size}`);
      return seen.get(id) as string;
    })
    .replace(/(W\/\\+"\d+\.)\w+/g, '$1DIGEST')
    .replace(/name-\d+/g, 'NAME')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
}

/** A service provider whose owner has resources, or has none, and a stranger who has some. */
async function createWorld(database: Database, { options, baseOf }: Mode, token: string, ids?: Known) {
  let subject = '';
  const me = () => ({ resourceType: 'User', id: subject });
  const scim = provider(database, { ...options, me });
  const owner = client(scim, 'secret', baseOf('acme'));
  const stranger = client(scim, token, baseOf(token === 'other-tenant' ? 'globex' : 'acme'));
  let [userId, groupId] = [ids?.user, ids?.group];
  if (userId === undefined || groupId === undefined) {
    const more = { externalId: `${MARK}-1`, title: MARK, displayName: MARK, active: true };
    const emails = [{ value: `${MARK}@example.com`, type: 'work' }];
    userId = await made(owner, '/Users', user(`${MARK}-ada`, { ...more, emails }));
    groupId = await made(owner, '/Groups', group(`${MARK}-readers`, [userId]));
  }
  const ownUser = await made(stranger, '/Users', newUser());
  const ownGroup = await made(stranger, '/Groups', newGroup(ownUser));
  subject = userId;
  return { scim, owner, stranger, known: { user: userId, group: groupId, ownUser, ownGroup } };
}

type World = Awaited<ReturnType<typeof createWorld>>;

/** All that an owner has, ETags included. */
async function stateOf(owner: Send, { user: userId, group: groupId }: Known): Promise<string> {
  const answers: Answer[] = [];
  for (const path of [`/Users/${userId}`, `/Groups/${groupId}`, '?sortBy=id']) {
    answers.push(await owner('GET', path));
  }
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  return JSON.stringify(answers.map(({ body, headers }) => [body, headers.get('etag')]));
}

test('every route is tried, with each of its methods', () => {
  const [, create] = DATABASES[0] as (typeof DATABASES)[number];
  expect(Object.keys(CASES).toSorted()).toEqual(tableOf(provider(create())).toSorted());
});

// anchors 2 to 4, decision 1, security: "several" and Casdoor CVE-2026-15630. Two worlds: in one, the owner has resources;
// in the other, nobody ever had any. Whatever a stranger sends, the answers are the same: status, body, headers.
describe.each(DIRECTORIES)('on %s', (_, create) => {
  describe.each(MODES)('the tenant is named by %s', (_name, mode) => {
    describe.each(['other-tenant', 'other-connection'])(
      'two tenants, Casdoor CVE-2026-15630: %s',
      (token) => {
        let full: World;
        let empty: World;
        beforeAll(async () => {
          full = await createWorld(create(), mode, token);
          empty = await createWorld(create(), mode, token, full.known);
        });

        const attempts = Object.entries(CASES).flatMap(([key, attemptsOf]) => {
          const [method = '', path = ''] = key.split(' ');
          const more = method === 'GET' ? ['HEAD', 'OPTIONS'] : method === 'POST' ? ['OPTIONS'] : [];
          return [method, ...more].map((each) => [each, path, attemptsOf] as const);
        });
        test.each(attempts)('%s %s', async (method, _path, attemptsOf) => {
          const before = await stateOf(full.owner, full.known);
          const [inFull, inEmpty] = [attemptsOf(full.known), attemptsOf(empty.known)];
          for (const [index, { path, body, headers }] of inFull.entries()) {
            const answer = await full.stranger(method, path, body, headers);
            const other = inEmpty[index] as (typeof inFull)[number];
            const expected = await empty.stranger(method, other.path, other.body, other.headers);
            const what = `${method} ${path} ${JSON.stringify(body)} ${JSON.stringify(headers)}`;
            expect(textOf(answer, full.known), what).toBe(textOf(expected, empty.known));
          }
          expect(await stateOf(full.owner, full.known)).toBe(before);
        });

        test('unknown references are refused as any others, where they are refused', async () => {
          const strict = { ...mode, options: { ...mode.options, unknownReferences: 'reject' as const } };
          const full = await createWorld(create(), strict, token);
          const empty = await createWorld(create(), strict, token, full.known);
          for (const { stranger, known } of [full, empty]) {
            const answer = await stranger('POST', '/Groups', group('mine', [known.user]));
            expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
          }
        });
      },
    );

    if (mode.options.tenant) {
      // CVE-2026-15630 again: another tenant's name in the URL opens nothing, and tells nothing.
      test('a tenant that a credential may not act for is a closed door, whether it is there or not', async () => {
        const scim = provider(create(), mode.options);
        await made(client(scim, 'secret', mode.baseOf('acme')), '/Users', user('ada'));
        const doors = [
          client(scim, 'other-tenant', mode.baseOf('acme')),
          client(scim, 'other-tenant', mode.baseOf('nowhere')),
          client(scim, 'no-such-token', mode.baseOf('acme')),
          client(scim, 'no-such-token', mode.baseOf('nowhere')),
        ];
        for (const { path, methods } of [...scim.routes, { path: '/Nowhere', methods: ['GET'] }]) {
          for (const method of [...methods, 'HEAD', 'OPTIONS', ...(HOST ? [] : ['PURGE'])]) {
            const isPublic = path === '/ServiceProviderConfig' && method !== 'OPTIONS';
            const body = method.startsWith('P') ? '{' : undefined;
            const answers = [];
            for (const door of doors) answers.push(await door(method, path, body));
            const texts = answers.map(({ status, body: answered, headers }) =>
              JSON.stringify({ status, answered, headers: [...headers] }).replaceAll(
                /\b(acme|nowhere)\b/g,
                isPublic ? 'TENANT' : '$1',
              ),
            );
            if (!isPublic) {
              expect(answers[0]?.status, `${method} ${path}`).toBe(401);
              expect(answers[0]?.headers.get('www-authenticate')).toMatch(/^Bearer/);
            }
            // The length of a public document shows the length of the name that was sent.
            const comparable = isPublic
              ? texts.map((text) => text.replace(/"content-length","\d+"/, ''))
              : texts;
            expect(new Set(comparable), `${method} ${path}`).toHaveProperty('size', 1);
          }
        }
      });
    }
  });
});

// An app's own tables have the scope that they are opened for, and what is unique there is the app's business.
describe.each(DATABASES)('on %s', (_, create) => {
  test('unique values hold within the tenant, over its connections, and not beyond (decision 1)', async () => {
    const scim = provider(create());
    await made(client(scim), '/Users', user('shared-name'));
    expect((await client(scim, 'other-connection')('POST', '/Users', user('Shared-Name'))).status).toBe(409);
    expect((await client(scim, 'other-tenant')('POST', '/Users', user('shared-name'))).status).toBe(201);
  });

  test('externalId can be unique within a connection (decision 8)', async () => {
    const { User } = await import('scimkit');
    const database = create();
    const open = (connection: string) =>
      database.open(User, { tenant: 't', connection }, { unique: ['externalId'] });
    const input = (userName: string) => ({
      attributes: { userName, externalId: 'x' },
      relations: new Map(),
      secrets: {},
      mentioned: new Set<string>(),
    });
    const { id } = await open('a').create(input('one'), {});
    await open('b').create(input('two'), {});
    await expect(open('a').create(input('three'), {})).rejects.toMatchObject({ scimType: 'uniqueness' });
    await open('a').delete(id, {});
    await open('a').create(input('three'), {});
  });
});
