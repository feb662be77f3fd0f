// RFC 9865: pages by cursor, over each store.
import fc from 'fast-check';
import {
  anonymous,
  createServiceProvider,
  Group,
  type Middleware,
  type PaginationOptions,
  type Query,
  ScimError,
  type Store,
  User,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  type Auth,
  client,
  DATABASES,
  DIRECTORIES,
  errorBody,
  fresh,
  group,
  LIST_RESPONSE,
  made,
  provider,
  SEARCH_REQUEST,
  type Send,
  user,
} from '../fixture.ts';

afterEach(() => {
  vi.useRealTimers();
});

const SECRET = 'a secret of thirty-two characters';

/** Users and groups, more than a page of each. */
async function fill(send: Send): Promise<void> {
  for (let i = 0; i < 7; i++) await made(send, '/Users', user(`u${i}`, { title: ['b', 'a', 'c'][i % 3] }));
  for (let i = 0; i < 3; i++) await made(send, '/Groups', group(`g${i}`));
}

const idsOf = ({ body }: Answer): string[] => body.Resources.map(({ id }: { id: string }) => id);

/** Follows nextCursor from the first page on; `query` begins with "?" or is empty. */
async function walk(send: Send, path: string, query: string): Promise<Answer[]> {
  const pages: Answer[] = [];
  let cursor = '';
  do {
    const answer = await send('GET', `${path}?cursor=${cursor}&${query}`);
    expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
    pages.push(answer);
    cursor = answer.body.nextCursor;
  } while (cursor !== undefined && pages.length < 50);
  return pages;
}

const QUERIES = [
  '',
  'sortBy=title',
  'sortBy=title&sortOrder=descending',
  'filter=title+ne+%22c%22',
  'filter=title+eq+%22b%22&sortBy=userName&sortOrder=descending',
  'attributes=id&filter=not+(title+pr)',
];

