// Answers that depart from the RFCs: read as they are meant, each told of; refused in strict mode; and those that can't be used.
import { createClient, type Departure, Group, RequestError, ScimError, User } from 'scimkit/client';
import { describe, expect, test } from 'vitest';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const ada = { schemas: [USER], id: '1', userName: 'ada', meta: { resourceType: 'User' } };
const list = { schemas: [LIST], totalResults: 1, startIndex: 1, itemsPerPage: 1, Resources: [ada] };

interface Odd {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client of a service provider that answers everything so; a function answers by method and path. */
function clientOf(odd: Odd | ((method: string, path: string) => Odd), strict = false) {
  const departures: Departure[] = [];
  const sent: string[] = [];
  const client = createClient({
    baseUrl: 'https://odd.example.com/scim',
    strict,
    retry: { attempts: 3, delayMs: 0 },
    onDeparture: (departure) => departures.push(departure),
    fetch: async (request) => {
      const path = request.url.slice('https://odd.example.com/scim'.length);
      sent.push(`${request.method} ${path}`);
      const { status = 200, body, headers } = typeof odd === 'function' ? odd(request.method, path) : odd;
      const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
      return new Response(status === 204 ? null : text, {
        status,
        headers: { 'content-type': 'application/scim+json', ...headers },
      });
    },
  });
  return { client, users: client.resources(User), groups: client.resources(Group), departures, sent };
}

type Users = ReturnType<typeof clientOf>['users'];
const get = (users: Users) => users.get('1');
const query = (users: Users) => users.query();
const create = (users: Users) => users.create({ userName: 'ada' });
const patch = (users: Users) => users.patch('1', [{ op: 'remove', path: 'title' }]);
const remove = (users: Users) => users.delete('1');
const located = { location: 'https://odd.example.com/scim/Users/1' };

describe('what departs is read as it is meant, and refused in strict mode', () => {
  test.each<[string, (users: Users) => Promise<unknown>, Odd, Departure['name'], unknown]>([
    ['plain JSON', get, { body: ada, headers: { 'content-type': 'application/json' } }, 'content-type', ada],
    ['no media type', get, { body: ada, headers: { 'content-type': '' } }, 'content-type', ada],
    ['200 for a creation', create, { status: 200, body: ada, headers: located }, 'status', ada],
    ['a creation without Location', create, { status: 201, body: ada }, 'location', ada],
    [
      'a creation whose id is in Location alone',
      create,
      { status: 201, body: { ...ada, id: undefined }, headers: located },
      'id',
      { ...ada, id: '1' },
    ],
    ['a number for an id', get, { body: { ...ada, id: 1 } }, 'id', ada],
    ['no schemas', get, { body: { ...ada, schemas: undefined } }, 'schemas', ada],
    ['no meta', get, { body: { ...ada, meta: undefined } }, 'meta', ada],
    [
      'names in another case',
      get,
      { body: { ...ada, username: 'ada', userName: undefined, Name: { GIVENNAME: 'Ada' } } },
      'attribute-case',
      { ...ada, name: { givenName: 'Ada' } },
    ],
    [
      'a boolean as a text',
      get,
      { body: { ...ada, active: 'False' } },
      'boolean-strings',
      { ...ada, active: false },
    ],
    [
      'a boolean as a text, among values',
      get,
      { body: { ...ada, emails: [{ value: 'a', primary: 'true' }] } },
      'boolean-strings',
      { ...ada, emails: [{ value: 'a', primary: true }] },
    ],
    ['200 for a deletion', remove, { status: 200 }, 'status', undefined],
    ['202 for a change', patch, { status: 202, body: ada }, 'status', ada],
    ['a list as an array', query, { body: [ada] }, 'list-as-array', { resources: [ada], totalResults: 1 }],
    [
      'a list without schemas',
      query,
      { body: { ...list, schemas: undefined } },
      'message-schemas',
      { resources: [ada], totalResults: 1 },
    ],
    [
      'a list that is not counted',
      query,
      { body: { schemas: [LIST], Resources: [ada] } },
      'total-results',
      { resources: [ada], totalResults: undefined, itemsPerPage: undefined },
    ],
    [
      'a count as a text',
      query,
      { body: { ...list, totalResults: '1' } },
      'total-results',
      { resources: [ada], totalResults: 1 },
    ],
    [
      'an empty list of null',
      query,
      { body: { ...list, totalResults: 0, Resources: null } },
      'resources',
      { resources: [], totalResults: 0 },
    ],
    [
      'a list of one without brackets',
      query,
      { body: { ...list, Resources: ada } },
      'resources',
      { resources: [ada] },
    ],
  ])('%s', async (_name, act, odd, name, expected) => {
    const { users, departures } = clientOf(odd);
    const value = await act(users);
    if (expected === undefined) expect(value).toBeUndefined();
    else expect(value).toMatchObject(expected as object);
    const [departure] = departures.filter((each) => each.name === name);
    expect(departure).toMatchObject({
      section: expect.stringMatching(/^RFC 76\d\d §/),
      where: expect.any(String),
    });
    const strict = clientOf(odd, true);
    const refusal = expect(act(strict.users)).rejects;
    await refusal.toThrow(departure?.section);
    await refusal.toMatchObject({ name: 'RequestError', reason: 'invalidAnswer' });
    // It says the same however often it is asked.
    expect(strict.sent).toHaveLength(1);
  });

  test('nothing departs where nothing does', async () => {
    const strict = (odd: Odd) => clientOf(odd, true).users;
    expect(await get(strict({ body: ada }))).toEqual(ada);
    expect(await query(strict({ body: list }))).toMatchObject({ resources: [ada], totalResults: 1 });
    expect(await query(strict({ body: { schemas: [LIST], totalResults: 0 } }))).toMatchObject({
      resources: [],
    });
    expect(await create(strict({ status: 201, body: ada, headers: located }))).toEqual(ada);
    expect(await patch(strict({ status: 204 }))).toBeUndefined();
    expect(await remove(strict({ status: 204 }))).toBeUndefined();
  });

  test('a creation without a body is read at its Location', async () => {
    const { users, sent, departures } = clientOf((method) =>
      method === 'POST' ? { status: 201, headers: located } : { body: ada },
    );
    expect(await create(users)).toEqual(ada);
    expect(sent).toEqual(['POST /Users', 'GET /Users/1']);
    expect(departures.map(({ name }) => name)).toEqual(['empty-answer']);
  });

  test('a PUT without a body is read again', async () => {
    const { users, sent } = clientOf((method) => (method === 'PUT' ? { status: 204 } : { body: ada }));
    expect(await users.replace('1', { userName: 'ada' })).toEqual(ada);
    expect(sent).toEqual(['PUT /Users/1', 'GET /Users/1']);
  });

  test('the ETag is the version, where the resource has none', async () => {
    const { users } = clientOf({ body: ada, headers: { etag: 'W/"7"' } });
    expect((await get(users)).meta.version).toBe('W/"7"');
  });

  test('unknown attributes are passed on, under their own names', async () => {
    const body = { ...ada, 'urn:example:x': { A: 1 }, __proto__: undefined, Custom: true };
    const { users, departures } = clientOf({ body: JSON.stringify(body).replace('"Custom"', '"__proto__"') });
    const user = await get(users);
    expect(Object.keys(user)).toContain('__proto__');
    expect(user).toMatchObject({ 'urn:example:x': { A: 1 } });
    expect(departures).toEqual([]);
  });
});

describe('discovery', () => {
  const listOf = (...Resources: unknown[]) => ({
    schemas: [LIST],
    totalResults: Resources.length,
    Resources,
  });
  const schema = {
    id: 'urn:example:Device',
    attributes: [{ name: 'serial', type: 'STRING' }, { name: 'a b' }],
  };
  const device = { name: 'Device', endpoint: 'https://odd.example.com/scim/Devices', schema: schema.id };
  const odd = (_method: string, path: string): Odd => ({
    body:
      path === '/Schemas'
        ? listOf(schema)
        : listOf(device, { name: 'Ghost', endpoint: '/G', schema: 'urn:none' }),
  });

  test('resource types are read as far as they can be, and told of where they can not', async () => {
    const { client, departures } = clientOf(odd);
    const types = await client.resourceTypes();
    expect(types.map(({ name, endpoint }) => [name, endpoint])).toEqual([['Device', '/Devices']]);
    expect(types[0]?.byName.get('serial')?.type).toBe('string');
    expect(departures.map(({ name, where }) => [name, where])).toEqual([['resource-type', 'Ghost']]);
    await expect(clientOf(odd, true).client.resourceTypes()).rejects.toThrow(/RFC 7643 §6/);
  });

  test('a configuration without its features has none of them', async () => {
    const { client } = clientOf({
      body: { patch: { supported: true }, bulk: { supported: true, maxOperations: 'x' } },
    });
    expect(await client.serviceProviderConfig()).toMatchObject({
      patch: { supported: true },
      bulk: { supported: true, maxOperations: undefined },
      sort: { supported: false },
      pagination: { cursor: false, index: true },
    });
  });
});

describe('errors', () => {
  const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
  test.each<[string, Odd, object, boolean]>([
    [
      'as RFC 7644 has them',
      { status: 409, body: { schemas: [ERROR], status: '409', scimType: 'uniqueness', detail: 'Taken.' } },
      { status: 409, scimType: 'uniqueness', detail: 'Taken.' },
      true,
    ],
    [
      'with a keyword beside another status',
      { status: 403, body: { schemas: [ERROR], status: '403', scimType: 'sensitive', detail: 'No.' } },
      { status: 403, scimType: 'sensitive', detail: 'No.' },
      true,
    ],
    [
      'with a number for a status',
      { status: 404, body: { schemas: [ERROR], status: 404, detail: 'Gone.' } },
      { status: 404, scimType: undefined, detail: 'Gone.' },
      false,
    ],
    [
      'of SCIM 1.1',
      { status: 400, body: { Errors: [{ description: 'Wrong.', code: '400' }] } },
      { status: 400, detail: 'Wrong.' },
      false,
    ],
    [
      'of OAuth',
      { status: 401, body: { error: 'invalid_token', error_description: 'Expired.' } },
      { status: 401, detail: 'Expired.' },
      false,
    ],
    [
      'of a proxy, in HTML',
      {
        status: 413,
        body: '<html><h1>Too large</h1>\n<hr>nginx</html>',
        headers: { 'content-type': 'text/html' },
      },
      { status: 413, detail: 'Too large nginx' },
      false,
    ],
    [
      'without a body',
      { status: 403 },
      { status: 403, detail: 'GET https://odd.example.com/scim/Users/1 was answered 403.' },
      false,
    ],
  ])('%s', async (_name, odd, expected, conforms) => {
    const { users, departures } = clientOf(odd);
    const error: unknown = await get(users).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ScimError);
    expect(error).toMatchObject(expected);
    expect(departures.map(({ name }) => name)).toEqual(conforms ? [] : ['error']);
  });

  test('the headers that whoever handles it may want are kept, in lower case', async () => {
    const { users } = clientOf({
      status: 401,
      headers: { 'WWW-Authenticate': 'Bearer', 'Set-Cookie': 'a=b' },
    });
    await expect(get(users)).rejects.toMatchObject({ headers: { 'www-authenticate': 'Bearer' } });
  });
});

