import {
  bulkFor,
  type ClientOptions,
  createClient,
  defineResourceType,
  diff,
  filter,
  filterFor,
  patchFor,
  removeMembers,
  Group,
  User,
} from 'scimkit/client';
import { parseFilter } from 'scimkit';
import { describe, expect, test, vi } from 'vitest';
import { errorJson, listJson, userJson } from './scripted-server.ts';

// Values, and service providers, that want to do harm: what is data stays data, and what is no answer is called so.

const baseUrl = 'https://app.example.com/scim/v2';

/** A client whose requests are answered by a function; they are kept. */
function clientWith(
  answer: (request: Request, turn: number) => unknown,
  options: Partial<ClientOptions> = {},
) {
  const sent: {
    readonly method: string;
    readonly url: string;
    readonly headers: Headers;
    readonly body: string;
  }[] = [];
  const client = createClient({
    baseUrl,
    pagination: 'index',
    ...options,
    retry: { attempts: 2, delayMs: 0 },
    fetch: async (request) => {
      const { method, url, headers } = request;
      sent.push({ method, url, headers, body: await request.text() });
      const given = answer(request, sent.length);
      if (given instanceof Response) return given;
      const text = typeof given === 'string' ? given : JSON.stringify(given);
      return new Response(text, { headers: { 'content-type': 'application/scim+json' } });
    },
  });
  return { client, users: client.resources(User), sent };
}

const failure = async (work: Promise<unknown>): Promise<Error> => {
  const [outcome] = await Promise.allSettled([work]);
  if (outcome?.status === 'fulfilled') throw new Error('it did not fail');
  return outcome?.reason as Error;
};

describe('ids', () => {
  const ODD = [
    'a/b',
    '../Groups/1',
    '?count=1',
    'a#b',
    'a%2Fb',
    '%',
    'ä ö',
    '日本',
    '😀',
    'a"b',
    'a\r\nb',
    'a;b',
    '...',
    '.a',
    'bulkId:x',
  ];

  test.each(ODD)('%j stays one segment of the path', async (id) => {
    const { users, sent } = clientWith(() => userJson(id));
    expect((await users.get(id)).id).toBe(id);
    const { pathname, search, hash } = new URL(sent[0]?.url ?? '');
    expect([pathname, search, hash]).toEqual([`/scim/v2/Users/${encodeURIComponent(id)}`, '', '']);
  });

  test.each(['.', '..', '', '\ud800', 7, null, undefined])('%j is no id: nothing is sent', async (id) => {
    const { users, client, sent } = clientWith(() => ({ bulk: { supported: true } }));
    for (const work of [
      () => users.get(id as string),
      () => users.delete(id as string),
      () => users.replace({ id: id as string }, { userName: 'ada' }),
      () => client.bulk([bulkFor(User).delete(id as string)]),
    ])
      expect(await failure(work())).toBeInstanceOf(TypeError);
    expect(sent).toHaveLength(0);
  });

  test('of a Bulk are encoded, those that the service provider has given too', async () => {
    const { client, sent } = clientWith(({ url }, turn) => {
      if (url.endsWith('/ServiceProviderConfig')) return { bulk: { supported: true, maxOperations: 1 } };
      const { Operations } = JSON.parse(sent[turn - 1]?.body ?? '');
      const results = Operations.map(({ method, bulkId }: { method: string; bulkId?: string }) =>
        method === 'POST'
          ? { method, bulkId, status: '201', location: `${baseUrl}/Users/..%2FGroups%2F1` }
          : { method, status: '204', location: `${baseUrl}/Users/..%2FGroups%2F1` },
      );
      return { Operations: results };
    });
    const results = await client.bulk([
      bulkFor(User).create({ userName: 'ada' }, 'ada'),
      bulkFor(User).delete('bulkId:ada'),
    ]);
    expect(results.map(({ id, status }) => [id, status])).toEqual([
      ['../Groups/1', 201],
      ['../Groups/1', 204],
    ]);
    expect(JSON.parse(sent[2]?.body ?? '').Operations[0].path).toBe('/Users/..%2FGroups%2F1');
  });

  test('in a location that is no URL do not fail what was done', async () => {
    const { client } = clientWith(({ url }, turn) =>
      url.endsWith('/ServiceProviderConfig')
        ? { bulk: { supported: true } }
        : { Operations: [{ method: 'POST', bulkId: 'ada', status: '201', location: '/Users/%zz', turn }] },
    );
    const [result] = await client.bulk([bulkFor(User).create({ userName: 'ada' }, 'ada')]);
    expect(result).toMatchObject({ status: 201, id: undefined, error: undefined });
  });

  test.each([[true], [{}], [[]], [null], ['']])('%j in an answer is none', async (id) => {
    const { users } = clientWith(() => ({ ...userJson('1'), id }));
    expect(await failure(users.get('1'))).toMatchObject({ name: 'RequestError', reason: 'invalidAnswer' });
  });
});