describe.each(DIRECTORIES)('on %s', (name, create) => {
  const database = create();
  const scim = provider(database);
  const send = client(scim);
  const ready = fill(send);
  const first = async (query = 'count=3') => {
    await ready;
    const { status, body } = await send('GET', `/Users?cursor=&${query}`);
    expect(status).toBe(200);
    return body;
  };

  test('bare, empty and absent cursor', async () => {
    await ready;
    const body = await first();
    expect(body).toEqual({
      schemas: [LIST_RESPONSE],
      totalResults: 7,
      itemsPerPage: 3,
      nextCursor: expect.any(String),
      Resources: expect.any(Array),
    });
    for (const query of [
      'cursor&count=3',
      'count=3&cursor=',
      'CURSOR&count=3',
      'cursor&count=3&startIndex=1',
    ]) {
      const again = (await send('GET', `/Users?${query}`)).body;
      expect({ ...again, nextCursor: '' }).toEqual({ ...body, nextCursor: '' });
    }
    const byIndex = (await send('GET', '/Users?count=3')).body;
    expect(byIndex).toMatchObject({ startIndex: 1, totalResults: 7, Resources: body.Resources });
    expect(byIndex).not.toHaveProperty('nextCursor');
  });

  test.each([
    ['', '/Users'],
    ['', ''],
    ['sorted', '/Users'],
    ['sorted', ''],
  ])('a full walk equals the walk by index (%s %s)', async (sorted, path) => {
    await ready;
    for (const query of QUERIES.filter((each) => each.includes('sortBy') === (sorted !== ''))) {
      const whole = await send('GET', `${path}?${query}`);
      for (const count of [1, 2, 3, 7, 20]) {
        const pages = await walk(send, path, `${query}&count=${count}`);
        expect(pages.flatMap(idsOf)).toEqual(idsOf(whole));
        for (const { body } of pages) {
          expect(body.totalResults).toBe(whole.body.totalResults);
          expect(body.itemsPerPage).toBe(body.Resources.length);
          expect(body).not.toHaveProperty('startIndex');
        }
        // The last page has none, and there is no page behind it.
        expect(pages).toHaveLength(Math.max(1, Math.ceil(whole.body.totalResults / count)));
      }
    }
  });

  test('a page is represented as it is by index', async () => {
    await ready;
    const wanted = 'count=4&attributes=userName,groups,meta';
    const byIndex = (await send('GET', `?${wanted}`)).body.Resources;
    expect((await walk(send, '', wanted))[0]?.body.Resources).toEqual(byIndex);
  });

  test('the first page has no previousCursor; a previousCursor leads back', async () => {
    await ready;
    const pages = await walk(send, '/Users', 'count=3&sortBy=title');
    expect(pages.map(({ body }) => 'previousCursor' in body)).toEqual([false, true, true]);
    const back = await send('GET', `/Users?cursor=${pages[2]?.body.previousCursor}&count=3&sortBy=title`);
    expect(idsOf(back)).toEqual(idsOf(pages[1] as Answer));
    const start = await send('GET', `/Users?cursor=${back.body.previousCursor}&count=3&sortBy=title`);
    expect(idsOf(start)).toEqual(idsOf(pages[0] as Answer));
    expect(start.body).not.toHaveProperty('previousCursor');
    const forth = await send('GET', `/Users?cursor=${start.body.nextCursor}&count=3&sortBy=title`);
    expect(idsOf(forth)).toEqual(idsOf(pages[1] as Answer));
  });

  test('changed filter, attributes, order: 400, with one and the same body', async () => {
    const query = 'count=2&filter=title+pr&sortBy=userName&attributes=title';
    const { nextCursor } = await first(query);
    expect((await send('GET', `/Users?cursor=${nextCursor}&${query}`)).status).toBe(200);
    const changed = [
      'count=2&filter=id+pr&sortBy=userName&attributes=title',
      'count=2&sortBy=userName&attributes=title',
      'count=2&filter=title+pr&sortBy=title&attributes=title',
      'count=2&filter=title+pr&attributes=title',
      'count=2&filter=title+pr&sortBy=userName&sortOrder=descending&attributes=title',
      'count=2&filter=title+pr&sortBy=userName',
      'count=2&filter=title+pr&sortBy=userName&attributes=title,id',
      'count=2&filter=title+pr&sortBy=userName&attributes=title&excludedAttributes=id',
    ];
    const bodies = new Set<string>();
    for (const each of changed) {
      const { body } = await send('GET', `/Users?cursor=${nextCursor}&${each}`);
      expect(body).toEqual(errorBody(400, 'invalidCursor'));
      bodies.add(JSON.stringify(body));
    }
    expect(bodies.size).toBe(1);
    expect([...bodies][0]).toContain('Start again with an empty \\"cursor\\"');
  });

  test('changed count: 400 invalidCount, which names both', async () => {
    const { nextCursor } = await first();
    for (const count of ['2', '', '0']) {
      const { body } = await send('GET', `/Users?cursor=${nextCursor}&count=${count}`);
      expect(body).toEqual(errorBody(400, 'invalidCount'));
      expect(body.detail).toMatch(/was 3 .*count=3/);
    }
    expect((await send('GET', `/Users?cursor=${nextCursor}&count=three`)).body).toEqual(
      errorBody(400, 'invalidValue'),
    );
  });

  test('forged, truncated, of another tenant, connection, endpoint or key: the same body', async () => {
    const { nextCursor } = await first();
    const at = `count=3&cursor=${nextCursor}`;
    const change = (i: number) =>
      `${nextCursor.slice(0, i)}${nextCursor[i] === 'A' ? 'B' : 'A'}${nextCursor.slice(i + 1)}`;
    const refused = [
      await send('GET', '/Users?count=3&cursor=x'),
      await send('GET', '/Users?count=3&cursor=aaaa'),
      await send('GET', `/Users?count=3&cursor=${'A'.repeat(nextCursor.length)}`),
      await send('GET', `/Users?count=3&cursor=${nextCursor.slice(0, -1)}`),
      await send('GET', `/Users?count=3&cursor=${nextCursor}A`),
      await send('GET', `/Users?count=3&cursor=${nextCursor}%3D`),
      await send('GET', `/Users?count=3&cursor=${change(0)}`),
      await send('GET', `/Users?count=3&cursor=${change(40)}`),
      await send('GET', `/Users?count=3&cursor=${change(nextCursor.length - 1)}`),
      await send('GET', `/Groups?${at}`),
      await send('GET', `?${at}`),
      await client(scim, 'other-tenant')('GET', `/Users?${at}`),
      await client(scim, 'other-connection')('GET', `/Users?${at}`),
      await fresh(database)('GET', `/Users?${at}`),
    ];
    for (const { body } of refused) expect(body).toEqual(refused[0]?.body);
    expect(refused[0]?.body).toEqual(errorBody(400, 'invalidCursor'));
    expect((await send('GET', `/Users?${at}`)).status).toBe(200);
  });

  test('expired: 400 expiredCursor; each page gives the time anew', async () => {
    const short = fresh(database, { pagination: { cursorTimeout: 60 } });
    await ready;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { nextCursor } = (await short('GET', '/Users?cursor&count=2')).body;
    vi.setSystemTime(Date.now() + 60_000);
    const second = (await short('GET', `/Users?cursor=${nextCursor}&count=2`)).body;
    vi.setSystemTime(Date.now() + 60_000);
    expect((await short('GET', `/Users?cursor=${second.nextCursor}&count=2`)).status).toBe(200);
    const { body } = await short('GET', `/Users?cursor=${nextCursor}&count=2`);
    expect(body).toEqual(errorBody(400, 'expiredCursor'));
    expect(body.detail).toMatch(/60 seconds.*empty "cursor"/);
  });

  test.each(['0', '-1'])('count=%s: no resources and no cursors', async (count) => {
    for (const [path, total] of [
      ['/Users', 7],
      ['', 10],
    ] as const) {
      await ready;
      for (const query of ['', '&sortBy=id', '&filter=id+pr']) {
        const { body } = await send('GET', `${path}?cursor&count=${count}${query}`);
        expect(body).toEqual({
          schemas: [LIST_RESPONSE],
          totalResults: total,
          itemsPerPage: 0,
          Resources: [],
        });
      }
    }
  });

  test('a count above the cap is clamped, on each page; refused in strict mode', async () => {
    const limits = { maxPageSize: 4, defaultPageSize: 2 };
    const small = fresh(database, { limits });
    await ready;
    const pages = await walk(small, '/Users', 'count=5000');
    expect(pages.map(({ body }) => body.itemsPerPage)).toEqual([4, 3]);
    expect((await walk(small, '/Users', '')).map(({ body }) => body.itemsPerPage)).toEqual([2, 2, 2, 1]);
    const strict = fresh(database, { limits, strict: true });
    for (const count of [5, -1]) {
      expect((await strict('GET', `/Users?cursor=&count=${count}`)).body).toEqual(
        errorBody(400, 'invalidCount'),
      );
    }
    expect((await strict('GET', '/Users?count=5')).status).toBe(200);
  });

  test('insert and delete between pages: no duplicate, and none skipped that nobody touched', async () => {
    const changing = fresh(create());
    const ids = [];
    for (const name of ['b', 'd', 'f', 'h', 'j']) ids.push(await made(changing, '/Users', user(name)));
    const query = 'count=2&sortBy=userName';
    const one = await changing('GET', `/Users?cursor&${query}`);
    await changing('DELETE', `/Users/${ids[1]}`);
    await made(changing, '/Users', user('a'));
    await made(changing, '/Users', user('e'));
    const two = await changing('GET', `/Users?cursor=${one.body.nextCursor}&${query}`);
    await changing('DELETE', `/Users/${ids[3]}`);
    const three = await changing('GET', `/Users?cursor=${two.body.nextCursor}&${query}`);
    const names = [one, two, three].map(({ body }) =>
      body.Resources.map(({ userName }: { userName: string }) => userName),
    );
    expect(names).toEqual([['b', 'd'], ['e', 'f'], ['j']]);
    expect(three.body).not.toHaveProperty('nextCursor');
  });

  test('cursors are of characters that a URL has as they are', async () => {
    for (const page of await walk(send, '/Users', 'count=1&sortBy=userName')) {
      for (const name of ['nextCursor', 'previousCursor']) {
        if (name in page.body) expect(page.body[name]).toMatch(/^[\w.~-]+$/);
      }
    }
  });

  test('POST .search is the same: its cursors hold for GET, and the other way around', async () => {
    await ready;
    const search = (more: Record<string, unknown>) =>
      send('POST', '/Users/.search', {
        schemas: [SEARCH_REQUEST],
        filter: 'title pr',
        attributes: ['title', 'id'],
        count: 3,
        ...more,
      });
    const start = await search({ cursor: '' });
    const get = `count=3&filter=title+pr&attributes=title,id`;
    const second = await send('GET', `/Users?${get}&cursor=${start.body.nextCursor}`);
    const third = await search({ cursor: second.body.nextCursor });
    expect([start, second, third].flatMap(idsOf)).toEqual(idsOf(await send('GET', '/Users')));
    expect(third.body.totalResults).toBe(7);
    expect((await search({})).body.startIndex).toBe(1);
    expect((await search({ cursor: null })).body.startIndex).toBe(1);
    for (const wrong of ['x', 'é\0']) {
      expect((await search({ cursor: wrong })).body).toEqual(errorBody(400, 'invalidCursor'));
    }
    expect((await search({ cursor: 5 })).body).toEqual(errorBody(400, 'invalidValue'));
    expect((await search({ cursor: second.body.nextCursor, startIndex: 1 })).body).toEqual(
      errorBody(400, 'invalidValue'),
    );
  });

  test('startIndex beside a cursor is refused, and both are named', async () => {
    const { nextCursor } = await first();
    for (const query of [`cursor=${nextCursor}&startIndex=1&count=3`, 'cursor&startIndex=2']) {
      const { body } = await send('GET', `/Users?${query}`);
      expect(body).toEqual(errorBody(400, 'invalidValue'));
      expect(body.detail).toMatch(/"startIndex" and "cursor"/);
    }
  });

  test('the total of a filter is that of the first page; without one it is current', async () => {
    const counted = fresh(create());
    for (const name of ['a', 'b', 'c', 'd']) await made(counted, '/Users', user(name));
    const filter = 'filter=userName+pr';
    const all = (await counted('GET', '/Users?cursor&count=2')).body;
    const found = (await counted('GET', `/Users?cursor&count=2&${filter}`)).body;
    await made(counted, '/Users', user('e'));
    // An app's tables have no counter: what the first page said stands.
    const hasCounter = DATABASES.some(([database]) => database === name);
    expect((await counted('GET', `/Users?cursor=${all.nextCursor}&count=2`)).body.totalResults).toBe(
      hasCounter ? 5 : 4,
    );
    const { totalResults } = (await counted('GET', `/Users?cursor=${found.nextCursor}&count=2&${filter}`))
      .body;
    // What evaluates queries in memory has counted them anyway.
    expect(totalResults).toBe(name === 'memory' || name === 'a store without patch' ? 5 : 4);
  });

  test('any text is a cursor that is refused with 400', async () => {
    const { nextCursor } = await first();
    const base64url = fc
      .array(fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'))
      .map((letters) => letters.join(''));
    const bent = fc
      .tuple(
        fc.nat({ max: nextCursor.length }),
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.nat({ max: 3 }),
      )
      .map(([at, text, cut]) => nextCursor.slice(0, at) + text + nextCursor.slice(at + cut));
    const texts = fc.oneof(fc.string({ unit: 'binary' }), base64url, bent);
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        if (text === '' || text === nextCursor) return;
        const search = { schemas: [SEARCH_REQUEST], cursor: text, count: 3 };
        const { status, body } = await send('POST', '/Users/.search', search);
        expect([status, body.scimType]).toEqual([400, 'invalidCursor']);
      }),
      { numRuns: 150 },
    );
  });
});

