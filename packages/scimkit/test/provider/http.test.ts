import {
  anonymous,
  bearerTokens,
  createServiceProvider,
  type Exchange,
  Group,
  type Middleware,
  ScimError,
  type ScimRequest,
  type Store,
  User,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import {
  client,
  ERROR,
  errorBody,
  fresh,
  group,
  HOST,
  made,
  patchOp,
  provider,
  SEARCH_REQUEST,
  USER,
  user,
} from '../fixture.ts';

const database = createMemoryDatabase();
const scim = provider(database);
const send = client(scim);

describe('routes and methods (RFC 7644 §3.2)', () => {
  // Hosts that decode paths refuse this one themselves.
  const decodes = ['fastify', 'h3', 'nest', 'nest-fastify', 'next'].includes(HOST ?? '');
  test.each([
    ...['/Nope', '/Users/a/b', '/users', '/.searchx', '/Bulk/x', '/Me/x'],
    ...(decodes ? [] : ['/Users/%E0%A4%A']),
  ])('%s is 404', async (path) => {
    const answer = await send('GET', path);
    expect(answer.body).toEqual(errorBody(404));
    expect(answer.headers.get('content-type')).toBe('application/scim+json');
  });

  test.each<readonly [method: string, path: string, allow: string]>([
    ['PUT', '/Users', 'GET, HEAD, POST, OPTIONS'],
    ['DELETE', '/Users', 'GET, HEAD, POST, OPTIONS'],
    ['POST', '/Users/x', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['GET', '/Bulk', 'POST, OPTIONS'],
    ['GET', '/Users/.search', 'POST, OPTIONS'],
    ['POST', '/Schemas', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/ServiceProviderConfig', 'GET, HEAD, OPTIONS'],
    // Next answers methods that it doesn't know itself.
    ...(HOST === 'next'
      ? []
      : [
          ['PROPFIND', '/Users/x', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'] satisfies [
            string,
            string,
            string,
          ],
        ]),
  ])('%s %s is 405 with Allow', async (method, path, allow) => {
    const answer = await send(method, path);
    expect(answer.body).toEqual(errorBody(405));
    expect(answer.headers.get('allow')).toBe(allow);
    expect((await send('OPTIONS', path)).headers.get('allow')).toBe(allow);
  });

  test('OPTIONS: 204 without a body; HEAD: the headers of GET', async () => {
    const id = await made(send, '/Users', user('head'));
    expect(await send('OPTIONS', '/Users')).toMatchObject({ status: 204, body: undefined });
    for (const path of [`/Users/${id}`, '/Users', '/Schemas', '/ServiceProviderConfig', '/Users/nobody']) {
      const head = await send('HEAD', path);
      const get = await scim.handle({
        method: 'GET',
        url: `http://scim.test/scim/v2${path}`,
        headers: { authorization: 'Bearer secret' },
      });
      expect([head.status, head.body]).toEqual([get.status, undefined]);
      // Next sends HEAD without a length.
      if (HOST !== 'next') {
        expect(head.headers.get('content-length')).toBe(
          String(new TextEncoder().encode(get.body as string).length),
        );
      }
      expect(head.headers.get('etag')).toBe(get.headers.etag ?? null);
    }
  });

  test("stray slashes don't count (must-handle 4)", async () => {
    const id = await made(send, '/Users', user('slash'));
    // Next redirects doubled ones.
    const doubled = HOST === 'next' ? [] : ['//Users', `//Users//${id}`];
    for (const path of [...doubled, '/Users/', `/Users/${id}/`, '/', '']) {
      expect((await send('GET', path)).status).toBe(200);
    }
    const strict = fresh(database, { strict: true });
    for (const path of [...doubled.slice(0, 1), '/Users/'])
      expect((await strict('GET', path)).status).toBe(404);
  });

  test('".scim" is a suffix only where the id doesn\'t end so itself (decision 17)', async () => {
    const id = await made(send, '/Users', user('suffix'));
    expect((await send('GET', `/Users/${id}.scim`)).body.id).toBe(id);
    expect((await send('GET', '/Users.scim')).status).toBe(200);
    expect(
      (await send('PATCH', `/Users/${id}.scim`, patchOp({ op: 'add', path: 'title', value: 'T' }))).status,
    ).toBe(200);
    const odd = {
      id: 'odd.scim',
      version: '1',
      created: '',
      lastModified: '',
      attributes: { userName: 'odd' },
    };
    const store = {
      get: async (wanted: string) => (wanted === odd.id ? odd : undefined),
    } as unknown as Store;
    const custom = client(
      createServiceProvider({
        authentication: anonymous({}),
        resources: [{ type: User, store: () => store }],
      }),
    );
    expect((await custom('GET', '/Users/odd.scim')).body.id).toBe('odd.scim');
    expect((await custom('GET', '/Users/odd')).status).toBe(404);
  });
});

describe('bodies (RFC 7644 §3.1, §8.1, must-handle 3, 39)', () => {
  test.each([
    'application/scim+json',
    'application/json',
    'application/scim+json; charset=utf-8',
    'Application/SCIM+JSON;charset=UTF-8',
    undefined,
  ])('Content-Type %s is taken', async (type) => {
    const answer = await send('PATCH', '/Users/nobody', patchOp(), {
      'content-type': type === undefined ? '' : type,
    });
    expect(answer.status).toBe(404);
  });

  test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])(
    'Content-Type %s is 415',
    async (type) => {
      expect((await send('POST', '/Users', user('x'), { 'content-type': type })).body).toEqual(
        errorBody(415),
      );
    },
  );

  test.each([
    ['unfinished', '{"userName": "a"'],
    ['no JSON', 'userName=a'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['a number', '5'],
    ['twice, in other case', '{"userName":"a","USERNAME":"b"}'],
    ['deep', `{"userName":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['very deep', '['.repeat(200_000)],
  ])('JSON that is %s is 400 invalidSyntax', async (_what, text) => {
    for (const path of ['/Users', '/Bulk', '/.search']) {
      const answer = await send('POST', path, text);
      expect(answer.status).toBe(400);
      expect(answer.body.scimType).toBe('invalidSyntax');
    }
  });

  test('objects with a toString of their own are data like any other', async () => {
    const odd = { toString: 1, valueOf: 1 };
    for (const [method, path, body] of [
      ['POST', '/Users', { schemas: [odd], userName: odd }],
      ['POST', '/Users', { schemas: odd, userName: 'x', emails: [odd, { value: odd }], active: odd }],
      ['PATCH', '/Users/x', { schemas: [odd], Operations: [{ op: odd, path: odd, value: odd }] }],
      [
        'PATCH',
        '/Users/x',
        patchOp({ op: 'add', path: odd, value: 'x' }, { op: 'Remove', path: 'emails', value: odd }),
      ],
      ['POST', '/Bulk', { schemas: [odd], Operations: [odd], failOnErrors: odd }],
      [
        'POST',
        '/.search',
        { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], startIndex: odd },
      ],
      [
        'POST',
        '/.search',
        { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], attributes: [odd], filter: odd },
      ],
    ] as const) {
      expect((await send(method, path, body)).status).toBe(400);
    }
  });

  test('no body, and bytes that are no UTF-8', async () => {
    const request = (body?: Uint8Array): ScimRequest => ({
      method: 'POST',
      url: 'http://scim.test/scim/v2/Users',
      headers: { authorization: 'Bearer secret' },
      ...(body && { body: { read: async () => body } }),
    });
    for (const body of [undefined, new Uint8Array(), new Uint8Array([0x7b, 0xff, 0x7d])]) {
      const answer = await scim.handle(request(body));
      expect(JSON.parse(answer.body as string)).toEqual(errorBody(400, 'invalidSyntax'));
    }
  });

  test('a body that is too large is 413 and names the limit, declared or not', async () => {
    const small = fresh(database, { limits: { bodySize: 100 } });
    for (const headers of [{}, { 'content-length': '101' }]) {
      const answer = await small('POST', '/Users', user('x'.repeat(200)), headers);
      expect(answer.body).toEqual(errorBody(413));
      expect(answer.body.detail).toContain('bodySize');
    }
  });

  test('each limit has an effect, and its error names it', async () => {
    const limited = fresh(database, {
      limits: {
        urlLength: 200,
        filterLength: 40,
        filterNodes: 2,
        filterDepth: 1,
        filterComputed: 1,
        patchOperations: 1,
        bodyDepth: 5,
        members: 2,
      },
    });
    const filter = (text: string) => limited('GET', `/Users?filter=${encodeURIComponent(text)}`);
    const tooLong = (await limited('GET', `/Users?x=${'y'.repeat(300)}`)).body;
    expect(tooLong).toEqual(errorBody(414));
    expect(tooLong.detail).toContain('200 characters (urlLength)');
    expect((await filter(`userName eq "${'x'.repeat(60)}"`)).body.detail).toContain(
      '40 are accepted (filterLength)',
    );
    expect((await filter('a pr and b pr and c pr')).body.detail).toContain(
      'more than 2 comparisons (filterNodes)',
    );
    expect((await filter('((title pr))')).body.detail).toContain('deeper than 1 levels (filterDepth)');
    expect((await filter('groups pr or groups pr')).body.detail).toContain(
      '2 conditions on computed attributes such as "groups"; at most 1 are accepted (filterComputed)',
    );
    const one = { op: 'remove', path: 'title' };
    const tooMany = (await limited('PATCH', '/Users/x', patchOp(one, one))).body;
    expect(tooMany).toEqual(errorBody(413));
    expect(tooMany.detail).toContain('1 operations (patchOperations)');
    const ids = ['a', 'b', 'c'];
    const members = ids.map((value) => ({ value }));
    for (const answer of [
      await limited('POST', '/Groups', group('g', ids)),
      await limited('PUT', '/Groups/x', group('g', ids)),
      await limited('PATCH', '/Groups/x', patchOp({ op: 'add', path: 'members', value: members })),
      await limited('PATCH', '/Groups/x', patchOp({ op: 'remove', path: 'members', value: members })),
    ]) {
      expect(answer.body).toEqual(errorBody(413));
      expect(answer.body.detail).toContain('3 values of "members"; at most 2 are accepted (members)');
    }
    expect((await limited('POST', '/Groups', group('g', ids.slice(1)))).status).toBe(201);
    expect(
      (
        await limited(
          'PATCH',
          '/Users/x',
          patchOp({ op: 'remove', path: `emails[${'value pr and '.repeat(3)}type pr]` }),
        )
      ).status,
    ).toBe(400);
    expect(
      (await limited('POST', '/Users', user('x', { name: { givenName: { a: { b: { c: {} } } } } }))).body
        .detail,
    ).toContain('5 levels (bodyDepth)');
    expect(() => provider(database, { limits: { bodySize: 0 } })).toThrow(/limits.bodySize/);
  });

  test('so has that on values in a body, parsed by the host or not', async () => {
    const limited = provider(database, { limits: { bodyValues: 20 } });
    const titles = (count: number) => user('many', { x: Array.from({ length: count }, () => [{}]) });
    for (const [count, status] of [
      [5, 201],
      [9, 413],
    ] as const) {
      const body = titles(count);
      const answer = await client(limited)('POST', '/Users', body);
      expect(answer.status).toBe(status);
      if (status === 413) expect(answer.body.detail).toContain('more than 20 values (bodyValues)');
      const parsed = await limited.handle({
        method: 'POST',
        url: 'http://scim.test/scim/v2/Users',
        headers: { authorization: 'Bearer secret' },
        body: { parsed: { ...body, userName: 'many-parsed' } },
      });
      expect(parsed.status).toBe(status);
    }
    const text = await client(limited)('POST', '/Users/.search', {
      schemas: [SEARCH_REQUEST],
      attributes: Array(21).fill('userName').join(),
    });
    expect(text.body).toEqual(errorBody(400, 'invalidValue'));
    expect(text.body.detail).toContain('"attributes" has 21 names; at most 20 are accepted (bodyValues)');
  });

  test('so has that on values of an attribute, in one request or by and by', async () => {
    const limited = fresh(database, { limits: { values: 3 } });
    const emails = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ value: `u${i}@example.com`, type: 'work' }));
    const id = await made(limited, '/Users', user('few', { emails: emails(3) }));
    const fourth = { value: 'fourth@example.com' };
    for (const answer of [
      await limited('POST', '/Users', user('many', { emails: emails(4) })),
      await limited('PUT', `/Users/${id}`, user('few', { emails: emails(4) })),
      await limited('PATCH', `/Users/${id}`, patchOp({ op: 'replace', path: 'emails', value: emails(4) })),
      await limited('PATCH', `/Users/${id}`, patchOp({ op: 'add', path: 'emails', value: [fourth] })),
      await limited('PATCH', `/Users/${id}`, patchOp({ op: 'add', value: { emails: [fourth] } })),
      await limited(
        'PATCH',
        `/Users/${id}`,
        patchOp({ op: 'add', path: 'emails[type eq "home"].value', value: 'fourth@example.com' }),
      ),
    ]) {
      expect(answer.body).toEqual(errorBody(400, 'invalidValue'));
      expect(answer.body.detail).toBe('"emails" would have 4 values; at most 3 are accepted (values).');
    }
    // What was stored under another limit can be changed, and taken away.
    const stricter = fresh(database, { limits: { values: 1 } });
    const first = 'emails[value eq "u0@example.com"]';
    const changed = patchOp({ op: 'replace', path: `${first}.display`, value: 'D' });
    expect((await stricter('PATCH', `/Users/${id}`, changed)).status).toBe(200);
    const removed = await stricter('PATCH', `/Users/${id}`, patchOp({ op: 'remove', path: first }));
    expect(removed.body.emails).toHaveLength(2);
  });

  test('an attribute in a PATCH value without path counts as an operation', async () => {
    const limited = fresh(database, { limits: { patchOperations: 2 } });
    const id = await made(limited, '/Users', user('counted'));
    const add = (value: object) => limited('PATCH', `/Users/${id}`, patchOp({ op: 'add', value }));
    expect((await add({ title: 'T', 'name.givenName': 'G' })).status).toBe(200);
    for (const value of [
      { title: 'T', nickName: 'N', displayName: 'D' },
      { 'name.givenName': 'G', 'name.familyName': 'F', 'name.middleName': 'M' },
    ]) {
      const answer = await add(value);
      expect(answer.body).toEqual(errorBody(413));
      expect(answer.body.detail).toContain('2 operations (patchOperations)');
    }
  });

  test('a body that the host parsed is taken as it is', async () => {
    const parsed = async (body: unknown) => {
      const answer = await scim.handle({
        method: 'POST',
        url: 'http://scim.test/scim/v2/Users',
        headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
        body: { parsed: body },
      });
      return answer.status;
    };
    expect(await parsed(user('parsed'))).toBe(201);
    let deep: unknown = {};
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(await parsed({ userName: deep })).toBe(400);
    expect(await parsed('text')).toBe(400);
  });
});

describe('base URL (must-handle 4; anchor 2; parity 6, 39)', () => {
  const location = async (options: Parameters<typeof provider>[1], base: string) => {
    const created = await client(provider(createMemoryDatabase(), options), 'secret', base)(
      'POST',
      '/Users',
      user('a'),
    );
    return created.body.meta.location.replace(/[^/]+$/, '');
  };

  test.each([
    ["the request's origin", {}, 'http://a.test/scim/v2', 'http://a.test/scim/v2/Users/'],
    [
      'any prefix',
      { basePath: '/api/x/scim' },
      'http://a.test/api/x/scim',
      'http://a.test/api/x/scim/Users/',
    ],
    ['the root', { basePath: '' }, 'http://a.test', 'http://a.test/Users/'],
    [
      'a fixed one',
      { baseUrl: 'https://public.test/in/scim/' },
      'http://10.0.0.1/scim/v2',
      'https://public.test/in/scim/Users/',
    ],
    [
      'by request',
      { baseUrl: ({ url }: ScimRequest) => `https://public.test/of/${new URL(url).hostname}/scim` },
      'http://a.test/scim/v2',
      'https://public.test/of/a.test/scim/Users/',
    ],
  ])('%s', async (_what, options, base, expected) => {
    expect(await location(options, base)).toBe(expected);
  });

  test('every endpoint is under the prefix, and so is every location (parity 41)', async () => {
    const base = 'http://a.test/customers/of/scim';
    const scim = provider(createMemoryDatabase(), { basePath: '/customers/of/scim' });
    const under = client(scim, 'secret', base);
    const member = await made(under, '/Users', user('member'));
    const groupId = await made(under, '/Groups', group('G', [member]));
    const locations = new Set<string>();
    const collect = (value: unknown, key = ''): void => {
      if (typeof value === 'object' && value !== null) {
        for (const [name, part] of Object.entries(value)) collect(part, name);
      } else if (key === 'location' || key === '$ref') locations.add(String(value));
    };
    for (const path of ['/Users', '/Groups', '', '/Schemas', '/ResourceTypes', '/ServiceProviderConfig']) {
      const { status, body } = await under('GET', path);
      expect([path, status]).toEqual([path, 200]);
      collect(body);
    }
    expect([...locations]).toEqual(
      expect.arrayContaining([`${base}/Users/${member}`, `${base}/Groups/${groupId}`]),
    );
    // Users, Groups, the items of discovery: each is found where it says.
    expect(locations.size).toBeGreaterThan(7);
    for (const location of locations) {
      expect(location).toMatch(`${base}/`);
      expect([location, (await under('GET', location.slice(base.length))).status]).toEqual([location, 200]);
    }
    for (const { path, methods } of scim.routes) {
      const { status } = await under('OPTIONS', path.replace(/:\w+/, 'x'));
      expect([path, methods, status]).toEqual([path, methods, 204]);
    }
  });

  test('what lies outside of the base path is not ours', async () => {
    for (const path of ['/other', '/scim/v2x/Users', '/scim']) {
      const answer = await scim.fetch(
        new Request(`http://scim.test${path}`, { headers: { authorization: 'Bearer secret' } }),
      );
      expect(answer.status).toBe(404);
    }
  });

  test('two service providers in one process, and two hosts of one, never mix', async () => {
    const shared = createMemoryDatabase();
    const a = client(provider(shared), 'secret', 'http://a.test/scim/v2');
    const b = client(provider(shared), 'other-tenant', 'http://b.test/scim/v2');
    const ids = await Promise.all([made(a, '/Users', user('same')), made(b, '/Users', user('same'))]);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? b : a)('GET', '/Users')));
    for (const [i, { body }] of answers.entries()) {
      expect(body.totalResults).toBe(1);
      expect(body.Resources[0].id).toBe(ids[i % 2]);
      expect(body.Resources[0].meta.location).toContain(i % 2 ? 'http://b.test/' : 'http://a.test/');
    }
  });

  test.each([
    [{ basePath: 'scim' }, /basePath/],
    [{ basePath: '/scim/' }, /basePath/],
    [{ baseUrl: 'example.com' }, /baseUrl/],
    [{ authentication: undefined as never }, /authentication/],
    [{ types: [] }, /resources/],
    [{ types: [User, User] }, /resources/],
    [{ rewrites: { nonsense: true } }, /nonsense/],
  ])(
    'a wrong option is told: %o (parity 44: nobody gets in where nothing says who may)',
    (options, message) => {
      expect(() => provider(database, options)).toThrow(message);
    },
  );
});