describe('headers', () => {
  test.each(['"a"\r\nx-admin: true', 'a\nb', 'a\0b', 'ö\u2028', '日本'])(
    'a version %j is not sent',
    async (version) => {
      const { users, sent } = clientWith(() => userJson('1'));
      const target = userJson('1', { meta: { version } }) as never;
      for (const work of [
        () => users.delete(target),
        () => users.patch('1', [{ op: 'remove', path: 'title' }], { ifMatch: version }),
        () => users.refresh(target),
      ]) {
        const error = await failure(work());
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).not.toMatch(/[\r\n]/);
      }
      expect(sent).toHaveLength(0);
    },
  );

  test('a base URL can not bring a credential, a query or another protocol', () => {
    for (const url of [
      'https://a:b@x.example/',
      'https://x.example/?a=b',
      'file:///etc/passwd',
      'javascript:alert(1)',
      '/scim',
    ])
      expect(() => createClient({ baseUrl: url })).toThrow(TypeError);
  });

  test.each([0.5, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'a timeout of %d is refused at once',
    (timeoutMs) => {
      expect(() => createClient({ baseUrl, timeoutMs })).toThrow(/"timeoutMs" must be a whole number/);
    },
  );
});

describe('values in filters', () => {
  const HOSTILE = [
    '" or userName pr or userName eq "',
    '\\" or userName pr',
    '\\',
    '"',
    "'",
    ') or (userName pr',
    '] or emails[value pr',
    '{0}',
    '(urn:scimkit:filter:x0 pr)',
    'urn:scimkit:filter:x0',
    '%" _*',
    '\0\r\n\t',
    '\ud800',
    '日本 😀',
    'true',
    'null',
    '',
  ];

  test.each(HOSTILE)('%j stays a value', (value) => {
    const found = { kind: 'compare', operator: 'eq', path: 'userName' };
    const other = { kind: 'compare', operator: 'eq', path: 'title', value: 'x' };
    expect(filter`userName eq ${value}`).toMatchObject({ ...found, value });
    expect(filter`title eq ${'x'} and userName eq ${value}`).toMatchObject({
      filters: [other, { ...found, value }],
    });
    expect(filter`${filterFor(User).eq('userName', value)} and title eq ${'x'}`).toMatchObject({
      filters: [{ ...found, value }, other],
    });
  });

  test.each(HOSTILE)('%j stays a value on the wire, or is not sent', async (value) => {
    const { users, sent } = clientWith(() => listJson());
    if (value.includes('\0') || !value.isWellFormed()) {
      const refused = await failure(users.query({ filter: filterFor(User).eq('userName', value) }));
      expect(refused).toMatchObject({ name: 'ScimError', scimType: 'invalidFilter' });
      expect(sent).toHaveLength(0);
      return;
    }
    await users.query({ filter: filterFor(User).eq('userName', value) });
    await users.query({ filter: filter`userName eq ${value}`, method: 'POST' });
    const texts = [
      new URL(sent[0]?.url ?? '').searchParams.get('filter'),
      JSON.parse(sent[1]?.body ?? '').filter,
    ];
    for (const text of texts)
      expect(parseFilter(text)).toMatchObject({ kind: 'compare', path: 'userName', value });
  });

  test.each(HOSTILE)('%j stays a value in the path of a PATCH', async (value) => {
    const operation = patchFor(User)
      .at('emails', (email) => email.eq('value', value))
      .remove();
    expect(parseFilter((operation as { path: string }).path)).toMatchObject({
      ...{ kind: 'valuePath', path: 'emails' },
      filter: { kind: 'compare', path: 'value', value },
    });
    const { client, sent } = clientWith(() => new Response(null, { status: 204 }));
    await removeMembers(client.resources(Group), '1', [value]);
    expect(parseFilter(JSON.parse(sent[0]?.body ?? '').Operations[0].path)).toMatchObject({
      filter: { kind: 'compare', path: 'value', operator: 'eq', value },
    });
  });

  test.each(HOSTILE.filter(Boolean))('%j stays a value in the difference of two resources', (value) => {
    const emails = [{ value }, { value: 'b@x.org' }, { value: 'c@x.org' }];
    const [operation] = diff(User, { emails }, { emails: emails.slice(1) });
    expect(parseFilter((operation as { path: string }).path)).toMatchObject({
      filter: { kind: 'compare', value },
    });
  });

  test('a quote that a template leaves open is found, whatever is before it', () => {
    const injection = ' or userName pr or title eq ';
    expect(() => filter`userName eq "${injection}"`).toThrow(/quoted already/);
    expect(() => filter`title eq "a\\\\" and userName eq "${injection}"`).toThrow(/quoted already/);
    expect(filter`title eq "a\\\\" and userName eq ${injection}`).toMatchObject({
      filters: [{ value: 'a\\' }, { value: injection }],
    });
  });

  test.each([[{}], [[]], [['a']], [{ kind: 'x' }], [new Date('x')], [undefined], [Number.NaN]])(
    'what is no value and no filter (%j) is refused',
    (value) => {
      expect(() => filter`userName eq ${value as never}`).toThrow(TypeError);
      expect(() => filter`${value as never}`).toThrow(TypeError);
    },
  );

  test('an object from a query string is no value', () => {
    const fromQuery = { kind: 'present', path: 'userName' } as const;
    expect(() => filter`userName eq ${fromQuery}`).toThrow();
  });
});