describe('authorization is checked on every page (RFC 9865 §5.2)', () => {
  test('a credential that is revoked, or that sees something else now, is the end of the walk', async () => {
    const database = createMemoryDatabase();
    let auth: Auth | undefined = { tenant: 'acme' };
    const scim = createServiceProvider({
      authentication: {
        schemes: [],
        challenge: () => 'Bearer',
        authenticate: async () => auth,
      },
      resources: [{ type: User, store: ({ auth }) => database.open(User, auth) }],
    });
    const send = client(scim);
    for (const name of ['a', 'b', 'c']) await made(send, '/Users', user(name));
    const { nextCursor } = (await send('GET', '/Users?cursor&count=1')).body;
    auth = undefined;
    expect((await send('GET', `/Users?cursor=${nextCursor}&count=1`)).status).toBe(401);
    auth = { tenant: 'acme', connection: 'second' };
    expect((await send('GET', `/Users?cursor=${nextCursor}&count=1`)).body).toEqual(
      errorBody(400, 'invalidCursor'),
    );
    auth = { tenant: 'acme' };
    expect((await send('GET', `/Users?cursor=${nextCursor}&count=1`)).status).toBe(200);
  });

  test('middleware sees each page, and may refuse it', async () => {
    let closed = false;
    const seen: Query['page'][] = [];
    const watch: Middleware<Auth> = async (operation, next) => {
      if (operation.name === 'query') seen.push(operation.query.page);
      if (closed) throw new ScimError(403, 'Closed.');
      return next();
    };
    const send = fresh(createMemoryDatabase(), { use: [watch] });
    for (const name of ['a', 'b']) await made(send, '/Users', user(name));
    const { nextCursor } = (await send('GET', '/Users?cursor&count=1')).body;
    await send('GET', `/Users?cursor=${nextCursor}&count=1`);
    expect(seen).toEqual([
      { cursor: undefined, count: 1 },
      { cursor: expect.any(String), count: 1 },
    ]);
    closed = true;
    expect((await send('GET', `/Users?cursor=${nextCursor}&count=1`)).status).toBe(403);
  });
});

