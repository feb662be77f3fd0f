import { anonymous, createServiceProvider, defineResourceType, Group, User } from 'scimkit';
import { describe, expect, test } from 'vitest';
import {
  HOST,
  client,
  DATABASES,
  DIRECTORIES,
  ENTERPRISE,
  errorBody,
  fresh,
  group,
  LIST_RESPONSE,
  made,
  SEARCH_REQUEST,
  user,
} from '../fixture.ts';

describe.each(DIRECTORIES)('on %s', (_, create) => {
  const send = fresh(create());
  const ready = (async () => {
    const ids: Record<string, string> = {};
    const people: readonly [string, Record<string, unknown>][] = [
      [
        'ada',
        { displayName: 'Ada', title: 'Countess', emails: [{ value: 'Ada@Example.com', type: 'work' }] },
      ],
      [
        'bob',
        {
          displayName: 'bob',
          active: false,
          emails: [
            { value: 'z@home.org', type: 'home' },
            { value: 'bob@example.com', type: 'work', primary: true },
          ],
        },
      ],
      ['cyd', { title: 'assistant', emails: [{ value: 'cyd@home.org', type: 'home' }] }],
      ['dan#ext#@x+y', { [ENTERPRISE]: { employeeNumber: '007', manager: { value: 'M-1' } } }],
    ];
    for (const [name, more] of people) ids[name] = await made(send, '/Users', user(name, more));
    ids.staff = await made(send, '/Groups', group('Staff', [ids.ada as string]));
    return ids;
  })();
  const names = async (query: string) => {
    await ready;
    const answer = await send('GET', `/Users?${query}`);
    expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
    return (answer.body.Resources as { userName: string }[]).map((r) => r.userName.slice(0, 3));
  };

  // Filters as they arrive: [must-handle or section, query, who is found].
  test.each<[string, string, string[]]>([
    ['4: + for spaces', 'filter=userName+eq+%22ada%22', ['ada']],
    ['4: %20 for spaces', 'filter=userName%20eq%20%22ada%22', ['ada']],
    ['4: %23 and %2B', 'filter=userName%20eq%20%22dan%23EXT%23%40x%2By%22', ['dan']],
    ['4: a bare parameter and stray &', 'aadOptscim062020&&filter=userName+eq+%22ada%22&', ['ada']],
    ['4: parameters in any case', 'FILTER=userName+eq+%22ada%22&STARTINDEX=0', ['ada']],
    ['4: unknown parameters', 'filter=userName+eq+%22ada%22&_ts=1&filter2=x', ['ada']],
    ['8: names, operators and values in any case', 'filter=USERNAME+EQ+%22ADA%22', ['ada']],
    ['8: externalId and ids exactly', 'filter=externalId+eq+%22x%22', []],
    [
      '9: value path with sub-attribute',
      'filter=emails[type+eq+%22work%22].value+eq+%22ada@example.com%22',
      ['ada'],
    ],
    ['9: value path, then operator', 'filter=emails[type+eq+%22work%22]+eq+%22ada@example.com%22', ['ada']],
    ['9: value path as in the RFC', 'filter=emails[type+eq+%22work%22+and+value+co+%22bob%22]', ['bob']],
    ['9: emails eq', 'filter=emails+eq+%22ada@example.com%22', ['ada']],
    ['9: manager eq', `filter=${ENTERPRISE}:manager+eq+%22M-1%22`, ['dan']],
    ['9: unprefixed extension attribute', 'filter=employeeNumber+eq+%22007%22', ['dan']],
    ['9: an unquoted number for a string', 'filter=employeeNumber+eq+007', ['dan']],
    ['9: a core URN', 'filter=urn:ietf:params:scim:schemas:core:2.0:User:userName+eq+%22ada%22', ['ada']],
    ['9: unquoted words', 'filter=userName+eq+ada', ['ada']],
    [
      '9: seven fraction digits',
      'filter=meta.created+gt+%222001-01-01T00:00:00.1234567-07:00%22+and+title+pr',
      ['ada', 'cyd'],
    ],
    ['11: inactive users are found', 'filter=active+eq+false', ['bob']],
    ['15: a boolean in quotes', 'filter=active+eq+%22False%22', ['bob']],
    [
      '§3.4.2.2: correlated within one value',
      'filter=emails[type+eq+%22home%22+and+value+co+%22example%22]',
      [],
    ],
    [
      '§3.4.2.2: not correlated without',
      'filter=emails.type+eq+%22home%22+and+emails.value+co+%22example%22',
      ['bob'],
    ],
    ['decision 14: ne where there is none', 'filter=title+ne+%22assistant%22', ['ada', 'bob', 'dan']],
    ['decision 14: eq null', 'filter=title+eq+null', ['bob', 'dan']],
    ['anchor 6: not (a and b)', 'filter=not+(title+pr+and+active+eq+true)', ['bob', 'dan']],
    ['anchor 6: % is no wildcard', 'filter=userName+co+%22%25%22', []],
    ['anchor 6: _ is no wildcard', 'filter=userName+sw+%22_d%22', []],
    ['decision 3: a prototype name as a value', 'filter=userName+eq+%22__proto__%22', []],
  ])('filter, %s', async (_what, query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test.each<[string, string, string]>([
    ['anchor 6: unknown attribute (decision 13)', 'filter=shoeSize+eq+%22x%22', 'invalidFilter'],
    ['anchor 6: a trailing or', 'filter=userName+eq+%22x%22+or', 'invalidFilter'],
    ['anchor 10: unfinished', 'filter=userName+eq', 'invalidFilter'],
    ['anchor 10: wrong type', 'filter=active+eq+5', 'invalidFilter'],
    ['decision 3: __proto__', 'filter=__proto__+eq+%22x%22', 'invalidFilter'],
    ['decision 3: constructor.prototype', 'filter=constructor.prototype+eq+%22x%22', 'invalidFilter'],
    ['decision 3: toString', 'filter=toString+pr', 'invalidFilter'],
    ['decision 13: sortBy', 'sortBy=shoeSize', 'invalidPath'],
    ['§3.4.2.3: sortOrder', 'sortBy=userName&sortOrder=upwards', 'invalidValue'],
    ['§3.4.2.4: count', 'count=many', 'invalidValue'],
    // Next writes the query anew.
    ['a broken escape', 'filter=%E0%A4%A', HOST === 'next' ? 'invalidFilter' : 'invalidValue'],
    ['two filters', 'filter=title+pr&filter=userName+pr', 'invalidValue'],
  ])('refused: %s', async (_what, query, scimType) => {
    await ready;
    const answer = await send('GET', `/Users?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(errorBody(400, scimType));
  });

  test.each<[string, string, string[]]>([
    ['ascending, in any case', 'sortBy=userName', ['ada', 'bob', 'cyd', 'dan']],
    ['missing last', 'sortBy=title', ['cyd', 'ada', 'bob', 'dan']],
    ['missing first when descending', 'sortBy=title&sortOrder=descending', ['bob', 'dan', 'ada', 'cyd']],
    ['the primary value, or the first', 'sortBy=emails', ['ada', 'bob', 'cyd', 'dan']],
    ['the same by name', 'sortBy=emails.value&sortOrder=descending', ['dan', 'cyd', 'bob', 'ada']],
    ['booleans', 'sortBy=active', ['bob', 'ada', 'cyd', 'dan']],
    ['an extension', `sortBy=${ENTERPRISE}:employeeNumber`, ['dan', 'ada', 'bob', 'cyd']],
    ['time', 'sortBy=meta.created&sortOrder=descending&filter=title+pr', ['cyd', 'ada']],
  ])('sorted (RFC 7644 §3.4.2.3): %s', async (_what, query, expected) => {
    const found = await names(query);
    // Created within one millisecond, two users may swap where time is all that orders them.
    if (query.includes('meta.created')) expect(found.toSorted()).toEqual(expected.toSorted());
    else expect(found).toEqual(expected);
  });

  // RFC 7644 §3.4.2.4, must-handle 7; four users. [query, startIndex, itemsPerPage]
  test.each<[string, number, number]>([
    ['', 1, 4],
    ['startIndex=1&count=2', 1, 2],
    ['startIndex=3&count=2', 3, 2],
    ['startIndex=4&count=100', 4, 1],
    ['startIndex=5', 5, 0],
    ['startIndex=1000001&count=100', 1000001, 0],
    ['startIndex=0', 1, 4],
    ['startIndex=-5&count=1', 1, 1],
    ['count=0', 1, 0],
    ['count=-1', 1, 0],
    ['count=100000', 1, 4],
    ['count=&startIndex=', 1, 4],
  ])('page %s (parity 7)', async (query, startIndex, itemsPerPage) => {
    await ready;
    const { status, body } = await send('GET', `/Users?${query}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      schemas: [LIST_RESPONSE],
      totalResults: 4,
      startIndex,
      itemsPerPage,
      Resources: expect.any(Array),
    });
    expect(body.Resources).toHaveLength(itemsPerPage);
    const filtered = await send('GET', `/Users?filter=userName+pr&${query}`);
    expect(filtered.body).toEqual(body);
  });

  test('externalId, id, e-mails and members find what they name, users and groups alike (parity 7)', async () => {
    const own = fresh(create());
    const ada = await made(
      own,
      '/Users',
      user('ada', { externalId: 'X-1', emails: [{ value: 'ada@x.test' }] }),
    );
    await made(own, '/Users', user('bob', { externalId: 'X-2', emails: [{ value: 'bob@x.test' }] }));
    const staff = await made(own, '/Groups', { ...group('Staff', [ada]), externalId: 'G-1' });
    await made(own, '/Groups', { ...group('Others'), externalId: 'G-2' });
    for (const [path, filter, id] of [
      ['/Users', 'externalId eq "X-1"', ada],
      ['/Users', `id eq "${ada}"`, ada],
      ['/Users', 'emails eq "ada@x.test"', ada],
      ['/Users', 'emails.value eq "ada@x.test"', ada],
      ['/Users', 'emails[value sw "ada@"]', ada],
      ['/Users', `groups.value eq "${staff}"`, ada],
      ['/Groups', 'externalId eq "G-1"', staff],
      ['/Groups', `id eq "${staff}"`, staff],
      ['/Groups', 'displayName eq "staff"', staff],
      ['/Groups', `members.value eq "${ada}"`, staff],
    ] as const) {
      const { body } = await own('GET', `${path}?filter=${encodeURIComponent(filter)}&startIndex=1&count=1`);
      expect([filter, body.totalResults, body.Resources?.[0]?.id]).toEqual([filter, 1, id]);
    }
    const second = (await own('GET', '/Groups?startIndex=2&count=1&filter=externalId sw "G"')).body;
    expect(second).toMatchObject({ totalResults: 2, startIndex: 2, itemsPerPage: 1 });
    // Which of them is the second one, their ids tell.
    expect(['Staff', 'Others']).toContain(second.Resources[0].displayName);
  });

  // Whether a name is in capitals makes no difference.
  test.each<[string, string[]]>([
    ['userName eq "ada"', ['ada']],
    ['USERNAME NE "ada"', ['bob', 'cyd', 'dan']],
    ['title co "ount"', ['ada']],
    ['Title Sw "assist"', ['cyd']],
    ['title ew "ess"', ['ada']],
    ['username gt "bob"', ['cyd', 'dan']],
    ['userName ge "bob"', ['bob', 'cyd', 'dan']],
    ['userName lt "bob"', ['ada']],
    ['userName LE "bob"', ['ada', 'bob']],
    ['active pr', ['ada', 'bob', 'cyd', 'dan']],
    ['ACTIVE PR and not (title pr)', ['bob', 'dan']],
    ['meta.LASTMODIFIED pr', ['ada', 'bob', 'cyd', 'dan']],
    ['title pr and active eq true', ['ada', 'cyd']],
    ['title pr OR active eq False', ['ada', 'bob', 'cyd']],
    ['not (userName eq "ada")', ['bob', 'cyd', 'dan']],
    ['Not (userName eq "ada" or userName eq "bob") and title pr', ['cyd']],
    ['userName eq "ada" or userName eq "bob" and title pr', ['ada']],
    ['(userName eq "ada" or userName eq "bob") and title pr', ['ada']],
    ['(userName eq "ada" or userName eq "bob") and not (title pr)', ['bob']],
  ])('every operator, in any case: %s (parity 45)', async (filter, expected) => {
    expect(await names(`filter=${encodeURIComponent(filter)}`)).toEqual(expected);
  });

  test('pages neither overlap nor skip, at any size', async () => {
    await ready;
    const all = (await send('GET', '/Users')).body.Resources.map((r: { id: string }) => r.id);
    for (const size of [1, 2, 3]) {
      const found: string[] = [];
      for (let start = 1; start <= 4; start += size) {
        const page = await send('GET', `/Users?startIndex=${start}&count=${size}`);
        found.push(...page.body.Resources.map((r: { id: string }) => r.id));
      }
      expect(found).toEqual(all);
    }
  });

  test('limits clamp the page and are published (§3.4.2.4, §5)', async () => {
    const small = fresh(create(), { limits: { maxPageSize: 3, defaultPageSize: 2 } });
    for (const name of ['a', 'b', 'c', 'd']) await made(small, '/Users', user(name));
    expect((await small('GET', '/Users')).body.itemsPerPage).toBe(2);
    expect((await small('GET', '/Users?count=100')).body.itemsPerPage).toBe(3);
    expect((await small('GET', '/ServiceProviderConfig')).body.filter.maxResults).toBe(3);
  });

  test('names of attributes may come in several parameters', async () => {
    await ready;
    const { body } = await send('GET', '/Users?attributes=userName&count=1&attributes=active');
    expect(Object.keys(body.Resources[0])).toEqual(['schemas', 'id', 'userName', 'active']);
  });

  test('POST .search is a query, of a type and of all (§3.4.3, anchor 11)', async () => {
    await ready;
    const search = {
      schemas: [SEARCH_REQUEST],
      filter: 'userName eq "ada"',
      attributes: ['userName'],
      count: 5,
    };
    for (const path of ['/Users/.search', '/.search']) {
      const { status, body } = await send('POST', path, search);
      expect(status).toBe(200);
      expect(body.totalResults).toBe(1);
      expect(Object.keys(body.Resources[0])).toEqual(['schemas', 'id', 'userName']);
    }
    expect((await send('GET', '/Users?count=0')).body.totalResults).toBe(4);
    const bad = { ...search, filter: 5 };
    expect((await send('POST', '/Users/.search', bad)).body).toEqual(errorBody(400, 'invalidValue'));
    expect((await send('POST', '/Users/.search', { filter: 'x' })).body).toEqual(
      errorBody(400, 'invalidSyntax'),
    );
  });

  test('the root lists all types, by type and then by id (decisions 13, 15)', async () => {
    const ids = await ready;
    const all = (await send('GET', '')).body;
    expect(all.totalResults).toBe(5);
    expect(all.Resources.map((r: { meta: { resourceType: string } }) => r.meta.resourceType)).toEqual([
      ...['User', 'User', 'User', 'User'],
      'Group',
    ]);
    const across = (await send('GET', '?startIndex=4&count=2')).body;
    expect(across.Resources).toEqual(all.Resources.slice(3));
    expect((await send('GET', '?startIndex=6&count=2')).body).toMatchObject({
      totalResults: 5,
      Resources: [],
    });
    const only = async (filter: string) => (await send('GET', `?filter=${encodeURIComponent(filter)}`)).body;
    expect((await only('meta.resourceType eq "Group"')).totalResults).toBe(1);
    expect((await only('(meta.resourceType eq User) or (meta.resourceType eq Group)')).totalResults).toBe(5);
    expect((await only('userName eq "ada"')).totalResults).toBe(1);
    expect((await only('userName ne "ada"')).totalResults).toBe(4);
    expect((await only('displayName sw "sta"')).Resources[0].id).toBe(ids.staff);
    expect(await only('shoeSize pr')).toEqual(errorBody(400, 'invalidFilter'));
    const sorted = (await send('GET', '?sortBy=displayName&attributes=displayName,userName')).body.Resources;
    expect(sorted.map((r: { displayName?: string }) => r.displayName)).toEqual([
      'Ada',
      'bob',
      'Staff',
      undefined,
      undefined,
    ]);
    expect((await send('GET', '?sortBy=userName&count=2')).body.totalResults).toBe(5);
    expect((await send('GET', '?sortBy=shoeSize')).body).toEqual(errorBody(400, 'invalidPath'));
  });
});

describe.each(DATABASES)('on %s', (_, create) => {
  test('a custom type is queried like the built-in ones', async () => {
    const Device = defineResourceType({
      name: 'Device',
      endpoint: '/Devices',
      schema: {
        id: 'urn:example:Device',
        attributes: [
          { name: 'serial', required: true, caseExact: true, uniqueness: 'server' },
          { name: 'slots', type: 'integer' },
          { name: 'weight', type: 'decimal' },
          { name: 'bought', type: 'dateTime' },
          { name: 'tags', multiValued: true },
        ],
      },
    });
    const devices = fresh(create(), { types: [User, Device] });
    for (const [serial, slots, weight, bought] of [
      ['a', 2, 1.5, '2026-01-01T00:00:00Z'],
      ['A', 10, 0.25, '2026-01-01T01:00:00+02:00'],
    ]) {
      await made(devices, '/Devices', {
        schemas: ['urn:example:Device'],
        serial,
        slots,
        weight,
        bought,
        tags: ['x', serial],
      });
    }
    const total = async (filter: string) =>
      (await devices('GET', `/Devices?filter=${encodeURIComponent(filter)}`)).body.totalResults;
    expect(await total('serial eq "a"')).toBe(1);
    expect(await total('slots gt 9')).toBe(1);
    expect(await total('slots gt 1 and weight lt 1')).toBe(1);
    expect(await total('bought lt "2026-01-01T00:00:00Z"')).toBe(1);
    expect(await total('bought eq "2025-12-31T23:00:00.000Z"')).toBe(1);
    expect(await total('tags eq "X"')).toBe(2);
    expect(await total('tags[value eq "a"]')).toBe(2);
    expect((await devices('GET', '/Devices?sortBy=slots')).body.Resources[0].serial).toBe('a');
  });
});

test('a sorted query over all types that is too long is refused (decision 15)', async () => {
  const many = { resources: [], total: 10_001 };
  const store = { query: async () => many } as never;
  const send = client(
    createServiceProvider({
      authentication: anonymous({}),
      resources: [User, Group].map((type) => ({ type, store: () => store })),
    }),
  );
  expect((await send('GET', '?sortBy=displayName')).body).toEqual(errorBody(400, 'tooMany'));
  expect((await send('GET', '')).status).toBe(200);
});