describe('answers', () => {
  test('"__proto__" and "constructor" are data', async () => {
    const text = `{"__proto__":{"isAdmin":true,"id":"2"},"constructor":{"prototype":{"isAdmin":true}},${JSON.stringify(userJson('1')).slice(1)}`;
    const { users } = clientWith(() => text);
    const user = await users.get('1');
    expect(user.id).toBe('1');
    expect(Object.getPrototypeOf(user)).toBe(Object.prototype);
    expect(({} as { isAdmin?: true }).isAdmin).toBeUndefined();
    expect(Object.hasOwn(user, '__proto__')).toBe(true);
    expect(diff(User, user, { ...user, title: 'x' })).toEqual([{ op: 'replace', path: 'title', value: 'x' }]);
  });

  test('an attribute that is called "constructor" is one', async () => {
    const Thing = defineResourceType({
      name: 'Thing',
      endpoint: '/Things',
      schema: {
        id: 'urn:example:Thing',
        attributes: [{ name: 'constructor', required: true }, { name: 'toString' }],
      },
    });
    const { client } = clientWith((_, turn) =>
      turn === 1
        ? new Response(null, { status: 503 })
        : listJson({ schemas: ['urn:example:Thing'], id: '1', externalId: 'e', constructor: 'a' }),
    );
    const made = await client.resources(Thing).create({ constructor: 'a', externalId: 'e' } as never);
    expect(made.id).toBe('1');
  });

  test('deep ones are read, or refused by name', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const { users } = clientWith(
      () => `{"emails":${deep},"title":${deep},${JSON.stringify(userJson('1')).slice(1)}`,
    );
    expect((await users.get('1')).id).toBe('1');
  });

  test.each([
    ['a list with nothing in it', listJson(null)],
    ['a list of texts', listJson('1', '2')],
    ['a list in a list', listJson([userJson('1')])],
    [
      'another kind of resource',
      listJson({ schemas: [Group.urn], id: '1', meta: { resourceType: 'Group' } }),
    ],
    ['a number', 7],
    ['a text', '"users"'],
    ['nothing', 'null'],
  ])('%s is no list of users', async (_, body) => {
    const { users } = clientWith(() => body);
    expect(await failure(users.query())).toMatchObject({ name: 'RequestError', reason: 'invalidAnswer' });
  });

  test('an error page of a million brackets is read in no time, and told in few words', async () => {
    const page = () =>
      new Response('<'.repeat(1_000_000), { status: 400, headers: { 'content-type': 'text/html' } });
    const { users } = clientWith(page);
    const error = await failure(users.get('1'));
    expect(error).toMatchObject({ name: 'ScimError', status: 400 });
    expect(error.message.length).toBeLessThan(400);
  });

  test('an error that is cut short is told by its status', async () => {
    const cut = JSON.stringify(errorJson(409)).slice(0, 40);
    const headers = { 'content-type': 'application/scim+json' };
    const { users } = clientWith(() => new Response(cut, { status: 409, headers }));
    expect((await failure(users.get('1'))).message).toBe(`GET ${baseUrl}/Users/1 was answered 409.`);
  });

  test('the page of a portal is no ServiceProviderConfig', async () => {
    const { client } = clientWith(() => userJson('1'));
    expect(await failure(client.serviceProviderConfig())).toMatchObject({ reason: 'invalidAnswer' });
  });
});

