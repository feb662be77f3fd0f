import {
  bearerTokens,
  createServiceProvider,
  type Exchange,
  Group,
  type Operation,
  type ScimRequest,
  type ServiceProvider,
  User,
} from 'scimkit';
import { createMemoryDatabase } from 'scimkit/memory';
import { describe, expect, test } from 'vitest';
import { client, errorBody, made, user } from '../fixture.ts';

interface Auth {
  readonly tenants: readonly string[];
}

const UNICODE = 'a b/ü';
const ADDRESS = 'http://scim.test';
const permits = ({ tenants }: Auth, tenant: string) => tenants.includes(tenant);

/** A service provider whose URLs name tenants, and what it was asked and has seen. */
function named(options: {
  readonly basePath?: `/${string}:tenant${string}`;
  readonly host?: `${string}:tenant${string}`;
  readonly baseUrl?: string | ((request: ScimRequest) => string);
  readonly permits?: (auth: Auth, tenant: string) => boolean | Promise<boolean>;
}) {
  const { basePath, host, baseUrl } = options;
  const database = createMemoryDatabase();
  const seen = {
    asked: [] as [Auth, string][],
    authenticated: [] as (string | undefined)[],
    exchanges: [] as Exchange<Auth>[],
    operations: [] as Operation<Auth>[],
    opened: new Set<string>(),
    me: [] as string[],
  };
  const tokens = bearerTokens<Auth>([
    { token: 'secret', auth: { tenants: ['acme', UNICODE, 'globex', '..', 'x'.repeat(256)] } },
    { token: 'globex', auth: { tenants: ['globex'] } },
  ]);
  const scim = createServiceProvider({
    ...(basePath !== undefined && { basePath }),
    ...(baseUrl !== undefined && { baseUrl }),
    tenant: {
      ...(host !== undefined && { host }),
      permits: (auth, tenant) => {
        seen.asked.push([auth, tenant]);
        return (options.permits ?? permits)(auth, tenant);
      },
    },
    trustProxy: (address) => address === '10.0.0.1',
    authentication: {
      ...tokens,
      authenticate(request: ScimRequest) {
        seen.authenticated.push(request.tenant);
        return tokens.authenticate(request);
      },
    },
    resources: [User, Group].map((type) => ({
      type,
      store: ({ tenant = 'none' }) => {
        seen.opened.add(tenant);
        return database.open(type, { tenant });
      },
    })),
    me: (_auth, tenant = 'none') => {
      seen.me.push(tenant);
      return undefined;
    },
    use: [
      (operation, next) => {
        seen.operations.push(operation);
        return next();
      },
    ],
    observe: (exchange) => seen.exchanges.push(exchange),
  });
  return { scim, seen };
}

const byPath = () => named({ basePath: '/t/:tenant/scim/v2' });
const byHost = () => named({ host: ':tenant.scim.test' });

/** A request as it is written, past all that would put its URL in order. */
const raw = async (scim: ServiceProvider, url: string, more: Partial<ScimRequest> = {}) => {
  const answer = await scim.handle({
    method: 'GET',
    url,
    headers: { authorization: 'Bearer secret' },
    ...more,
  });
  return { ...answer, body: answer.body === undefined ? undefined : String(answer.body) };
};