describe('answers that can not be used', () => {
  const other = { ...ada, id: '2' };
  test.each<[string, (users: Users) => Promise<unknown>, Odd, RegExp]>([
    [
      'a page',
      query,
      { body: '<title>Sign in</title>', headers: { 'content-type': 'text/html' } },
      /is no JSON/,
    ],
    ['JSON of something else', query, { body: { hello: 'world' } }, /no ListResponse/],
    ['a text', query, { body: '"x"' }, /no ListResponse/],
    ['nothing, for a list', query, {}, /no ListResponse/],
    ['nothing, for a user', get, {}, /has no User/],
    ['a list, for a user', get, { body: list }, /lacks an "id"/],
    ['another user', get, { body: other }, /about User "2", which was not asked for/],
    ['another user, after a change', patch, { body: other }, /about User "2"/],
    ['an element that is none', query, { body: { ...list, Resources: [null] } }, /has no User/],
    [
      'an element without an id',
      query,
      { body: { ...list, Resources: [{ userName: 'x' }] } },
      /lacks an "id"/,
    ],
    ['neither a body nor a Location', create, { status: 201 }, /neither the User nor its Location/],
  ])('%s', async (_name, act, odd, problem) => {
    const error: unknown = await act(clientOf(odd).users).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RequestError);
    expect((error as RequestError).message).toMatch(problem);
  });

  test('the answer to another creation is no answer: it is looked up', async () => {
    const mine = { ...ada, externalId: 'mine' };
    const { users, sent } = clientOf((method) =>
      method === 'POST'
        ? { status: 201, body: { ...other, externalId: 'yours' }, headers: located }
        : { body: { ...list, Resources: [mine] } },
    );
    expect(await users.create({ userName: 'ada', externalId: 'mine' })).toEqual(mine);
    expect(sent[1]).toBe('GET /Users?filter=externalId%20eq%20%22mine%22');
  });
});