describe('lists that do not end are ended', () => {
  const walk = async (answer: (turn: number) => unknown): Promise<[Error, number]> => {
    const { users, sent } = clientWith((_, turn) => answer(turn), { pagination: 'cursor' });
    const error = await failure(
      (async () => {
        for await (const _ of users.list());
      })(),
    );
    return [error, sent.length];
  };

  test.each([
    ['the same cursor', () => ({ ...listJson(userJson('1')), nextCursor: 'a' }), 2],
    [
      'cursors in a circle',
      (turn: number) => ({ ...listJson(userJson(`${turn}`)), nextCursor: `${turn % 3}` }),
      4,
    ],
    ['nothing, and always a new cursor', (turn: number) => ({ ...listJson(), nextCursor: `${turn}` }), 1_001],
  ])('%s', async (_, answer, requests) => {
    const [error, sent] = await walk(answer);
    expect(error).toMatchObject({ name: 'RequestError', reason: 'invalidAnswer' });
    expect(sent).toBe(requests);
  });

  test('a page that comes again, by index', async () => {
    const { users, sent } = clientWith(() => ({ ...listJson(userJson('1')), totalResults: 9 }));
    const work = async () => {
      for await (const _ of users.list());
    };
    expect(await failure(work())).toMatchObject({ reason: 'invalidAnswer' });
    expect(sent).toHaveLength(2);
  });
});

test('no error has the credential, the body, or a header in it', async () => {
  const onAttempt = vi.fn();
  const { users } = clientWith(() => new Response('no', { status: 418 }), {
    headers: { 'x-key': 'k3y', authorization: 'Bearer t0ken' },
    onAttempt,
  });
  const error = await failure(users.create({ userName: 'ada', password: 'pässw0rd' }));
  const told = JSON.stringify([error, error.message, error.stack, error.cause ?? null, onAttempt.mock.calls]);
  expect(told).not.toMatch(/k3y|t0ken|pässw0rd/);
});