describe('failures (RFC 7644 §3.12; anchors 10, 18)', () => {
  const failing = (error: unknown, more = {}) => {
    const exchanges: Exchange<unknown>[] = [];
    const store = new Proxy({} as Store, {
      get: () => async () => {
        throw error;
      },
    });
    const answer = client(
      createServiceProvider({
        authentication: anonymous({}),
        resources: [{ type: User, store: () => store }],
        observe: (exchange) => exchanges.push(exchange),
        ...more,
      }),
    );
    return { answer, exchanges };
  };

  test('what is unexpected is a 500 without detail; the log has the cause under its reference (error texts in the field; parity 23)', async () => {
    const cause = new Error('UNIQUE constraint failed: users.user_name at db.internal:5432');
    const { answer, exchanges } = failing(cause);
    for (const [method, path, body] of [
      ['GET', '/Users', undefined],
      ['GET', '/Users/x', undefined],
      ['POST', '/Users', user('a')],
      ['PUT', '/Users/x', user('a')],
      ['PATCH', '/Users/x', patchOp({ op: 'add', path: 'title', value: 'x' })],
      ['DELETE', '/Users/x', undefined],
      ['GET', '', undefined],
    ] as const) {
      const { status, body: error } = await answer(method, path, body);
      expect([status, error.status]).toEqual([500, '500']);
      expect(JSON.stringify(error)).not.toMatch(/constraint|users|db\.internal/);
      const exchange = exchanges.pop();
      expect(exchange?.error).toBe(cause);
      expect(error.detail).toContain(exchange?.reference);
    }
    const bulk = await answer('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [{ method: 'DELETE', path: '/Users/x' }],
    });
    expect(bulk.body.Operations[0]).toMatchObject({
      status: '500',
      response: { schemas: [ERROR], status: '500' },
    });
    expect(JSON.stringify(bulk.body)).not.toMatch(/constraint/);
    expect(exchanges.pop()?.operations[0]?.error).toBe(cause);
  });

  test('verboseErrors: the cause is in the answer, the causes behind it too (parity 23)', async () => {
    const cause = new Error('no such table: users', { cause: new TypeError('the driver says no') });
    const { answer, exchanges } = failing(cause, { verboseErrors: true });
    const { status, body } = await answer('GET', '/Users/x');
    expect([status, body]).toEqual([500, errorBody(500)]);
    expect(body.detail).toContain(exchanges.pop()?.reference);
    expect(body.detail).toMatch(/Error: no such table: users\n +at .*TypeError: the driver says no/s);
    const operation = { method: 'DELETE', path: '/Users/x' };
    const bulk = await answer('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [operation],
    });
    expect(bulk.body.Operations[0].response.detail).toContain('no such table: users');
    const paused = failing(new ScimError(503, 'Paused.', { cause }), { verboseErrors: true });
    expect((await paused.answer('GET', '/Users/x')).body.detail).toMatch(
      /^Paused\. The cause: .*no such table/,
    );
    const refused = failing(new ScimError(400, 'No.', { cause }), { verboseErrors: true });
    expect((await refused.answer('GET', '/Users/x')).body.detail).toBe('No.');
  });

  test.each<[number, string | undefined, string, string, unknown?, Record<string, string>?]>([
    [400, 'invalidFilter', 'GET', '/Users?filter=userName'],
    [400, 'invalidPath', 'GET', '/Users?sortBy=shoeSize'],
    [400, 'invalidValue', 'GET', '/Users?count=many'],
    [400, 'invalidValue', 'POST', '/Users', { schemas: [USER] }],
    [400, 'invalidSyntax', 'POST', '/Users', '{"userName":'],
    [400, 'invalidPath', 'PATCH', '/Users/:id', patchOp({ op: 'add', path: 'shoeSize', value: 4 })],
    [400, 'noTarget', 'PATCH', '/Users/:id', patchOp({ op: 'remove' })],
    [400, 'mutability', 'PATCH', '/Users/:id', patchOp({ op: 'replace', path: 'id', value: 'x' })],
    [400, 'mutability', 'PATCH', '/Users/:id', patchOp({ op: 'remove', path: 'userName' })],
    [401, undefined, 'GET', '/Users', undefined, { authorization: 'Bearer wrong' }],
    [403, undefined, 'GET', '/Schemas?filter=id pr'],
    [404, undefined, 'GET', '/Users/nobody'],
    [405, undefined, 'DELETE', '/Users'],
    [409, 'uniqueness', 'POST', '/Users', user('Taken')],
    [412, undefined, 'DELETE', '/Users/:id', undefined, { 'if-match': 'W/"9"' }],
    [413, undefined, 'POST', '/Users', user('x'.repeat(5_000))],
    [415, undefined, 'POST', '/Users', 'userName=x', { 'content-type': 'text/plain' }],
    [501, undefined, 'GET', '/Me'],
  ])(
    'the codes of RFC 7644 §3.12: %i %s (parity 27)',
    async (status, scimType, method, path, body, headers) => {
      const own = fresh(createMemoryDatabase(), { limits: { bodySize: 4_000 } });
      const id = await made(own, '/Users', user('taken'));
      const answer = await own(method, path.replace(':id', id), body, headers);
      expect([answer.status, answer.body]).toEqual([status, errorBody(status, scimType)]);
    },
  );

  test("a store's ScimError is the answer, with its headers", async () => {
    const { answer } = failing(new ScimError(503, 'Paused.', { headers: { 'retry-after': '60' } }));
    const { status, body, headers } = await answer('GET', '/Users/x');
    expect([status, body.detail, headers.get('retry-after')]).toEqual([503, 'Paused.', '60']);
  });

  test('an observer that throws changes nothing', async () => {
    const { answer } = failing(new ScimError(404, 'No.'), {
      observe: () => {
        throw new Error('observer');
      },
    });
    expect((await answer('GET', '/Users/x')).status).toBe(404);
  });

  test('observe tells rewrites and what was ignored, once per exchange (parity 20)', async () => {
    const exchanges: Exchange<unknown>[] = [];
    const watched = fresh(createMemoryDatabase(), { observe: (exchange) => exchanges.push(exchange) });
    const id = await made(watched, '/Users', user('noted', { shoeSize: 1, active: 'True' }));
    await watched('PATCH', `/Users/${id}/`, patchOp({ op: 'Replace', path: 'title', value: 'T' }));
    const notes = exchanges.map((exchange) =>
      exchange.notes.map((note) => `${note.kind} ${note.name} ${note.where}`),
    );
    expect(notes).toEqual([
      ['ignored unknown-attributes shoeSize', 'rewrite boolean-strings active'],
      [`rewrite stray-slashes /scim/v2/Users/${id}/`, 'rewrite op-case title'],
    ]);
    expect(exchanges[1]).toMatchObject({
      auth: { tenant: 'acme' },
      error: undefined,
      response: { status: 200 },
    });
    expect(exchanges[1]?.operations.map((entry) => entry.operation.name)).toEqual(['patch']);
    expect(exchanges[1]?.duration).toBeGreaterThanOrEqual(0);
  });
});