describe('named by the path', () => {
  test('stores, authentication, operations, exchanges and /Me are told the tenant', async () => {
    const { scim, seen } = byPath();
    const send = client(scim, 'secret', `${ADDRESS}/t/acme/scim/v2`);
    await made(send, '/Users', user('ada'));
    await send('GET', '/Me');
    expect(seen).toMatchObject({ authenticated: ['acme', 'acme'], opened: new Set(['acme']), me: ['acme'] });
    expect(seen.asked.map(([, tenant]) => tenant)).toEqual(['acme', 'acme']);
    expect(seen.operations.map(({ tenant }) => tenant)).toEqual(['acme']);
    expect(seen.exchanges.map(({ tenant, request }) => [tenant, request.tenant])).toEqual([
      ['acme', 'acme'],
      ['acme', 'acme'],
    ]);
  });

  test('one credential for several tenants: each URL leads to its own', async () => {
    const { scim } = byPath();
    const acme = client(scim, 'secret', `${ADDRESS}/t/acme/scim/v2`);
    const globex = client(scim, 'secret', `${ADDRESS}/t/globex/scim/v2`);
    const id = await made(acme, '/Users', user('ada'));
    expect((await globex('GET', `/Users/${id}`)).status).toBe(404);
    expect((await globex('GET', '/Users')).body.totalResults).toBe(0);
    expect((await acme('GET', `/Users/${id}`)).status).toBe(200);
    expect((await client(scim, 'globex', `${ADDRESS}/t/acme/scim/v2`)('GET', `/Users/${id}`)).status).toBe(
      401,
    );
  });

  test.each([
    ['/t/acme', 'acme', '/t/acme'],
    ['/t/%61cme', 'acme', '/t/acme'],
    ['/t/a%20b%2F%C3%BC', UNICODE, '/t/a%20b%2F%C3%BC'],
    [`/t/${'x'.repeat(256)}`, 'x'.repeat(256), `/t/${'x'.repeat(256)}`],
  ])('%s is %j, and so it is in locations', async (prefix, tenant, canonical) => {
    const { scim, seen } = byPath();
    const answer = await raw(scim, `${ADDRESS}${prefix}/scim/v2/Users`, {
      method: 'POST',
      headers: { authorization: 'Bearer secret' },
      body: { parsed: user('ada') },
    });
    expect([...seen.opened]).toEqual([tenant]);
    const { location } = answer.headers;
    expect(location).toMatch(`${ADDRESS}${canonical}/scim/v2/Users/`);
    expect(JSON.parse(answer.body ?? '').meta.location).toBe(location);
    expect((await raw(scim, location ?? '')).status).toBe(200);
  });

  test.each([
    ['none', '/t//scim/v2/Users'],
    ['no segment', '/t/scim/v2/Users'],
    ['two', '/t/acme/globex/scim/v2/Users'],
    ['a dot', '/t/./scim/v2/Users'],
    ['two dots', '/t/../scim/v2/Users'],
    ['two dots, encoded', '/t/%2e%2E/scim/v2/Users'],
    ['no UTF-8', '/t/%zz/scim/v2/Users'],
    ['half a character', '/t/%C3/scim/v2/Users'],
    ['a control character', '/t/acme%00/scim/v2/Users'],
    ['too long a name', `/t/${'x'.repeat(257)}/scim/v2/Users`],
    ['another path', '/u/acme/scim/v2/Users'],
    ['another case', '/t/acme/SCIM/v2/Users'],
    ['another end', '/t/acme/scim/v2x'],
    ['public, and none', '/t//scim/v2/ServiceProviderConfig'],
  ])(
    '%s: as any endpoint that there is not, 401 without a credential; nobody is asked',
    async (_what, path) => {
      const { scim, seen } = byPath();
      const answer = await raw(scim, `${ADDRESS}${path}`);
      expect([answer.status, JSON.parse(answer.body ?? '')]).toEqual([404, errorBody(404)]);
      expect(answer.body).toContain('/t/:tenant/scim/v2');
      expect((await raw(scim, `${ADDRESS}${path}`, { headers: {} })).status).toBe(401);
      expect(seen).toMatchObject({ asked: [], opened: new Set(), authenticated: [undefined, undefined] });
      expect(seen.exchanges.map(({ tenant }) => tenant)).toEqual([undefined, undefined]);
    },
  );

  test('names are told apart by case, and by every character', async () => {
    const { scim } = byPath();
    for (const name of ['Acme', 'acme ', 'acme.', 'ACME', 'acm']) {
      expect((await raw(scim, `${ADDRESS}/t/${encodeURIComponent(name)}/scim/v2/Users`)).status).toBe(401);
    }
  });

  test('only true permits', async () => {
    for (const answer of [false, undefined, 'yes', 1, Promise.resolve(false)]) {
      const { scim } = named({ basePath: '/:tenant', permits: () => answer as boolean });
      expect((await raw(scim, `${ADDRESS}/acme/Users`)).status).toBe(401);
    }
    const { scim } = named({ basePath: '/:tenant', permits: async () => true });
    expect((await raw(scim, `${ADDRESS}/acme/Users`)).status).toBe(200);
  });

  test('behind a proxy, with its prefix', async () => {
    const { scim } = byPath();
    const { body } = await raw(scim, 'http://inner/t/acme/scim/v2/ServiceProviderConfig', {
      remoteAddress: '10.0.0.1',
      headers: { 'x-forwarded-host': 'out.test', 'x-forwarded-prefix': '/in' },
    });
    expect(JSON.parse(body ?? '').meta.location).toBe(
      'http://out.test/in/t/acme/scim/v2/ServiceProviderConfig',
    );
  });
});