describe('lists are read to their end', () => {
  const user = (id: number) => ({ ...ada, id: String(id) });
  /** A service provider with 7 users that gives at most 3 at once. */
  const paged =
    (more: object = {}) =>
    (_method: string, path: string): Odd => {
      if (path.startsWith('/ServiceProviderConfig')) return { status: 404 };
      const start = Number(new URL(`https://x${path}`).searchParams.get('startIndex') ?? 1);
      const resources = [1, 2, 3, 4, 5, 6, 7].slice(start - 1, start + 2).map(user);
      return {
        body: {
          ...{ schemas: [LIST], totalResults: 7, startIndex: start, itemsPerPage: resources.length },
          ...{ Resources: resources, ...more },
        },
      };
    };
  const idsOf = async (odd: Parameters<typeof clientOf>[0]) => {
    const { users, sent } = clientOf(odd);
    const ids: string[] = [];
    for await (const { id } of users.list({ count: 5 })) ids.push(id);
    return { ids, requests: sent.length };
  };
  const all = ['1', '2', '3', '4', '5', '6', '7'];

  test('though fewer come than were asked for', async () => {
    expect(await idsOf(paged())).toEqual({ ids: all, requests: 4 });
  });

  test('though nothing is counted', async () => {
    const more = { totalResults: undefined, itemsPerPage: undefined, startIndex: undefined };
    expect(await idsOf(paged(more))).toEqual({ ids: all, requests: 5 });
  });

  test('where everything comes at once, uncounted and whatever is asked for', async () => {
    expect((await idsOf({ body: { schemas: [LIST], Resources: [user(1), user(2)] } })).ids).toEqual([
      '1',
      '2',
    ]);
  });

  test('that shrink meanwhile', async () => {
    const shrinking = (_method: string, path: string): Odd =>
      path.includes('startIndex=1') ? paged()('GET', path) : { body: { schemas: [LIST], totalResults: 7 } };
    expect((await idsOf(shrinking)).ids).toEqual(['1', '2', '3']);
  });

  test('by cursors, though a page is empty (RFC 9865 §2)', async () => {
    const pages: Record<string, object> = {
      '': { Resources: [user(1)], nextCursor: 'a' },
      a: { Resources: [], nextCursor: 'b' },
      b: { Resources: [user(2)] },
    };
    const odd = (_method: string, path: string): Odd => {
      if (path.startsWith('/ServiceProviderConfig')) return { body: { pagination: { cursor: true } } };
      const cursor = new URL(`https://x${path}`).searchParams.get('cursor') ?? 'none';
      return { body: { schemas: [LIST], ...pages[cursor] } };
    };
    const { users, sent, departures } = clientOf(odd);
    const ids: string[] = [];
    for await (const { id } of users.list()) ids.push(id);
    expect(ids).toEqual(['1', '2']);
    expect(sent.slice(1)).toEqual(['GET /Users?cursor=', 'GET /Users?cursor=a', 'GET /Users?cursor=b']);
    expect(departures).toEqual([]);
  });

  test('by index, where cursors are told of and passed over', async () => {
    const odd = (method: string, path: string): Odd =>
      path.startsWith('/ServiceProviderConfig')
        ? { body: { pagination: { cursor: true } } }
        : paged()(method, path);
    expect((await idsOf(odd)).ids).toEqual(all);
  });

  test.each<[string, Odd]>([
    ['the first page again and again', { body: { ...list, totalResults: 100 } }],
    ['a cursor that leads back', { body: { ...list, nextCursor: 'a', Resources: [] } }],
  ])('%s is an error, and no circle', async (_name, odd) => {
    const { users, sent } = clientOf(odd);
    const work = async () => {
      for await (const { id } of users.list()) expect(id).toBe('1');
    };
    await expect(work()).rejects.toThrow(/the same page came again/);
    expect(sent.length).toBeLessThan(6);
  });
});