describe('middleware', () => {
  test('runs around every operation, outermost first; refuses, changes, sees the outcome', async () => {
    const seen: string[] = [];
    const trace =
      (name: string): Middleware<{ tenant: string }> =>
      async (operation, next) => {
        seen.push(`${name} before ${operation.name} ${operation.resourceType}`);
        const outcome = await next();
        seen.push(`${name} after ${operation.name}`);
        return outcome;
      };
    const guard: Middleware<{ tenant: string }> = async (operation, next) => {
      if (operation.name !== 'create') return next();
      const { attributes } = operation.input;
      if (attributes.userName === 'root') throw new ScimError(403, 'Not this one.');
      return next({
        ...operation,
        input: { ...operation.input, attributes: { ...attributes, title: 'set' } },
      });
    };
    const memory = createMemoryDatabase();
    const wrapped = client(
      createServiceProvider<{ tenant: string }>({
        authentication: bearerTokens([{ token: 'secret', auth: { tenant: 'acme' } }]),
        resources: [User, Group].map((type) => ({ type, store: ({ auth }) => memory.open(type, auth) })),
        use: [trace('outer'), trace('inner'), guard],
      }),
    );
    expect((await wrapped('POST', '/Users', user('ada'))).body.title).toBe('set');
    expect(seen).toEqual([
      ...['outer before create User', 'inner before create User'],
      ...['inner after create', 'outer after create'],
    ]);
    expect((await wrapped('POST', '/Users', user('root'))).body).toEqual(errorBody(403));
    expect((await wrapped('GET', '/Users')).body.totalResults).toBe(1);
  });
});

test('the media type of answers can be application/json (must-handle 3)', async () => {
  const json = fresh(database, { mediaType: 'application/json' });
  for (const path of ['/Users', '/Nope']) {
    expect((await json('GET', path)).headers.get('content-type')).toBe('application/json');
  }
});