describe('named by the host', () => {
  const at = (scim: ServiceProvider, host: string, more: Partial<ScimRequest> = {}) =>
    raw(scim, `https://${host}/scim/v2/Users`, more);

  test.each([
    ['acme.scim.test', 'acme'],
    ['ACME.Scim.Test', 'acme'],
    ['acme.scim.test:8443', 'acme'],
    ['acme.scim.test.', 'acme'],
  ])('%s', async (host, tenant) => {
    const { scim, seen } = byHost();
    expect((await at(scim, host)).status).toBe(200);
    expect([...seen.opened]).toEqual([tenant]);
  });

  test.each([
    'scim.test',
    '.scim.test',
    'acme.scim.test.evil.test',
    'a.acme.scim.test',
    'acme-scim.test',
    'acmexscimxtest',
    'acme@scim.test',
    '[::1]',
    '127.0.0.1',
    `${'x'.repeat(64)}.scim.test`,
  ])('%s names none: 404, and 401 without a credential', async (host) => {
    const { scim, seen } = byHost();
    const answer = await at(scim, host);
    expect([answer.status, answer.body]).toEqual([404, expect.stringContaining(':tenant.scim.test/scim/v2')]);
    expect((await at(scim, host, { headers: {} })).status).toBe(401);
    expect(seen.asked).toEqual([]);
  });

  test('a part of a label', async () => {
    const { scim, seen } = named({ host: ':tenant-scim.test' });
    expect((await at(scim, 'acme-scim.test')).status).toBe(200);
    expect([...seen.opened]).toEqual(['acme']);
  });

  test('what a trusted proxy says counts, and nobody else’s word', async () => {
    const { scim, seen } = byHost();
    const headers = { authorization: 'Bearer secret', 'x-forwarded-host': 'globex.scim.test' };
    await at(scim, 'acme.scim.test', { headers, remoteAddress: '10.0.0.1' });
    await at(scim, 'acme.scim.test', { headers, remoteAddress: '10.0.0.2' });
    expect([...seen.opened]).toEqual(['globex', 'acme']);
  });

  test('locations have the host that was asked', async () => {
    const { scim } = byHost();
    const send = client(scim, 'secret', 'http://acme.scim.test/scim/v2');
    const { headers } = await send('POST', '/Users', user('ada'));
    expect(headers.get('location')).toMatch('http://acme.scim.test/scim/v2/Users/');
  });
});

describe('a base URL', () => {
  test.each([
    [
      { basePath: '/t/:tenant/scim/v2' },
      'https://out.test/c/:tenant/scim/',
      '/t/a%20b%2F%C3%BC/scim/v2',
      'https://out.test/c/a%20b%2F%C3%BC/scim',
    ],
    [
      { host: ':tenant.scim.test' },
      'https://:tenant.out.test/scim',
      'http://ACME.scim.test/scim/v2',
      'https://acme.out.test/scim',
    ],
    [
      { host: ':tenant.scim.test' },
      'https://out.test/:tenant',
      'http://acme.scim.test/scim/v2',
      'https://out.test/acme',
    ],
  ] as const)('%j, %s', async (options, baseUrl, url, expected) => {
    const { scim } = named({ ...options, baseUrl });
    const asked = `${new URL(url, ADDRESS).href.replace('acme.', () => 'ACME.')}/ServiceProviderConfig`;
    expect(JSON.parse((await raw(scim, asked)).body ?? '').meta.location).toBe(
      `${expected}/ServiceProviderConfig`,
    );
  });

  test('a function is given the tenant with the request', async () => {
    const { scim } = named({
      basePath: '/t/:tenant/scim/v2',
      baseUrl: ({ tenant }) => `https://${tenant}.out.test`,
    });
    const { body } = await raw(scim, `${ADDRESS}/t/acme/scim/v2/ServiceProviderConfig`);
    expect(JSON.parse(body ?? '').meta.location).toBe('https://acme.out.test/ServiceProviderConfig');
  });
});

