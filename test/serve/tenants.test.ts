// Several customers in one server: whose a credential is, and what else tells the tenant.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { cleanUp, run, scratch, type Serving, serve, stop } from './command.ts';

afterAll(cleanUp);

const memory = ['--database', ':memory:'];
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
let count = 0;
const file = (content: string) => {
  const path = join(scratch, `file-${count++}`);
  writeFileSync(path, content);
  return path;
};
const tokens = file(`
# whose a token is stands before it
tenant=acme connection=main  acme-main   # the first directory
tenant=acme connection=second acme-second
connection=main tenant=globex globex-main
tenant=initech initech
plain
`);

/** Sends a request to a server at a path, and to a host. */
function send(
  server: Serving,
  path: string,
  token: string,
  { method = 'GET', host = 'localhost', body }: { method?: string; host?: string; body?: unknown } = {},
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const headers = {
      host,
      authorization: token.includes(' ') ? token : `Bearer ${token}`,
      'content-type': 'application/json',
    };
    const asked = request(`${server.origin}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
      );
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const create = (server: Serving, path: string, token: string, userName: string, host?: string) =>
  send(server, `${path}/Users`, token, {
    method: 'POST',
    body: { schemas: [USER], userName },
    ...(host && { host }),
  });
const names = async (server: Serving, path: string, token: string, host?: string) => {
  const { text } = await send(server, `${path}/Users`, token, host ? { host } : {});
  return (JSON.parse(text).Resources as { userName: string }[]).map(({ userName }) => userName);
};
/** The lines of the log that have come so far. */
const log = (server: Serving): Record<string, unknown>[] =>
  server.output.stderr
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('the credential alone', () => {
  test.each<[string, readonly string[]]>([
    ['by default', []],
    ['--tenant-from credential', ['--tenant-from', 'credential']],
  ])('%s: each token of the file reaches its own', async (_what, args) => {
    const server = await serve([...memory, ...args, '--bearer-token-file', tokens]);
    const all = ['acme-main', 'acme-second', 'globex-main', 'initech', 'plain'];
    for (const token of all) {
      expect((await create(server, '/scim/v2', token, `of-${token}`)).status).toBe(201);
    }
    for (const token of all) expect(await names(server, '/scim/v2', token)).toEqual([`of-${token}`]);
    // Within the tenant, names are one's own.
    expect((await create(server, '/scim/v2', 'acme-second', 'of-acme-main')).status).toBe(409);
    expect((await create(server, '/scim/v2', 'globex-main', 'of-acme-main')).status).toBe(201);
    await stop(server);
  });

  test('the log tells tenant and connection', async () => {
    const server = await serve([...memory, '--bearer-token-file', tokens]);
    for (const token of ['acme-second', 'initech', 'plain', 'wrong'])
      await send(server, '/scim/v2/Users', token);
    await stop(server);
    expect(log(server).map(({ tenant, connection, status }) => [status, tenant, connection])).toEqual([
      [200, 'acme', 'second'],
      [200, 'initech', 'default'],
      [200, 'default', 'default'],
      [401, undefined, undefined],
    ]);
  });

  test('HTTP Basic: each name with its password', async () => {
    const passwords = file('tenant=acme connection=second idp:pass word\nplain:tenant=acme x\n');
    const server = await serve([...memory, '--basic-auth-file', passwords, '--bearer-token-file', tokens]);
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    await create(server, '/scim/v2', basic('idp:pass word'), 'ada');
    expect(await names(server, '/scim/v2', 'acme-second')).toEqual(['ada']);
    expect(await names(server, '/scim/v2', basic('plain:tenant=acme x'))).toEqual([]);
    await stop(server);
  });

  test.each<[string, string, string, RegExp]>([
    ['a token behind', 'bearer-token', 'secret-word tenant=acme\n', /entry 1 is no token.*stands before it/],
    ['no token', 'bearer-token', 'x\ntenant=acme\n', /entry 2 is not complete/],
    ['no name', 'bearer-token', 'tenant= secret-word\n', /entry 1 is not complete/],
    ['twice', 'bearer-token', 'tenant=a tenant=b secret-word\n', /entry 1 has tenant= twice/],
    ['a space too many', 'bearer-token', 'tenant =acme secret-word\n', /entry 1 is not complete/],
    ['another case', 'bearer-token', 'Tenant=acme secret-word\n', /entry 1 is not complete/],
    ['a misspelt word', 'bearer-token', 'tennant=acme secret-word\n', /entry 1 is no token/],
    ['no name for a path', 'bearer-token', 'tenant=.. secret-word\n', /the tenant must have a name/],
    [
      'two tenants of a token',
      'bearer-token',
      'tenant=a secret-word\ntenant=b secret-word\n',
      /given twice.*"a".*"b"/,
    ],
    [
      'two tenants of a password',
      'basic-auth',
      'tenant=a x:secret-word\ntenant=b x:secret-word\n',
      /given twice/,
    ],
    ['no password', 'basic-auth', 'tenant=acme idp\n', /entry 1 is no name:password/],
    ['no name, no password', 'basic-auth', 'tenant=acme\n', /entry 1 is not complete/],
  ])('a file that is wrong: %s', async (_what, option, content, message) => {
    const { code, stderr } = await run(['serve', ...memory, `--${option}-file`, file(content)]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('secret-word');
  });

  test('--jwt-tenant-claim, --jwt-connection-claim', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const keys = file(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] }));
    const sign = async (claims: Record<string, unknown>) => {
      const all = {
        iss: 'https://issuer.test',
        aud: 'scim',
        exp: Math.floor(Date.now() / 1000) + 60,
        ...claims,
      };
      return `Bearer ${await new SignJWT(all).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)}`;
    };
    const trust = ['--jwt-issuer', 'https://issuer.test', '--jwt-audience', 'scim', '--jwt-keys', keys];
    for (const [args, environment] of [
      [['--jwt-tenant-claim', 'org', '--jwt-connection-claim', 'https://issuer.test/directory'], {}],
      [
        [],
        { SCIMKIT_JWT_TENANT_CLAIM: 'org', SCIMKIT_JWT_CONNECTION_CLAIM: 'https://issuer.test/directory' },
      ],
    ] as const) {
      const server = await serve([...memory, ...trust, ...args, '--bearer-token-file', tokens], environment);
      const good = { org: 'acme', 'https://issuer.test/directory': 'second' };
      await create(server, '/scim/v2', await sign(good), 'ada');
      expect(await names(server, '/scim/v2', 'acme-second')).toEqual(['ada']);
      // A token that doesn't say whose it is, is nobody's.
      for (const claims of [
        {},
        { ...good, org: undefined },
        { ...good, 'https://issuer.test/directory': undefined },
        { ...good, org: '' },
        { ...good, org: ['acme'] },
        { ...good, org: { name: 'acme' } },
        { ...good, org: 1 },
        { ...good, org: 'a\nb' },
        { ...good, org: 'x'.repeat(257) },
      ]) {
        expect((await send(server, '/scim/v2/Users', await sign(claims))).status).toBe(401);
      }
      await stop(server);
    }
    // At another tenant's door it is an unknown one, also where it lacks a scope: 403 would say that it is good elsewhere.
    const scoped = ['--jwt-tenant-claim', 'org', '--jwt-scope', 'scim', '--tenant-from', 'path'];
    const doors = await serve([...memory, ...trust, ...scoped]);
    expect((await send(doors, '/t/acme/scim/v2/Users', await sign({ org: 'acme' }))).status).toBe(403);
    await assertClosed(doors, [
      { path: '/t/globex/scim/v2', token: await sign({ org: 'acme' }) },
      { path: '/t/globex/scim/v2', token: await sign({ org: 'acme', scope: 'scim' }) },
      { path: '/t/globex/scim/v2', token: 'a.b.c' },
    ]);
    await stop(doors);
    const plain = await serve([...memory, ...trust, '--bearer-token-file', tokens]);
    await create(plain, '/scim/v2', await sign({ org: 'acme' }), 'ada');
    expect(await names(plain, '/scim/v2', 'plain')).toEqual(['ada']);
    await stop(plain);
    const alone = await run(['serve', ...memory, '--jwt-tenant-claim', 'org']);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringMatching(/--jwt-issuer is missing/)]);
  });
});

/** A tenant's door that is closed: the same whether it is there or not, whatever the credential is good for elsewhere. */
async function assertClosed(
  server: Serving,
  doors: readonly { path: string; host?: string; token: string }[],
) {
  const answers = [];
  for (const { path, host, token } of doors) {
    const { status, text, headers } = await send(server, `${path}/Users`, token, host ? { host } : {});
    answers.push({ status, text, headers: { ...headers, date: undefined } });
  }
  expect(answers[0]).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.any(String) } });
  for (const answer of answers) expect(answer).toEqual(answers[0]);
}

describe('the path', () => {
  test.each<[string, readonly string[], Record<string, string>]>([
    ['--tenant-from path', ['--tenant-from', 'path'], {}],
    ['SCIMKIT_TENANT_FROM=path', [], { SCIMKIT_TENANT_FROM: 'path' }],
  ])(
    '%s: SCIM under /t/:tenant/scim/v2, for credentials of that tenant',
    async (_what, args, environment) => {
      const server = await serve([...memory, ...args, '--bearer-token-file', tokens], environment);
      const created = await create(server, '/t/acme/scim/v2', 'acme-main', 'ada');
      expect([created.status, created.headers.location]).toEqual([
        201,
        expect.stringMatching('/t/acme/scim/v2/Users/'),
      ]);
      expect(await names(server, '/t/acme/scim/v2', 'acme-main')).toEqual(['ada']);
      expect(await names(server, '/t/acme/scim/v2', 'acme-second')).toEqual([]);
      await assertClosed(server, [
        { path: '/t/acme/scim/v2', token: 'globex-main' },
        { path: '/t/nobody/scim/v2', token: 'globex-main' },
        { path: '/t/acme/scim/v2', token: 'no-such-token' },
        { path: '/t/ACME/scim/v2', token: 'acme-main' },
      ]);
      for (const path of ['/scim/v2/Users', '/t/scim/v2/Users', '/t/acme/globex/scim/v2/Users']) {
        const { status, text } = await send(server, path, 'acme-main');
        expect([status, text]).toEqual([404, expect.stringContaining('/t/:tenant/scim/v2')]);
      }
      expect((await send(server, '/t//scim/v2/Users', 'acme-main')).status).toBe(404);
      expect((await send(server, '/', 'x')).text).toContain('/t/:tenant/scim/v2');
      await stop(server);
      const lines = log(server).filter(({ status }) => status === 401);
      expect(lines.map(({ tenant }) => tenant)).toEqual(['acme', 'nobody', 'acme', 'ACME']);
    },
  );

  test('the banner has the base URL with its place for the tenant, and a curl line that works', async () => {
    const server = await serve([...memory, '--tenant-from', 'path', '--create-token']);
    expect(server.output.stdout).toMatch(/Base URL +http:\S+\/t\/:tenant\/scim\/v2\n.*tenant/);
    const line = /^ *(curl .*)$/m.exec(server.output.stdout)?.[1] as string;
    const output = execFileSync('sh', ['-c', line.replace('curl', 'curl -s')], { encoding: 'utf8' });
    expect(JSON.parse(output)).toMatchObject({ totalResults: 0 });
    await stop(server);
  });

  test('--base-url has a place for the tenant', async () => {
    const url = 'https://scim.example.com/c/:tenant/scim/';
    const server = await serve([
      ...[...memory, '--tenant-from', 'path', '--bearer-token-file', tokens, '--base-url', url],
    ]);
    const { headers } = await create(server, '/t/acme/scim/v2', 'acme-main', 'ada');
    expect(headers.location).toMatch('https://scim.example.com/c/acme/scim/Users/');
    await stop(server);
  });

  test('a tenant’s token whose name is written with escapes', async () => {
    const database = ['--database', join(scratch, 'names.db')];
    const { stdout } = await run(['token', 'create', ...database, '--tenant', 'a b/ü']);
    const server = await serve([...database, '--tenant-from', 'path']);
    const { headers } = await create(server, '/t/a%20b%2F%C3%BC/scim/v2', stdout.trim(), 'ada');
    expect(headers.location).toMatch('/t/a%20b%2F%C3%BC/scim/v2/Users/');
    await stop(server);
  });
});

describe('the host', () => {
  const byHost = ['--tenant-from', 'host', '--tenant-host', ':tenant.scim.example.com'];

  test.each<[string, readonly string[], Record<string, string>]>([
    ['--tenant-from host --tenant-host', byHost, {}],
    [
      'SCIMKIT_TENANT_FROM, SCIMKIT_TENANT_HOST',
      [],
      { SCIMKIT_TENANT_FROM: 'host', SCIMKIT_TENANT_HOST: ':tenant.scim.example.com' },
    ],
  ])('%s', async (_what, args, environment) => {
    const server = await serve([...memory, ...args, '--bearer-token-file', tokens], environment);
    const host = 'ACME.scim.example.com:8080';
    const created = await create(server, '/scim/v2', 'acme-main', 'ada', host);
    expect([created.status, created.headers.location]).toEqual([
      201,
      expect.stringMatching(/^http:\/\/acme\.scim\.example\.com:8080\/scim\/v2\/Users\//i),
    ]);
    expect(await names(server, '/scim/v2', 'acme-main', 'acme.scim.example.com')).toEqual(['ada']);
    await assertClosed(server, [
      { path: '/scim/v2', host: 'acme.scim.example.com', token: 'globex-main' },
      { path: '/scim/v2', host: 'nobody.scim.example.com', token: 'globex-main' },
      { path: '/scim/v2', host: 'acme.scim.example.com', token: 'no-such-token' },
    ]);
    const elsewhere = await send(server, '/scim/v2/Users', 'acme-main', { host: 'scim.example.com' });
    expect([elsewhere.status, elsewhere.text]).toEqual([
      404,
      expect.stringContaining(':tenant.scim.example.com'),
    ]);
    expect((await send(server, '/healthz', 'x')).status).toBe(200);
    await stop(server);
  });

  test('a tenant whose name has capitals is reached, because hosts have none', async () => {
    const mixed = file('tenant=Acme mixed\n');
    const server = await serve([...memory, ...byHost, '--bearer-token-file', mixed]);
    expect((await create(server, '/scim/v2', 'mixed', 'ada', 'acme.scim.example.com')).status).toBe(201);
    await stop(server);
  });

  test('the banner’s curl line works', async () => {
    const server = await serve([...memory, ...byHost, '--create-token']);
    expect(server.baseUrl).toMatch(/^http:\/\/:tenant\.scim\.example\.com:\d+\/scim\/v2$/);
    const line = /^ *(curl .*)$/m.exec(server.output.stdout)?.[1] as string;
    const output = execFileSync('sh', ['-c', line.replace('curl', 'curl -s')], { encoding: 'utf8' });
    expect(JSON.parse(output)).toMatchObject({ totalResults: 0 });
    await stop(server);
  });
});

test.each<[string, readonly string[], RegExp]>([
  ['an unknown source', ['--tenant-from', 'body'], /credential, path, host/],
  [
    'a host that counts for nothing',
    ['--tenant-host', ':tenant.a.test'],
    /--tenant-host is for --tenant-from host/,
  ],
  ['no host', ['--tenant-from', 'host'], /takes --tenant-host/],
  ['a host without the tenant', ['--tenant-from', 'host', '--tenant-host', 'a.test'], /:tenant stands once/],
  ['a host with a port', ['--tenant-from', 'host', '--tenant-host', ':tenant.a.test:80'], /without a port/],
  [
    'a base URL of one tenant',
    ['--tenant-from', 'path', '--base-url', 'https://a.test/scim'],
    /--base-url must have :tenant/,
  ],
  ['a base URL for none', ['--base-url', 'https://a.test/:tenant'], /--base-url has :tenant/],
  ['no name', ['--resources-tenant', ''], /--resources-tenant.*the tenant must have a name/],
])('%s is refused', async (_what, args, message) => {
  const { code, stdout, stderr } = await run(['serve', ...memory, '--bearer-token', 'x', ...args]);
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
});

test('--allow-anonymous and hosts exclude each other', async () => {
  const args = ['--allow-anonymous', '--tenant-from', 'host', '--tenant-host', ':tenant.a.test'];
  const { code, stderr } = await run(['serve', ...memory, ...args]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/--allow-anonymous/)]);
});

test.each<[string, readonly string[], Record<string, string>]>([
  [
    '--resources-tenant, --resources-connection',
    ['--resources-tenant', 'acme', '--resources-connection', 'second'],
    {},
  ],
  [
    'SCIMKIT_RESOURCES_TENANT, SCIMKIT_RESOURCES_CONNECTION',
    [],
    { SCIMKIT_RESOURCES_TENANT: 'acme', SCIMKIT_RESOURCES_CONNECTION: 'second' },
  ],
])('%s: whose resources are dumped, and loaded', async (_what, args, environment) => {
  const dump = join(scratch, `dump-${count++}.json`);
  const common = [...memory, '--bearer-token-file', tokens];
  const first = await serve([...common, ...args, '--dump-resources', dump], environment);
  for (const token of ['acme-main', 'acme-second', 'globex-main', 'plain']) {
    await create(first, '/scim/v2', token, `of-${token}`);
  }
  await stop(first);
  const { Resources } = JSON.parse(readFileSync(dump, 'utf8')) as { Resources: { userName: string }[] };
  expect(Resources.map(({ userName }) => userName)).toEqual(['of-acme-second']);
  const second = await serve([...common, ...args, '--load-resources', dump], environment);
  expect(await names(second, '/scim/v2', 'acme-second')).toEqual(['of-acme-second']);
  for (const token of ['acme-main', 'globex-main', 'plain']) {
    expect(await names(second, '/scim/v2', token)).toEqual([]);
  }
  await stop(second);
});
