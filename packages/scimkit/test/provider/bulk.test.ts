import { anonymous, createServiceProvider, Group, type Middleware, type Store, User } from 'scimkit';
import { describe, expect, test } from 'vitest';
import {
  BULK_REQUEST,
  client,
  DATABASES,
  DIRECTORIES,
  errorBody,
  fresh,
  group,
  GROUP,
  made,
  patchOp,
  user,
} from '../fixture.ts';

const bulkRequest = (Operations: readonly unknown[], more = {}) => ({
  schemas: [BULK_REQUEST],
  Operations,
  ...more,
});
const post = (path: string, bulkId: string, data: unknown) => ({ method: 'POST', path, bulkId, data });
const idOf = (operation: { location: string }) => operation.location.split('/').pop() as string;

describe.each(DIRECTORIES)('on %s', (_, create) => {
  const send = fresh(create());
  const bulk = async (operations: readonly unknown[], more = {}) => {
    const answer = await send('POST', '/Bulk', bulkRequest(operations, more));
    expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
    expect(answer.body.schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:BulkResponse']);
    return answer.body.Operations;
  };
  const statuses = (operations: { status: string }[]) => operations.map((operation) => operation.status);

  test('all four methods, each with its result (RFC 7644 §3.7; parity 33)', async () => {
    const [put, patched, deleted] = await Promise.all(
      ['put', 'patch', 'delete'].map((name) => made(send, '/Users', user(`b-${name}`))),
    );
    const results = await bulk([
      post('/Users', 'q', user('b-post')),
      { method: 'PUT', path: `/Users/${put}`, version: 'W/"1"', data: user('b-put', { title: 'T' }) },
      { method: 'patch', path: `/Users/${patched}`, data: patchOp({ op: 'add', path: 'title', value: 'T' }) },
      { method: 'DELETE', path: `/Users/${deleted}` },
    ]);
    expect(statuses(results)).toEqual(['201', '200', '200', '204']);
    expect(results[0]).toEqual({
      method: 'POST',
      bulkId: 'q',
      version: 'W/"1"',
      location: expect.stringMatching(/^http:\/\/scim\.test\/scim\/v2\/Users\//),
      status: '201',
    });
    expect(results[1]).toMatchObject({
      version: 'W/"2"',
      location: `http://scim.test/scim/v2/Users/${put}`,
    });
    expect((await send('GET', `/Users/${deleted}`)).status).toBe(404);
  });

  test('errors are per operation, with the body of the error, and the others go on', async () => {
    const id = await made(send, '/Users', user('b-errors'));
    const results = await bulk([
      post('/Users', 'a', user('B-ERRORS')),
      post('/Users', 'b', {}),
      { method: 'PUT', path: `/Users/${id}`, version: 'W/"9"', data: user('x') },
      { method: 'DELETE', path: '/Users/nobody' },
      { method: 'POST', path: '/Users', data: user('no-bulk-id') },
      { method: 'GET', path: `/Users/${id}` },
      { method: 'PATCH', path: '/Users', data: patchOp() },
      { method: 'POST', path: '/Nope', bulkId: 'c', data: {} },
      { method: 'POST', path: '/Users', bulkId: 'd' },
      'nonsense',
      post('/Users', 'e', user('b-goes-on')),
    ]);
    expect(statuses(results)).toEqual([
      '409',
      '400',
      '412',
      '404',
      '400',
      '400',
      '400',
      '400',
      '400',
      '400',
      '201',
    ]);
    expect(results[0].response).toEqual(errorBody(409, 'uniqueness'));
    expect(results[0]).not.toHaveProperty('location');
    expect(results[2]).toMatchObject({ location: `http://scim.test/scim/v2/Users/${id}` });
    expect(results[10]).not.toHaveProperty('response');
  });

  test('a precondition that is no text is refused, not left out', async () => {
    const id = await made(send, '/Users', user('b-types'));
    const patch = { method: 'PATCH', path: `/Users/${id}`, data: patchOp({ op: 'remove', path: 'title' }) };
    const results = await bulk([
      ...[1, true, ['W/"9"'], {}].map((version) => ({ ...patch, version })),
      { ...post('/Users', 'a', user('b-types-2')), bulkId: 5 },
      { ...patch, path: [patch.path] },
      { ...patch, method: { toString: 'PATCH' } },
      { ...patch, version: null },
    ]);
    expect(statuses(results)).toEqual([...Array(7).fill('400'), '200']);
    expect(results[0].response.detail).toBe('Operations[0]: "version" must be a string, not 1.');
    expect(results[4].response.detail).toContain('"bulkId" must be a string, not 5');
  });

  // anchor 12, decision 20
  test('references go backward, forward, into PATCH values, value paths and paths', async () => {
    const results = await bulk([
      post('/Groups', 'g', group('Forward', ['bulkId:u1'])),
      post('/Users', 'u1', user('b-u1')),
      post('/Users', 'u10', user('b-u10', { externalId: 'not bulkId:u1' })),
      {
        method: 'PATCH',
        path: '/Groups/bulkId:g',
        data: patchOp({ op: 'add', path: 'members', value: [{ value: 'bulkId:u10' }] }),
      },
      {
        method: 'PATCH',
        path: '/Groups/bulkId:g',
        data: patchOp({ op: 'remove', path: 'members[value eq "bulkId:u1"]' }),
      },
      {
        method: 'PUT',
        path: '/Users/bulkId:u1',
        data: user('b-u1', {
          'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: 'bulkId:u10' } },
        }),
      },
    ]);
    expect(statuses(results)).toEqual(['201', '201', '201', '204', '204', '200']);
    const [g, u1, u10] = results.slice(0, 3).map(idOf);
    const members = (await send('GET', `/Groups/${g}`)).body.members;
    expect(members.map((m: { value: string }) => m.value)).toEqual([u10]);
    expect((await send('GET', `/Users/${u1}`)).body).toMatchObject({
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: u10 } },
    });
    expect((await send('GET', `/Users/${u10}`)).body.externalId).toBe('not bulkId:u1');
  });

  test('a circle of references is resolved (RFC 7644 §3.7.1)', async () => {
    const results = await bulk([
      post('/Groups', 'a', {
        schemas: [GROUP],
        displayName: 'Group A',
        members: [{ type: 'Group', value: 'bulkId:b' }],
      }),
      post('/Groups', 'b', {
        schemas: [GROUP],
        displayName: 'Group B',
        members: [{ type: 'Group', value: 'bulkId:a' }],
      }),
      post('/Groups', 'self', group('Own member', ['bulkId:self'])),
    ]);
    expect(statuses(results)).toEqual(['201', '201', '201']);
    const [a, b] = results.map(idOf);
    expect((await send('GET', `/Groups/${a}`)).body.members).toMatchObject([{ value: b, type: 'Group' }]);
    expect((await send('GET', `/Groups/${b}`)).body.members).toMatchObject([{ value: a, type: 'Group' }]);
  });

  test('a circle fails as a unit: the culprit says why, the others 409, nothing stays (decision 20)', async () => {
    const taken = await made(send, '/Users', user('b-taken'));
    expect(taken).toBeTruthy();
    for (const culprit of [{ schemas: [GROUP], members: [{ value: 'bulkId:a' }] }, group('', ['bulkId:a'])]) {
      const results = await bulk([
        post('/Groups', 'a', group('Orphan', ['bulkId:b'])),
        post('/Groups', 'b', culprit),
      ]);
      expect(statuses(results)).toEqual(['409', '400']);
      expect(results[1].response).toEqual(errorBody(400, 'invalidValue'));
    }
    expect((await send('GET', '/Groups?filter=displayName eq "Orphan"')).body.totalResults).toBe(0);
  });

  test('a circle whose failure shows in the store leaves nothing behind either', async () => {
    const strict = fresh(create(), { unknownReferences: 'reject' });
    const answer = await strict(
      'POST',
      '/Bulk',
      bulkRequest([
        post('/Groups', 'a', group('Orphan', ['bulkId:b'])),
        post('/Groups', 'b', group('B', ['bulkId:a', 'nobody'])),
      ]),
    );
    expect(statuses(answer.body.Operations)).toEqual(['409', '400']);
    expect((await strict('GET', '/Groups')).body.totalResults).toBe(0);
    // The names of what was undone are free, and the total is true.
    expect((await strict('POST', '/Groups', group('Orphan'))).status).toBe(201);
    expect((await strict('GET', '/Groups?count=0')).body.totalResults).toBe(1);
  });

  test('what depends on a failed operation fails, and says so', async () => {
    const results = await bulk([
      post('/Users', 'u', {}),
      post('/Groups', 'g', group('G', ['bulkId:u'])),
      { method: 'DELETE', path: '/Users/bulkId:u' },
      post('/Groups', 'h', group('H', ['bulkId:nobody'])),
    ]);
    expect(statuses(results)).toEqual(['400', '409', '409', '400']);
    expect(results[1].response.detail).toContain('"u"');
    expect(results[3].response).toEqual(errorBody(400, 'invalidValue'));
  });

  test('failOnErrors stops, and the rest is omitted (decision 20)', async () => {
    const operations = [
      post('/Users', 'a', {}),
      post('/Users', 'b', user('b-stop1')),
      post('/Users', 'c', {}),
      post('/Users', 'd', user('b-stop2')),
    ];
    expect(statuses(await bulk(operations, { failOnErrors: 2 }))).toEqual(['400', '201', '400']);
    expect(statuses(await bulk(operations, { failOnErrors: 1 }))).toEqual(['400']);
    expect((await send('GET', '/Users?filter=userName eq "b-stop2"')).body.totalResults).toBe(0);
    const wrong = await send('POST', '/Bulk', bulkRequest(operations, { failOnErrors: 'x' }));
    expect(wrong.body).toEqual(errorBody(400, 'invalidValue'));
  });

  test('limits are published and refused with 413 that names them (RFC 7644 §3.7.4)', async () => {
    const small = fresh(create(), { limits: { bulkOperations: 2, bulkPayloadSize: 500 } });
    expect((await small('GET', '/ServiceProviderConfig')).body.bulk).toEqual({
      supported: true,
      maxOperations: 2,
      maxPayloadSize: 500,
    });
    const one = { method: 'DELETE', path: '/Users/x' };
    const many = await small('POST', '/Bulk', bulkRequest([one, one, one]));
    expect([many.status, many.body.detail]).toEqual([413, expect.stringContaining('maxOperations')]);
    const large = await small('POST', '/Bulk', bulkRequest([post('/Users', 'x'.repeat(500), user('x'))]));
    expect([large.status, large.body.detail]).toEqual([413, expect.stringContaining('maxPayloadSize')]);
  });

  test('what is no BulkRequest is refused as a whole', async () => {
    for (const body of [
      [],
      { Operations: [] },
      { schemas: [BULK_REQUEST] },
      { schemas: [BULK_REQUEST], Operations: {} },
    ]) {
      expect((await send('POST', '/Bulk', body)).body).toEqual(errorBody(400, 'invalidSyntax'));
    }
    expect(await bulk([])).toEqual([]);
  });
});