test('public discovery is the same for every name, and asks nobody', async () => {
  const { scim, seen } = byPath();
  const documents = await Promise.all(
    ['acme', 'nobody'].map(async (tenant) => {
      const { status, body } = await raw(scim, `${ADDRESS}/t/${tenant}/scim/v2/ServiceProviderConfig`, {
        headers: {},
      });
      return [status, body?.replaceAll(tenant, 'TENANT')];
    }),
  );
  expect(documents[0]).toEqual(documents[1]);
  expect(documents[0]?.[0]).toBe(200);
  expect(seen.asked).toEqual([]);
});

test('a tenant that somebody else has put into the request does not count', async () => {
  const exchanges: Exchange<Auth>[] = [];
  const database = createMemoryDatabase();
  const opened: unknown[] = [];
  const scim = createServiceProvider({
    authentication: bearerTokens<Auth>([{ token: 'secret', auth: { tenants: ['acme'] } }]),
    resources: [
      {
        type: User,
        store: ({ tenant, auth: { tenants } }) => {
          opened.push(tenant);
          return database.open(User, { tenant: tenants[0] ?? '' });
        },
      },
    ],
    observe: (exchange) => exchanges.push(exchange),
  });
  await raw(scim, `${ADDRESS}/scim/v2/Users`, { tenant: 'globex' });
  expect([opened, exchanges[0]?.tenant, exchanges[0]?.request.tenant]).toEqual([
    [undefined],
    undefined,
    undefined,
  ]);
});

test('`serves` tells what lies under the base path', () => {
  const { scim } = byPath();
  const paths = [
    '/t/acme/scim/v2',
    '/t/%zz/scim/v2/Users',
    '/t//scim/v2',
    '/t/acme/scim',
    '/scim/v2',
    '/t/a/b/scim/v2',
  ];
  expect(paths.map((path) => scim.serves(path))).toEqual([true, true, true, false, false, false]);
  expect(byHost().scim.serves('/scim/v2/Users')).toBe(true);
});

describe('options that contradict each other are refused', () => {
  const resources = [{ type: User, store: () => createMemoryDatabase().open(User, { tenant: 'x' }) }];
  const authentication = bearerTokens<Auth>([{ token: 'secret', auth: { tenants: [] } }]);
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a path, and nobody to permit', { basePath: '/t/:tenant' }, /"tenant\.permits" is missing/],
    ['a host, and nobody to permit', { tenant: { host: ':tenant.a.test' } }, /"tenant\.permits" is missing/],
    ['no function', { basePath: '/:tenant', tenant: { permits: true } }, /"tenant\.permits" is missing/],
    ['nothing named', { tenant: { permits } }, /"tenant" is for tenants that the URL names/],
    ['both', { basePath: '/:tenant', tenant: { host: ':tenant.a.test', permits } }, /both name the tenant/],
    ['twice', { basePath: '/:tenant/:tenant', tenant: { permits } }, /one segment/],
    ['part of a segment', { basePath: '/t-:tenant', tenant: { permits } }, /one segment/],
    ['a longer word', { basePath: '/:tenants', tenant: { permits } }, /one segment/],
    ['another parameter', { basePath: '/:org/scim' }, /one segment/],
    ['a host without it', { tenant: { host: 'a.test', permits } }, /"tenant\.host" is a host name/],
    ['a host with it twice', { tenant: { host: ':tenant.:tenant.test', permits } }, /"tenant\.host"/],
    ['a host with a longer word', { tenant: { host: ':tenants.a.test', permits } }, /"tenant\.host"/],
    ['a host with a port', { tenant: { host: ':tenant.a.test:80', permits } }, /"tenant\.host"/],
    ['a pattern of another kind', { tenant: { host: '(.*):tenant.test', permits } }, /"tenant\.host"/],
    [
      'a base URL of one tenant',
      { basePath: '/:tenant', tenant: { permits }, baseUrl: 'https://a.test' },
      /"baseUrl" must have ":tenant" once/,
    ],
    ['a base URL for none', { baseUrl: 'https://a.test/:tenant' }, /"baseUrl" has ":tenant"/],
    [
      'a host for any name',
      { basePath: '/:tenant', tenant: { permits }, baseUrl: 'https://:tenant.a.test' },
      /"baseUrl" can have/,
    ],
  ])('%s', (_what, options, message) => {
    const make = () => createServiceProvider<Auth>({ authentication, resources, ...options });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });
});