describe('the options', () => {
  const config = async (pagination?: PaginationOptions, more = {}) => {
    const send = fresh(createMemoryDatabase(), { ...(pagination && { pagination }), ...more });
    return (await send('GET', '/ServiceProviderConfig')).body.pagination;
  };

  test('are what ServiceProviderConfig says (RFC 9865 §4)', async () => {
    const sizes = { defaultPageSize: 100, maxPageSize: 1000 };
    const index = { index: true, defaultPaginationMethod: 'index' };
    expect(await config()).toEqual({ cursor: true, ...index, ...sizes, cursorTimeout: 3600 });
    expect(await config({ cursor: false })).toEqual({ cursor: false, ...index, ...sizes });
    expect(await config({ default: 'cursor', cursorTimeout: 5 })).toEqual({
      cursor: true,
      index: true,
      defaultPaginationMethod: 'cursor',
      ...sizes,
      cursorTimeout: 5,
    });
    expect(await config({ published: false })).toBeUndefined();
    expect(await config({}, { limits: { maxPageSize: 7 } })).toMatchObject({
      defaultPageSize: 7,
      maxPageSize: 7,
    });
  });

  test('cursor: false knows no cursors: an empty one says nothing, another is refused', async () => {
    const send = fresh(createMemoryDatabase(), { pagination: { cursor: false } });
    for (const query of ['cursor', 'cursor=', 'cursor=&startIndex=3']) {
      const { status, body } = await send('GET', `/Users?${query}`);
      expect([status, typeof body.startIndex]).toEqual([200, 'number']);
    }
    const { body } = await send('GET', '/Users?cursor=x');
    expect(body).toEqual(errorBody(400, 'invalidCursor'));
    expect(body.detail).toMatch(/Leave out "cursor".*"startIndex"/);
  });

  test('default: "cursor" is for those who say neither', async () => {
    const send = fresh(createMemoryDatabase(), { pagination: { default: 'cursor' } });
    for (const name of ['a', 'b']) await made(send, '/Users', user(name));
    const { body } = await send('GET', '/Users?count=1');
    expect(body).toMatchObject({ totalResults: 2, nextCursor: expect.any(String) });
    expect(body).not.toHaveProperty('startIndex');
    expect((await send('GET', `/Users?count=1&cursor=${body.nextCursor}`)).body.itemsPerPage).toBe(1);
    expect((await send('GET', '/Users?count=1&startIndex=2')).body.startIndex).toBe(2);
  });

  test.each<[string, PaginationOptions['secret']]>([
    ['a text', SECRET],
    ['bytes', new TextEncoder().encode(SECRET)],
    ['a function', async () => new TextEncoder().encode(SECRET)],
  ])('secret, %s: processes that share it take one another’s cursors', async (_, secret) => {
    const database = createMemoryDatabase();
    const one = fresh(database, { pagination: { secret: SECRET } });
    const other = fresh(database, { pagination: { ...(secret && { secret }) } });
    for (const name of ['a', 'b']) await made(one, '/Users', user(name));
    const { nextCursor } = (await one('GET', '/Users?cursor&count=1')).body;
    expect((await other('GET', `/Users?cursor=${nextCursor}&count=1`)).status).toBe(200);
    const third = fresh(database, { pagination: { secret: `${SECRET}!` } });
    expect((await third('GET', `/Users?cursor=${nextCursor}&count=1`)).body.scimType).toBe('invalidCursor');
  });

  test('a secret that can’t be had is a failure of that request alone', async () => {
    const answers = [async () => new Uint8Array(31), () => Promise.reject(new Error('no vault'))];
    const errors: unknown[] = [];
    const send = fresh(createMemoryDatabase(), {
      pagination: { secret: () => answers.shift()?.() ?? Promise.resolve(new Uint8Array(32)) },
      observe: ({ error }) => errors.push(error),
    });
    for (const name of ['a', 'b']) await made(send, '/Users', user(name));
    const query = '/Users?cursor&count=1';
    const statuses = [await send('GET', query), await send('GET', query), await send('GET', query)];
    expect(statuses.map(({ status }) => status)).toEqual([500, 500, 200]);
    expect(errors.filter((error) => error).map(String)).toEqual([
      expect.stringMatching(/TypeError: "pagination\.secret"/),
      'Error: no vault',
    ]);
  });

  test.each<[unknown, RegExp]>([
    [{ cursor: 'yes' }, /"pagination\.cursor"/],
    [{ published: 1 }, /"pagination\.published"/],
    [{ default: 'page' }, /"pagination\.default"/],
    [{ cursor: false, default: 'cursor' }, /"pagination\.default".*"pagination\.cursor"/],
    [{ cursorTimeout: 0 }, /"pagination\.cursorTimeout"/],
    [{ cursorTimeout: 1.5 }, /"pagination\.cursorTimeout"/],
    [{ secret: 'x'.repeat(31) }, /"pagination\.secret".*32/],
    [{ secret: new Uint8Array(31) }, /"pagination\.secret".*32/],
    [{ secret: 5 }, /"pagination\.secret"/],
  ])('that are wrong are named: %o', (pagination, message) => {
    const options = { pagination: pagination as PaginationOptions };
    expect(() => provider(createMemoryDatabase(), options)).toThrow(TypeError);
    expect(() => provider(createMemoryDatabase(), options)).toThrow(message);
  });
});