describe('what is asked for', () => {
  test.each<[string, (users: Users) => Promise<unknown>, string]>([
    ['an id with a slash', (users) => users.get('a/../b?c#d'), 'GET /Users/a%2F..%2Fb%3Fc%23d'],
    [
      'a selection',
      (users) => users.get('1', { attributes: ['userName', 'emails.value'] }),
      'GET /Users/1?attributes=userName%2Cemails.value',
    ],
    [
      'everything',
      (users) =>
        users.query({
          filter: 'title pr',
          sortBy: 'userName',
          sortOrder: 'descending',
          startIndex: 2,
          count: 3,
        }),
      'GET /Users?filter=title%20pr&sortBy=userName&sortOrder=descending&startIndex=2&count=3',
    ],
  ])('%s', async (_name, act, expected) => {
    const { users, sent } = clientOf({ status: 404 });
    await act(users).catch(() => {});
    expect(sent).toEqual([expected]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['a relative base URL', () => createClient({ baseUrl: '/scim' }), /"baseUrl" must be an absolute URL/],
    ['another protocol', () => createClient({ baseUrl: 'ftp://x.org' }), /"baseUrl" must be an absolute URL/],
    [
      'a password in the URL',
      () => createClient({ baseUrl: 'https://a:b@x.org' }),
      /must have no credential/,
    ],
    ['a query in the URL', () => createClient({ baseUrl: 'https://x.org/?a=b' }), /no "\?" and no "#"/],
    [
      'no attempt',
      () => createClient({ baseUrl: 'https://x.org', retry: { attempts: 0 } }),
      /"retry.attempts"/,
    ],
    ['no time', () => createClient({ baseUrl: 'https://x.org', timeoutMs: 0 }), /"timeoutMs"/],
  ])('%s is refused at once', (_name, make, problem) => {
    expect(make).toThrow(problem);
  });
});