test('middleware that never carries an operation out ends its circle instead of waiting for ever', async () => {
  const [[, create]] = DATABASES as [readonly [string, () => ReturnType<(typeof DATABASES)[number][1]>]];
  const skips: Middleware<{ tenant: string }> = async (operation, next) =>
    operation.bulkId === 'b' ? { id: 'made-up', version: '1', changed: false, resource: stored } : next();
  const stored = {
    id: 'made-up',
    version: '1',
    created: '',
    lastModified: '',
    attributes: { displayName: 'B' },
  };
  const database = create();
  const send = client(
    createServiceProvider<{ tenant: string }>({
      authentication: anonymous({ tenant: 'acme' }),
      resources: [User, Group].map((type) => ({ type, store: ({ auth }) => database.open(type, auth) })),
      use: [skips],
    }),
  );
  const answer = await send(
    'POST',
    '/Bulk',
    bulkRequest([
      post('/Groups', 'a', group('A', ['bulkId:b'])),
      post('/Groups', 'b', group('B', ['bulkId:a'])),
    ]),
  );
  expect(answer.body.Operations.map((o: { status: string }) => o.status)).toEqual(['409', '201']);
});

test('a store that cannot choose ids: references backward work, circles are refused', async () => {
  const [[, create]] = DATABASES as [readonly [string, () => ReturnType<(typeof DATABASES)[number][1]>]];
  const database = create();
  const send = client(
    createServiceProvider<{ tenant: string }>({
      authentication: anonymous({ tenant: 'acme' }),
      resources: [User, Group].map((type) => ({
        type,
        store: ({ auth }): Store => {
          const store = database.open(type, auth);
          const { create, get, query, replace, delete: remove } = store;
          return {
            create: (input, { id: _id, together: _together, ...options }) =>
              create.call(store, input, options),
            get: get.bind(store),
            query: query.bind(store),
            replace: replace.bind(store),
            delete: remove.bind(store),
          };
        },
      })),
    }),
  );
  const answer = await send(
    'POST',
    '/Bulk',
    bulkRequest([
      post('/Groups', 'g', group('G', ['bulkId:u'])),
      post('/Users', 'u', user('u')),
      post('/Groups', 'a', group('A', ['bulkId:b'])),
      post('/Groups', 'b', group('B', ['bulkId:a'])),
    ]),
  );
  expect(answer.body.Operations.map((o: { status: string }) => o.status)).toEqual([
    '201',
    '201',
    '409',
    '409',
  ]);
  const { members } = (await send('GET', '/Groups?filter=displayName eq "G"')).body.Resources[0];
  expect(members).toHaveLength(1);
});