describe('stores of one’s own', () => {
  const over = (query: Store['query'], scope?: string, pagination: PaginationOptions = {}) => {
    const store = { query, ...(scope !== undefined && { scope }) } as unknown as Store;
    const errors: unknown[] = [];
    const scim = createServiceProvider({
      authentication: anonymous({}),
      resources: [User, Group].map((type) => ({ type, store: () => store })),
      pagination,
      observe: ({ error }) => errors.push(error),
    });
    return { send: client(scim), errors };
  };
  const none = async () => ({ resources: [], total: 0 });

  test('one without a scope has no cursors, and says so', async () => {
    const { send } = over(none);
    for (const path of ['/Users?cursor', '/Users?cursor=x', '?cursor=']) {
      const { body } = await send('GET', path);
      expect(body).toEqual(errorBody(400, 'invalidCursor'));
      expect(body.detail).toMatch(/no cursors for \/Users.*Leave out "cursor"/);
    }
    expect((await send('GET', '/Users')).body).toMatchObject({ startIndex: 1, totalResults: 0 });
  });

  test('nor can cursors be the default there', async () => {
    const { send, errors } = over(none, undefined, { default: 'cursor' });
    expect((await send('GET', '/Users')).status).toBe(500);
    expect(String(errors[0])).toMatch(/"pagination\.default".*User.*"scope"/);
    expect((await send('GET', '/Users?startIndex=1')).status).toBe(200);
  });

  test('a short page, or an empty one, has the nextCursor that the store gave', async () => {
    const pages: Record<string, Awaited<ReturnType<Store['query']>>> = {
      start: { resources: [], total: undefined, next: 'there' },
      there: { resources: [], total: undefined },
    };
    const { send } = over(
      async ({ page }) => pages[('cursor' in page && page.cursor) || 'start'] as never,
      'all',
    );
    const { body } = await send('GET', '/Users?cursor&count=5');
    // A total that nobody knows may be left out (RFC 9865 §2).
    expect(body).toEqual({
      schemas: [LIST_RESPONSE],
      itemsPerPage: 0,
      nextCursor: expect.any(String),
      Resources: [],
    });
    const last = await send('GET', `/Users?cursor=${body.nextCursor}&count=5`);
    expect(last.body).not.toHaveProperty('nextCursor');
    // At the root, a short page of one type isn't filled up with the next type's resources.
    const root = await send('GET', '?cursor&count=5');
    expect(root.body.nextCursor).toEqual(expect.any(String));
  });
});

test('a sorted query over all types that is too long is refused by cursor, too', async () => {
  const store = { scope: 'all', query: async () => ({ resources: [], total: 10_001 }) } as never;
  const scim = createServiceProvider({
    authentication: anonymous({}),
    resources: [User, Group].map((type) => ({ type, store: () => store })),
  });
  expect((await client(scim)('GET', '?cursor&sortBy=displayName')).body).toEqual(errorBody(400, 'tooMany'));
});
